"""The pose prior as a file: safetensors for the numbers, a JSON card beside it for everything a user must know."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save

from maquette.body.catalog import find_skeleton
from maquette.errors import InputError, MaquetteError
from maquette.priors.mixture import MixturePrior

BUNDLED = "lifting_prior"
"""Name of the prior that comes with the package, in its folder ``weights``."""
_TENSORS = ("weight", "mean", "basis", "variance", "noise")
_MOST_BYTES = 100_000_000


def prior_to_bytes(prior: MixturePrior) -> bytes:
    """The prior as the content of a safetensors file, the same bytes for the same numbers."""
    tensors = {name: getattr(prior, name).float().contiguous() for name in _TENSORS}
    return _ordered(save(tensors, metadata={"skeleton": prior.skeleton.name, "kind": "maquette.mixture_prior"}))


def bundled_prior() -> MixturePrior:
    """The pose prior that ships with the package."""
    return read_prior(Path(str(files("maquette") / "weights" / f"{BUNDLED}.safetensors")))


def read_prior(path: Path) -> MixturePrior:
    """The pose prior of a safetensors file.

    Raises:
        InputError: The file cannot be read, is another model's, or holds numbers that make no sense.
    """
    if not path.is_file():
        raise InputError(f"'{path}' is no file; give a file of 'maquette train lifting-prior'")
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"'{path}' is larger than any pose prior; give a file of 'maquette train lifting-prior'")
    try:
        content = path.read_bytes()
        tensors = load(content)
        card = _metadata(content)
    except (OSError, SafetensorError, ValueError) as error:
        raise InputError(
            f"'{path}' cannot be read as a pose prior ({error}); give a file of 'maquette train lifting-prior'"
        ) from error
    is_prior = card.get("kind") == "maquette.mixture_prior" and "skeleton" in card and set(tensors) == set(_TENSORS)
    if not is_prior or not all(tensor.is_floating_point() and tensor.numel() for tensor in tensors.values()):
        raise InputError(f"'{path}' is no pose prior; give a file of 'maquette train lifting-prior'")
    try:
        return MixturePrior(
            find_skeleton(card["skeleton"]), **{name: tensor.double() for name, tensor in tensors.items()}
        )
    except MaquetteError as error:
        raise InputError(f"'{path}': {error}") from error


def _metadata(content: bytes) -> dict[str, str]:
    """The header's metadata, which the safetensors library only gives for open files."""
    return _header(content)[0].get("__metadata__", {})


def _ordered(content: bytes) -> bytes:
    """The same file with its header in alphabetical order, where the library leaves the order to chance."""
    header, tensors = _header(content)
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + tensors


def _header(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The header of a safetensors file and what follows it."""
    start = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:start]), content[start:]
