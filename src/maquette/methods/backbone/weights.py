"""The backbone as a file."""

from pathlib import Path

from torch import Tensor

from maquette.methods.backbone import config as presets
from maquette.methods.backbone.config import BackboneConfig
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.presets import find_preset
from maquette.methods.weights import Weights, find_bundled, read_network, weights_to_bytes
from maquette.training.checkpoint import to_half

BUNDLED = "backbone"
"""Name of the backbone that comes with the package."""
_KIND, _TRAINING = "maquette.backbone", "backbone"


def backbone_to_bytes(values: dict[str, Tensor], preset: str) -> bytes:
    """A backbone's weights as the content of a safetensors file, floating point numbers in 16 bits."""
    return weights_to_bytes(Weights(to_half(values), {"kind": _KIND, "preset": preset}))


def read_bundled_backbone() -> dict[str, Tensor]:
    """The weights of the backbone that ships with the package."""
    return read_backbone(find_bundled(BUNDLED))


def read_backbone(path: Path) -> dict[str, Tensor]:
    """The weights of a `maquette.methods.backbone.model.BackboneModel`.

    Raises:
        InputError: The file cannot be read, is another model's, or does not fit its preset.
    """
    return read_network(path, _build, kind=_KIND, training=_TRAINING).state_dict()


def _build(about: dict[str, str]) -> BackboneModel:
    config = find_preset(presets, BackboneConfig, about.get("preset", ""))
    return BackboneModel(config.sizes, len(SKELETON))
