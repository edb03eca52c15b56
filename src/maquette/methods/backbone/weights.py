"""The backbone as a file."""

from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from maquette.methods.backbone import config as presets
from maquette.methods.backbone.config import BackboneConfig
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.bundled import find_bundled
from maquette.methods.presets import find_preset
from maquette.methods.weights import Weights, read_network, weights_to_bytes
from maquette.training.checkpoint import to_half

BUNDLED = "backbone"
"""Name of the clean line's backbone that comes with the package."""
BUNDLED_STARTS = {"hourglass": BUNDLED, "compact": "backbone_assisted"}
"""Names of the backbones that come with the package, by the preset that they were made by."""
KIND = "maquette.backbone"
"""What the header of a backbone's file says."""
_TRAINING = "backbone"


def backbone_to_bytes(values: dict[str, Tensor], preset: str) -> bytes:
    """A backbone's weights as the content of a safetensors file, floating point numbers in 16 bits."""
    return weights_to_bytes(Weights(to_half(values), {"kind": KIND, "preset": preset}))


class StoredBackbone(NamedTuple):
    """A backbone as it was stored."""

    model: BackboneModel
    config: BackboneConfig
    """The preset that it was made by."""


def read_bundled_backbone() -> StoredBackbone:
    """The backbone that ships with the package."""
    return read_backbone(find_bundled(BUNDLED))


def read_backbone(path: Path) -> StoredBackbone:
    """The backbone in a file of ``maquette train backbone``.

    Raises:
        InputError: The file cannot be read, is another model's, or does not fit its preset.
    """
    found: list[BackboneConfig] = []

    def build(about: dict[str, str]) -> BackboneModel:
        found.append(find_preset(presets, BackboneConfig, about.get("preset", "")))
        return BackboneModel(found[-1].sizes, len(SKELETON))

    model = read_network(path, build, kind=KIND, training=_TRAINING)
    return StoredBackbone(model, found[-1])
