"""Weights as files: safetensors for the numbers, with what they are in the file's own header."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from maquette.errors import InputError, MaquetteError
from maquette.input_file import read_file

Network = TypeVar("Network", bound=nn.Module)

_MOST_BYTES = 1_000_000_000
_MOST_OF_CARD = 1_000_000
_trusted: ContextVar[bool] = ContextVar("trusted", default=False)
_NUMBERS = {torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64}
"""The kinds of numbers that weights of ours are made of."""


class Weights(NamedTuple):
    """The content of a file of weights."""

    tensors: dict[str, Tensor]
    about: dict[str, str]
    """What they are: ``kind`` always, the rest as the kind wants."""


def weights_to_bytes(weights: Weights) -> bytes:
    """The content of a safetensors file, the same bytes for the same numbers."""
    tensors = {name: tensor.contiguous() for name, tensor in weights.tensors.items()}
    return _order_header(save(tensors, metadata=weights.about))


def read_weights(path: Path, *, kind: str, training: str) -> Weights:
    """The weights in a safetensors file.

    Args:
        path: The file.
        kind: What its header must say.
        training: What ``maquette train`` makes such files with, for messages.

    Raises:
        InputError: The file cannot be read or is of another kind.
    """
    advice = f"give a file of 'maquette train {training}'"
    weights = read_any_weights(path, advice)
    found = weights.about.get("kind")
    if found != kind:
        raise InputError(f"'{path}' holds {found or 'something else'}, not {kind}; {advice}")
    return weights


def read_any_weights(path: Path, advice: str) -> Weights:
    """The weights in a safetensors file of any kind.

    Args:
        path: The file.
        advice: What to give instead, for messages.

    Raises:
        InputError: The file cannot be read, or is another one than the card beside it says (see `trust_weights`).
    """
    if not path.is_file():
        raise InputError(f"'{path}' is no file; {advice}")
    card = None if _trusted.get() else _find_card(path)
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"'{path}' is larger than any weights of ours; {advice}")
    try:
        content = path.read_bytes()
        if card is not None and sha256(content).hexdigest() != card:
            raise InputError(
                f"'{path}' is not the file of which the card beside it tells: its sha256 differs; get both again, or "
                "if you know why, remove the card (or give --trust where a command has it)"
            )
        tensors, about = load(content), _header(content)[0].get("__metadata__", {})
    except (OSError, SafetensorError, ValueError) as error:
        raise InputError(f"'{path}' cannot be read as weights ({error}); {advice}") from error
    strange = {tensor.dtype for tensor in tensors.values()} - _NUMBERS
    if strange:
        raise InputError(f"'{path}' holds numbers of the kind {strange.pop()}, as no weights of ours do; {advice}")
    if not all(bool(tensor.float().isfinite().all()) for tensor in tensors.values()):
        raise InputError(f"'{path}' holds weights that are not finite; {advice}")
    return Weights(tensors, about)


@contextmanager
def trust_weights(is_trusted: bool = True) -> Iterator[None]:
    """While the block lasts, weights are read whatever the cards beside them say."""
    before = _trusted.set(is_trusted)
    try:
        yield
    finally:
        _trusted.reset(before)


def _find_card(path: Path) -> str | None:
    """The sha256 that the card beside a file of weights names, in small letters; None without a card that does."""
    try:
        content = json.loads(read_file(path.with_suffix(".json"), _MOST_OF_CARD))
    except (InputError, ValueError, RecursionError):
        return None
    digest = content.get("sha256") if isinstance(content, dict) else None
    return digest.lower() if isinstance(digest, str) else None


def read_network(path: Path, build: Callable[[dict[str, str]], Network], *, kind: str, training: str) -> Network:
    """The network in a safetensors file, in single precision, ready to be used.

    Args:
        path: The file.
        build: Makes the network that the file's header describes, with any weights.
        kind: What the header must say.
        training: What ``maquette train`` makes such files with, for messages.

    Raises:
        InputError: The file cannot be read, is of another kind, or its weights are not those of such a network.
    """
    tensors, about = read_weights(path, kind=kind, training=training)
    try:
        with torch.device("meta"):  # a description costs no memory, however large the network that it promises
            wanted = {name: value.shape for name, value in build(about).state_dict().items()}
    except MaquetteError as error:
        raise InputError(f"'{path}': {error}") from error
    if {name: value.shape for name, value in tensors.items()} != wanted:
        described = f"the preset '{about['preset']}'" if "preset" in about else "the network that its header describes"
        raise InputError(f"'{path}' does not fit {described}; give a file of 'maquette train {training}'")
    network = build(about)
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    return network.eval()


def _order_header(content: bytes) -> bytes:
    """The same file with its header in alphabetical order, where the library leaves the order open."""
    header, tensors = _header(content)
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + tensors


def _header(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The header of a safetensors file and what follows it."""
    start = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:start]), content[start:]
