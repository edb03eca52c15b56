"""TP-Net as a file: safetensors for the numbers, what they mean in its header."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from maquette.body.catalog import find_skeleton
from maquette.errors import InputError
from maquette.inference.windows import STEP_S
from maquette.methods.temporal.config import MOST_STEPS, TINY, TemporalConfig
from maquette.methods.temporal.model import TemporalModel
from maquette.methods.weights import Weights, read_network, weights_to_bytes

_KIND, _TRAINING = "maquette.temporal_net", "temporal"
_MOST_HIDDEN = 32_768
_MOST_LAYERS = 8
_WANTED = f"give a file of 'maquette train {_TRAINING}'"


def model_to_bytes(model: TemporalModel) -> bytes:
    """The net as the content of a safetensors file, the same bytes for the same numbers."""
    about = {
        "kind": _KIND,
        "skeleton": model.skeleton.name,
        "unit": "any; poses are divided by their summed bone lengths",
        "frame": "camera, relative to the skeleton's root",
        "step_s": str(STEP_S),
        "setting": json.dumps(asdict(model.config), sort_keys=True),
    }
    return weights_to_bytes(Weights({name: tensor.float() for name, tensor in model.state_dict().items()}, about))


def read_model(path: Path) -> TemporalModel:
    """The net of a safetensors file.

    Raises:
        InputError: The file cannot be read, is another model's, or holds numbers that make no sense.
    """
    return read_network(path, _build, kind=_KIND, training=_TRAINING)


def _build(about: dict[str, str]) -> TemporalModel:
    if about.get("step_s") != str(STEP_S):
        raise InputError(f"its poses are not {STEP_S:g} s apart; train the net anew")
    return TemporalModel(find_skeleton(about.get("skeleton", "")), _setting(about.get("setting", "")))


def _setting(written: str) -> TemporalConfig:
    """The setting in a file's header, once every number in it makes sense."""
    try:
        given = json.loads(written)
    except (ValueError, RecursionError):
        given = None
    kinds = {item.name: type(getattr(TINY, item.name)) for item in fields(TemporalConfig)}
    said: dict[str, Any] = given if isinstance(given, dict) else {}
    if {name: type(value) for name, value in said.items()} != kinds or said["loss"] not in ("squared", "distance"):
        raise InputError(f"it does not say how its net is built; {_WANTED}")
    setting = TemporalConfig(**said)
    has_sizes = 0 < setting.hidden <= _MOST_HIDDEN and 0 <= setting.hidden_layers <= _MOST_LAYERS
    if not has_sizes or min(setting.past, setting.future) < 0 or setting.window > MOST_STEPS:
        raise InputError(f"it describes a net of impossible size; {_WANTED}")
    return setting
