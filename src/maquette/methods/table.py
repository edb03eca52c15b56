"""Every method by name, and every refinement; what a method needs is loaded when it is opened. Imports no torch."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from maquette.errors import SettingError
from maquette.methods.bundled import CLEAN_LINE, find_bundled
from maquette.methods.evaluation_options import MethodEvaluationOptions
from maquette.methods.lifting.evaluation_options import LiftingEvaluationOptions
from maquette.methods.structure_motion.evaluation_options import StructureMotionEvaluationOptions
from maquette.methods.track_lifting.evaluation_options import TrackLiftingEvaluationOptions

if TYPE_CHECKING:
    from maquette.inference.estimator import Estimator


class Method(NamedTuple):
    """All that is known of a method without opening it."""

    sentence: str
    """What it is, in a few words."""
    open: "Callable[[Path], Estimator]"
    """Opens it with the weights of a file."""
    evaluation: type[MethodEvaluationOptions]
    """What a user may set of its evaluation."""
    weights: str
    """Name of the bundled weights that it uses unless others are asked for."""


class Refinement(NamedTuple):
    """A temporal net and its bundled weights; its name is written after a method's, with a plus between."""

    sentence: str
    weights: str
    clean: str
    """Name of the weights that learned from the network of the clean line, which errs otherwise."""


def _opens(module: str) -> "Callable[[Path], Estimator]":
    """Calls the module's ``open_method``; it is imported when that is asked for, since it draws in torch."""
    return lambda weights: import_module(module).open_method(weights)


METHODS: dict[str, Method] = {
    "track-lifting": Method(
        "2D keypoints of any detector, lifted by a network that reads a second of them; P-MPJPE 60 mm on a real trial",
        _opens("maquette.methods.track_lifting.predict"),
        TrackLiftingEvaluationOptions,
        "track_lifting",
    ),
    "lifting": Method(
        "2D keypoints of any detector, lifted by a mixture of probable poses; P-MPJPE 69 mm on the same trial",
        _opens("maquette.methods.lifting.predict"),
        LiftingEvaluationOptions,
        "lifting_prior",
    ),
    "structure-motion": Method(
        "experimental: joints and depths read from pictures by a top-down network; P-MPJPE 70 mm on the same trial, "
        f"169 mm with --weights {CLEAN_LINE}",
        _opens("maquette.methods.structure_motion.predict"),
        StructureMotionEvaluationOptions,
        "structure_motion_assisted",
    ),
}
"""By name; the trial's figures are those of benchmarks/results/real_multiview_*.json, of BlazePose, in four cameras."""

DEFAULT_METHOD = "track-lifting"
"""What is taken where none is chosen."""

REFINEMENTS: dict[str, Refinement] = {
    "tp": Refinement("each pose refined from those before it", "temporal_assisted", "temporal"),
    "bi-tp": Refinement(
        "each pose refined from its neighbours in time", "temporal_bidirectional_assisted", "temporal_bidirectional"
    ),
}
"""Temporal nets by name."""


def find_default(method: str) -> Path:
    """Where the weights lie that the method of that name uses unless others are asked for."""
    return find_bundled(METHODS[method].weights)


def open_estimator(name: str, weights: Path | None = None) -> "Estimator":
    """The method of that name, ready to estimate; ``METHOD+tp`` and ``METHOD+bi-tp`` are refined through time.

    Args:
        name: Such as ``lifting`` or ``structure-motion+tp``.
        weights: Of the method; by default its own that come along.

    Raises:
        SettingError: There is no such method.
        InputError: The weights cannot be read.
    """
    method, plus, refinement = name.partition("+")
    if method not in METHODS:
        raise SettingError(f"there is no method '{method}'; known are {', '.join(METHODS)}")
    if plus and refinement not in REFINEMENTS:
        raise SettingError(f"there is no refinement '+{refinement}'; known are +{', +'.join(REFINEMENTS)}")
    estimator = METHODS[method].open(weights or find_default(method))
    if not plus:
        return estimator
    net, temporal = REFINEMENTS[refinement], import_module("maquette.methods.temporal.predict")
    return temporal.open_refined(estimator, net.clean if weights == find_bundled(CLEAN_LINE) else net.weights)
