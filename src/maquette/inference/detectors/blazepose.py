"""BlazePose by MediaPipe: 33 landmarks of a person, from the model in the wheel or from a file of the user's."""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from maquette.arrays import Picture
from maquette.body.catalog import BLAZEPOSE_33
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError, MissingExtraError, SettingError
from maquette.extras import optional_import
from maquette.inference.detectors.protocol import Detection, empty_detection
from maquette.inference.detectors.silence import silence

_LEAST_CONFIDENCE = 0.5
"""Below this a person is not reported at all (MediaPipe's own default)."""

MOST_PERSONS = 6
"""Persons that a model file is asked for; the model in the wheel knows only one."""

_VIDEO_STEP_MS = 33
_BLANK = np.zeros((64, 64, 3), np.uint8)
_LAST_PYTHON = (3, 12)
_DEFERRED = (
    "mediapipe.python.solutions.drawing_styles",
    "mediapipe.python.solutions.drawing_utils",
    "mediapipe.tasks.python",
)
"""Parts of MediaPipe that the model in the wheel does without: they load matplotlib, OpenCV and the sound card."""

_Landmarks = Callable[[np.ndarray], list[Any]]


class BlazePose:
    """MediaPipe's pose detector as a `Detector`; the model in the wheel reports the one most visible person.

    Args:
        model: A pose landmarker bundle (``.task``), which finds several persons; None for the model in the wheel.
        video: Whether pictures follow each other in time, so that a person is followed instead of sought anew.

    Raises:
        MissingExtraError: MediaPipe is not installed.
        SettingError: The installed MediaPipe carries no model and none was given.
        InputError: The model file cannot be used.
    """

    name = "mediapipe"
    skeleton: Skeleton = BLAZEPOSE_33

    def __init__(self, *, model: Path | None = None, video: bool = False) -> None:
        with silence():
            mediapipe = _mediapipe()
            opened = _from_file(mediapipe, model, video) if model else _from_wheel(mediapipe, video)
            self._landmarker, self._landmarks = opened
            self._landmarks(_BLANK)  # its threads still write to the terminal while they start
        self.notes = () if model else ("the detector mediapipe reports one person only, the most visible one",)
        self._is_warm = False

    def detect(self, picture: Picture) -> Detection:
        """The persons in one picture."""
        picture = np.ascontiguousarray(picture)
        if self._is_warm:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
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


def _mediapipe() -> ModuleType:
    try:
        return optional_import("mediapipe", extra="detect", deferred=_DEFERRED)
    except MissingExtraError as error:
        if sys.version_info[:2] <= _LAST_PYTHON:
            raise
        raise MissingExtraError(
            "the detector 'mediapipe' is not installed, and the release that carries its pose model (0.10.14) exists "
            "for Python 3.12 and older only; use such a Python, or install a newer mediapipe and give it a pose "
            "landmarker file as `detector_model`"
        ) from error


def _from_wheel(mediapipe: ModuleType, video: bool) -> tuple[Any, _Landmarks]:
    if not hasattr(mediapipe, "solutions"):
        version = getattr(mediapipe, "__version__", "")
        raise SettingError(
            f"mediapipe {version} carries no pose model: install release 0.10.14, which does "
            "(pip install 'maquette[detect]'), or give a pose landmarker file as `detector_model`"
        )
    landmarker = mediapipe.solutions.pose.Pose(
        static_image_mode=not video,
        model_complexity=1,
        smooth_landmarks=False,
        min_detection_confidence=_LEAST_CONFIDENCE,
        min_tracking_confidence=_LEAST_CONFIDENCE,
    )

    def landmarks(picture: np.ndarray) -> list[Any]:
        found = landmarker.process(picture).pose_landmarks
        return [] if found is None else [found.landmark]

    return landmarker, landmarks


def _from_file(mediapipe: ModuleType, model: Path, video: bool) -> tuple[Any, _Landmarks]:
    vision = mediapipe.tasks.vision
    mode = vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE
    try:
        options = vision.PoseLandmarkerOptions(
            base_options=mediapipe.tasks.BaseOptions(model_asset_buffer=model.read_bytes()),
            running_mode=mode,
            num_poses=MOST_PERSONS,
            min_pose_detection_confidence=_LEAST_CONFIDENCE,
        )
        landmarker = vision.PoseLandmarker.create_from_options(options)
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(
            f"'{model}' cannot be used as a pose landmarker; the detector 'mediapipe' wants a pose landmarker bundle "
            "(.task) as `detector_model`"
        ) from error
    shown = 0

    def landmarks(picture: np.ndarray) -> list[Any]:
        nonlocal shown
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=picture)
        if not video:
            return landmarker.detect(image).pose_landmarks
        shown += 1
        return landmarker.detect_for_video(image, shown * _VIDEO_STEP_MS).pose_landmarks

    return landmarker, landmarks


def _detection(persons: list[Any], width: int, height: int) -> Detection:
    """Landmarks, fractions of width and height from the picture's corner, as pixels from the first pixel's centre."""
    if not persons:
        return empty_detection(BLAZEPOSE_33)
    values = np.array([[(mark.x, mark.y, mark.visibility) for mark in marks] for marks in persons])
    joints = values[..., :2] * (width, height) - 0.5
    return Detection(joints.astype(np.float32), values[..., 2].clip(0, 1).astype(np.float32))
