"""What a user may set of the analysis of an embedding; imports nothing heavy."""

from dataclasses import dataclass
from pathlib import Path

from maquette.methods.analysis_options import CountedAnalysisOptions


@dataclass(frozen=True, kw_only=True)
class EmbeddingAnalysisOptions(CountedAnalysisOptions):
    """What an embedding of poses reaches, how plausible its random people are, and a walk through its codes.

    Example: maquette analyse embedding --data val.npz --out figures
    """

    weights: Path | None = None
    """An embedding to look into, in place of the one that comes along."""
    data: Path | None = None
    """Motion capture (NPZ, BVH, AMC or a folder) with toes to hold codes against; without it likely poses are drawn."""
    count: int = 2_000
    """How many codes to draw, and how many poses to seek among the codes."""
