"""What a training is given besides its options: its name, its folder, and what lies above it."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from maquette.arrays import Progress, no_progress
from maquette.inference.estimator import Estimator
from maquette.training.fingerprint import Fingerprint
from maquette.training.options import ResumableOptions
from maquette.training.run import RunSettings


class TrainingContext(NamedTuple):
    """Where and for whom a training runs."""

    name: str
    """Of the training, such as ``backbone``."""
    folder: Path
    """For checkpoints and the journal."""
    open_method: Callable[[str, Path | None], Estimator]
    """Opens a method by name with its own or with given weights, for trainings that learn from what it predicts."""
    find_default: Callable[[str], Path]
    """Where a method's own weights lie, by its name."""
    progress: Progress = no_progress
    """Told the steps."""

    def settings(
        self,
        options: ResumableOptions,
        fingerprint: Fingerprint,
        *,
        steps: int,
        batch_size: int,
        journal_every: int = 100,
    ) -> RunSettings:
        """How the loop runs."""
        return RunSettings(
            folder=self.folder,
            steps=steps,
            fingerprint=fingerprint,
            batch_size=batch_size,
            journal_every=journal_every,
            checkpoint_every_s=options.checkpoint_every,
            restart=options.restart,
        )
