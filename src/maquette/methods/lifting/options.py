"""What a user may set of the lifting prior's training; imports no torch."""

from dataclasses import dataclass
from pathlib import Path

from maquette.training.options import TrainingOptions


@dataclass(frozen=True, kw_only=True)
class LiftingPriorOptions(TrainingOptions):
    """What poses are probable (mixture prior of lifting), from motion capture; takes seconds and does not resume.

    Example: maquette train lifting-prior --data mocap.npz
    """

    data: Path
    """Motion capture (NPZ)."""
