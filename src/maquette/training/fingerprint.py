"""The fingerprint of a training: everything that decides its outcome, so that none goes on as another."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from torch import Tensor

from maquette.data.identity import DataIdentity

Fingerprint = dict[str, Any]
"""JSON: the recipe, its configuration, seed, data, start weights and every other choice, by name."""


def take_fingerprint(
    recipe: str, config: Any, *, without: tuple[str, ...] = (), **choices: DataIdentity | str | int | float | None
) -> Fingerprint:
    """The fingerprint of a training.

    Args:
        recipe: Its name.
        config: A dataclass with everything that the preset decides.
        without: Fields of the configuration that may change while a training goes on, such as its length.
        choices: What else decides the outcome: the seed, options, and data and weights by what they hold.
    """
    kept = {name: value for name, value in asdict(config).items() if name not in without}
    named = {name: value._asdict() if isinstance(value, DataIdentity) else value for name, value in choices.items()}
    return json.loads(json.dumps({"recipe": recipe, **named, "config": kept}))


def differences(there: Fingerprint, here: Fingerprint) -> list[str]:
    """What two trainings differ in, as far as it decides their outcome, in a few words each."""
    return list(_differences("", there, here))


def identify_arrays(values: Mapping[str, Tensor]) -> str:
    """A checksum of arrays by name and content, such as the weights of a network."""
    digest = sha256()
    for name in sorted(values):
        digest.update(f"{name} {tuple(values[name].shape)} {values[name].dtype}\n".encode())
        digest.update(values[name].detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def digest(fingerprint: Fingerprint) -> str:
    """The fingerprint in 64 letters."""
    return sha256(json.dumps(_without_names(fingerprint), sort_keys=True).encode()).hexdigest()


def _differences(path: str, there: Any, here: Any) -> Iterator[str]:
    if not (isinstance(there, dict) and isinstance(here, dict)) or "sha256" in there or "sha256" in here:
        if _without_names(there) != _without_names(here):
            yield f"{path} ({_in_words(there, here)} there, {_in_words(here, there)} here)"
        return
    for name in [*there, *(name for name in here if name not in there)]:
        place = name if path in ("", "config") else f"{path}.{name}"
        yield from _differences(place, there.get(name), here.get(name))


def _without_names(value: Any) -> Any:
    """Data by their content alone: they may have moved."""
    if isinstance(value, dict):
        if "sha256" in value:
            return value["sha256"]
        return {name: _without_names(part) for name, part in value.items()}
    return value


def _in_words(value: Any, other: Any) -> str:
    """Data by name, or by the beginning of the checksum where names agree."""
    if isinstance(value, dict) and "sha256" in value:
        is_told_by_name = not isinstance(other, dict) or other.get("name") != value.get("name")
        return f"'{value.get('name')}'" if is_told_by_name else f"'{value.get('name')}' {str(value['sha256'])[:8]}"
    return "none" if value is None else f"{value}"
