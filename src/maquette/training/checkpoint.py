"""Checkpoints: nested states of tensors and numbers in one safetensors file, written whole or not at all."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from maquette.atomic import replacing
from maquette.errors import InputError

_TENSOR = "@tensor"


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Writes a state of dicts, lists, numbers, strings and tensors; nothing is pickled.

    Raises:
        OutputError: The file cannot be written.
    """
    tensors: dict[str, Tensor] = {}
    tree = _without_tensors(state, tensors)
    with replacing(path) as target:
        target.write_bytes(save(tensors, metadata={"state": json.dumps(tree)}))


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The state that was written.

    Raises:
        InputError: There is no such file, or it is no checkpoint of ours.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tree = json.loads((file.metadata() or {})["state"])
            state = _with_tensors(tree, {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
        if not isinstance(state, dict):
            raise TypeError("the state is no dict")
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, RecursionError) as error:
        raise InputError(
            f"'{path}' is no checkpoint of a training that can be read; remove it to start anew"
        ) from error
    return state


def _without_tensors(value: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, Tensor):
        name = f"{len(tensors):06d}"
        tensors[name] = value.detach().cpu().clone().contiguous()
        return {_TENSOR: name}
    if isinstance(value, dict):
        return {"dict": [[key, _without_tensors(item, tensors)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_without_tensors(item, tensors) for item in value]
    return value


def _with_tensors(value: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_with_tensors(item, tensors) for item in value]
    if isinstance(value, dict):
        if _TENSOR in value:
            return tensors[value[_TENSOR]]
        return {key: _with_tensors(item, tensors) for key, item in value["dict"]}
    return value


def to_half(values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights as they are shipped: floating point numbers of 16 bits where all of a tensor fit, the rest as it is."""
    halved = {name: value.to(torch.float16) for name, value in values.items() if value.is_floating_point()}
    fitting = {name: value for name, value in halved.items() if value.isfinite().all()}
    return {name: fitting.get(name, value).contiguous() for name, value in values.items()}
