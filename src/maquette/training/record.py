"""What a training did, as its own checkpoint tells: cards are written from it, never from what was asked for."""

import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch

from maquette.training.fingerprint import Fingerprint


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """A training up to some step, over all the times that it was stopped."""

    fingerprint: Fingerprint
    """What decides its outcome."""
    steps: int = 0
    """That are done."""
    samples: int = 0
    """Seen by them, each as often as it was seen."""
    seconds: float = 0.0
    """Spent on steps that were kept."""
    lengths: tuple[tuple[int, int], ...] = ()
    """From which step on how many were planned in all: more than one where a training was made longer."""
    machines: tuple[str, ...] = ()
    """That it ran on."""
    commits: tuple[str, ...] = ()
    """Of the sources that ran it, with a plus where files had been changed; none where they are no checkout."""
    resumed_at: int = 0
    """Step from which the last run went on."""

    def begun(self, steps: int) -> "RunRecord":
        """The record of a run that starts now and plans so many steps in all."""
        is_new = not self.lengths or self.lengths[-1][1] != steps
        commit = source_commit()
        return replace(
            self,
            lengths=(*self.lengths, (self.steps, steps)) if is_new else self.lengths,
            machines=_with(self.machines, machine_name()),
            commits=self.commits if commit is None else _with(self.commits, commit),
            resumed_at=self.steps,
        )

    def after(self, steps: int, batch_size: int, seconds: float) -> "RunRecord":
        """The record once so many steps are done, the run that began it having taken so long."""
        samples = self.samples + (steps - self.steps) * batch_size
        return replace(self, steps=steps, samples=samples, seconds=self.seconds + seconds)

    def back_at(self, steps: int, batch_size: int) -> "RunRecord":
        """The record of weights that were kept after so many steps of a run that went on; its hours are the run's."""
        return replace(self, steps=steps, samples=self.samples - (self.steps - steps) * batch_size)

    def followed_by(self, later: "RunRecord") -> "RunRecord":
        """Two stages as one training; it is known by the fingerprint of the first."""
        return replace(
            self,
            steps=self.steps + later.steps,
            samples=self.samples + later.samples,
            seconds=self.seconds + later.seconds,
            lengths=(*self.lengths, *((self.steps + start, self.steps + planned) for start, planned in later.lengths)),
            machines=_with(self.machines, *later.machines),
            commits=_with(self.commits, *later.commits),
        )

    def as_json(self) -> dict[str, Any]:
        """As it is written into a checkpoint."""
        return {name: value for name, value in asdict(self).items() if name != "resumed_at"}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "RunRecord":
        """The record of a checkpoint, at which a run goes on.

        Raises:
            KeyError, TypeError, ValueError, OverflowError: It is none.
        """
        steps = int(written["steps"])
        if steps < 0:
            raise ValueError(f"{steps} steps cannot have been done")
        return cls(
            fingerprint=dict(written["fingerprint"]),
            steps=steps,
            samples=int(written["samples"]),
            seconds=float(written["seconds"]),
            lengths=tuple((int(start), int(planned)) for start, planned in written["lengths"]),
            machines=tuple(map(str, written["machines"])),
            commits=tuple(map(str, written["commits"])),
            resumed_at=steps,
        )


@cache
def machine_name() -> str:
    """The accelerator or processor, its cores, and torch's version."""
    if torch.cuda.is_available():
        return f"{torch.cuda.get_device_name()}, torch {torch.__version__}"
    return f"{_processor()}, {os.cpu_count()} cores, torch {torch.__version__}"


@cache
def source_commit() -> str | None:
    """Commit of the checkout that this package runs from, with a plus if sources have changed; None if it is none."""
    package = Path(__file__).resolve().parents[1]
    commit = _git(package, "rev-parse", "--short", "HEAD")
    if not commit:
        return None
    return f"{commit}+" if _git(package, "status", "--porcelain", "--", ".") else commit


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


def _with(known: tuple[str, ...], *more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *more)))
