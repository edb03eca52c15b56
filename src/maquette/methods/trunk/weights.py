"""The trunk as a file."""

from pathlib import Path

import torch
from torch import Tensor

from maquette.errors import InputError
from maquette.methods.presets import PRESETS
from maquette.methods.trunk import config as presets
from maquette.methods.trunk.model import SKELETON, TrunkModel
from maquette.methods.weights import Weights, bundled, read_weights, weights_to_bytes
from maquette.training.checkpoint import to_half

BUNDLED = "trunk"
"""Name of the trunk that comes with the package."""
_KIND, _RECIPE = "maquette.trunk", "trunk"


def trunk_to_bytes(values: dict[str, Tensor], preset: str) -> bytes:
    """A trunk's weights as the content of a safetensors file, floating point numbers in 16 bits."""
    return weights_to_bytes(Weights(to_half(values), {"kind": _KIND, "preset": preset}))


def bundled_trunk() -> dict[str, Tensor]:
    """The weights of the trunk that ships with the package."""
    return read_trunk(bundled(BUNDLED))


def read_trunk(path: Path) -> dict[str, Tensor]:
    """The weights of a `maquette.methods.trunk.model.TrunkModel`.

    Raises:
        InputError: The file cannot be read, is another model's, or does not fit its preset.
    """
    tensors, about = read_weights(path, kind=_KIND, recipe=_RECIPE)
    preset = about.get("preset", "")
    if preset not in PRESETS:
        raise InputError(f"'{path}' is of no known preset; known are {', '.join(PRESETS)}")
    with torch.device("meta"):
        wanted = TrunkModel(getattr(presets, preset.upper()).sizes, len(SKELETON)).state_dict()
    if {name: value.shape for name, value in wanted.items()} != {name: value.shape for name, value in tensors.items()}:
        raise InputError(f"'{path}' does not fit the preset '{preset}'; train it anew")
    return {name: value.float() if value.is_floating_point() else value for name, value in tensors.items()}
