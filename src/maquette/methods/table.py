"""Every method by name: how to open it for use."""

from collections.abc import Callable
from pathlib import Path

from maquette.errors import SettingError
from maquette.inference.estimator import Estimator
from maquette.methods.lifting.predict import LiftingEstimator
from maquette.methods.lifting.weights import bundled_prior, read_prior
from maquette.methods.structure_motion.predict import StructureMotionEstimator
from maquette.methods.structure_motion.weights import bundled_sap, read_sap
from maquette.methods.temporal.predict import Refined, TemporalRefiner
from maquette.methods.temporal.weights import read_model
from maquette.methods.weights import bundled


def _open_lifting(weights: Path | None) -> Estimator:
    return LiftingEstimator(bundled_prior() if weights is None else read_prior(weights))


def _open_structure_motion(weights: Path | None) -> Estimator:
    return StructureMotionEstimator(bundled_sap() if weights is None else read_sap(weights))


ESTIMATORS: dict[str, Callable[[Path | None], Estimator]] = {
    "lifting": _open_lifting,
    "structure-motion": _open_structure_motion,
}
"""Opens a method, with weights of its own or those of a file."""

REFINERS: dict[str, str] = {"tp": "temporal", "bi-tp": "temporal_bidirectional"}
"""Temporal nets that come along: what is written after a method's name, and the name of the weights."""


def open_estimator(name: str, weights: Path | None = None) -> Estimator:
    """The method of that name, ready to estimate; ``METHOD+tp`` and ``METHOD+bi-tp`` are refined through time.

    Args:
        name: Such as ``lifting`` or ``structure-motion+tp``.
        weights: Of the method; by default those that come along.

    Raises:
        SettingError: There is no such method.
        InputError: The weights cannot be read.
    """
    method, plus, refiner = name.partition("+")
    if method not in ESTIMATORS:
        raise SettingError(f"there is no method '{method}'; known are {', '.join(ESTIMATORS)}")
    if plus and refiner not in REFINERS:
        raise SettingError(f"there is no refinement '+{refiner}'; known are {', '.join('+' + one for one in REFINERS)}")
    estimator = ESTIMATORS[method](weights)
    if not plus:
        return estimator
    return Refined.of(estimator, TemporalRefiner(read_model(bundled(REFINERS[refiner]))))
