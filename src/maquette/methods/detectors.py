"""Every 2D detector by name, each in a sentence; what a detector needs is loaded when it is opened."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from maquette.errors import InputError, MissingExtraError, SettingError

if TYPE_CHECKING:
    from maquette.inference.detectors.protocol import Detector
    from maquette.inference.people_search import PeopleSearch

Model = TypeVar("Model")


class DetectorEntry(NamedTuple):
    """A detector that can be chosen by name."""

    sentence: str
    """What it is, in a few words."""
    open: "Callable[[Path | None, bool, int], Detector]"
    """Opens it, given its model file (if any), whether the pictures are a video's and how many people it reports."""


def _open_quick(model: Path | None, is_video: bool, most_persons: int) -> "Detector":
    from maquette.inference.detectors.blazepose import BlazePose

    return BlazePose(model=model, video=is_video, most_persons=most_persons)


def _open_mediapipe(model: Path | None, is_video: bool, most_persons: int) -> "Detector":
    from maquette.inference.thorough import ThoroughDetector

    quick = _open_quick(model, is_video, most_persons)
    return ThoroughDetector(quick, _open_search, video=is_video, most_persons=most_persons)


def _open_search() -> "PeopleSearch":
    from maquette.inference.detectors.faces import FaceFinder
    from maquette.inference.detectors.regions import RegionLandmarks
    from maquette.inference.people_search import PeopleSearch
    from maquette.methods.teacher.people import open_people_network

    return PeopleSearch(open_people_network(), _open_or_none(RegionLandmarks), _open_or_none(FaceFinder))


def _open_or_none(model: "Callable[[], Model]") -> "Model | None":
    """A model of MediaPipe's, or None where the installed release does not carry it."""
    try:
        return model()
    except (MissingExtraError, AttributeError, RuntimeError, OSError, ValueError):
        return None


def _open_rtmpose(model: Path | None, is_video: bool, most_persons: int) -> "Detector":
    if model is None:
        raise SettingError(
            "the detector 'rtmpose' brings no model of its own: give an RTMPose or RTMO file as `detector_model`"
        )
    from maquette.inference.detectors.rtmpose import Rtmpose

    return Rtmpose(model=model, video=is_video, most_persons=most_persons)


DETECTORS: dict[str, DetectorEntry] = {
    "mediapipe": DetectorEntry("BlazePose, and a thorough search for those whom it misses", _open_mediapipe),
    "mediapipe-quick": DetectorEntry("BlazePose alone: large people, several times as fast", _open_quick),
    "rtmpose": DetectorEntry("RTMPose or RTMO, an ONNX file of yours", _open_rtmpose),
}
"""Detectors by name."""

DEFAULT_DETECTOR = "mediapipe"
"""What is taken where none is chosen, ..."""

QUICK_DETECTOR = "mediapipe-quick"
"""... and where pictures come live."""


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
