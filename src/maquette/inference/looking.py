"""Methods that look at people more closely than by default: at their mirror images, or more than once."""

from maquette.arrays import Progress, no_progress
from maquette.body.people import Poses2d
from maquette.errors import SettingError
from maquette.geometry.camera import PinholeCamera
from maquette.inference.estimator import Estimated, Estimator, PersonCrops
from maquette.inference.top_down import BothSides

MOST_LOOKS = 5
"""Looks beyond these change nothing any more."""


def look_closer(estimator: Estimator, *, flip: bool, looks: int) -> Estimator:
    """A top-down method whose network sees mirror images too, or people more than once; or the method as it is.

    Args:
        estimator: The method.
        flip: Look at the mirror image as well and take the mean.
        looks: How often each person is looked at; from the second time on, the joints that were found say where.

    Raises:
        SettingError: It is no such method, or so many looks make no sense.
    """
    if not 1 <= looks <= MOST_LOOKS:
        raise SettingError(f"`looks` {looks} makes no sense; give a whole number from 1 to {MOST_LOOKS}")
    if not flip and looks == 1:
        return estimator
    reads = estimator.reads
    if not isinstance(reads, PersonCrops):
        given = "flip" if flip else "looks"
        raise SettingError(
            f"`{given}` is not used: the method '{estimator.name}' does not look at people one by one; leave it out"
        )
    return _Looking(estimator, PersonCrops(BothSides(reads.network) if flip else reads.network, looks))


class _Looking:
    """A method as it is, but for where it has its keypoints from."""

    def __init__(self, estimator: Estimator, reads: PersonCrops) -> None:
        self.name, self.skeleton, self.reads = estimator.name, estimator.skeleton, reads
        self._estimator = estimator

    def estimate(
        self,
        keypoints: Poses2d,
        *,
        camera: PinholeCamera | None = None,
        independent_frames: bool = False,
        progress: Progress = no_progress,
    ) -> Estimated:
        """The method's poses; see `Estimator.estimate`."""
        return self._estimator.estimate(
            keypoints, camera=camera, independent_frames=independent_frames, progress=progress
        )
