"""What a user may set of the pose embedding's training; imports no torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from maquette.errors import SettingError
from maquette.training.options import ResumableOptions, require_steps


@dataclass(frozen=True, kw_only=True)
class EmbeddingOptions(ResumableOptions):
    """Numbers that always decode to a body (pose embedding), from motion capture or from joint limits.

    Example: maquette train embedding --data mocap.npz

    Example: maquette train embedding --poses artificial
    """

    poses: Literal["mocap", "artificial"] = "mocap"
    """mocap (the poses of --data) or artificial (drawn from joint limits)."""
    data: Path | None = None
    """Motion capture (NPZ, with toes), for --poses mocap."""
    skeleton: str = "kundu_17"
    """Whose joints; mpi_15 has no feet and needs no toes."""
    validation: Path | None = None
    """Motion capture of other people, on whom the embedding is evaluated; else some poses are kept back for that."""
    steps: int | None = None
    """How long, in place of the preset's number."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_steps(self.steps)
        if self.poses == "mocap" and self.data is None:
            raise SettingError(
                "--poses mocap needs --data, a file or folder of motion capture; or say --poses artificial"
            )
        if self.poses == "artificial" and self.data is not None:
            raise SettingError(f"--poses artificial and --data '{self.data}' are two sources; give one of them")
