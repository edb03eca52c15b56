"""What a user may set of the evaluation of lifting; imports nothing heavy."""

from dataclasses import dataclass

from maquette.methods.evaluation_options import MethodEvaluationOptions


@dataclass(frozen=True, kw_only=True)
class LiftingEvaluationOptions(MethodEvaluationOptions):
    """The data set's 2D joints, lifted by a mixture of probable poses.

    Example: maquette evaluate lifting --on val.npz --protocol mocap-lifting

    Example: maquette evaluate lifting --weights mine.safetensors --on h36m --protocol h36m-martinez-1
    """
