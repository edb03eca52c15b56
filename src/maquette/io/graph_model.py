"""Weights of TensorFlow.js models: a ``model.json`` that lists them, and the files of numbers beside it.

The format is documented with TensorFlow.js (``WeightsManifestConfig``): groups of files, each joined end to end, and in
each group the tensors in order with name, shape and kind of number, some quantised. Only the list and the numbers are
read; the graph in the file is left alone, and nothing in it is run.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from maquette.errors import InputError
from maquette.input_file import require_file
from maquette.io.small_file import read_small_json

_ADVICE = "give the model.json of a TensorFlow.js model with its files of numbers beside it"
_MOST_KILOBYTES = 50_000
_MOST_BYTES = 500_000_000
_MOST_DIMENSIONS = 8
_NUMBERS = {"float32": "<f4", "int32": "<i4", "bool": "|u1", "complex64": "<c8"}
_QUANTISED = {"uint8": "|u1", "uint16": "<u2", "float16": "<f2"}


class _Tensor(NamedTuple):
    """One tensor as the manifest describes it."""

    name: str
    shape: tuple[int, ...]
    kind: str
    """Of its numbers, once they are read."""
    stored: np.dtype
    """Of its numbers in the file."""
    scale: float
    shift: float

    @property
    def size(self) -> int:
        return math.prod(self.shape)


def read_graph_weights(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a TensorFlow.js model by their names in the graph, in TensorFlow's layout.

    Quantised numbers come as those that they stand for: ``q * scale + min``, rounded where they are whole. Numbers that
    were stored in 16 bits stay in them.

    Args:
        path: The ``model.json``. Files that it names lie beside it.

    Raises:
        InputError: The list or a file that it names is missing, damaged, too large or cut off, holds something else, or
            lies in another folder.
    """
    content = read_small_json(path, most_kilobytes=_MOST_KILOBYTES, what="TensorFlow.js model", advice=_ADVICE)
    manifest = content.get("weightsManifest")
    if not isinstance(manifest, list) or not manifest:
        raise InputError(f"'{path}' lists no weights; {_ADVICE}")
    tensors: dict[str, np.ndarray] = {}
    try:
        groups = [(_shards(path.parent, group["paths"]), list(_tensors(group["weights"]))) for group in manifest]
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        reason = f"'{error.args[0]}' is missing" if isinstance(error, KeyError) else error
        raise InputError(f"'{path}' does not list weights as TensorFlow.js does ({reason}); {_ADVICE}") from error
    if sum(_size(shard) for shards, _ in groups for shard in shards) > _MOST_BYTES:
        raise InputError(f"'{path}' names files of more than {_MOST_BYTES // 10**6} MB; {_ADVICE}")
    for shards, described in groups:
        for tensor, values in zip(described, _cut(_join(shards), described, path), strict=True):
            if tensors.setdefault(tensor.name, values) is not values:
                raise InputError(f"'{path}' lists '{tensor.name:.120}' twice; {_ADVICE}")
    return tensors


def _shards(folder: Path, names: Any) -> list[Path]:
    """The files of a group, all of which lie in the folder itself."""
    if not isinstance(names, list):
        raise ValueError("the paths are no list")
    for name in names:
        if not isinstance(name, str) or name in ("", ".", "..") or any(sign in name for sign in "/\\:\0"):
            raise InputError(
                f"a file of weights may not be called '{name!s:.120}', which is no name in '{folder}'; {_ADVICE}"
            )
    return [folder / name for name in names]


def _tensors(listed: Any) -> Iterator[_Tensor]:
    if not isinstance(listed, list):
        raise ValueError("the weights are no list")
    for entry in listed:
        name, kind, shape, quantised = entry["name"], entry["dtype"], entry["shape"], entry.get("quantization")
        if not isinstance(name, str) or not name or len(name) > 1000:
            raise ValueError("a tensor has no proper name")
        if not isinstance(shape, list) or len(shape) > _MOST_DIMENSIONS or not all(map(_is_count, shape)):
            raise ValueError(f"the shape of '{name:.120}' is {shape!s:.80}")
        if kind not in _NUMBERS:
            raise ValueError(f"'{name:.120}' holds '{kind!s:.40}', not numbers of the kinds {', '.join(_NUMBERS)}")
        if quantised is None:
            yield _Tensor(name, tuple(shape), kind, np.dtype(_NUMBERS[kind]), 1.0, 0.0)
        else:
            yield _Tensor(name, tuple(shape), kind, *_quantisation(name, kind, quantised))


def _quantisation(name: str, kind: str, quantised: Any) -> tuple[np.dtype, float, float]:
    """How numbers are stored, by what they are multiplied, and what is added."""
    stored = quantised["dtype"]
    allowed = {"float32": ("uint8", "uint16", "float16"), "int32": ("uint8", "uint16")}.get(kind, ())
    if stored not in allowed:
        raise ValueError(f"'{name:.120}' stores {kind} as '{stored!s:.40}'")
    if stored == "float16":
        return np.dtype(_QUANTISED[stored]), 1.0, 0.0
    scale, shift = float(quantised["scale"]), float(quantised["min"])
    if not (math.isfinite(scale) and math.isfinite(shift)):
        raise ValueError(f"the scale of '{name:.120}' is not finite")
    return np.dtype(_QUANTISED[stored]), scale, shift


def _cut(numbers: bytes, described: list[_Tensor], path: Path) -> Iterator[np.ndarray]:
    """The tensors that follow one another in a group's bytes, all of which are used."""
    wanted = sum(tensor.size * tensor.stored.itemsize for tensor in described)
    if wanted != len(numbers):
        found = "cut off" if wanted > len(numbers) else "too long"
        raise InputError(
            f"'{path}' lists {wanted} bytes of weights, but its files hold {len(numbers)}: {found}; {_ADVICE}"
        )
    offset = 0
    for tensor in described:
        yield _restore(np.frombuffer(numbers, tensor.stored, tensor.size, offset), tensor).reshape(tensor.shape)
        offset += tensor.size * tensor.stored.itemsize


def _restore(stored: np.ndarray, tensor: _Tensor) -> np.ndarray:
    """The numbers that stored ones stand for."""
    if stored.dtype == np.float16 or stored.dtype == _NUMBERS[tensor.kind]:
        return stored.astype(bool) if tensor.kind == "bool" else stored
    with np.errstate(over="ignore", invalid="ignore"):  # What is not finite then is for the caller to refuse.
        values = stored * tensor.scale + tensor.shift
        if tensor.kind == "float32":
            return values.astype(np.float32)
    whole = np.iinfo(np.int32)
    return np.rint(values).clip(whole.min, whole.max).astype(np.int32)


def _join(shards: list[Path]) -> bytes:
    for shard in shards:
        require_file(shard, _ADVICE)
    try:
        return b"".join(shard.read_bytes() for shard in shards)
    except OSError as error:
        raise InputError(f"'{error.filename}' cannot be read ({error.strerror}); {_ADVICE}") from error


def _size(shard: Path) -> int:
    if not shard.is_file():
        raise InputError(f"'{shard}' is no file; {_ADVICE}")
    return shard.stat().st_size


def _is_count(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**31
