"""Rotations that this library names, each about one axis: headings about the vertical, pitch and roll of cameras."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def camera_from_level(dtype: torch.dtype = torch.float64) -> Float[Tensor, "3 3"]:
    """The rotation into a level camera from a world with z up whose y axis the camera looks along.

    Camera x is world x, camera y (down) is world -z, camera z (forward) is world y.
    """
    return torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]], dtype=dtype)


def heading_rotation(heading_rad: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch 3 3"]:
    """Rotation about the world's vertical (z up), counter-clockwise seen from above."""
    return _turn_about(2, heading_rad)


def tilt_rotation(tilt_rad: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch 3 3"]:
    """Rotation of camera axes by a pitch: positive where the camera looks down, so that people are seen from above."""
    return _turn_about(0, tilt_rad)


def even_headings(count: int, dtype: torch.dtype = torch.float64) -> Float[Tensor, " count"]:
    """``count`` headings evenly spread over the circle, the first of them zero, in radians."""
    return torch.arange(count, dtype=dtype) * (2 * math.pi / count)


def roll_rotation(roll_rad: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch 3 3"]:
    """Rotation of camera axes about the line of sight: positive makes upright people lean to the picture's right."""
    return _turn_about(2, roll_rad)


def camera_from_world(
    heading_rad: Float[Tensor, "*batch"], tilt_rad: Float[Tensor, "*batch"], roll_rad: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch 3 3"]:
    """The rotation from a world with z up, turned by a heading, into a camera that looks down and rolls."""
    level = camera_from_level(heading_rad.dtype) @ heading_rotation(heading_rad)
    return roll_rotation(roll_rad) @ tilt_rotation(tilt_rad) @ level


def _turn_about(axis: int, angle_rad: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch 3 3"]:
    """Rotation about one axis of the frame, counter-clockwise seen from that axis's tip."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    rotation = torch.eye(3, dtype=angle_rad.dtype, device=angle_rad.device).repeat(*angle_rad.shape, 1, 1)
    rotation[..., first, first] = rotation[..., second, second] = angle_rad.cos()
    rotation[..., second, first] = angle_rad.sin()
    rotation[..., first, second] = -angle_rad.sin()
    return rotation
