"""The journal of a training: the mean of every term now and then, as lines of JSON."""

import json
import math
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from maquette.atomic import replacing
from maquette.errors import InputError, OutputError

NAME = "journal.jsonl"


class Journal:
    """Means of named terms between two entries.

    Args:
        folder: Where ``journal.jsonl`` is continued.
        start: Steps that were done before; later entries of an earlier run that was stopped are cut off.

    Raises:
        OutputError: The folder cannot be written to.
    """

    def __init__(self, folder: Path, start: int) -> None:
        self._path = folder / NAME
        kept = [{**entry, "step": int(entry["step"])} for entry in read_journal(folder) if entry["step"] <= start]
        with replacing(self._path) as target:
            target.write_text("".join(json.dumps(entry) + "\n" for entry in kept), encoding="utf-8")
        self._sums: dict[str, Tensor] = {}
        self._counts: Counter[str] = Counter()
        self._steps, self._since = 0, time.monotonic()

    def note(self, terms: Mapping[str, Tensor]) -> None:
        """Takes in the terms of a step; those of players who take turns come at some steps only."""
        for name, value in terms.items():
            value = value.detach().float()
            self._sums[name] = self._sums[name] + value if name in self._sums else value
            self._counts[name] += 1
        self._steps += 1

    def require_sound(self, step: int) -> None:
        """Refuse to go on, or to keep anything, once a term noted since the last entry was not finite.

        Raises:
            InputError: One was not.
        """
        bad = [name for name, total in self._sums.items() if not math.isfinite(float(total))]
        if bad:
            raise InputError(
                f"after step {step} the training's {', '.join(bad)} is no number any more; look at the data, or lower "
                "the learning rate"
            )

    def write(self, step: int, **more: float) -> None:
        """Ends the entry at a step, with whatever else there is to say of it.

        Raises:
            InputError: A term is not finite.
            OutputError: The entry cannot be written.
        """
        self.require_sound(step)
        means = {name: float(total) / self._counts[name] for name, total in self._sums.items()}
        means["steps_per_s"] = self._steps / max(time.monotonic() - self._since, 1e-9)
        line = {"step": step, **{name: float(f"{value:.6g}") for name, value in (means | more).items()}}
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise OutputError(f"'{self._path}' cannot be written ({error.strerror}); free some space") from error
        self._sums, self._counts = {}, Counter()
        self._steps, self._since = 0, time.monotonic()


def read_journal(folder: Path) -> list[dict[str, float]]:
    """The entries of a training, as far as they can be read: an unfinished last line does not count."""
    path = folder / NAME
    entries: list[dict[str, float]] = []
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        try:
            entry = {str(name): float(value) for name, value in json.loads(line).items()}
        except (ValueError, TypeError, AttributeError, RecursionError):
            break
        if "step" not in entry:
            break
        entries.append(entry)
    return entries
