"""What a user may set of the analysis of joint limits; imports nothing heavy."""

from dataclasses import dataclass
from pathlib import Path

from maquette.methods.analysis_options import CountedAnalysisOptions


@dataclass(frozen=True, kw_only=True)
class LimitsOptions(CountedAnalysisOptions):
    """How far joints bend: ranges of angles held against people, and bodies drawn from the ranges.

    Example: maquette analyse limits --data val.npz --out figures
    """

    data: Path | None = None
    """Motion capture (NPZ, BVH, AMC or a folder) to hold the limits against; without it likely poses are drawn."""
    limits: Path | None = None
    """Ranges of a file (JSON) in place of the measured ones."""
    count: int = 20_000
    """How many poses to draw."""
