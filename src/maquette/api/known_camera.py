"""What a user knows of a camera without, or beside, a calibration file: its focal length, its tilt, its world."""

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch

from maquette.errors import ConventionError, SettingError
from maquette.geometry.camera import PinholeCamera, assume_camera, camera_with_world_up
from maquette.geometry.lens import require_lens
from maquette.geometry.rotation import camera_from_level, roll_rotation, tilt_rotation

WorldUp = Literal["z", "y", "-y", "none"]
"""The axis of a calibration's world that points up; none: forget that world."""


@dataclass(frozen=True)
class KnownOfCamera:
    """Settings of a camera that stand in no file; `predict` explains each.

    Raises:
        SettingError: A number makes no sense, or there is no such axis.
    """

    world_up: str | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None
    focal_px: float | None = None

    def __post_init__(self) -> None:
        if self.world_up is not None and self.world_up not in get_args(WorldUp):
            raise SettingError(f"`world_up` '{self.world_up}' is no axis; give {', '.join(get_args(WorldUp))}")
        for name, value, most in (("pitch", self.pitch_deg, 90.0), ("roll", self.roll_deg, 180.0)):
            if value is not None and not abs(value) <= most:
                raise SettingError(
                    f"`camera_{name}_deg` {value:g} is no {name}; give degrees from -{most:g} to {most:g}"
                )
        if self.focal_px is not None and not (self.focal_px >= 1 and math.isfinite(self.focal_px)):
            raise SettingError(
                f"`focal_px` {self.focal_px:g} makes no sense; give a focal length in pixels, such as 1500"
            )
        if self.roll_deg is not None and self.pitch_deg is None:
            raise SettingError(
                "`camera_roll_deg` needs the pitch as well; give `camera_pitch_deg` too, 0 if it is level"
            )

    @property
    def is_up_given(self) -> bool:
        """Whether the user says where up is, so that it need not be judged from the people."""
        return self.world_up is not None or self.pitch_deg is not None

    def require_use(self, *, has_camera: bool) -> None:
        """Refuse what would change nothing, or says a thing twice.

        Raises:
            SettingError: A world without a calibration, a focal length beside one, or the camera's tilt said twice.
        """
        if self.world_up is not None and not has_camera:
            raise SettingError("`world_up` is not used: it is for the world of a calibration; give one as `camera`")
        if self.focal_px is not None and has_camera:
            raise SettingError("`focal_px` and `camera` both give the lens; leave one out")
        if self.pitch_deg is not None and self.world_up not in (None, "none"):
            raise SettingError("`camera_pitch_deg` and `world_up` both say where up is; leave one out")

    def applied_to(self, camera: PinholeCamera | None, image_size: tuple[int, int] | None) -> PinholeCamera | None:
        """The camera with what is known; None where nothing is known at all.

        Raises:
            SettingError: The size of the pictures is needed and unknown, no lens has that focal length, or the
                calibration gives the tilt as well.
        """
        if camera is None and (self.focal_px, self.pitch_deg) != (None, None):
            camera = self._assumed(image_size)
        if camera is None:
            return None
        if self.world_up == "none":
            camera = camera.without_world()
        elif self.world_up in ("y", "-y"):
            camera = camera_with_world_up(camera, self.world_up)
        return camera if self.pitch_deg is None else self._tilted(camera, self.pitch_deg)

    def _assumed(self, image_size: tuple[int, int] | None) -> PinholeCamera:
        if image_size is None:
            given = "focal_px" if self.focal_px is not None else "camera_pitch_deg"
            raise SettingError(f"`{given}` needs the size of the pictures; give it as `image_size`")
        camera = assume_camera(image_size)
        if self.focal_px is None:
            return replace(camera, is_lens_known=False)
        matrix = camera.matrix.clone()
        matrix[0, 0] = matrix[1, 1] = self.focal_px
        try:
            require_lens(matrix, image_size)
        except ConventionError as error:
            raise SettingError(f"`focal_px` {self.focal_px:g} makes no sense: {error}") from error
        return replace(camera, matrix=matrix)

    def _tilted(self, camera: PinholeCamera, pitch_deg: float) -> PinholeCamera:
        if camera.rotation is not None:
            raise SettingError(
                "`camera_pitch_deg` contradicts the calibration, which holds a rotation; set `world_up` to none to "
                "leave that out"
            )
        pitch, roll = torch.deg2rad(torch.tensor([pitch_deg, self.roll_deg or 0.0], dtype=torch.float64))
        return replace(camera, rotation=roll_rotation(roll) @ tilt_rotation(pitch) @ camera_from_level())
