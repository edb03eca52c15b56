"""Cameras: the pinhole with OpenCV's lens distortion, and the weak perspective that needs no lens at all.

Camera frame: x right, y down, z forward. Pixels: the origin is the centre of the top-left pixel. World: z up.
"""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.errors import ConventionError

_UNDISTORTION_ROUNDS = 20
_LARGEST_ERROR_PX = 1.0
_GIVEN_FROM_Z_UP = {
    "y": [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]],
    "-y": [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]],
}
"""Proper rotations from a world with z up into one in which another axis points up."""


@dataclass(frozen=True)
class PinholeCamera:
    """A perspective camera, calibrated or assumed.

    Raises:
        ConventionError: Focal lengths are not positive, a number is not finite, or the rotation is not proper.
    """

    matrix: Float[Tensor, "3 3"]
    """Intrinsic matrix in pixels."""
    image_size: tuple[int, int]
    """(width, height) of the pictures it belongs to."""
    distortion: Float[Tensor, " 5"]
    """OpenCV's k1, k2, p1, p2, k3."""
    rotation: Float[Tensor, "3 3"] | None = None
    """``camera_from_world``; None if the camera's place in the world is unknown."""
    translation: Float[Tensor, " 3"] | None = None
    """World origin in the camera frame, metres; None if only the camera's tilt is known."""
    is_lens_known: bool = True
    """Whether the matrix is measured; else it is a guess, and nobody can be placed before the camera."""

    def __post_init__(self) -> None:
        if not (self.matrix[0, 0] > 0 and self.matrix[1, 1] > 0):
            raise ConventionError("a camera's focal lengths must be positive")
        parts = (self.matrix, self.distortion, self.rotation, self.translation)
        if not all(torch.isfinite(part).all() for part in parts if part is not None):
            raise ConventionError("a camera's numbers must be finite")
        if self.rotation is None and self.translation is not None:
            raise ConventionError("a camera's translation needs its rotation; give both, or the rotation alone")
        if self.rotation is not None:
            unit = self.rotation @ self.rotation.mT
            if not torch.allclose(unit, torch.eye(3, dtype=unit.dtype), atol=1e-4) or self.rotation.det() < 0:
                raise ConventionError("a camera's rotation must be a proper rotation")

    @property
    def focal(self) -> float:
        """Mean focal length in pixels."""
        return float(self.matrix[0, 0] + self.matrix[1, 1]) / 2

    def scaled_to(self, image_size: tuple[int, int]) -> "PinholeCamera":
        """The same camera for pictures of another size, stretched in width and height.

        Raises:
            ConventionError: The new size's proportions differ by more than 2 %: the picture was cropped or turned.
        """
        factor = [new / old for new, old in zip(image_size, self.image_size, strict=True)]
        if abs(factor[0] / factor[1] - 1) > 0.02:
            raise ConventionError(
                f"the camera belongs to pictures of {self.image_size[0]}x{self.image_size[1]}, these are "
                f"{image_size[0]}x{image_size[1]}: other proportions; calibrate for these pictures"
            )
        matrix = self.matrix.clone()
        matrix[:2, 2] += 0.5
        matrix[0] *= factor[0]
        matrix[1] *= factor[1]
        matrix[:2, 2] -= 0.5
        return replace(self, matrix=matrix, image_size=tuple(image_size))

    def without_world(self) -> "PinholeCamera":
        """The same camera, of which nobody knows how it is held and where it stands."""
        return replace(self, rotation=None, translation=None)

    def in_camera(self, points: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3"]:
        """World points in the camera frame.

        Raises:
            ConventionError: The camera does not know where it stands.
        """
        if self.rotation is None or self.translation is None:
            raise ConventionError("this camera has no rotation and translation; world points cannot be brought to it")
        return points @ self.rotation.mT + self.translation

    def project(self, points: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 2"]:
        """Pixels of points in the camera frame; points at or behind the camera give no meaningful pixels."""
        ray = self._distorted(points[..., :2] / points[..., 2:])
        return ray @ self.matrix[:2, :2].mT + self.matrix[:2, 2]

    def rays(self, pixels: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 2"]:
        """Undistorted (x/z, y/z) of pixels, by fixed-point iteration of OpenCV's model."""
        target = (pixels - self.matrix[:2, 2]) @ torch.linalg.inv(self.matrix[:2, :2]).mT
        ray = target
        for _ in range(_UNDISTORTION_ROUNDS):
            ray = ray + target - self._distorted(ray)
        return ray

    def rays_in_view(
        self, pixels: Float[Tensor, "*batch 2"]
    ) -> tuple[Float[Tensor, "*batch 2"], Bool[Tensor, "*batch"]]:
        """`rays`, and where they are true: far outside the picture a lens's distortion folds and none leads back.

        Rays that are not true are zero.
        """
        rays = self.rays(pixels)
        again = self.project(torch.nn.functional.pad(rays, (0, 1), value=1.0))
        is_true = (again - pixels).abs().amax(dim=-1) < _LARGEST_ERROR_PX
        return torch.where(is_true[..., None], rays, 0.0), is_true

    def _distorted(self, ray: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 2"]:
        k1, k2, p1, p2, k3 = self.distortion
        x, y = ray.unbind(dim=-1)
        square = x * x + y * y
        radial = 1 + square * (k1 + square * (k2 + square * k3))
        shifted_x = x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x)
        shifted_y = y * radial + p1 * (square + 2 * y * y) + 2 * p2 * x * y
        return torch.stack([shifted_x, shifted_y], dim=-1)


def assume_camera(image_size: tuple[int, int]) -> PinholeCamera:
    """A camera for pictures of an unknown lens: focal length the picture's diagonal, centred, without distortion."""
    width, height = image_size
    focal = (width**2 + height**2) ** 0.5
    matrix = torch.tensor([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]], dtype=torch.float64)
    return PinholeCamera(matrix, image_size, torch.zeros(5, dtype=torch.float64))


def camera_with_world_up(camera: PinholeCamera, up: Literal["y", "-y"]) -> PinholeCamera:
    """The camera in a world with z up, where ``up`` is the axis of its own world that points up.

    A camera without a place in the world stays as it is.
    """
    if camera.rotation is None:
        return camera
    ours = torch.tensor(_GIVEN_FROM_Z_UP[up], dtype=camera.rotation.dtype)
    return replace(camera, rotation=camera.rotation @ ours)


@dataclass(frozen=True)
class WeakPerspectiveCamera:
    """A camera so far away that only a scale and a shift are left: pixel = scale * (x, y) + offset."""

    scale: Float[Tensor, "*batch"]
    """Pixels for one unit of length."""
    offset: Float[Tensor, "*batch 2"]
    """Pixel of the camera-frame origin."""

    def project(self, points: Float[Tensor, "*batch J 3"]) -> Float[Tensor, "*batch J 2"]:
        """Pixels of points in the camera frame."""
        return self.scale[..., None, None] * points[..., :2] + self.offset[..., None, :]
