"""Windows out of tracks: where joints were at given times around each moment, between the frames that there are."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from maquette.methods.track_lifting.view import TrackWindows

_LONGEST_GAP_S = 0.25
"""Joints are not placed between frames that are farther apart."""


class Tracks(NamedTuple):
    """Keypoints of people over time."""

    points: Float[Tensor, "F P K 2"]
    is_known: Bool[Tensor, "F P K"]
    depths: Float[Tensor, "F P K"]
    """Beyond the root, in the unit of the points; zero where nobody has guessed them."""
    has_depths: Bool[Tensor, "F P"]
    times_s: Float[np.ndarray, " F"]
    """Rising."""


def cut_windows(
    tracks: Tracks,
    frames: Int64[Tensor, " N"],
    persons: Int64[Tensor, " N"],
    offsets_s: Float[np.ndarray, " W"],
) -> TrackWindows:
    """The windows around some people at some frames.

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
    part = torch.from_numpy(share).to(tracks.points.dtype)[..., None]
    whose, is_in = persons[:, None], torch.from_numpy(is_between)
    return TrackWindows(
        torch.lerp(tracks.points[first, whose], tracks.points[second, whose], part[..., None]),
        tracks.is_known[first, whose] & tracks.is_known[second, whose] & is_in[..., None],
        torch.lerp(tracks.depths[first, whose], tracks.depths[second, whose], part),
        tracks.has_depths[first, whose] & tracks.has_depths[second, whose] & is_in,
    )
