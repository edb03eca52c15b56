"""What a user may set of every analysis, as dataclasses whose docstrings are the help; imports nothing heavy."""

from dataclasses import dataclass
from pathlib import Path

from maquette.errors import SettingError

_MOST_SAMPLES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class AnalysisOptions:
    """Where the files of an analysis go."""

    out: Path = Path("out")
    """Folder for the files; they are called like the analysis."""


@dataclass(frozen=True, kw_only=True)
class SampledAnalysisOptions(AnalysisOptions):
    """The same of an analysis that draws at random.

    Raises:
        SettingError: The seed is out of range.
    """

    seed: int = 0
    """Of all random choices."""

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise SettingError(f"--seed {self.seed} is out of range; give a whole number from 0 up")


@dataclass(frozen=True, kw_only=True)
class CountedAnalysisOptions(SampledAnalysisOptions):
    """The same of an analysis that draws many poses.

    Raises:
        SettingError: The seed or the number is out of range.
    """

    count: int
    """How many poses to draw."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.count <= _MOST_SAMPLES:
            raise SettingError(f"--count {self.count} is out of range; give a number from 1 to {_MOST_SAMPLES}")
