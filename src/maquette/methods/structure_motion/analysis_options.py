"""What a user may set of the analysis of the weak losses; imports nothing heavy."""

from dataclasses import dataclass

from maquette.methods.analysis_options import AnalysisOptions


@dataclass(frozen=True, kw_only=True)
class LossSurfaceOptions(AnalysisOptions):
    """What the weak losses see of an elbow's depth: one elbow moved over a grid, and the loss of every place.

    Example: maquette analyse loss-surface --out figures
    """
