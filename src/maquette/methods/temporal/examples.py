"""What TP-Net learns from: windows of an estimator's poses, real or made up, with the true pose of the moment."""

import math
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from maquette.body.mapping import source_to_target
from maquette.body.skeleton import Skeleton
from maquette.data.motion.mocap import MotionCapture
from maquette.errors import ConventionError, InputError
from maquette.geometry.rotation import camera_from_world
from maquette.inference.windows import STEP_S, Windows, windows_of
from maquette.methods.temporal.clips import ClipPoses
from maquette.methods.temporal.config import TemporalConfig
from maquette.methods.temporal.error_model import ErrorModel

TILTS_RAD = (math.radians(-10), math.radians(30))
"""Cameras look up and down as much, evenly drawn."""
ROLL_RAD = math.radians(4)
"""Standard deviation of how far cameras are held askew."""


class WindowBatch(NamedTuple):
    """Windows as an estimator gives them, and what should come out."""

    windows: Float[Tensor, "N W J 3"]
    truth: Float[Tensor, "N J 3"]


@runtime_checkable
class Examples(Protocol):
    """A training set: numbered windows, which may look different each time."""

    skeleton: Skeleton

    def __len__(self) -> int:
        """Number of windows."""
        ...

    def batch(self, rows: Int64[Tensor, " N"], *, generator: torch.Generator) -> WindowBatch:
        """The windows of those numbers; what is random about them comes from ``generator``."""
        ...


class ClipExamples:
    """Real predictions on clips, half of them mirrored left to right.

    Raises:
        InputError: No pose is known.
    """

    def __init__(self, clips: ClipPoses, config: TemporalConfig) -> None:
        self.skeleton = clips.skeleton
        self._windows = windows_of(clips.known.T, clips.times, past=config.past, future=config.future)
        if not len(self._windows.frames):
            raise InputError("no pose of the clips is known in any frame; there is nothing to learn from")
        at = self._windows.persons, self._windows.frames
        self._predicted = torch.from_numpy(clips.predicted[at]).float()
        self._true = torch.from_numpy(clips.true[at]).float()

    def __len__(self) -> int:
        return len(self._true)

    def batch(self, rows: Int64[Tensor, " N"], *, generator: torch.Generator) -> WindowBatch:
        """The windows of those numbers."""
        drawn = WindowBatch(self._windows.of(self._predicted, rows), self._true[rows])
        return _mirror_some(drawn, self.skeleton, generator)


class MotionExamples:
    """Motion capture seen by random cameras, with an estimator's errors drawn anew each time.

    Raises:
        ConventionError: The motion lacks joints of the error model's skeleton.
        InputError: No pose is known.
    """

    def __init__(self, capture: MotionCapture, errors: ErrorModel, config: TemporalConfig) -> None:
        self.skeleton = errors.skeleton
        self._errors = errors
        self._current = config.past
        self._windows, self._poses = _motion(capture, errors.skeleton, past=config.past, future=config.future)

    def __len__(self) -> int:
        return len(self._poses)

    def batch(self, rows: Int64[Tensor, " N"], *, generator: torch.Generator) -> WindowBatch:
        """The windows of those numbers."""
        true = sample_camera_views(self._windows.of(self._poses, rows), generator=generator)
        drawn = WindowBatch(self._errors.sample_errors(true, generator=generator), true[:, self._current])
        return _mirror_some(drawn, self.skeleton, generator)


class JoinedExamples:
    """Several training sets as one, such as an estimator's predictions and motion capture with errors like theirs.

    Raises:
        ConventionError: They differ in skeleton.
    """

    def __init__(self, *parts: Examples) -> None:
        self.skeleton = parts[0].skeleton
        if any(part.skeleton != self.skeleton for part in parts):
            raise ConventionError("training sets on several skeletons cannot be joined; map them to one")
        self._parts = parts
        self._ends = torch.tensor([len(part) for part in parts]).cumsum(0)

    def __len__(self) -> int:
        return int(self._ends[-1])

    def batch(self, rows: Int64[Tensor, " N"], *, generator: torch.Generator) -> WindowBatch:
        """The windows of those numbers, those of the first set first."""
        part_of_row = torch.searchsorted(self._ends, rows, right=True)
        drawn = []
        for number, part in enumerate(self._parts):
            inside = rows[part_of_row == number] - (self._ends[number] - len(part))
            drawn.append(part.batch(inside, generator=generator))
        return WindowBatch(*(torch.cat(values) for values in zip(*drawn, strict=True)))


def sample_clips(
    capture: MotionCapture, errors: ErrorModel, *, frames: int = 100, generator: torch.Generator
) -> ClipPoses:
    """Motion capture cut into clips at 25 frames per second, each seen by a random camera and with errors drawn.

    Raises:
        ConventionError: The motion lacks joints of the error model's skeleton.
        InputError: No clip is long enough.
    """
    windows, poses = _motion(capture, errors.skeleton, past=0, future=frames - 1)
    stride = math.ceil(frames * STEP_S * capture.fps)
    is_start = (windows.frames % stride == 0) & (windows.frames + stride <= capture.lengths[windows.persons])
    if not is_start.any():
        raise InputError(f"no clip of the motion capture lasts {frames * STEP_S:g} s; give longer ones")
    rows = torch.from_numpy(np.flatnonzero(is_start))
    true = sample_camera_views(windows.of(poses, rows), generator=generator)
    return ClipPoses(
        skeleton=errors.skeleton,
        predicted=errors.sample_errors(true, generator=generator).numpy(),
        true=true.numpy(),
        known=np.ones(true.shape[:2], bool),
        fps=1 / STEP_S,
        subjects=tuple(capture.names[clip] for clip in windows.persons[is_start]) if capture.names else (),
    )


def sample_camera_views(poses: Float[Tensor, "N W J 3"], *, generator: torch.Generator) -> Float[Tensor, "N W J 3"]:
    """Poses of a world with z up in the frames of random cameras, one for each of the N."""
    count = len(poses)
    heading = torch.rand(count, generator=generator) * 2 * math.pi
    low, high = TILTS_RAD
    tilt = low + (high - low) * torch.rand(count, generator=generator)
    roll = ROLL_RAD * torch.randn(count, generator=generator)
    return poses @ camera_from_world(heading, tilt, roll).mT[:, None]


def _motion(
    capture: MotionCapture, skeleton: Skeleton, *, past: int, future: int
) -> tuple[Windows, Float[Tensor, "N J 3"]]:
    """The windows of motion capture, and its root-relative poses."""
    mapping = source_to_target(capture.skeleton, skeleton)
    if mapping.missing:
        raise ConventionError(
            f"the motion capture on {capture.skeleton} cannot give {', '.join(mapping.missing)} of {skeleton}; "
            "train on an estimator's own predictions instead"
        )
    joints = mapping.joints(capture.joints)
    joints = joints - joints[:, [skeleton.index(skeleton.root)]]
    is_known = np.isfinite(joints).all(axis=(1, 2))
    if not is_known.any():
        raise InputError("no pose of the motion capture is known; there is nothing to learn from")
    frames = np.arange(int(capture.lengths.max()))
    known = frames[:, None] < capture.lengths
    known.T[known.T] = is_known
    windows = windows_of(known, frames / capture.fps, past=past, future=future)
    return windows, torch.from_numpy(joints[is_known]).float()


def _mirror_some(batch: WindowBatch, skeleton: Skeleton, generator: torch.Generator) -> WindowBatch:
    """The same examples, each mirrored with probability one half: x turned, left and right exchanged."""
    is_mirrored = torch.rand(len(batch.truth), generator=generator) < 0.5
    twin, turned = torch.from_numpy(skeleton.mirror), torch.tensor([-1.0, 1.0, 1.0])
    windows, truth = (poses[..., twin, :] * turned for poses in batch)
    return WindowBatch(
        torch.where(is_mirrored[:, None, None, None], windows, batch.windows),
        torch.where(is_mirrored[:, None, None], truth, batch.truth),
    )
