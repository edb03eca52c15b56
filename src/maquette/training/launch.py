"""From a user's options to weights and their card: what all trainings begin and end with."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from maquette.arrays import Progress, no_progress
from maquette.inference.estimator import Estimator
from maquette.lock import alone_in
from maquette.memory import keep_freed_memory
from maquette.threads import use_threads
from maquette.training.card import Trained, make_card
from maquette.training.context import TrainingContext
from maquette.training.options import ResumableOptions, TrainingOptions
from maquette.version import __version__


class LaunchedTraining(NamedTuple):
    """Weights and what is to be said of them."""

    weights: bytes
    """Content of a safetensors file."""
    card: dict[str, Any]


def weights_path(name: str, options: TrainingOptions) -> Path:
    """Where the weights of a training go."""
    preset = "" if options.preset == "compact" else f"_{options.preset}"
    return options.out or Path("runs") / f"{name.replace('-', '_')}{preset}.safetensors"


def launch_training(
    name: str,
    options: TrainingOptions,
    train: Callable[..., Trained],
    *,
    open_method: Callable[[str, Path | None], Estimator],
    find_default: Callable[[str], Path],
    progress: Progress = no_progress,
) -> LaunchedTraining:
    """Trains; a training that is found in its folder goes on.

    Args:
        name: Of the training.
        options: Of its kind.
        train: Makes weights of the options and a `TrainingContext`.
        open_method: Opens a method by name with its own or with given weights, for trainings that learn from what
            another method predicts.
        find_default: Where a method's own weights lie, by its name.
        progress: Told the steps.

    Raises:
        SettingError: The options make no sense, the folder holds another training, or another run is at work in it.
        InputError: The data cannot be read.
    """
    path = weights_path(name, options)
    given = options.folder if isinstance(options, ResumableOptions) else None
    context = TrainingContext(name, given or path.with_suffix(""), open_method, find_default, progress)
    keep_freed_memory()
    keeps = alone_in(context.folder) if isinstance(options, ResumableOptions) else nullcontext()
    with keeps, use_threads(options.threads):
        trained = train(options, context)
    return LaunchedTraining(
        trained.weights, make_card(path.stem, trained, version=__version__, licence=options.licence)
    )
