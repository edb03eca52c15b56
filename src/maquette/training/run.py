"""The loop that every training shares: it stops and goes on anywhere, and keeps a journal and a record."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.atomic import remove_leftovers
from maquette.errors import InputError, OutputError, SettingError
from maquette.plain_text import count_of
from maquette.training.checkpoint import read_checkpoint, write_checkpoint
from maquette.training.fingerprint import Fingerprint, differences
from maquette.training.journal import NAME as JOURNAL
from maquette.training.journal import Journal
from maquette.training.record import RunRecord

CHECKPOINT = "checkpoint.safetensors"

_MOST_DIFFERENCES = 3

Batch = TypeVar("Batch")


@runtime_checkable
class Stateful(Protocol):
    """A network, an optimiser, an average: what can be saved and gone on with."""

    def state_dict(self) -> dict[str, Any]:
        """Everything it knows."""
        ...

    def load_state_dict(self, state: dict[str, Any], /) -> object:
        """Knows that from now on."""
        ...


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """How long a training goes and what it leaves behind.

    Raises:
        SettingError: A number is not positive.
    """

    folder: Path
    """For the checkpoint and the journal; the same training that is found there goes on."""
    steps: int
    """How many in all."""
    fingerprint: Fingerprint
    """What decides the outcome; a checkpoint of another training is refused."""
    batch_size: int
    """Samples of a step, for the record."""
    journal_every: int = 100
    """Steps between entries of the journal."""
    checkpoint_every_s: float = 180.0
    """Seconds between checkpoints."""
    restart: bool = False
    """Whether a training that is found in the folder is removed."""

    def __post_init__(self) -> None:
        if self.steps < 1 or self.journal_every < 1 or not self.checkpoint_every_s > 0:
            raise SettingError(f"{self.steps} steps with an entry every {self.journal_every} make no sense")


def fit(
    update: Callable[[Batch, int], Mapping[str, Tensor]],
    batches: Callable[[int], Iterable[Batch]],
    parts: Mapping[str, Stateful],
    settings: RunSettings,
    *,
    progress: Progress = no_progress,
    validate: Callable[[int], Mapping[str, float]] = lambda step: {},
) -> RunRecord:
    """Trains until all steps are done; returns what the training did, earlier runs included.

    Args:
        update: Makes a step with a batch, given how many are done; returns its terms by name. How many optimisers take
            turns in it is its own business.
        batches: Batches without end, from a given step on.
        parts: What changes while it learns, by name.
        settings: How long.
        progress: Told the steps.
        validate: Asked at every entry of the journal what else to write down, such as figures on held-out data.

    Raises:
        InputError: The checkpoint cannot be read, or a term is no number any more.
        SettingError: The folder holds another training, or a longer one.
        OutputError: The folder cannot be written to.
    """
    _make(settings.folder)
    if settings.restart:
        remove_training(settings.folder)
    record = resume(parts, settings)
    remove_leftovers(settings.folder)
    journal, began = Journal(settings.folder, record.steps), time.monotonic()
    if record.steps == settings.steps:
        return record
    step, saved_at = record.steps, began
    record = reached = record.begun(settings.steps)
    for batch in batches(step):
        journal.note(update(batch, step))
        step += 1
        progress(step, settings.steps)
        if step % settings.journal_every == 0 or step == settings.steps:
            journal.write(step, **validate(step))
        if step == settings.steps or time.monotonic() - saved_at > settings.checkpoint_every_s:
            journal.require_sound(step)
            reached = record.after(step, settings.batch_size, time.monotonic() - began)
            save(parts, settings, reached)
            saved_at = time.monotonic()
        if step == settings.steps:
            break
    return reached


def resume(parts: Mapping[str, Stateful], settings: RunSettings) -> RunRecord:
    """Brings the parts to where the folder's checkpoint is; returns what was done, nothing without one.

    Raises:
        InputError: The checkpoint cannot be read.
        SettingError: It is of another training, or of a longer one.
    """
    if not (settings.folder / CHECKPOINT).exists():
        return RunRecord(fingerprint=settings.fingerprint)
    record, states = _read(settings)
    _load(parts, states, settings, with_others=False)
    return record


def read_parts(parts: Mapping[str, Stateful], settings: RunSettings) -> RunRecord:
    """Brings these of all parts to where the folder's checkpoint is; returns what was done.

    Raises:
        InputError: There is no checkpoint, or it cannot be read.
        SettingError: It is of another training, or of a longer one.
    """
    record, states = _read(settings)
    _load(parts, states, settings, with_others=True)
    return record


def _load(
    parts: Mapping[str, Stateful], states: Mapping[str, Any], settings: RunSettings, *, with_others: bool
) -> None:
    try:
        if states.keys() != parts.keys() and not (with_others and states.keys() >= parts.keys()):
            raise KeyError("parts")
        for name, part in parts.items():
            part.load_state_dict(states[name])
    except (RuntimeError, KeyError, TypeError, ValueError, AttributeError) as error:
        path = settings.folder / CHECKPOINT
        raise InputError(f"'{path}' does not fit what is trained; remove it to start anew") from error


def _read(settings: RunSettings) -> tuple[RunRecord, dict[str, Any]]:
    """The record and the states of the parts in the folder's checkpoint."""
    path = settings.folder / CHECKPOINT
    state = read_checkpoint(path)
    try:
        record, states = RunRecord.from_json(state["record"]), dict(state["parts"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"'{path}' is no checkpoint of a training; remove it to start anew") from error
    _require_same(record, settings)
    return record, states


def save(parts: Mapping[str, Stateful], settings: RunSettings, record: RunRecord) -> None:
    """Writes the checkpoint.

    Raises:
        OutputError: It cannot be written.
    """
    state = {name: part.state_dict() for name, part in parts.items()}
    write_checkpoint(settings.folder / CHECKPOINT, {"record": record.as_json(), "parts": state})


def remove_training(folder: Path) -> None:
    """Removes the training that a folder holds, and nothing else.

    Raises:
        OutputError: It cannot be removed.
    """
    try:
        for name in (CHECKPOINT, JOURNAL):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"the training in '{folder}' cannot be removed ({error.strerror})") from error


def _require_same(record: RunRecord, settings: RunSettings) -> None:
    """Refuse to go on with another training, or to make a longer one shorter."""
    found = differences(record.fingerprint, settings.fingerprint)
    if found:
        more = f" and {len(found) - _MOST_DIFFERENCES} more" if len(found) > _MOST_DIFFERENCES else ""
        raise SettingError(
            f"'{settings.folder}' holds another training, with another {', '.join(found[:_MOST_DIFFERENCES])}{more}; "
            "give another folder with --folder OTHER, or start anew with --restart"
        )
    if record.steps > settings.steps:
        raise SettingError(
            f"'{settings.folder}' holds this training after {count_of(record.steps, 'step')}, more than the "
            f"{settings.steps:,} asked for; ask for as many, give another folder with --folder OTHER, or start anew "
            "with --restart"
        )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"'{folder}' cannot be made ({error.strerror}); give another folder") from error
