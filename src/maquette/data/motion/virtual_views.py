"""Poses as photographs of one person each would show them: the joints of a square crop and how deep they lie."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.geometry.rotation import camera_from_world, roll_rotation
from maquette.rendering.surroundings.viewpoint import ViewpointSettings

_CAMERAS = ViewpointSettings()
_STEEP_DEG, _STEEP_SHARE = (-30.0, 75.0), 0.15
"""How far cameras may look down in views from high above or near the floor, and the share of these."""
_TURN_DEG = 15.0
"""By how much crops are turned at most."""
_SIZE_SPREAD = 0.08
"""Standard deviation of the logarithm of a person's size, and of that of a crop's."""
_CUT_SHARE, _CUTS = 0.3, (0.36, 0.52, 0.74)
"""Share of crops that end at chest, hips or knees, and the share of a person's height that is then seen."""
_MARGIN, _SHIFT = 1.25, 0.1
"""By how much the box around a person is enlarged, and how far its middle is off, in half sides."""


class VirtualViews(NamedTuple):
    """Joints in normalised coordinates: the crop's middle is the origin, half its side the unit, y points down."""

    keypoints: Float[Tensor, "N J 2"]
    """In the crop or outside."""
    depths: Float[Tensor, "N J"]
    """Beyond the root, at its distance."""


def sample_virtual_views(
    poses: Float[Tensor, "P J 3"], count: int, skeleton: Skeleton, generator: torch.Generator
) -> VirtualViews:
    """Some of the poses, mirrored or not, before cameras that are spread like those of rendered people.

    Args:
        poses: World frame, metres, z up.
        count: How many views.
        skeleton: Of the poses.
        generator: Of all choices.
    """
    bodies = _draw_bodies(poses, count, skeleton, generator)
    focal, distance, aside = _draw_lenses(bodies, generator)
    placed = bodies + distance[:, None, None] * torch.cat([aside, torch.ones(count, 1)], dim=1)[:, None]
    placed[..., 2] = placed[..., 2].clamp_min(_CAMERAS.nearest_m)
    on_sensor = focal[:, None, None] * placed[..., :2] / placed[..., 2:]
    root_m = placed[:, skeleton.index(skeleton.root), 2]
    depths = (placed[..., 2] - root_m[:, None]) * (focal / root_m)[:, None]
    return _crop(on_sensor, depths, generator)


def _draw_bodies(
    poses: Float[Tensor, "P J 3"], count: int, skeleton: Skeleton, generator: torch.Generator
) -> Float[Tensor, "N J 3"]:
    """Poses around the origin in the axes of random cameras."""
    drawn = poses[torch.randint(len(poses), (count,), generator=generator)]
    drawn = drawn - (drawn.amin(dim=1, keepdim=True) + drawn.amax(dim=1, keepdim=True)) / 2
    mirrored = drawn[:, torch.from_numpy(skeleton.mirror)] * drawn.new_tensor([-1.0, 1.0, 1.0])
    is_mirrored = torch.rand(count, 1, 1, generator=generator) < 0.5
    sizes = (_SIZE_SPREAD * torch.randn(count, 1, 1, generator=generator)).exp()
    heading = 2 * math.pi * torch.rand(count, generator=generator)
    mean, spread = _CAMERAS.pitch_deg
    tilt = mean + spread * torch.randn(count, generator=generator)
    any_tilt = _STEEP_DEG[0] + (_STEEP_DEG[1] - _STEEP_DEG[0]) * torch.rand(count, generator=generator)
    tilt = torch.where(torch.rand(count, generator=generator) < _STEEP_SHARE, any_tilt, tilt).deg2rad()
    roll = (_CAMERAS.roll_deg * torch.randn(count, generator=generator)).deg2rad()
    return torch.where(is_mirrored, mirrored, drawn) * sizes @ camera_from_world(heading, tilt, roll).mT


def _draw_lenses(
    bodies: Float[Tensor, "N J 3"], generator: torch.Generator
) -> tuple[Float[Tensor, " N"], Float[Tensor, " N"], Float[Tensor, "N 2"]]:
    """Focal lengths in half sides of the picture, distances in metres, and tangents of how far people are aside."""
    count = len(bodies)
    fov = _CAMERAS.fov_median_deg * (_CAMERAS.fov_spread * torch.randn(count, generator=generator)).exp()
    tangent = (fov.clamp(*_CAMERAS.fov_deg) / 2).deg2rad().tan()
    least, most = _CAMERAS.share
    share = least + (most - least) * torch.rand(count, generator=generator)
    extent = (bodies.amax(dim=1) - bodies.amin(dim=1))[:, :2].amax(dim=1)
    distance = torch.maximum(extent / (2 * share * tangent), _CAMERAS.nearest_m - bodies[..., 2].amin(dim=1))
    aside = (tangent * (1 - share))[:, None] * (0.5 * torch.randn(count, 2, generator=generator)).clamp(-1.0, 1.0)
    return 1 / tangent, distance, aside


def _crop(on_sensor: Float[Tensor, "N J 2"], depths: Float[Tensor, "N J"], generator: torch.Generator) -> VirtualViews:
    """What is seen in crops around people, some of whom are cut at the bottom."""
    count = len(on_sensor)
    low, high = on_sensor.amin(dim=1), on_sensor.amax(dim=1)
    is_cut = torch.rand(count, generator=generator) < _CUT_SHARE
    kept = torch.tensor(_CUTS)[torch.randint(len(_CUTS), (count,), generator=generator)]
    tall = (high - low)[:, 1] * torch.where(is_cut, kept, 1.0)
    high = torch.stack([high[:, 0], low[:, 1] + tall], dim=1)
    zoom = (_SIZE_SPREAD * torch.randn(count, generator=generator)).exp()
    scale = 2 * zoom / (_MARGIN * (high - low).amax(dim=1).clamp_min(1e-6))
    turn = (_TURN_DEG * (2 * torch.rand(count, generator=generator) - 1)).deg2rad()
    shift = _SHIFT * (2 * torch.rand(count, 1, 2, generator=generator) - 1)
    centred = (on_sensor - (low + high)[:, None] / 2) * scale[:, None, None]
    return VirtualViews(centred @ roll_rotation(turn)[:, :2, :2].mT + shift, depths * scale[:, None])
