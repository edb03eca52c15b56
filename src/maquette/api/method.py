"""Methods by name, opened once and used as often as one likes."""

from pathlib import Path

from maquette.errors import SettingError
from maquette.inference.estimator import Estimator
from maquette.methods.bundled import find_weights
from maquette.methods.table import open_estimator


def load_method(name: str, weights: str | Path | None = None) -> Estimator:
    """A method that is ready to estimate; `predict`, `lift` and `evaluate` take it in place of its name.

    Args:
        name: Such as ``lifting`` or ``structure-motion``; ``+tp`` or ``+bi-tp`` after it refines poses through time.
        weights: A file of weights, or the name of others that come along, in place of the method's own.

    Raises:
        SettingError: There is no such method.
        InputError: The weights cannot be read.
    """
    return open_estimator(name, None if weights is None else find_weights(weights))


def resolve_method(method: str | Estimator, weights: str | Path | None) -> Estimator:
    """The method itself, opened if only its name is given.

    Raises:
        SettingError: There is no such method, or weights are given for one that has its own.
        InputError: The weights cannot be read.
    """
    if isinstance(method, str):
        return load_method(method, weights)
    if weights is not None:
        raise SettingError(f"`weights` are not used: the method '{method.name}' is open already; leave them out")
    return method
