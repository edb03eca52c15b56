"""Short gaps in 2D tracks, filled in between the frames in which a joint was seen."""

from dataclasses import replace

import numpy as np

from maquette.body.people import Poses2d
from maquette.errors import SettingError

FILLED_CONFIDENCE = 0.5
"""A filled joint is so much less sure than the less sure end of its gap."""


def fill_gaps(poses: Poses2d, *, most_gap_s: float = 0.25) -> Poses2d:
    """The same poses with joints that were lost for a moment put on the straight line, in time, across the gap.

    Nothing is put before a joint's first or after its last sighting, or into gaps that are longer.

    Args:
        most_gap_s: Longest time between the sightings on the two sides of a gap.

    Raises:
        SettingError: The time is negative or not finite.
    """
    if not (np.isfinite(most_gap_s) and most_gap_s >= 0):
        raise SettingError(f"the longest gap to fill is {most_gap_s} s; it must be a finite time from 0 up")
    count = poses.frame_count
    index = np.arange(count)[:, None, None]
    before = np.maximum.accumulate(np.where(poses.mask, index, -1), axis=0)
    after = np.minimum.accumulate(np.where(poses.mask, index, count)[::-1], axis=0)[::-1]
    frames, persons, joints = np.nonzero(~poses.mask & (before >= 0) & (after < count))
    start, end = before[frames, persons, joints], after[frames, persons, joints]
    is_short = poses.times[end] - poses.times[start] <= most_gap_s + 1e-9
    frames, persons, joints, start, end = (values[is_short] for values in (frames, persons, joints, start, end))

    share = (poses.times[frames] - poses.times[start]) / (poses.times[end] - poses.times[start])
    positions, mask, confidence = poses.joints.copy(), poses.mask.copy(), poses.confidence.copy()
    first, last = poses.joints[start, persons, joints], poses.joints[end, persons, joints]
    positions[frames, persons, joints] = first + share[:, None] * (last - first)
    mask[frames, persons, joints] = True
    confidence[frames, persons, joints] = FILLED_CONFIDENCE * np.minimum(
        poses.confidence[start, persons, joints], poses.confidence[end, persons, joints]
    )
    return replace(poses, joints=positions, mask=mask, confidence=confidence)
