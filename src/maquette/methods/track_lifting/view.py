"""What the network sees of a window: joints around the line of sight to the person, whatever lens and size."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

_LEAST_EXTENT = 1e-6
_FARTHEST = 8.0
"""Joints farther from the middle, in extents of the person, are drawn in to there."""
_LEAST_DEPTH = 0.1


class TrackWindows(NamedTuple):
    """Windows of 2D tracks."""

    points: Float[Tensor, "N W K 2"]
    """In the camera's plane at distance 1: x right, y down, lens distortion undone."""
    is_known: Bool[Tensor, "N W K"]
    """Whether they are there; nothing is seen of the others."""
    depths: Float[Tensor, "N W K"]
    """Beyond the root, as the detector guesses them, in the plane's unit; zero where it does not."""
    has_depths: Bool[Tensor, "N W"]
    """Whether it does."""


class TrackViews(NamedTuple):
    """Windows as the network sees them."""

    features: Float[Tensor, "N C"]
    from_camera: Float[Tensor, "N 3 3"]
    """Rotation of the camera's axes into those around the line of sight: z along it, x level in the picture."""


def view_tracks(windows: TrackWindows) -> TrackViews:
    """Windows of 2D tracks in the frame of the ray to the middle of the current pose, as large as each other.

    A person looks alike there wherever he stands in the picture; the extent and the ray itself are told besides.
    """
    points = windows.points
    weight = windows.is_known.to(points.dtype)[..., None]
    current = points.shape[1] // 2
    middle = (points[:, current] * weight[:, current]).sum(dim=1) / weight[:, current].sum(dim=1).clamp_min(1.0)
    rotation = _ray_axes(middle)
    rays = torch.cat([points, torch.ones_like(points[..., :1])], dim=-1) @ rotation[:, None].mT
    seen = rays[..., :2] / rays[..., 2:].clamp_min(_LEAST_DEPTH)
    centre = (seen * weight).sum(dim=2, keepdim=True) / weight.sum(dim=2, keepdim=True).clamp_min(1.0)
    squares = ((seen - centre).square() * weight).sum(dim=(2, 3)) / weight.sum(dim=(2, 3)).clamp_min(1.0)
    is_there = windows.is_known.any(dim=2).to(points.dtype)
    extent = (squares.sqrt() * is_there).sum(dim=1) / is_there.sum(dim=1).clamp_min(1.0)
    extent = extent.clamp_min(_LEAST_EXTENT)
    drawn = (seen / extent[:, None, None, None] * weight).clamp(-_FARTHEST, _FARTHEST)
    told = weight[..., 0] * windows.has_depths[..., None]
    depths = (windows.depths / extent[:, None, None] * told).clamp(-_FARTHEST, _FARTHEST)
    of_window = (windows.has_depths.to(points.dtype), extent.log()[:, None], middle)
    features = torch.cat([drawn.flatten(1), weight.flatten(1), depths.flatten(1), *of_window], dim=1)
    return TrackViews(features, rotation)


def feature_count(poses: int, joints: int) -> int:
    """How many features windows of so many poses and joints have."""
    return 4 * poses * joints + poses + 3


def _ray_axes(middle: Float[Tensor, "N 2"]) -> Float[Tensor, "N 3 3"]:
    """Rows: right (level in the camera), down, and along the ray through a point of the plane at distance 1."""
    ahead = torch.nn.functional.normalize(torch.cat([middle, torch.ones_like(middle[:, :1])], dim=1), dim=1)
    right = torch.stack([ahead[:, 2], torch.zeros_like(ahead[:, 0]), -ahead[:, 0]], dim=1)
    right = torch.nn.functional.normalize(right, dim=1)
    return torch.stack([right, torch.linalg.cross(ahead, right), ahead], dim=1)
