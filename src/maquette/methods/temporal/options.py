"""What a user may set of TP-Net's training; imports no torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from maquette.training.options import ResumableOptions


@dataclass(frozen=True, kw_only=True)
class TemporalOptions(ResumableOptions):
    """Poses of a method refined through time, from those before (TP-Net).

    Example: maquette train temporal --data clips --method structure-motion
    """

    is_bidirectional: ClassVar[bool] = False

    data: Path
    """A file (NPZ) of clips with true and predicted poses, or a folder of rendered clips."""
    method: str | None = None
    """Whose poses are refined, where --data are rendered clips, by default structure-motion."""
    weights: str | None = None
    """Of that method: a file, or the name of others that come along."""
    motion: Path | None = None
    """Motion capture (NPZ), to see more motion with errors like those of the clips."""
    validation: Path | None = None
    """Clips of other people, on whom the net is evaluated while it learns."""


@dataclass(frozen=True, kw_only=True)
class BidirectionalOptions(TemporalOptions):
    """Poses of a method refined through time, from those before and after (Bi-TP-Net).

    Example: maquette train temporal-bidirectional --data clips --method structure-motion
    """

    is_bidirectional: ClassVar[bool] = True
