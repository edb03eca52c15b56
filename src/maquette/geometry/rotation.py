"""Rotations that this library names: headings about the vertical and camera tilts; the algebra is roma's."""

import math

import roma
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
    return roma.rotvec_to_rotmat(heading_rad[..., None] * heading_rad.new_tensor([0.0, 0.0, 1.0]))


def tilt_rotation(tilt_rad: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch 3 3"]:
    """Rotation of camera axes by a pitch: positive where the camera looks down, so that people are seen from above."""
    return roma.rotvec_to_rotmat(tilt_rad[..., None] * tilt_rad.new_tensor([1.0, 0.0, 0.0]))


def even_headings(count: int, dtype: torch.dtype = torch.float64) -> Float[Tensor, " count"]:
    """``count`` headings evenly spread over the circle, the first of them zero, in radians."""
    return torch.arange(count, dtype=dtype) * (2 * math.pi / count)


def roll_rotation(roll_rad: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch 3 3"]:
    """Rotation of camera axes about the line of sight: positive makes upright people lean to the picture's right."""
    return roma.rotvec_to_rotmat(roll_rad[..., None] * roll_rad.new_tensor([0.0, 0.0, 1.0]))
