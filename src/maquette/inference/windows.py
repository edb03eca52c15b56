"""Windows of poses around every frame, at even steps in time whatever the frame rate was."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from maquette.inference.smoothing import SPLIT_S

STEP_S = 0.04
"""Time between the poses of a window: 25 frames per second."""
_ROUNDING_S = 1e-9
"""A step that is this near to a frame shows that frame."""


class Windows(NamedTuple):
    """One window for each known pose; N known poses in the order of persons, then frames, and W steps.

    A step that falls between two frames is a mixture of their poses.
    """

    frames: Int64[np.ndarray, " N"]
    """Frame of each known pose."""
    persons: Int64[np.ndarray, " N"]
    before: Int64[Tensor, "N W"]
    """The known pose at each step or just before it."""
    after: Int64[Tensor, "N W"]
    """The known pose that follows it."""
    share: Float[Tensor, "N W"]
    """How much of the later pose is in the mixture."""

    def of(self, poses: Float[Tensor, "N J 3"], some: slice | Tensor = slice(None)) -> Float[Tensor, "M W J 3"]:
        """The windows that stand in the rows ``some``, out of the known poses."""
        share = self.share[some, :, None, None].to(poses.dtype)
        return torch.lerp(poses[self.before[some]], poses[self.after[some]], share)


def windows_of(
    known: Bool[np.ndarray, "F P"],
    times: Float[np.ndarray, " F"],
    *,
    past: int,
    future: int,
    step_s: float = STEP_S,
) -> Windows:
    """The windows of all known poses: ``past`` steps before each, itself, and ``future`` steps after it.

    Unknown poses lie on the straight line between the known ones at their sides. Before a person appears, after they
    are gone, and across gaps of more than half a second the first or last pose stands still. Nothing after the last
    step is looked at, so that a window without future can be had as the frames come in.

    Args:
        known: Whether the pose of a person is known in a frame.
        times: Seconds of the frames, rising, evenly spaced or not.
        past: Steps before.
        future: Steps after.
        step_s: Seconds from step to step.
    """
    persons, frames = np.nonzero(known.T)
    seconds = times[frames] - (times[0] if len(times) else 0.0)
    # One clock for all persons, on which each begins well after the one before.
    span_s = (times[-1] - times[0] if len(times) else 0.0) + 1.0
    clock = seconds + persons * (span_s + SPLIT_S)
    starts = np.flatnonzero(np.diff(clock, prepend=-np.inf) > SPLIT_S)
    ends = np.append(starts[1:], len(clock)) - 1
    segment = np.searchsorted(starts, np.arange(len(clock)), side="right") - 1
    steps = np.arange(-past, future + 1) * step_s
    wanted = clock[:, None] + steps
    wanted = np.clip(wanted, clock[starts[segment], None], clock[ends[segment], None])
    before = np.clip(np.searchsorted(clock, wanted + _ROUNDING_S, side="right") - 1, 0, None)
    after = np.minimum(before + 1, ends[segment, None])
    gap = clock[after] - clock[before]
    share = np.clip((wanted - clock[before]) / np.where(gap > 0, gap, 1.0), 0.0, 1.0)
    return Windows(frames, persons, torch.from_numpy(before), torch.from_numpy(after), torch.from_numpy(share))
