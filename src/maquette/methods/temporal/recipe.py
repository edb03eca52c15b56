"""How TP-Net is trained: draw windows, take Adam's steps, judge by clips of other people."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.errors import ConventionError, InputError
from maquette.inference.windows import windows_of
from maquette.methods.temporal.clips import ClipPoses
from maquette.methods.temporal.config import TemporalConfig
from maquette.methods.temporal.examples import Examples
from maquette.methods.temporal.model import TemporalModel, refined_rows, with_fresh_weights
from maquette.methods.temporal.objective import pose_error
from maquette.metrics.position import mpjpe

_FEWEST_WINDOWS = 50
_STANDARDISED_BY = 8192


class Epoch(NamedTuple):
    """How one round through the training set went."""

    loss: float
    """Mean training loss."""
    mpjpe_m: float | None
    """Error on the clips to judge by, in metres; None where none were given."""


class TrainedTemporal(NamedTuple):
    """A trained net and how it came about."""

    model: TemporalModel
    mpjpe_before_m: float | None
    """Error of the estimator itself on the clips to judge by."""
    history: list[Epoch]


def train_temporal(
    examples: Examples,
    config: TemporalConfig,
    *,
    judged_by: ClipPoses | None = None,
    start: TemporalModel | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> TrainedTemporal:
    """The net that brings an estimator's poses nearer to the truth (TP-Net).

    Args:
        examples: Windows of the estimator's poses (see `ClipExamples`) or of made-up ones (`MotionExamples`).
        config: Size of the net and pace of the training.
        judged_by: Clips of people who are not among the examples.
        start: A net to go on with, of the same setting; by default a fresh one.
        seed: Of everything random.
        progress: Told how many epochs are done.

    Raises:
        InputError: The examples are too few.
        ConventionError: Examples, clips and the net to go on with differ in skeleton or window.
    """
    if len(examples) < _FEWEST_WINDOWS:
        raise InputError(f"{len(examples)} poses are too few to learn from; give at least {_FEWEST_WINDOWS}")
    generator = torch.Generator().manual_seed(seed)
    model = _started(examples, config, start, generator)
    before = None if judged_by is None else clip_errors(None, judged_by).nanmean().item()
    optimiser = torch.optim.Adam(model.parameters(), lr=config.first_rate)
    steps = config.epochs * -(-len(examples) // config.batch)
    decay = (config.last_rate / config.first_rate) ** (1 / max(steps - 1, 1))
    pace = torch.optim.lr_scheduler.ExponentialLR(optimiser, decay)
    history = []
    for epoch in range(config.epochs):
        loss = _epoch(model, examples, optimiser, pace, generator)
        judged = None if judged_by is None else clip_errors(model, judged_by).nanmean().item()
        history.append(Epoch(loss, judged))
        progress(epoch + 1, config.epochs)
    return TrainedTemporal(model.eval(), before, history)


def refined_clips(model: TemporalModel, clips: ClipPoses) -> Float[Tensor, "C F J 3"]:
    """The clips' predicted poses made better; unknown ones lie at the origin.

    Raises:
        ConventionError: The model is of another skeleton.
    """
    _check_skeleton(model, clips)
    windows = windows_of(clips.known.T, clips.times, past=model.config.past, future=model.config.future)
    at = windows.persons, windows.frames
    refined = torch.zeros(clips.predicted.shape)
    refined[at] = refined_rows(model, torch.from_numpy(clips.predicted[at]).float(), windows)
    return refined


def clip_errors(model: TemporalModel | None, clips: ClipPoses) -> Float[Tensor, "C F"]:
    """MPJPE of every frame in metres, of the clips as predicted or as a model makes them; NaN where unknown."""
    predicted = torch.from_numpy(clips.predicted).float() if model is None else refined_clips(model, clips)
    true, known = torch.from_numpy(clips.true).float(), torch.from_numpy(clips.known)
    mask = known[..., None].expand(*known.shape, len(clips.skeleton))
    return mpjpe(predicted, true, mask=mask, root_index=clips.skeleton.index(clips.skeleton.root))


def _started(
    examples: Examples, config: TemporalConfig, start: TemporalModel | None, generator: torch.Generator
) -> TemporalModel:
    if start is not None:
        _check_skeleton(start, examples)
        if (start.config.past, start.config.future) != (config.past, config.future):
            raise ConventionError("the net to go on with sees other windows than the setting says; give one of its own")
        return start.train()
    model = with_fresh_weights(examples.skeleton, config, generator=generator)
    rows = torch.randperm(len(examples), generator=generator)[:_STANDARDISED_BY]
    model.standardise(*examples.batch(rows, generator=generator))
    return model.train()


def _check_skeleton(model: TemporalModel, poses: Examples | ClipPoses) -> None:
    if model.skeleton != poses.skeleton:
        raise ConventionError(f"the net is for {model.skeleton}, the poses are on {poses.skeleton}; map one first")


def _epoch(
    model: TemporalModel,
    examples: Examples,
    optimiser: torch.optim.Optimizer,
    pace: torch.optim.lr_scheduler.LRScheduler,
    generator: torch.Generator,
) -> float:
    losses = []
    for rows in _shuffled(len(examples), model.config.batch, generator):
        batch = examples.batch(rows, generator=generator)
        loss = pose_error(model(batch.windows), batch.truth, kind=model.config.loss).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        pace.step()
        losses.append(loss.detach())
    return torch.stack(losses).mean().item()


def _shuffled(count: int, batch: int, generator: torch.Generator) -> Iterator[Int64[Tensor, " N"]]:
    yield from torch.randperm(count, generator=generator).split(batch)
