"""Every method and refinement by name, each in a sentence; what a method needs is loaded when it is opened."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from maquette.errors import SettingError
from maquette.methods.bundled import find_bundled

if TYPE_CHECKING:
    from maquette.inference.estimator import Estimator


CLEAN_LINE = "structure_motion"
"""Name of the weights that read pictures and learned nothing from networks of others."""


class Method(NamedTuple):
    """A method that can be chosen by name."""

    sentence: str
    """What it is, in a few words."""
    open: "Callable[[Path | None], Estimator]"
    """Opens it with the weights of a file, or with those that come along."""


class Refinement(NamedTuple):
    """A temporal net that comes along; its name is written after a method's, with a plus between."""

    sentence: str
    weights: str
    """Name of the bundled weights."""
    clean: str
    """Name of those that learned from the network of the clean line, which errs otherwise."""


def _opens(module: str) -> "Callable[[Path | None], Estimator]":
    """Calls the module's ``open_method``; it is imported when that is asked for, since it draws in torch."""
    return lambda weights: import_module(module).open_method(weights)


# The trial's figures are those of benchmarks/results/real_multiview_*.json: found by BlazePose, mean of four cameras.
METHODS: dict[str, Method] = {
    "lifting": Method(
        "2D keypoints of any detector, lifted by a mixture of probable poses; P-MPJPE 79 mm on a real trial",
        _opens("maquette.methods.lifting.predict"),
    ),
    "structure-motion": Method(
        "experimental: joints and depths read from pictures by a top-down network; P-MPJPE 78 mm on the same trial, "
        f"172 mm with --weights {CLEAN_LINE}",
        _opens("maquette.methods.structure_motion.predict"),
    ),
}
"""Methods by name."""

DEFAULT_METHOD = "lifting"
"""What is taken where none is chosen."""

REFINEMENTS: dict[str, Refinement] = {
    "tp": Refinement("each pose refined from those before it", "temporal_assisted", "temporal"),
    "bi-tp": Refinement(
        "each pose refined from its neighbours in time", "temporal_bidirectional_assisted", "temporal_bidirectional"
    ),
}
"""Temporal nets by name."""


def open_estimator(name: str, weights: Path | None = None) -> "Estimator":
    """The method of that name, ready to estimate; ``METHOD+tp`` and ``METHOD+bi-tp`` are refined through time.

    Args:
        name: Such as ``lifting`` or ``structure-motion+tp``.
        weights: Of the method; by default those that come along.

    Raises:
        SettingError: There is no such method.
        InputError: The weights cannot be read.
    """
    method, plus, refinement = name.partition("+")
    if method not in METHODS:
        raise SettingError(f"there is no method '{method}'; known are {', '.join(METHODS)}")
    if plus and refinement not in REFINEMENTS:
        known = ", ".join(f"+{one}" for one in REFINEMENTS)
        raise SettingError(f"there is no refinement '+{refinement}'; known are {known}")
    estimator = METHODS[method].open(weights)
    if not plus:
        return estimator
    net = REFINEMENTS[refinement]
    temporal = import_module("maquette.methods.temporal.predict")
    return temporal.open_refined(estimator, net.clean if weights == find_bundled(CLEAN_LINE) else net.weights)
