"""Progress of a job with several stages: which one is at work, and how far it has come."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from maquette.arrays import Progress


@runtime_checkable
class StageProgress(Protocol):
    """Something that is told how far a long job has come, stage by stage."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Told when a stage begins and after every step: the stage in words, steps done, steps in all if known."""
        ...


def no_stages(stage: str, done: int, total: int | None) -> None:
    """A `StageProgress` that stays silent."""


def begin_stage(progress: StageProgress, stage: str, total: int | None = None) -> Progress:
    """Tell that a stage begins, and give the `Progress` of its steps.

    Args:
        total: Steps that are expected, for parts of the library that do not know.
    """
    progress(stage, 0, total)
    return _Steps(progress, stage, total)


@dataclass(frozen=True)
class _Steps:
    """The `Progress` of one stage."""

    tell: StageProgress
    stage: str
    expected: int | None

    def __call__(self, done: int, total: int | None) -> None:
        self.tell(self.stage, done, self.expected if total is None else total)
