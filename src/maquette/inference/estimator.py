"""The Estimator: what every method offers to the pipeline, whatever it is inside, and where it wants keypoints from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

from maquette.arrays import Progress, no_progress
from maquette.body.people import Poses2d, Poses3d
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError
from maquette.geometry.camera import PinholeCamera
from maquette.inference.detectors.protocol import Detector
from maquette.inference.top_down import TopDownDetector, TopDownNetwork


class Estimated(NamedTuple):
    """Poses as a method gives them, and what it has to say about them."""

    poses: Poses3d
    """Camera frame, relative to the skeleton's root, of about an adult's size; smoothing and scale come later."""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class AnyKeypoints:
    """Of a lifter: the keypoints of any detector will do, from a file as well."""

    past_s: float = 0.0
    """How far back it reads a pose from, where frames come one by one; 0 is from the frame alone."""
    needs_pictures: ClassVar[bool] = False

    def detector_over(self, open_inner: Callable[[], Detector]) -> Detector:
        """What finds the keypoints: the detector that a user chose."""
        return open_inner()


@dataclass(frozen=True)
class PersonCrops:
    """Of a top-down method: its network finds keypoints, with depths, in a square picture of each person."""

    network: TopDownNetwork
    looks: int = 1
    """How often each person is looked at; see `maquette.inference.top_down.look_at`."""
    needs_pictures: ClassVar[bool] = True

    def detector_over(self, open_inner: Callable[[], Detector]) -> Detector:
        """What finds the keypoints: the network, where the detector that a user chose finds people."""
        return TopDownDetector(open_inner(), self.network, looks=self.looks)


@dataclass(frozen=True)
class WholePictures:
    """Of a bottom-up method: its own detector finds the keypoints of everybody in a picture at once."""

    detector: Detector
    """Closed once all pictures have been shown; `Estimator.estimate` comes after that."""
    needs_pictures: ClassVar[bool] = True

    def detector_over(self, open_inner: Callable[[], Detector]) -> Detector:
        """What finds the keypoints: the method's own detector; no other is opened."""
        return self.detector


KeypointSource = AnyKeypoints | PersonCrops | WholePictures
"""Where a method wants its keypoints from, one of three ways."""


@runtime_checkable
class Estimator(Protocol):
    """A trained method that turns 2D keypoints of persons into 3D poses."""

    name: str
    """Name of the method, such as ``lifting``."""
    skeleton: Skeleton
    """The joints of its poses."""

    @property
    def reads(self) -> KeypointSource:
        """Where it wants its keypoints from."""
        ...

    def estimate(
        self,
        keypoints: Poses2d,
        *,
        camera: PinholeCamera | None = None,
        independent_frames: bool = False,
        progress: Progress = no_progress,
    ) -> Estimated:
        """3D poses of all persons and frames of ``keypoints``.

        Args:
            keypoints: In pixels, from where the method wants them; persons already tracked.
            camera: The camera that took the pictures, if known.
            independent_frames: Let no frame learn from another.
            progress: Told how many persons x frames are done.
        """
        ...


def require_keypoints_enough(estimator: Estimator) -> None:
    """Refuse a method that wants pictures where there are only keypoints.

    Raises:
        SettingError: It wants pictures.
    """
    if estimator.reads.needs_pictures:
        raise SettingError(
            f"the method '{estimator.name}' reads pictures, but here are only keypoints; use maquette predict on the "
            "pictures, or the method lifting"
        )
