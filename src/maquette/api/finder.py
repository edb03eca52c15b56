"""What finds the keypoints in pictures: the detector that a user chose, or what a method brings."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from maquette.errors import SettingError
from maquette.inference.detectors.protocol import Detector
from maquette.inference.estimator import Estimator, WholePictures
from maquette.methods.detectors import DEFAULT_DETECTOR, QUICK_DETECTOR, open_detector


class DetectorChoice(NamedTuple):
    """The detector that a user wants, whether the method is opened here, and how the pictures come."""

    is_method_ours: bool
    detector: str | Detector | None
    model: str | Path | None
    max_persons: int | None
    is_video: bool = False
    is_live: bool = False

    @property
    def given(self) -> list[str]:
        """Which of the user's settings are given, by their names."""
        settings = {"detector": self.detector, "detector_model": self.model, "max_persons": self.max_persons}
        return [name for name, value in settings.items() if value is not None]

    def open(self, ours: ExitStack) -> Detector:
        """The detector; one that is opened here is closed with ``ours``."""
        if self.detector is not None and not isinstance(self.detector, str):
            return self.detector
        model = None if self.model is None else Path(self.model)
        name = self.detector or (QUICK_DETECTOR if self.is_live else DEFAULT_DETECTOR)
        detector = open_detector(name, model=model, video=self.is_video, most_persons=self.max_persons)
        return ours.enter_context(closing(detector))


@contextmanager
def open_finder(choice: DetectorChoice, estimator: Estimator) -> Iterator[Detector]:
    """What finds the keypoints that the method wants; what was not open before is closed in the end.

    Raises:
        SettingError: A detector is chosen for a method that has its own, a model for an open detector, or there is no
            such detector.
    """
    has_own = isinstance(estimator.reads, WholePictures)
    if has_own and choice.given:
        raise SettingError(
            f"`{choice.given[0]}` is not used: the method '{estimator.name}' finds people itself; leave it out"
        )
    if choice.given[1:] and not isinstance(choice.detector, str | None):
        raise SettingError(f"`{choice.given[1]}` is not used: '{choice.detector.name}' is open already; leave it out")
    with ExitStack() as ours:
        finder = estimator.reads.detector_over(lambda: choice.open(ours))
        if has_own and choice.is_method_ours:
            ours.enter_context(closing(finder))
        yield finder
