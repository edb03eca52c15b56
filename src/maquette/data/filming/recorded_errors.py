"""How BlazePose errs, as recorded: what it found in rendered clips beside where joints were, window by window.

Errors of a detector are not drawn anew for every joint and frame: they hold on, move with the limbs, and depend on
what the body does. So whole windows of them are taken from the record, from moments that look alike.
"""

from functools import cache
from importlib.resources import as_file, files
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float16, Int64
from torch import Tensor

from maquette.body.skeleton import twin_name

_CANDIDATES = 16
"""Moments of the record that a window may take its errors from; the one that looks most alike is taken."""


class ErrorRecord(NamedTuple):
    """Clips of one person each, one after another, as a detector saw them."""

    joint_names: tuple[str, ...]
    fps: float
    lengths: Int64[np.ndarray, " C"]
    """Frames of each clip."""
    joints: Float16[np.ndarray, "F K 2"]
    """Where joints were in the picture: from their middle, in extents, the root mean square distance from it."""
    errors: Float16[np.ndarray, "F K 2"]
    """From there to where they were found, in extents."""
    depth_errors: Float16[np.ndarray, "F K"]
    """What the depth that was found differs by from its share of the true one, in extents."""
    depth_shares: Float[np.ndarray, " K"]
    """How much of each joint's true depth is found on average."""
    is_found: Bool[np.ndarray, "F K"]


@cache
def read_error_record() -> ErrorRecord:
    """The record that comes along; `benchmarks/detector_errors.py` makes it, its card lies beside it."""
    with as_file(files("maquette.data.filming") / "blazepose_errors.npz") as path, np.load(path) as stored:
        values = {name: stored[name] for name in ErrorRecord._fields}
    names, fps = tuple(values["joint_names"].tolist()), float(values["fps"])
    return ErrorRecord(**{**values, "joint_names": names, "fps": fps})


class SampledErrors(NamedTuple):
    """Errors for windows, in extents of their people."""

    errors: Float[Tensor, "N W K 2"]
    depth_errors: Float[Tensor, "N W K"]
    is_found: Bool[Tensor, "N W K"]


class RecordedErrors:
    """A record to take windows of errors from.

    Args:
        record: What was recorded.
        offsets_s: Times of a window's poses, from the current one on, in seconds. Clips that are too short for it go on
            backwards at their ends.
    """

    def __init__(self, record: ErrorRecord, offsets_s: Float[Tensor, " W"]) -> None:
        self.joint_names = record.joint_names
        self.depth_shares = torch.from_numpy(record.depth_shares).float()
        self._joints = torch.from_numpy(record.joints).float()
        self._errors = torch.from_numpy(record.errors).float()
        self._depth_errors = torch.from_numpy(record.depth_errors).float()
        self._is_found = torch.from_numpy(record.is_found)
        starts = np.cumsum(record.lengths) - record.lengths
        self._start, self._length = (
            torch.from_numpy(np.repeat(values, record.lengths)) for values in (starts, record.lengths)
        )
        self._steps = (offsets_s * record.fps).round().long()
        self._twins = [self.joint_names.index(twin_name(name)) for name in self.joint_names]

    def sample(self, current: Float[Tensor, "N K 2"], *, generator: torch.Generator) -> SampledErrors:
        """Errors of moments that look like these poses, half of them from moments that look like their mirror images.

        Args:
            current: In the picture, anywhere and of any size; x to the right, y down.
            generator: Of the choice.
        """
        is_mirrored = torch.rand(len(current), generator=generator) < 0.5
        looked_for = torch.where(is_mirrored[:, None, None], self._mirror(current), current)
        candidates = torch.randint(len(self._joints), (len(current), _CANDIDATES), generator=generator)
        unlike = (self._joints[candidates] - _normalise(looked_for)[:, None]).square().sum(dim=(2, 3))
        moment = candidates.gather(1, unlike.argmin(dim=1, keepdim=True))
        rows = self._start[moment] + _reflect(moment - self._start[moment] + self._steps, self._length[moment])
        errors, depth_errors, is_found = self._errors[rows], self._depth_errors[rows], self._is_found[rows]
        turn = is_mirrored[:, None, None]
        return SampledErrors(
            torch.where(turn[..., None], self._mirror(errors), errors),
            torch.where(turn, depth_errors[..., self._twins], depth_errors),
            torch.where(turn, is_found[..., self._twins], is_found),
        )

    def _mirror(self, joints: Float[Tensor, "*batch K 2"]) -> Float[Tensor, "*batch K 2"]:
        return joints[..., self._twins, :] * joints.new_tensor([-1.0, 1.0])


def _normalise(joints: Float[Tensor, "N K 2"]) -> Float[Tensor, "N K 2"]:
    centred = joints - joints.mean(dim=1, keepdim=True)
    return centred / centred.square().sum(dim=-1).mean(dim=1).sqrt().clamp_min(1e-9)[:, None, None]


def _reflect(place: Int64[Tensor, "N W"], length: Int64[Tensor, "N 1"]) -> Int64[Tensor, "N W"]:
    """Places within clips; those before the first frame or after the last one are counted back from there."""
    period = (2 * (length - 1)).clamp_min(1)
    place = place.remainder(period)
    return torch.where(place < length, place, period - place)
