"""What `predict` and `lift` share: settings checked before any work, the camera read, keypoints lifted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from maquette.api.estimate import Estimate
from maquette.api.known_camera import KnownOfCamera
from maquette.api.method import resolve_method
from maquette.api.stage import StageProgress, begin_stage
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError
from maquette.geometry.camera import PinholeCamera
from maquette.inference.estimator import Estimator
from maquette.inference.fitting import LEAST_HEIGHT_M, MOST_HEIGHT_M
from maquette.inference.pipeline import PipelineSettings, lift_keypoints
from maquette.io.bone_lengths import named_bone_lengths, read_bone_lengths
from maquette.io.camera import read_camera
from maquette.io.pictures import PictureSource


class FoundKeypoints(NamedTuple):
    """2D points and where they come from."""

    poses: Poses2d
    detector: str
    is_tracked: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class LiftingSettings:
    """What a user may say about people, camera and time; `predict` explains each setting.

    Raises:
        SettingError: A height that no person has, frames per second that no camera has, a camera file that is missing,
            or two things that both set the scale.
    """

    height_m: float | None
    bone_lengths: str | Path | Mapping[str, float] | None
    camera: str | Path | PinholeCamera | None
    camera_name: str | None
    fps: float | None
    independent_frames: bool
    seen: KnownOfCamera
    refine: bool = True

    def __post_init__(self) -> None:
        if self.height_m is not None and not LEAST_HEIGHT_M <= self.height_m <= MOST_HEIGHT_M:
            raise SettingError(
                f"`height_m` {self.height_m:g} is no person's; give metres between {LEAST_HEIGHT_M} and {MOST_HEIGHT_M}"
            )
        if self.height_m is not None and self.bone_lengths is not None:
            raise SettingError("`height_m` and `bone_lengths` both set the scale; give one of them")
        if self.fps is not None and not 1e-3 <= self.fps <= 1e5:
            raise SettingError(f"`fps` {self.fps:g} makes no sense; give frames per second between 0.001 and 100000")
        path = Path(self.camera) if isinstance(self.camera, str | Path) else None
        if path is not None and not path.is_file():
            raise SettingError(f"`camera` '{path}' is no file; give a calibration (TOML, YAML or JSON)")
        if self.camera_name is not None and path is None:
            raise SettingError("`camera_name` needs the calibration it is in; give its file as `camera` too")
        self.seen.require_use(has_camera=self.camera is not None)

    def lengths_for(self, skeleton: Skeleton) -> Float[np.ndarray, " B"] | None:
        """The bone lengths that are given, in the order of the skeleton's bones; 0 where nothing is said.

        Raises:
            InputError: They cannot be read, or are not those of the skeleton.
        """
        if self.bone_lengths is None:
            return None
        if isinstance(self.bone_lengths, str | Path):
            return read_bone_lengths(Path(self.bone_lengths), skeleton)
        return named_bone_lengths(self.bone_lengths, skeleton, source="`bone_lengths`")

    def camera_for(self, image_size: tuple[int, int] | None, *, named_like: Path | None) -> PinholeCamera | None:
        """The camera that is given, for pictures of that size.

        Args:
            image_size: (width, height) in pixels, if known.
            named_like: The input, whose name chooses among the cameras of a file.

        Raises:
            InputError: The file holds no such camera, or one for other pictures.
            ConventionError: The camera belongs to pictures of other proportions.
            SettingError: What is said of the camera contradicts its file, or needs the size of the pictures.
        """
        if isinstance(self.camera, str | Path):
            name = self.camera_name or (None if named_like is None else named_like.stem)
            camera = read_camera(Path(self.camera), name=name, image_size=image_size)
        else:
            camera = self.camera if self.camera is None or image_size is None else self.camera.scaled_to(image_size)
        return self.seen.applied_to(camera, image_size)


@dataclass(frozen=True)
class Lifter:
    """A method with everything that is known about the people, ready to lift."""

    settings: LiftingSettings
    estimator: Estimator
    bone_lengths_m: Float[np.ndarray, " B"] | None
    progress: StageProgress

    @classmethod
    def of(
        cls, settings: LiftingSettings, method: str | Estimator, weights: str | Path | None, progress: StageProgress
    ) -> "Lifter":
        """Open the method and read the bone lengths.

        Raises:
            SettingError: There is no such method.
            InputError: Its weights or the bone lengths cannot be read.
        """
        estimator = resolve_method(method, weights)
        return cls(settings, estimator, settings.lengths_for(estimator.skeleton), progress)

    def lift(self, found: FoundKeypoints, *, camera: PinholeCamera | None, pictures: PictureSource | None) -> Estimate:
        """The 3D poses of what was found, with the notes of every step."""
        settings = self.settings
        estimate = lift_keypoints(
            found.poses,
            self.estimator,
            PipelineSettings(
                settings.height_m,
                camera,
                settings.independent_frames,
                self.bone_lengths_m,
                is_world_up_given=settings.seen.is_up_given,
                refine=settings.refine,
            ),
            is_tracked=found.is_tracked,
            detector=found.detector,
            progress=begin_stage(self.progress, "lifting to 3D"),
        )
        return Estimate.of(replace(estimate, notes=(*found.notes, *estimate.notes)), pictures)
