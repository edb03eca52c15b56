"""Motion before random cameras: any heading, level or tilted, near or far, in the middle of the picture or aside."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.geometry.rotation import camera_from_world


@dataclass(frozen=True, kw_only=True)
class CameraSpread:
    """How cameras are spread."""

    distance_m: tuple[float, float] = (1.6, 10.0)
    """From the person, even in its logarithm."""
    pitch_deg: tuple[float, float] = (11.0, 14.0)
    """Mean and standard deviation of how far cameras look down."""
    steep_share: float = 0.15
    """Share of cameras that look anywhere in `steep_deg`."""
    steep_deg: tuple[float, float] = (-30.0, 60.0)
    roll_deg: float = 5.0
    """Standard deviation of how far they are held askew."""
    askew_share: float = 0.2
    """Share of cameras that are held askew by anything up to `askew_deg`, to either side."""
    askew_deg: float = 35.0
    aside: tuple[float, float] = (0.35, 0.25)
    """Standard deviation of how far people stand from the middle, to the side and up, as a share of the distance."""


class FilmedWindows(NamedTuple):
    """Motion in the frames of cameras."""

    joints_m: Float[Tensor, "N W J 3"]
    """Camera frame, metres."""
    up: Float[Tensor, "N 3"]
    """Unit vectors against gravity in the camera frame."""


def film_windows(
    windows: Float[Tensor, "N W J 3"], spread: CameraSpread, *, generator: torch.Generator
) -> FilmedWindows:
    """Windows before cameras of their own.

    Args:
        windows: World frame with z up, metres, around the origin.
        spread: How cameras are spread.
        generator: Of all choices.
    """
    count = len(windows)
    heading = 2 * math.pi * torch.rand(count, generator=generator)
    mean, deviation = spread.pitch_deg
    pitch = mean + deviation * torch.randn(count, generator=generator)
    low, high = spread.steep_deg
    steep = low + (high - low) * torch.rand(count, generator=generator)
    pitch = torch.where(torch.rand(count, generator=generator) < spread.steep_share, steep, pitch).deg2rad()
    roll = spread.roll_deg * torch.randn(count, generator=generator)
    askew = spread.askew_deg * (2 * torch.rand(count, generator=generator) - 1)
    roll = torch.where(torch.rand(count, generator=generator) < spread.askew_share, askew, roll).deg2rad()
    rotation = camera_from_world(heading, pitch, roll)
    near, far = map(math.log, spread.distance_m)
    distance = (near + (far - near) * torch.rand(count, generator=generator)).exp()
    aside = torch.tensor(spread.aside) * torch.randn(count, 2, generator=generator).clamp(-2.0, 2.0)
    ray = torch.nn.functional.normalize(torch.cat([aside, torch.ones(count, 1)], dim=1), dim=1)
    joints = windows @ rotation[:, None].mT + (distance[:, None] * ray)[:, None, None]
    return FilmedWindows(joints, rotation[:, :, 2])
