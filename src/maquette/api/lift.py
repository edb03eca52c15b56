"""From 2D keypoints to 3D poses."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from maquette.api.estimate import Estimate
from maquette.api.known_camera import KnownOfCamera, WorldUp
from maquette.api.lifting import FoundKeypoints, Lifter, LiftingSettings
from maquette.api.stage import StageProgress, begin_stage, no_stages
from maquette.body.catalog import find_skeleton
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError
from maquette.geometry.camera import PinholeCamera
from maquette.inference.estimator import Estimator, require_keypoints_enough
from maquette.io.folder import FolderSource
from maquette.io.keypoints import Keypoints, read_keypoints
from maquette.io.matched_pictures import match_pictures
from maquette.io.pictures import PictureSource, open_pictures
from maquette.methods.table import DEFAULT_METHOD


def lift(
    keypoints: str | Path | Keypoints | Poses2d,
    *,
    method: str | Estimator = DEFAULT_METHOD,
    weights: str | Path | None = None,
    height_m: float | None = None,
    bone_lengths: str | Path | Mapping[str, float] | None = None,
    camera: str | Path | PinholeCamera | None = None,
    camera_name: str | None = None,
    world_up: WorldUp | None = None,
    camera_pitch_deg: float | None = None,
    camera_roll_deg: float | None = None,
    focal_px: float | None = None,
    image_size: tuple[int, int] | None = None,
    fps: float | None = None,
    independent_frames: bool = False,
    refine: bool = True,
    clip: bool = False,
    skeleton: str | Skeleton | None = None,
    detector: str | None = None,
    pictures: str | Path | None = None,
    progress: StageProgress = no_stages,
) -> Estimate:
    """Lift 2D keypoints of any detector to 3D.

    Args:
        keypoints: File or folder of any tool (docs/keypoints.md), what `read_keypoints` gave, or poses, tracked anew.
        method: How 2D becomes 3D: a name that ``maquette lift --help`` lists, or what `load_method` gave.
        weights: Weights of the method from a file, or the name of others that come along.
        height_m: Standing height of the persons; without anything that sets the scale they are drawn 1.70 m tall.
        bone_lengths: Measured bones instead, in metres, as ``{"hip-knee": 0.42}`` or as a file (docs/results.md).
        camera: The calibrated camera, or a calibration file (docs/camera.md).
        camera_name: Which camera of the file; by default the one named like the keypoints.
        world_up: Axis of its world that points up: z, y, -y or none; by default z, if people stand along it.
        camera_pitch_deg: How far the camera looks down, where no calibration says so.
        camera_roll_deg: How far upright people lean to the picture's right; with the pitch, and by default 0.
        focal_px: Focal length in pixels instead of a calibration.
        image_size: (width, height) of the pictures, where keypoints do not say.
        fps: Frames per second, where a file does not say or says wrongly.
        independent_frames: Each frame by itself: no smoothing, no shared bone lengths.
        refine: Fit the whole track of each person at once, after lifting (docs/track_lifting.md).
        clip: Pictures are one clip, though numbered like photographs.
        skeleton: What the points of a file are, where it leaves that open.
        detector: What found the keypoints, for the record; by default the format of the file.
        pictures: The video or pictures that they were found in, to be shown in pages and overlays.
        progress: Told which stage is at work and how far it is.

    Raises:
        SettingError: A setting makes no sense, or the method reads pictures.
        InputError: A file cannot be read, or nobody is seen well enough.
    """
    known = KnownOfCamera(world_up, camera_pitch_deg, camera_roll_deg, focal_px)
    settings = LiftingSettings(height_m, bone_lengths, camera, camera_name, fps, independent_frames, known, refine)
    source = None if pictures is None else open_pictures(Path(pictures), fps)
    lifter = Lifter.of(settings, method, weights, progress)
    require_keypoints_enough(lifter.estimator)
    read = _read(keypoints, fps, image_size, skeleton, source, progress)
    if not (read.is_clip or clip or independent_frames):
        read, lifter = _frame_by_frame(read, lifter)
    return _lift_read(lifter, read, keypoints, detector, source)


def _lift_read(
    lifter: Lifter, read: Keypoints, keypoints: object, detector: str | None, pictures: PictureSource | None
) -> Estimate:
    """What was read, lifted; the name of a file chooses among the cameras of a calibration."""
    matched = ()
    if pictures is not None:
        is_seen = np.any(read.poses.present, axis=1)
        pictures, matched = match_pictures(pictures, read.frame_numbers, read.poses.times, is_seen)
    named_like = Path(keypoints) if isinstance(keypoints, str | Path) else None
    camera = lifter.settings.camera_for(read.poses.image_size, named_like=named_like)
    found = FoundKeypoints(read.poses, detector or read.format, read.is_tracked, (*read.notes, *matched))
    return lifter.lift(found, camera=camera, pictures=pictures)


def _frame_by_frame(read: Keypoints, lifter: Lifter) -> tuple[Keypoints, Lifter]:
    """The same keypoints with a note, and a lifter for photographs that have nothing to do with each other."""
    note = "its pictures are photographs far apart, not a clip; set `clip` if they are one"
    settings = replace(lifter.settings, independent_frames=True)
    return read._replace(notes=(*read.notes, note)), replace(lifter, settings=settings)


def _read(
    keypoints: str | Path | Keypoints | Poses2d,
    fps: float | None,
    image_size: tuple[int, int] | None,
    skeleton: str | Skeleton | None,
    pictures: PictureSource | None,
    progress: StageProgress,
) -> Keypoints:
    """The keypoints in pixels, whatever they are given as; pictures tell size and rate where nothing else does.

    Raises:
        SettingError: Something is said of keypoints that they say themselves.
        InputError: The file cannot be read.
        ConventionError: They are fractions of pictures of unknown size, or belong to pictures of another size.
    """
    begin_stage(progress, "reading keypoints")
    size = image_size or (None if pictures is None else pictures.image_size)
    if isinstance(keypoints, str | Path):
        known = find_skeleton(skeleton) if isinstance(skeleton, str) else skeleton
        rate = None if pictures is None or isinstance(pictures, FolderSource) else pictures.fps
        return read_keypoints(keypoints, fps=fps, image_size=size, skeleton=known, pictures_fps=rate)
    for name, value in (("fps", fps), ("skeleton", skeleton)):
        if value is not None:
            raise SettingError(f"`{name}` is for files; these keypoints say it themselves, so leave it out")
    read = keypoints if isinstance(keypoints, Keypoints) else Keypoints(keypoints, "poses", False, ())
    return read._replace(poses=read.poses.in_pixels(size))
