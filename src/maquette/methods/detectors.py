"""The 2D detectors by name."""

from collections.abc import Callable
from pathlib import Path

from maquette.errors import InputError, SettingError
from maquette.inference.detectors.blazepose import BlazePose
from maquette.inference.detectors.protocol import Detector
from maquette.inference.detectors.rtmpose import Rtmpose


def _open_mediapipe(model: Path | None, video: bool) -> Detector:
    return BlazePose(model=model, video=video)


def _open_rtmpose(model: Path | None, video: bool) -> Detector:
    if model is None:
        raise SettingError(
            "the detector 'rtmpose' brings no model of its own: give an RTMPose or RTMO file with --detector-model FILE"
        )
    return Rtmpose(model=model, video=video)


DETECTORS: dict[str, Callable[[Path | None, bool], Detector]] = {
    "mediapipe": _open_mediapipe,
    "rtmpose": _open_rtmpose,
}
"""What opens each detector, given its model file (if any) and whether the pictures are a video's."""


def open_detector(name: str, *, model: Path | None = None, video: bool = False) -> Detector:
    """The detector of that name, ready to be shown pictures.

    Args:
        name: One of `DETECTORS`.
        model: A model file; ``rtmpose`` needs one (ONNX), ``mediapipe`` may have one (``.task``).
        video: Whether the pictures follow each other in time.

    Raises:
        SettingError: There is no such detector, or it needs a model file.
        InputError: The model file is missing or cannot be used.
        MissingExtraError: The package behind the detector is not installed.
    """
    if name not in DETECTORS:
        raise SettingError(f"there is no detector '{name}'; known are {', '.join(DETECTORS)}")
    if model is not None and not model.is_file():
        raise InputError(f"the detector's model '{model}' is no file; give the path of a model file")
    return DETECTORS[name](model, video)
