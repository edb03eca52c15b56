"""Short gaps in 2D tracks, filled in between the frames in which a joint was seen."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

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
    gaps = _short_gaps(poses.mask, poses.times, most_gap_s)
    filled = {name: gaps.bridged(values) for name, values in poses.joint_arrays.items() if values.dtype.kind == "f"}
    lowest = np.minimum(poses.confidence[gaps.start], poses.confidence[gaps.end])
    filled["confidence"][gaps.inside] = FILLED_CONFIDENCE * lowest
    filled["mask"] = poses.mask.copy()
    filled["mask"][gaps.inside] = True
    if poses.sizes_m is not None:
        filled["sizes_m"] = _short_gaps(poses.sizes_m > 0, poses.times, most_gap_s).bridged(poses.sizes_m)
    return replace(poses, **filled)


class _Gaps(NamedTuple):
    """The N unknown places within short gaps, as indices into an array whose first axis is time."""

    inside: tuple[np.ndarray, ...]
    start: tuple[np.ndarray, ...]
    """The last known place before each ..."""
    end: tuple[np.ndarray, ...]
    """... and the first known one after it."""
    share: Float[np.ndarray, " N"]
    """Of the time from start to end that has passed."""

    def bridged(self, values: np.ndarray) -> np.ndarray:
        """The values with straight lines across the gaps."""
        first, last = values[self.start], values[self.end]
        share = self.share.reshape(-1, *[1] * (first.ndim - 1))
        filled = values.copy()
        filled[self.inside] = first + share * (last - first)
        return filled


def _short_gaps(known: Bool[np.ndarray, "F *rest"], times: Float[np.ndarray, " F"], most_gap_s: float) -> _Gaps:
    count = len(known)
    index = np.arange(count).reshape(-1, *[1] * (known.ndim - 1))
    before = np.maximum.accumulate(np.where(known, index, -1), axis=0)
    after = np.minimum.accumulate(np.where(known, index, count)[::-1], axis=0)[::-1]
    inside = np.nonzero(~known & (before >= 0) & (after < count))
    start, end = before[inside], after[inside]
    is_short = times[end] - times[start] <= most_gap_s + 1e-9
    frames, *rest = (places[is_short] for places in inside)
    start, end = start[is_short], end[is_short]
    share = (times[frames] - times[start]) / (times[end] - times[start])
    return _Gaps((frames, *rest), (start, *rest), (end, *rest), share)
