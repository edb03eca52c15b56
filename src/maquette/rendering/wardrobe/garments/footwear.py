"""Socks, trainers, leather shoes and boots."""

import numpy as np
from jaxtyping import Float, Float32, UInt8

from maquette.rendering.mesh import Material
from maquette.rendering.wardrobe.fabric.cloth import sample_cloth
from maquette.rendering.wardrobe.fabric.colour import sample_cloth_colour
from maquette.rendering.wardrobe.tailoring.cover import shoe_cover
from maquette.rendering.wardrobe.tailoring.layer import Layer
from maquette.rendering.wardrobe.tailoring.sheet import share_rising
from maquette.rendering.wardrobe.tailoring.workshop import Workshop

SHOES: tuple[str, ...] = ("trainers", "leather", "slippers", "boots", "high_boots")
"""The kinds of shoes there are."""
_SHAFT_M = {
    "trainers": (0.085, 0.11), "leather": (0.075, 0.1), "slippers": (0.06, 0.075), "boots": (0.13, 0.22),
    "high_boots": (0.3, 0.46),
}  # fmt: skip
_TILE_M = (0.48, 0.48)
_PX = 128


def sample_socks(shop: Workshop, generator: np.random.Generator) -> Layer:
    """A pair of socks, from the ankle to below the knee."""
    height = generator.choice([0.11, 0.16, 0.24, 0.4], p=[0.35, 0.35, 0.2, 0.1]) + generator.uniform(-0.02, 0.02)
    white, black = np.full(3, 0.86), np.full(3, 0.1)
    plain = (white, black, sample_cloth_colour(generator))[generator.choice(3, p=[0.45, 0.3, 0.25])]
    cloth = sample_cloth("solid", generator, plain.astype(np.float32))
    return Layer(
        covers=shoe_cover(shop.chart, height, height),
        offset_m=np.full(len(shop.tights.members), 0.003, np.float32),
        material=cloth.material,
        tile_m=cloth.tile_m,
        is_smoothed=False,
    )


def sample_shoes(kind: str, shop: Workshop, generator: np.random.Generator) -> Layer:
    """A pair of shoes of that kind, one of `SHOES`, with soles of their own."""
    shaft = generator.uniform(*_SHAFT_M[kind])
    instep = shaft - (generator.uniform(0.01, 0.035) if kind in ("leather", "slippers") else 0.0)
    height, back = shop.tights_chart.height, shop.tights_chart.back
    toe_box = share_rising(-back, 0.06, 0.14) * (1 - share_rising(height, 0.03, 0.09))
    offset = generator.uniform(0.004, 0.008) + 0.006 * toe_box + 0.004 * (1 - share_rising(height, 0.01, 0.04))
    return Layer(
        covers=shoe_cover(shop.chart, shaft, instep),
        offset_m=offset.astype(np.float32),
        material=Material(_leather(kind, shaft, generator), shine=float(generator.uniform(0.02, 0.25))),
        tile_m=_TILE_M,
        is_two_sided=True,
        sole_m=float(generator.uniform(0.008, 0.022)),
    )


def _leather(kind: str, shaft_m: float, generator: np.random.Generator) -> UInt8[np.ndarray, "128 128 3"]:
    """A picture around the foot (toes in its columns' third quarter) and upwards from the floor (its last row)."""
    colour = _shoe_colour(kind, generator)
    sole = np.full(3, 0.85) if kind == "trainers" and generator.random() < 0.7 else colour * 0.45
    height = (_PX - 0.5 - np.arange(_PX))[:, None] / _PX * _TILE_M[1]
    around = np.abs((np.arange(_PX) + 0.5)[None] / _PX - 0.75)
    shade = 1 + 0.06 * generator.normal(size=(_PX, _PX)) + 0.1 * np.sin(height * 90)
    picture = colour * shade[..., None]
    if kind in ("trainers", "boots"):
        is_tongue = (around < 0.05) & (height > 0.055)
        is_lace = is_tongue & ((height * 70) % 1 < 0.45)
        picture[is_tongue] *= 0.75
        picture[is_lace] = sole if kind == "trainers" else colour * 1.3
    if kind == "trainers" and generator.random() < 0.6:
        side = np.abs(np.abs(around - 0.22) - (height - 0.05)) < 0.012
        picture[side & (height < shaft_m)] = sample_cloth_colour(generator)
    sole_height = generator.uniform(0.02, 0.036) if kind == "trainers" else generator.uniform(0.014, 0.022)
    picture[np.broadcast_to(height < sole_height, (_PX, _PX))] = sole
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _shoe_colour(kind: str, generator: np.random.Generator) -> Float32[np.ndarray, " 3"]:
    browns: Float[np.ndarray, "4 3"] = np.array([[60, 38, 26], [96, 62, 38], [130, 92, 58], [34, 28, 26]]) / 255
    draw = generator.random()
    if kind == "trainers":
        colour = np.full(3, 0.88) if draw < 0.35 else np.full(3, 0.11) if draw < 0.6 else sample_cloth_colour(generator)
    else:
        colour = np.full(3, 0.1) if draw < 0.5 else browns[generator.integers(len(browns))]
    return np.asarray(colour, np.float32)
