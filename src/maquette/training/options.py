"""What a user may set of every training; imports no torch, so that help texts are quick."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from maquette.errors import SettingError

Preset = Literal["paper", "compact", "tiny"]
"""The published setting; what we train and ship; seconds on two cores."""

OwnPreset = Literal["compact", "tiny"]
"""Of methods that nobody has published: what we train and ship; seconds on two cores."""

PicturePreset = Literal["paper", "compact", "lite", "hourglass", "tiny"]
"""The same, and between them what the clean line is to ship, and what it ships so far."""


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """What every training can be told.

    Raises:
        SettingError: A number or name makes no sense.
    """

    out: Path | None = None
    """Where the weights go, by default runs/NAME_PRESET.safetensors; their card is written beside them as JSON."""
    preset: Preset = "compact"
    """paper (the published setting), compact (what we train and ship) or tiny (seconds on two cores)."""
    seed: int = 0
    """Of all random choices."""
    threads: int = 2
    """Processor threads of the training: the same number gives the same weights, however many cores there are."""
    licence: str = "not stated"
    """Licence of the data, for the card."""

    def __post_init__(self) -> None:
        if self.out is not None and self.out.suffix != ".safetensors":
            raise SettingError(f"--out '{self.out}' must end in .safetensors; weights are written in no other format")
        if not 0 <= self.seed < 2**63:
            raise SettingError(f"--seed {self.seed} is out of range; give a whole number from 0 up")
        if not 1 <= self.threads <= 1024:
            raise SettingError(f"--threads {self.threads} makes no sense; give a number from 1 up")


@dataclass(frozen=True, kw_only=True)
class ResumableOptions(TrainingOptions):
    """What trainings can be told that may be stopped and go on."""

    folder: Path | None = None
    """For checkpoints and the journal, by default named like --out; the same training goes on from there."""
    restart: tyro.conf.FlagCreatePairsOff[bool] = False
    """Start anew in a folder that holds a training, which is lost."""
    checkpoint_every: float = 180.0
    """Seconds between checkpoints."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.checkpoint_every > 0:
            raise SettingError(f"--checkpoint-every {self.checkpoint_every:g} makes no sense; give seconds above 0")


@dataclass(frozen=True, kw_only=True)
class PictureOptions(ResumableOptions):
    """What trainings on pictures of people can be told."""

    data: Path
    """Folder of rendered people (see `maquette synthesise`)."""
    preset: PicturePreset = "compact"  # pyright: ignore[reportIncompatibleVariableOverride]  (a wider choice)
    """paper (the published setting), compact (what we train and ship), lite (the same of the clean line), hourglass
    (what the clean line ships so far) or tiny (seconds on two cores)."""
    start: Path | None = None
    """Weights of a backbone to start from."""
    trust: tyro.conf.FlagCreatePairsOff[bool] = False
    """Start from weights although they differ from the card beside them."""
    picture_px: int | None = None
    """Side of the pictures while it learns, in place of the preset's, at which the weights are judged and used: smaller
    ones are learned from faster."""
    workers: int = 1
    """Processes that load pictures; the weights do not depend on how many."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.workers <= 256:
            raise SettingError(f"--workers {self.workers} makes no sense; give a number from 0 to 256")
        if self.picture_px is not None and (self.picture_px % 32 or not 32 <= self.picture_px <= 1024):
            raise SettingError(f"--picture-px {self.picture_px} makes no sense; give a multiple of 32 up to 1024")
        if self.trust and self.start is None:
            raise SettingError("--trust is for weights of your own; give them with --start, or leave --trust out")


def require_steps(steps: int | None) -> None:
    """Refuse a training of no length.

    Raises:
        SettingError: There is no step.
    """
    if steps is not None and steps < 1:
        raise SettingError(f"--steps {steps} makes no sense; give a number from 1 up")
