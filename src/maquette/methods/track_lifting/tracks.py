"""Windows out of tracks: where joints were at given times around each moment, between the frames that there are."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

_LONGEST_GAP_S = 0.25
"""Joints are not placed between frames that are farther apart."""


class Tracks(NamedTuple):
    """Keypoints of people over time."""

    points: Float[Tensor, "F P K 2"]
    is_known: Bool[Tensor, "F P K"]
    times_s: Float[np.ndarray, " F"]
    """Rising."""


def cut_windows(
    tracks: Tracks,
    frames: Int64[Tensor, " N"],
    persons: Int64[Tensor, " N"],
    offsets_s: Float[np.ndarray, " W"],
) -> tuple[Float[Tensor, "N W K 2"], Bool[Tensor, "N W K"]]:
    """The windows around some people at some frames, and which of their joints are known.

    Where a joint is known in the frames before and after, it is taken to have moved evenly between the two. Nothing is
    known before the first frame and after the last one.

    Args:
        tracks: Of everybody.
        frames: Of the current poses.
        persons: Whose they are.
        offsets_s: Times of a window's poses from the current one on.
    """
    times = tracks.times_s
    wanted = times[frames.numpy()][:, None] + offsets_s
    after = np.searchsorted(times, wanted - 1e-6).clip(0, len(times) - 1)
    is_exact = np.abs(times[after] - wanted) <= 1e-6
    before = np.where(is_exact, after, np.maximum(after - 1, 0))
    length = times[after] - times[before]
    share = np.divide(wanted - times[before], length, out=np.zeros_like(wanted), where=length > 0)
    is_between = is_exact | ((length > 0) & (length <= _LONGEST_GAP_S) & (share >= 0) & (share <= 1))
    first, second = torch.from_numpy(before), torch.from_numpy(after)
    part = torch.from_numpy(share).to(tracks.points.dtype)[..., None, None]
    whose = persons[:, None]
    points = torch.lerp(tracks.points[first, whose], tracks.points[second, whose], part)
    is_known = tracks.is_known[first, whose] & tracks.is_known[second, whose] & torch.from_numpy(is_between)[..., None]
    return points, is_known
