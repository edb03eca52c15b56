"""From pictures to 3D poses."""

from collections.abc import Mapping
from pathlib import Path

from maquette.api.estimate import Estimate
from maquette.api.finder import DetectorChoice, open_finder
from maquette.api.known_camera import KnownOfCamera, WorldUp
from maquette.api.lifting import FoundKeypoints, Lifter, LiftingSettings
from maquette.api.method import resolve_method
from maquette.api.stage import StageProgress, begin_stage, no_stages
from maquette.errors import InputError, SettingError
from maquette.geometry.camera import PinholeCamera
from maquette.inference.detectors.protocol import Detector
from maquette.inference.estimator import Estimator
from maquette.inference.looking import look_closer
from maquette.inference.pipeline import detect
from maquette.io.folder import is_clip
from maquette.io.pictures import PictureSource, open_pictures
from maquette.methods.table import DEFAULT_METHOD


def predict(
    path: str | Path,
    *,
    method: str | Estimator = DEFAULT_METHOD,
    weights: str | Path | None = None,
    detector: str | Detector | None = None,
    detector_model: str | Path | None = None,
    max_persons: int | None = None,
    flip: bool = False,
    looks: int = 1,
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
    strict: bool = False,
    progress: StageProgress = no_stages,
) -> Estimate:
    """Find people in a picture, a folder of pictures or a video, and lift them to 3D; pictures are not kept in memory.

    Args:
        path: Picture, folder of pictures, or video.
        method: How 2D becomes 3D: a name that ``maquette predict --help`` lists, or what `load_method` gave.
        weights: Weights of the method from a file, or the name of others that come along.
        detector: What finds the 2D joints: a name, by default mediapipe, or an open detector, which stays open.
        detector_model: Model file of the detector (rtmpose: an ONNX file).
        max_persons: How many people are looked for in a picture, at most; by default 10.
        flip: Read each person's mirror image as well and take the mean: twice the time (methods that read crops).
        looks: How often each person is read; from the second time on, in a crop around the joints that were found.
        height_m: Standing height of the persons; without anything that sets the scale they are drawn 1.70 m tall.
        bone_lengths: Measured bones instead, in metres, as ``{"hip-knee": 0.42}`` or as a file (docs/results.md).
        camera: The calibrated camera, or a calibration file (docs/camera.md).
        camera_name: Which camera of the file; by default the one named like the input.
        world_up: Axis of its world that points up: z, y, -y or none; by default z, if people stand along it.
        camera_pitch_deg: How far the camera looks down, where no calibration says so.
        camera_roll_deg: How far upright people lean to the picture's right; with the pitch, and by default 0.
        focal_px: Focal length in pixels instead of a calibration.
        image_size: (width, height) that the pictures must have.
        fps: Frames per second, where the input does not say or says wrongly.
        independent_frames: Each frame by itself: no smoothing, no shared bone lengths.
        refine: Fit the whole track of each person at once, after lifting (docs/track_lifting.md).
        clip: The pictures of a folder are one clip, though they are not numbered frames of one size.
        strict: Refuse a folder with a broken picture; without it that is left out, and the notes say so.
        progress: Told which stage is at work and how far it is.
    Raises:
        SettingError, InputError, MissingExtraError: A setting makes no sense; nobody is found; the detector is missing.
    """
    known = KnownOfCamera(world_up, camera_pitch_deg, camera_roll_deg, focal_px)
    settings = LiftingSettings(height_m, bone_lengths, camera, camera_name, fps, independent_frames, known, refine)
    choice = DetectorChoice(isinstance(method, str), detector, detector_model, max_persons)
    lifter = Lifter.of(settings, look_closer(resolve_method(method, weights), flip=flip, looks=looks), None, progress)
    return _find_and_lift(lifter, _open_clip(Path(path), fps, image_size, is_clip_said=clip, is_strict=strict), choice)


def _find_and_lift(lifter: Lifter, pictures: PictureSource, choice: DetectorChoice) -> Estimate:
    is_video = pictures.frame_count != 1 and not lifter.settings.independent_frames
    seen_by = lifter.settings.camera_for(pictures.image_size, named_like=pictures.path)
    with open_finder(choice._replace(is_video=is_video), lifter.estimator) as finder:
        report = begin_stage(lifter.progress, f"finding people with {finder.name}", pictures.frame_count)
        keypoints = detect(pictures.frames(), finder, report)
    found = FoundKeypoints(keypoints, finder.name, is_tracked=False, notes=(*pictures.notes, *finder.notes))
    return lifter.lift(found, camera=seen_by, pictures=pictures)


def _open_clip(
    path: Path, fps: float | None, image_size: tuple[int, int] | None, *, is_clip_said: bool, is_strict: bool
) -> PictureSource:
    """The pictures that follow each other in time.

    Raises:
        InputError: They cannot be read, or are photographs that have nothing to do with each other.
        SettingError: They have another size than the user says.
    """
    if path.is_dir() and not is_clip_said and not is_clip(path):
        raise InputError(
            f"{path}: its pictures are no numbered frames of one size; give them one by one, or set `clip` if they are "
            "one clip"
        )
    pictures = open_pictures(path, fps, is_strict=is_strict)
    _require_size(pictures, image_size)
    return pictures


def _require_size(pictures: PictureSource, image_size: tuple[int, int] | None) -> None:
    if image_size is not None and tuple(image_size) != pictures.image_size:
        (width, height), (true_width, true_height) = image_size, pictures.image_size
        raise SettingError(
            f"`image_size` {width}x{height} contradicts '{pictures.path}', which is {true_width}x{true_height}"
        )
