"""The loop that every training shares: it stops and goes on anywhere, and keeps a journal."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.errors import InputError, OutputError, SettingError
from maquette.training.checkpoint import read_checkpoint, write_checkpoint
from maquette.training.journal import Journal

CHECKPOINT = "checkpoint.safetensors"

Batch = dict[str, Tensor]
Update = Callable[[Batch, int], Mapping[str, Tensor]]
"""Makes one step with a batch, given how many are done; answers its terms by name. How many optimisers take turns in
it is its own business."""


@runtime_checkable
class Stateful(Protocol):
    """A network, an optimiser, an average: what can be saved and gone on with."""

    def state_dict(self) -> dict[str, Any]:
        """Everything it knows."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> object:
        """Knows that from now on."""
        ...


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """How long a training goes and what it leaves behind.

    Raises:
        SettingError: A number is not positive.
    """

    folder: Path
    """For the checkpoint and the journal; a training that is found there goes on."""
    steps: int
    """How many in all."""
    journal_every: int = 100
    """Steps between entries of the journal."""
    checkpoint_every_s: float = 180.0
    """Seconds between checkpoints."""
    plan: str = ""
    """What is trained and how, in words or JSON; a checkpoint of another plan is refused."""

    def __post_init__(self) -> None:
        if self.steps < 1 or self.journal_every < 1 or not self.checkpoint_every_s > 0:
            raise SettingError(f"{self.steps} steps with an entry every {self.journal_every} make no sense")


def fit(
    update: Update,
    batches: Callable[[int], Iterable[Batch]],
    parts: Mapping[str, Stateful],
    settings: RunSettings,
    *,
    progress: Progress = no_progress,
    judge: Callable[[int], Mapping[str, float]] = lambda step: {},
) -> int:
    """Trains until all steps are done; returns how many were done before.

    Args:
        update: Makes a step.
        batches: Batches without end, from a given step on.
        parts: What changes while it learns, by name.
        settings: How long.
        progress: Told the steps.
        judge: Asked at every entry of the journal what else to write down, such as figures on held-out data.

    Raises:
        InputError: The checkpoint cannot be read, or a term is no number any more.
        SettingError: The folder holds another training.
        OutputError: The folder cannot be written to.
    """
    _make(settings.folder)
    start = resume(parts, settings)
    journal, saved_at = Journal(settings.folder, start), time.monotonic()
    if start >= settings.steps:
        return start
    step = start
    for batch in batches(start):
        journal.note(update(batch, step))
        step += 1
        progress(step, settings.steps)
        if step % settings.journal_every == 0 or step == settings.steps:
            journal.write(step, **judge(step))
        if step == settings.steps or time.monotonic() - saved_at > settings.checkpoint_every_s:
            journal.require_sound(step)
            save(parts, settings, step)
            saved_at = time.monotonic()
        if step == settings.steps:
            break
    return start


def resume(parts: Mapping[str, Stateful], settings: RunSettings) -> int:
    """Brings the parts to where the folder's checkpoint is; returns its step, 0 without one.

    Raises:
        InputError: The checkpoint cannot be read.
        SettingError: It is of another training.
    """
    path = settings.folder / CHECKPOINT
    if not path.exists():
        return 0
    state = read_checkpoint(path)
    try:
        plan, step, states = state["plan"], int(state["step"]), dict(state["parts"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"'{path}' is no checkpoint of a training; remove it to start anew") from error
    if plan != settings.plan or states.keys() != parts.keys():
        raise SettingError(
            f"'{settings.folder}' holds a training of other settings, sizes or seed; give another folder or remove it"
        )
    try:
        for name, part in parts.items():
            part.load_state_dict(states[name])
    except (RuntimeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"'{path}' does not fit what is trained; remove it to start anew") from error
    return step


def save(parts: Mapping[str, Stateful], settings: RunSettings, step: int) -> None:
    """Writes the checkpoint.

    Raises:
        OutputError: It cannot be written.
    """
    state = {name: part.state_dict() for name, part in parts.items()}
    write_checkpoint(settings.folder / CHECKPOINT, {"plan": settings.plan, "step": step, "parts": state})


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"'{folder}' cannot be made ({error.strerror}); give another folder") from error
