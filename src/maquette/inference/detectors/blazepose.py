"""BlazePose by MediaPipe: 33 landmarks of everybody, from the models in the wheel or from a file of the user's."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from maquette.arrays import Picture
from maquette.body.catalog import BLAZEPOSE_33
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError, MissingExtraError
from maquette.extras import optional_import
from maquette.inference.detectors.landmarker_bundle import bundle_of_wheel
from maquette.inference.detectors.protocol import MOST_PERSONS, Detection, empty_detection
from maquette.inference.detectors.silence import silence, without_warnings

_LEAST_CONFIDENCE = 0.5
"""Below this a person is not reported at all (MediaPipe's own default)."""

_VIDEO_STEP_MS = 33
DEPTH_STRETCH = 2.3
"""BlazePose's depths are about so many times as long as the same length across the picture, says what it finds in
rendered people (benchmarks/detector_errors.py)."""
_BLANK = np.zeros((64, 64, 3), np.uint8)
_LAST_PYTHON = (3, 12)
_LANDMARKER = "mediapipe.tasks.python.vision.pose_landmarker"
_DEFERRED = (
    "mediapipe.python.solutions.drawing_styles",
    "mediapipe.python.solutions.drawing_utils",
    "mediapipe.tasks.python.audio",
    "mediapipe.tasks.python.genai",
    "mediapipe.tasks.python.text",
)
"""Parts of MediaPipe that the landmarker does without: they load matplotlib, OpenCV and the sound card."""


class BlazePose:
    """MediaPipe's pose landmarker as a `Detector`.

    Args:
        model: A pose landmarker bundle (``.task``); None for the models in MediaPipe's wheel.
        video: Whether pictures follow each other in time.
        most_persons: How many people a picture is searched for, at most. Only where one is asked for in a video is that
            person followed; several are sought anew in every picture.

    Raises:
        MissingExtraError: MediaPipe is not installed.
        SettingError: The installed MediaPipe carries no model and none was given.
        InputError: The model file cannot be used.
    """

    name = "mediapipe-quick"
    skeleton: Skeleton = BLAZEPOSE_33
    notes: tuple[str, ...] = ()

    def __init__(self, *, model: Path | None = None, video: bool = False, most_persons: int = MOST_PERSONS) -> None:
        with silence():
            self._mediapipe = _import_mediapipe()
            self._video, self._shown = video, 0
            self._landmarker = self._open(model, most_persons)
            self._landmarks(_BLANK)  # its threads still write to the terminal while they start
        self._is_warm = False

    def detect(self, picture: Picture) -> Detection:
        """The persons in one picture."""
        picture = np.ascontiguousarray(picture)
        if self._is_warm:
            with without_warnings():
                persons = self._landmarks(picture)
        else:
            with silence():
                persons = self._landmarks(picture)
            self._is_warm = True
        return _detection(persons, picture.shape[1], picture.shape[0])

    def close(self) -> None:
        """Lets go of the model; the detector cannot be used afterwards."""
        with silence():
            self._landmarker.close()

    def _open(self, model: Path | None, most_persons: int) -> Any:
        tasks = self._mediapipe.tasks
        mode = tasks.vision.RunningMode
        try:
            options = tasks.vision.PoseLandmarkerOptions(
                base_options=tasks.BaseOptions(model_asset_buffer=self._read_bundle(model)),
                running_mode=mode.VIDEO if self._video else mode.IMAGE,
                num_poses=most_persons,
                min_pose_detection_confidence=_LEAST_CONFIDENCE,
            )
            return tasks.vision.PoseLandmarker.create_from_options(options)
        except (OSError, RuntimeError, ValueError) as error:
            raise InputError(
                f"'{model or 'the model in the wheel'}' cannot be used as a pose landmarker; the detector 'mediapipe' "
                "wants a pose landmarker bundle (.task) as `detector_model`"
            ) from error

    def _read_bundle(self, model: Path | None) -> bytes:
        if model is not None:
            return model.read_bytes()
        return bundle_of_wheel(Path(str(self._mediapipe.__file__)).parent, getattr(self._mediapipe, "__version__", ""))

    def _landmarks(self, picture: Picture) -> list[Any]:
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=picture)
        if not self._video:
            return self._landmarker.detect(image).pose_landmarks
        self._shown += 1
        return self._landmarker.detect_for_video(image, self._shown * _VIDEO_STEP_MS).pose_landmarks


def _import_mediapipe() -> ModuleType:
    """MediaPipe, with its pose landmarker loaded."""
    try:
        optional_import(_LANDMARKER, extra="detect", deferred=_DEFERRED)
    except MissingExtraError as error:
        if sys.version_info[:2] <= _LAST_PYTHON:
            raise
        raise MissingExtraError(
            "the detector 'mediapipe' is not installed, and the release that carries its pose model (0.10.14) exists "
            "for Python 3.12 and older only; use such a Python, or install a newer mediapipe and give it a pose "
            "landmarker file as `detector_model`"
        ) from error
    return sys.modules["mediapipe"]


def _detection(persons: list[Any], width: int, height: int) -> Detection:
    """Landmarks as pixels from the first pixel's centre, with depths beyond the middle of the hips.

    MediaPipe gives fractions of width and height from the picture's corner, and depths, stretched, as fractions of the
    width.
    """
    if not persons:
        return empty_detection(BLAZEPOSE_33)
    values = np.array([[(mark.x, mark.y, mark.z, mark.visibility) for mark in marks] for marks in persons])
    joints = values[..., :2] * (width, height) - 0.5
    depths, confidence = values[..., 2] * width / DEPTH_STRETCH, values[..., 3].clip(0, 1)
    return Detection(*(part.astype(np.float32) for part in (joints, confidence, depths)))
