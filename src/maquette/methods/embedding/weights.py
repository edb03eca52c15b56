"""The pose embedding as a file: safetensors for the numbers, preset and skeleton in its header."""

from pathlib import Path
from typing import Literal

from maquette.body.catalog import find_skeleton
from maquette.methods.bundled import find_bundled
from maquette.methods.embedding import config as presets
from maquette.methods.embedding.config import EmbeddingConfig
from maquette.methods.presets import find_preset
from maquette.methods.weights import Weights, read_network, weights_to_bytes
from maquette.priors.embedding.model import PoseEmbedding

_KIND, _TRAINING = "maquette.pose_embedding", "embedding"


def embedding_to_bytes(embedding: PoseEmbedding, preset: str) -> bytes:
    """An embedding as the content of a safetensors file, the same bytes for the same numbers."""
    about = {"kind": _KIND, "preset": preset, "skeleton": embedding.skeleton.name}
    return weights_to_bytes(Weights({name: value.float() for name, value in embedding.state_dict().items()}, about))


def read_bundled_embedding(poses: Literal["mocap", "artificial"] = "mocap") -> PoseEmbedding:
    """An embedding that ships with the package, learnt from motion capture or from what joints allow.

    Raises:
        InputError: This installation lacks it.
    """
    return read_embedding(find_bundled(f"embedding_{poses}"))


def read_embedding(path: Path) -> PoseEmbedding:
    """The embedding of a safetensors file.

    Raises:
        InputError: The file cannot be read, is another model's, or does not fit its preset.
    """
    return read_network(path, _build, kind=_KIND, training=_TRAINING)


def _build(about: dict[str, str]) -> PoseEmbedding:
    config = find_preset(presets, EmbeddingConfig, about.get("preset", ""))
    return PoseEmbedding(find_skeleton(about.get("skeleton", "")), config.sizes, config.frame)
