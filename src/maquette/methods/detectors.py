"""Every 2D detector by name, each in a sentence; what a detector needs is loaded when it is opened."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from maquette.errors import InputError, SettingError

if TYPE_CHECKING:
    from maquette.inference.detectors.protocol import Detector


class DetectorEntry(NamedTuple):
    """A detector that can be chosen by name."""

    sentence: str
    """What it is, in a few words."""
    open: "Callable[[Path | None, bool, int], Detector]"
    """Opens it, given its model file (if any), whether the pictures are a video's and how many people it reports."""


def _open_mediapipe(model: Path | None, is_video: bool, most_persons: int) -> "Detector":
    from maquette.inference.detectors.blazepose import BlazePose

    return BlazePose(model=model, video=is_video, most_persons=most_persons)


def _open_rtmpose(model: Path | None, is_video: bool, most_persons: int) -> "Detector":
    if model is None:
        raise SettingError(
            "the detector 'rtmpose' brings no model of its own: give an RTMPose or RTMO file as `detector_model`"
        )
    from maquette.inference.detectors.rtmpose import Rtmpose

    return Rtmpose(model=model, video=is_video, most_persons=most_persons)


DETECTORS: dict[str, DetectorEntry] = {
    "mediapipe": DetectorEntry("BlazePose, all people", _open_mediapipe),
    "rtmpose": DetectorEntry("RTMPose or RTMO, an ONNX file of yours", _open_rtmpose),
}
"""Detectors by name."""

DEFAULT_DETECTOR = "mediapipe"
"""What is taken where none is chosen."""


def open_detector(
    name: str, *, model: Path | None = None, video: bool = False, most_persons: int | None = None
) -> "Detector":
    """The detector of that name, ready to be shown pictures.

    Args:
        name: One of `DETECTORS`.
        model: A model file; ``rtmpose`` needs one (ONNX), ``mediapipe`` may have one (``.task``).
        video: Whether the pictures follow each other in time.
        most_persons: How many people are reported in a picture, at most; by default ten.

    Raises:
        SettingError: There is no such detector, it needs a model file, or it shall report nobody.
        InputError: The model file is missing or cannot be used.
        MissingExtraError: The package behind the detector is not installed.
    """
    if name not in DETECTORS:
        raise SettingError(f"there is no detector '{name}'; known are {', '.join(DETECTORS)}")
    if model is not None and not model.is_file():
        raise InputError(f"the detector's model '{model}' is no file; give the path of a model file")
    from maquette.inference.detectors.protocol import MOST_PERSONS

    most_persons = MOST_PERSONS if most_persons is None else most_persons
    if most_persons < 1:
        raise SettingError(f"`max_persons` {most_persons} makes no sense; give a number from 1 up")
    return DETECTORS[name].open(model, video, most_persons)
