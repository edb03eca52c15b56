"""The track lifter as a file: safetensors for the numbers, its sizes and skeleton in the header."""

import json
from dataclasses import replace
from pathlib import Path

import torch

from maquette.body.catalog import find_skeleton
from maquette.errors import InputError
from maquette.methods.track_lifting.config import COMPACT
from maquette.methods.track_lifting.model import TrackLifter
from maquette.methods.weights import Weights, read_network, weights_to_bytes

_KIND, _TRAINING = "maquette.track_lifter", "track-lifting"
_MOST_WIDTH, _MOST_BLOCKS, _MOST_SPAN_S = 16_384, 32, 60.0
_SIZES = {"poses": int, "span_s": float, "width": int, "blocks": int}


def lifter_to_bytes(lifter: TrackLifter) -> bytes:
    """A network as the content of a safetensors file in half precision, the same bytes for the same numbers."""
    about = {
        "kind": _KIND,
        "skeleton": lifter.skeleton.name,
        "unit": "m; the bones of a person together as long as an average adult's",
        "frame": "camera, relative to the skeleton's root",
        "sizes": json.dumps({name: getattr(lifter.config, name) for name in _SIZES}, sort_keys=True),
    }
    return weights_to_bytes(
        Weights({name: value.to(torch.float16) for name, value in lifter.state_dict().items()}, about)
    )


def read_lifter(path: Path) -> TrackLifter:
    """The network of a safetensors file.

    Raises:
        InputError: The file cannot be read, is another model's, or describes a network of impossible size.
    """
    return read_network(path, _build, kind=_KIND, training=_TRAINING)


def _build(about: dict[str, str]) -> TrackLifter:
    try:
        sizes = json.loads(about.get("sizes", ""))
    except (ValueError, RecursionError):
        sizes = None
    if not isinstance(sizes, dict) or {name: type(value) for name, value in sizes.items()} != _SIZES:
        raise InputError(f"it does not say how its network is built; give a file of 'maquette train {_TRAINING}'")
    fits = 1 <= sizes["width"] <= _MOST_WIDTH and 1 <= sizes["blocks"] <= _MOST_BLOCKS
    if not fits or not 0 < sizes["span_s"] <= _MOST_SPAN_S:
        raise InputError(f"it describes a network of impossible size; give a file of 'maquette train {_TRAINING}'")
    return TrackLifter(find_skeleton(about.get("skeleton", "")), replace(COMPACT, **sizes))
