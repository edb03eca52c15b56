"""Lifting while frames come one by one, by a method that reads each pose from the frames before it as well."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from maquette.arrays import Progress, no_progress
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.geometry.camera import PinholeCamera
from maquette.inference.estimator import AnyKeypoints, Estimated, Estimator

_ROUNDING_S = 1e-6


class RememberingEstimator:
    """A lifter that is shown single frames in the order of time, and remembers those that it still reads from.

    Args:
        estimator: Lifts clips.
        past_s: How far back it reads.
    """

    def __init__(self, estimator: Estimator, past_s: float) -> None:
        self.name: str = estimator.name
        self.skeleton: Skeleton = estimator.skeleton
        self.reads = estimator.reads
        self._estimator, self._past_s = estimator, past_s
        self._seen: list[Poses2d] = []

    def estimate(
        self,
        keypoints: Poses2d,
        *,
        camera: PinholeCamera | None = None,
        independent_frames: bool = False,
        progress: Progress = no_progress,
    ) -> Estimated:
        """3D poses of the persons of the next frame, whose ids hold from frame to frame; see `Estimator.estimate`."""
        del independent_frames  # they are not: that is what it remembers them for
        since_s = keypoints.times[0] - self._past_s - _ROUNDING_S
        self._seen = [*(one for one in self._seen if since_s <= one.times[0] < keypoints.times[0]), keypoints]
        found = self._estimator.estimate(join_frames(self._seen), camera=camera, progress=progress)
        return found._replace(poses=found.poses.select_frames(slice(-1, None)))


def remember(estimator: Estimator) -> Estimator:
    """The method as it is for frames that come one by one: with a memory, if it reads from earlier frames."""
    if isinstance(estimator.reads, AnyKeypoints) and estimator.reads.past_s > 0:
        return RememberingEstimator(estimator, estimator.reads.past_s)
    return estimator


def join_frames(frames: Sequence[Poses2d]) -> Poses2d:
    """Single frames as one clip of the persons of the last of them, who may be unknown in others.

    Args:
        frames: Of one frame each, times rising, all on the same skeleton.
    """
    last = frames[-1]
    arrays = {name: np.zeros((len(frames), *values.shape[1:]), values.dtype) for name, values in last.arrays.items()}
    for index, frame in enumerate(frames):
        _, here, there = np.intersect1d(last.person_ids, frame.person_ids, return_indices=True)
        for name, values in frame.arrays.items():
            if name in arrays:
                arrays[name][index, here] = values[0, there]
    return replace(last, times=np.concatenate([frame.times for frame in frames]), **arrays)
