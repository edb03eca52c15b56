"""The pose embedding as a file: safetensors for the numbers, preset and skeleton in its header."""

from pathlib import Path
from typing import Literal

import torch

from maquette.body.catalog import find_skeleton
from maquette.errors import InputError, MaquetteError
from maquette.methods.embedding import config as presets
from maquette.methods.embedding.config import EmbeddingConfig
from maquette.methods.presets import PRESETS
from maquette.methods.weights import Weights, bundled, read_weights, weights_to_bytes
from maquette.priors.embedding.model import PoseEmbedding

_KIND, _RECIPE = "maquette.pose_embedding", "embedding"


def find_config(preset: str) -> EmbeddingConfig:
    """The setting of that name."""
    return getattr(presets, preset.upper())


def embedding_to_bytes(embedding: PoseEmbedding, preset: str) -> bytes:
    """An embedding as the content of a safetensors file, the same bytes for the same numbers."""
    about = {"kind": _KIND, "preset": preset, "skeleton": embedding.skeleton.name}
    return weights_to_bytes(Weights({name: value.float() for name, value in embedding.state_dict().items()}, about))


def bundled_embedding(poses: Literal["mocap", "artificial"] = "mocap") -> PoseEmbedding:
    """An embedding that ships with the package, learnt from motion capture or from what joints allow.

    Raises:
        InputError: This installation lacks it.
    """
    return read_embedding(bundled(f"embedding_{poses}"))


def read_embedding(path: Path) -> PoseEmbedding:
    """The embedding of a safetensors file.

    Raises:
        InputError: The file cannot be read, is another model's, or does not fit its preset.
    """
    tensors, about = read_weights(path, kind=_KIND, recipe=_RECIPE)
    preset = about.get("preset", "")
    if preset not in PRESETS:
        raise InputError(f"'{path}' is of no known preset; known are {', '.join(PRESETS)}")
    config = find_config(preset)
    try:
        embedding = PoseEmbedding(find_skeleton(about.get("skeleton", "")), config.sizes, config.frame)
    except MaquetteError as error:
        raise InputError(f"'{path}': {error}") from error
    wanted = {name: value.shape for name, value in embedding.state_dict().items()}
    if {name: value.shape for name, value in tensors.items()} != wanted:
        raise InputError(f"'{path}' does not fit the preset '{preset}'; train it anew")
    embedding.load_state_dict({name: value.to(torch.float32) for name, value in tensors.items()})
    return embedding.eval()
