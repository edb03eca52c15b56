"""Settings of trainings that take moments, and ways to stop them in the middle."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from maquette.arrays import Progress, no_progress
from maquette.methods.table import find_default, open_estimator
from maquette.methods.trainings import TRAININGS
from maquette.training.launch import LaunchedTraining, launch_training
from maquette.training.run import RunSettings


class StoppedError(Exception):
    """As if the machine went off."""


def run_settings(folder: Path, *, steps: int = 1, seed: int = 0, **more: Any) -> RunSettings:
    """A run that is known by its seed alone, unless a fingerprint is given."""
    return RunSettings(**{"folder": folder, "steps": steps, "fingerprint": {"seed": seed}, "batch_size": 4, **more})


def stop_at(step: int) -> Callable[[int, int | None], None]:
    """A progress that stops the training after so many steps, before the checkpoint that is due then."""

    def progress(done: int, total: int | None) -> None:
        if done == step:
            raise StoppedError

    return progress


def launch(name: str, *, progress: Progress = no_progress, **options: Any) -> LaunchedTraining:
    """A training by name with these options, in place of the command line; TINY and one thread by default."""
    training = TRAININGS[name]
    asked = training.options(**{"preset": "tiny", "threads": 1, **options})
    train = import_module(training.module).train
    return launch_training(name, asked, train, open_method=open_estimator, find_default=find_default, progress=progress)
