"""Weights that come with the package, by name; imports no torch."""

from importlib.resources import files
from pathlib import Path

from maquette.errors import InputError

CLEAN_LINE = "structure_motion"
"""Name of the weights that read pictures and learned nothing from networks of others."""
_BY_NAME = "give a file, or a name that `maquette models` lists"


def find_bundled(name: str) -> Path:
    """Where the weights of that name lie that come with the package."""
    return Path(str(files("maquette") / "weights" / f"{name}.safetensors"))


def find_weights(weights: str | Path, advice: str = _BY_NAME) -> Path:
    """The file that is meant: one that is there, or else the bundled one of that name.

    Args:
        weights: A path, or a name such as ``structure_motion``.
        advice: What to do if there is neither.

    Raises:
        InputError: There is neither.
    """
    path = Path(weights)
    if path.is_file() or len(path.parts) != 1 or path.suffix:
        return path
    bundled = find_bundled(path.name)
    if not bundled.is_file():
        raise InputError(f"'{weights}' is neither a file nor the name of bundled weights; {advice}")
    return bundled
