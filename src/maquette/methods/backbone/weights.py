"""The backbone as a file."""

from pathlib import Path

import torch
from torch import Tensor

from maquette.errors import InputError
from maquette.methods.backbone import config as presets
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.presets import PRESETS
from maquette.methods.weights import Weights, bundled, read_weights, weights_to_bytes
from maquette.training.checkpoint import to_half

BUNDLED = "backbone"
"""Name of the backbone that comes with the package."""
_KIND, _RECIPE = "maquette.backbone", "backbone"


def backbone_to_bytes(values: dict[str, Tensor], preset: str) -> bytes:
    """A backbone's weights as the content of a safetensors file, floating point numbers in 16 bits."""
    return weights_to_bytes(Weights(to_half(values), {"kind": _KIND, "preset": preset}))


def bundled_backbone() -> dict[str, Tensor]:
    """The weights of the backbone that ships with the package."""
    return read_backbone(bundled(BUNDLED))


def read_backbone(path: Path) -> dict[str, Tensor]:
    """The weights of a `maquette.methods.backbone.model.BackboneModel`.

    Raises:
        InputError: The file cannot be read, is another model's, or does not fit its preset.
    """
    tensors, about = read_weights(path, kind=_KIND, recipe=_RECIPE)
    preset = about.get("preset", "")
    if preset not in PRESETS:
        raise InputError(f"'{path}' is of no known preset; known are {', '.join(PRESETS)}")
    with torch.device("meta"):
        wanted = BackboneModel(getattr(presets, preset.upper()).sizes, len(SKELETON)).state_dict()
    if {name: value.shape for name, value in wanted.items()} != {name: value.shape for name, value in tensors.items()}:
        raise InputError(f"'{path}' does not fit the preset '{preset}'; train it anew")
    return {name: value.float() if value.is_floating_point() else value for name, value in tensors.items()}
