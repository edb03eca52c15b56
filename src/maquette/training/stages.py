"""Stages: trainings one after another, each from the averaged weights of the one before."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from torch import Tensor

from maquette.arrays import Progress
from maquette.training.record import RunRecord


class StageOutcome(NamedTuple):
    """What a stage leaves."""

    weights: dict[str, Tensor]
    record: RunRecord


class StagePlan(NamedTuple):
    """A stage that is to be trained."""

    steps: int
    train: Callable[[dict[str, Tensor] | None, Progress], StageOutcome]
    """From the weights to start from."""


def train_stages(stages: Sequence[StagePlan], start: dict[str, Tensor] | None, progress: Progress) -> StageOutcome:
    """The weights after all stages, and the record of them together.

    Args:
        stages: One or more.
        start: Weights to start from; None for fresh ones.
        progress: Told the steps of all stages together.
    """
    total, done, outcomes = sum(stage.steps for stage in stages), 0, []
    for stage in stages:
        outcomes.append(stage.train(outcomes[-1].weights if outcomes else start, _beyond(progress, done, total)))
        done += stage.steps
    record = outcomes[0].record
    for outcome in outcomes[1:]:
        record = record.followed_by(outcome.record)
    return StageOutcome(outcomes[-1].weights, record)


def _beyond(progress: Progress, before: int, all_steps: int) -> Progress:
    """Tells of the steps of one stage as of those of all."""

    def of_all(done: int, total: int | None) -> None:
        progress(before + done, all_steps)

    return of_all
