"""3D human pose from ordinary pictures, videos and 2D keypoints, learned with little or no 3D-labelled data.

What is listed in ``__all__`` is the library for those who use it; docs/api.md describes it. Each name is loaded when it
is first asked for, so that ``import maquette`` is quick and brings no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maquette.api.estimate import Estimate
    from maquette.api.evaluate import evaluate
    from maquette.api.lift import lift
    from maquette.api.method import load_method
    from maquette.api.predict import predict
    from maquette.api.result import read_result
    from maquette.api.synthesise import synthesise
    from maquette.body.catalog import find_skeleton
    from maquette.body.people import Poses2d, Poses3d
    from maquette.io.keypoints import read_keypoints
    from maquette.version import __version__

__all__ = [
    "Estimate",
    "Poses2d",
    "Poses3d",
    "__version__",
    "evaluate",
    "find_skeleton",
    "lift",
    "load_method",
    "predict",
    "read_keypoints",
    "read_result",
    "synthesise",
]

_HOMES = {
    "Estimate": "maquette.api.estimate",
    "__version__": "maquette.version",
    "Poses2d": "maquette.body.people",
    "Poses3d": "maquette.body.people",
    "evaluate": "maquette.api.evaluate",
    "find_skeleton": "maquette.body.catalog",
    "lift": "maquette.api.lift",
    "load_method": "maquette.api.method",
    "predict": "maquette.api.predict",
    "read_keypoints": "maquette.io.keypoints",
    "read_result": "maquette.api.result",
    "synthesise": "maquette.api.synthesise",
}
"""In which module each public name is defined."""

if not TYPE_CHECKING:  # Checkers take the imports above, and so know a name that does not exist.

    def __getattr__(name: str) -> object:
        """Load a public name."""
        if name not in _HOMES:
            raise AttributeError(f"module 'maquette' has no attribute '{name}'")
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
