"""What a user may set of the evaluation of track lifting; imports nothing heavy."""

from dataclasses import dataclass

from maquette.methods.evaluation_options import MethodEvaluationOptions


@dataclass(frozen=True, kw_only=True)
class TrackLiftingEvaluationOptions(MethodEvaluationOptions):
    """The data set's 2D joints, lifted by a network that reads a second of them.

    Example: maquette evaluate track-lifting --on val.npz --protocol mocap-lifting
    """
