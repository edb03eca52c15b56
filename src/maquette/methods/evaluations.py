"""What can be judged, by name: every method, and predictions, each with its options; imports nothing heavy."""

from maquette.methods.evaluation_options import EvaluationOptions, PredictionsEvaluationOptions
from maquette.methods.lifting.evaluation_options import LiftingEvaluationOptions
from maquette.methods.structure_motion.evaluation_options import StructureMotionEvaluationOptions

EVALUATIONS: dict[str, type[EvaluationOptions]] = {
    "lifting": LiftingEvaluationOptions,
    "structure-motion": StructureMotionEvaluationOptions,
    "predictions": PredictionsEvaluationOptions,
}
"""By name, as ``maquette evaluate NAME`` says it; another one is another line."""
