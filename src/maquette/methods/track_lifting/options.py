"""What a user may set of track lifting's training; imports no torch."""

from dataclasses import dataclass
from pathlib import Path

from maquette.training.options import OwnPreset, ResumableOptions, require_steps


@dataclass(frozen=True, kw_only=True)
class TrackLiftingOptions(ResumableOptions):
    """A network that lifts tracks of 2D keypoints, from motion capture before cameras and detectors that are made up.

    Example: maquette train track-lifting --data mocap.npz --validation others.npz
    """

    preset: OwnPreset = "compact"
    """compact (what we train and ship) or tiny (seconds on two cores)."""
    data: Path
    """Motion capture (NPZ, BVH, AMC or a folder)."""
    validation: Path | None = None
    """Motion capture of other people, on whom it is evaluated."""
    start: Path | None = None
    """Weights of a training of the same preset to start from."""
    steps: int | None = None
    """How long, in place of the preset's number."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_steps(self.steps)
