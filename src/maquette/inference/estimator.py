"""The Estimator: what every method offers to the pipeline, whatever it is inside."""

from typing import NamedTuple, Protocol, runtime_checkable

from maquette.arrays import Progress, no_progress
from maquette.body.people import Poses2d, Poses3d
from maquette.body.skeleton import Skeleton
from maquette.geometry.camera import PinholeCamera


class Estimated(NamedTuple):
    """Poses as a method gives them, and what it has to say about them."""

    poses: Poses3d
    """Camera frame, relative to the skeleton's root, of about an adult's size; smoothing and scale come later."""
    notes: tuple[str, ...]


@runtime_checkable
class Estimator(Protocol):
    """A trained method that turns 2D points of persons into 3D poses."""

    name: str
    """Name of the method, such as ``lifting``."""
    skeleton: Skeleton
    """The joints of its answers."""

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
            keypoints: In pixels, on any skeleton; persons already tracked.
            camera: The camera that took the pictures, if known.
            independent_frames: Let no frame learn from another.
            progress: Told how many persons x frames are done.
        """
        ...
