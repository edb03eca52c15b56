"""What can be judged, by name: every method, and predictions, each with its options; imports nothing heavy."""

from maquette.methods.evaluation_options import EvaluationOptions, PredictionsEvaluationOptions
from maquette.methods.table import METHODS

EVALUATIONS: dict[str, type[EvaluationOptions]] = {
    **{name: method.evaluation for name, method in METHODS.items()},
    "predictions": PredictionsEvaluationOptions,
}
"""By name, as ``maquette evaluate NAME`` says it."""
