"""What clothes cover, as fields over the body chart: above zero where cloth lies, in metres from its edge."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from maquette.rendering.wardrobe.tailoring.chart import BodyChart

Field = Float32[np.ndarray, " V"]
NECKLINES: tuple[str, ...] = ("crew", "v", "scoop", "boat", "turtle")
_CREW = (1.490, -0.0225, -0.018)
_BOAT = (1.465, -0.012, -0.006)
"""Height of a neckline around the neck: mean, and how much the front and the sides differ from it."""
_NECK_AXIS_BACK_M = -0.02
_ARM_SLOPE = 6
"""How steeply a hem stops to count where the arm begins."""


class TopCut(NamedTuple):
    """Where a garment of the upper body ends; metres on the chart."""

    sleeve_m: float
    """Length along the arm: about 0.15 short, 0.27 elbow, 0.47 wrist, below zero sleeveless."""
    hem_m: float
    """Height of its lower edge."""
    neckline: str = "crew"
    neck_depth_m: float = 0.0
    """How far a neckline goes down in front; for a crew neck, how wide it is."""
    opening_m: float | None = None
    """Half the width of a gap in front, at the hem; None where it is closed."""


class BottomCut(NamedTuple):
    """Where trousers end; metres of height on the chart."""

    waist_m: float
    hem_m: float


def top_cover(chart: BodyChart, cut: TopCut) -> Field:
    """What a garment of the upper body covers."""
    sleeve = cut.sleeve_m - chart.arm
    hem = np.maximum(chart.height - cut.hem_m, _ARM_SLOPE * chart.arm)
    cover = np.minimum(np.minimum(sleeve, hem), neck_cover(chart, cut.neckline, cut.neck_depth_m))
    if cut.opening_m is not None:
        gap = cut.opening_m + 0.3 * np.maximum(chart.height - 1.2, 0)
        cover = np.minimum(cover, _in_front_only(chart, np.abs(chart.side) - gap))
    return cover.astype(np.float32)


def neck_cover(chart: BodyChart, neckline: str, depth_m: float) -> Field:
    """What lies below a neckline, one of `NECKLINES`."""
    around = _below_ring(chart, _BOAT if neckline == "boat" else _CREW)
    if neckline == "turtle":
        return around + 0.05
    if neckline in ("crew", "boat"):
        return around - 0.3 * depth_m
    side = np.abs(chart.side)
    slope = side * (depth_m + 0.05) / 0.07 if neckline == "v" else side * side * (depth_m + 0.04) / 0.0081
    return np.minimum(around, _in_front_only(chart, 1.45 - depth_m + slope - chart.height))


def collar_cover(chart: BodyChart, width_m: float, opening_m: float) -> Field:
    """A band that stands up around the neck, with a gap in front of half that width."""
    below = _below_ring(chart, _CREW)
    band = np.minimum(below + width_m, 0.022 - below)
    return np.minimum(band, _in_front_only(chart, np.abs(chart.side) - opening_m))


def _below_ring(chart: BodyChart, ring: tuple[float, float, float]) -> Field:
    """How far below a ring around the neck."""
    mean, front, sides = ring
    turn = np.arctan2(chart.side, _NECK_AXIS_BACK_M - chart.back)
    return (mean + front * np.cos(turn) + sides * np.cos(2 * turn) - chart.height).astype(np.float32)


def bottom_cover(chart: BodyChart, cut: BottomCut) -> Field:
    """What trousers cover; arms are no part of it, however low the hands."""
    waist = cut.waist_m + 0.15 * chart.back - chart.height
    return np.minimum(np.minimum(waist, chart.height - cut.hem_m), -_ARM_SLOPE * chart.arm).astype(np.float32)


def skirt_cover(chart: BodyChart, waist_m: float, hem_m: float) -> Field:
    """What a skirt covers: the same as trousers would."""
    return bottom_cover(chart, BottomCut(waist_m, hem_m))


def shoe_cover(chart: BodyChart, shaft_m: float, instep_m: float) -> Field:
    """What shoes cover: the foot up to the height ``shaft_m`` at the heel and ``instep_m`` before the ankle."""
    before_ankle = np.clip((-0.02 - chart.back) / 0.06, 0, 1)
    top = shaft_m + (instep_m - shaft_m) * before_ankle
    return np.minimum(top - chart.height, -_ARM_SLOPE * chart.arm).astype(np.float32)


def _in_front_only(chart: BodyChart, field: Field) -> Field:
    """A field that only counts on the front of trunk and neck; elsewhere all is covered."""
    return np.maximum(field, 3 * (chart.back + 0.03))
