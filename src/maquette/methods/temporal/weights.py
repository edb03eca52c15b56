"""TP-Net as a file: safetensors for the numbers, what they mean in its header."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from maquette.body.catalog import find_skeleton
from maquette.errors import InputError, MaquetteError
from maquette.inference.windows import STEP_S
from maquette.methods.temporal.config import MOST_STEPS, TINY, TemporalConfig
from maquette.methods.temporal.model import TemporalModel

_KIND = "maquette.temporal_net"
_MOST_BYTES = 1_000_000_000
_MOST_HIDDEN = 32_768
_MOST_LAYERS = 8
_WANTED = "give a file of 'maquette train temporal'"


def model_to_bytes(model: TemporalModel) -> bytes:
    """The net as the content of a safetensors file, the same bytes for the same numbers."""
    header = {
        "kind": _KIND,
        "skeleton": model.skeleton.name,
        "unit": "any; poses are divided by their summed bone lengths",
        "frame": "camera, relative to the skeleton's root",
        "step_s": STEP_S,
        "window": model.config.window,
        "setting": asdict(model.config),
    }
    tensors = {name: tensor.float().contiguous() for name, tensor in model.state_dict().items()}
    return save(tensors, metadata={"maquette": json.dumps(header, sort_keys=True)})


def read_model(path: Path) -> TemporalModel:
    """The net of a safetensors file.

    Raises:
        InputError: The file cannot be read, is another model's, or holds numbers that make no sense.
    """
    if not path.is_file():
        raise InputError(f"'{path}' is no file; {_WANTED}")
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"'{path}' is larger than any temporal net; {_WANTED}")
    header, tensors = _content(path)
    if header.get("kind") != _KIND:
        raise InputError(f"'{path}' is no temporal net; {_WANTED}")
    if header.get("step_s") != STEP_S:
        raise InputError(f"'{path}': its poses are not {STEP_S:g} s apart; train the net anew")
    try:
        skeleton = find_skeleton(str(header.get("skeleton")))
    except MaquetteError as error:
        raise InputError(f"'{path}': {error}") from error
    setting = _setting(header.get("setting"), path)
    with torch.device("meta"):  # a description costs no memory, however large the net that it promises
        wanted = {name: tensor.shape for name, tensor in TemporalModel(skeleton, setting).state_dict().items()}
    if {name: tensor.shape for name, tensor in tensors.items()} != wanted:
        raise InputError(f"'{path}': its tensors are not those of the net that its header describes; {_WANTED}")
    if not all(tensor.dtype == torch.float32 and torch.isfinite(tensor).all() for tensor in tensors.values()):
        raise InputError(f"'{path}': some of its numbers are not finite; train the net anew")
    model = TemporalModel(skeleton, setting)
    model.load_state_dict(tensors)
    return model.eval()


def _content(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {}).get("maquette", "{}"))
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118, no dictionary
    except (OSError, SafetensorError, ValueError, RecursionError) as error:
        raise InputError(f"'{path}' cannot be read as a temporal net ({error}); {_WANTED}") from error
    return (header if isinstance(header, dict) else {}), tensors


def _setting(given: object, path: Path) -> TemporalConfig:
    """The setting in a file's header, once every number in it makes sense."""
    kinds = {item.name: type(getattr(TINY, item.name)) for item in fields(TemporalConfig)}
    said: dict[str, Any] = given if isinstance(given, dict) else {}
    if {name: type(value) for name, value in said.items()} != kinds or said["loss"] not in ("squared", "distance"):
        raise InputError(f"'{path}' does not say how its net is built; {_WANTED}")
    setting = TemporalConfig(**said)
    has_sizes = 0 < setting.hidden <= _MOST_HIDDEN and 0 <= setting.hidden_layers <= _MOST_LAYERS
    if not has_sizes or min(setting.past, setting.future) < 0 or setting.window > MOST_STEPS:
        raise InputError(f"'{path}' describes a net of impossible size; {_WANTED}")
    return setting
