"""What a user may set of the analysis of a temporal network; imports nothing heavy."""

from dataclasses import dataclass
from pathlib import Path

from maquette.methods.analysis_options import SampledAnalysisOptions


@dataclass(frozen=True, kw_only=True)
class SensitivityOptions(SampledAnalysisOptions):
    """Which joints and moments sway a temporal network: joints of its input moved, and its output watched.

    Example: maquette analyse sensitivity --weights my_net.safetensors --data mocap/ --out figures
    """

    weights: Path | None = None
    """A temporal network to look into, in place of the one that comes along."""
    data: Path | None = None
    """Motion capture (NPZ, BVH, AMC or a folder) to average over; without it likely poses are drawn."""
