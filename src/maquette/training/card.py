"""Cards: what a reader must know of some weights to trust them, from the record of the training that made them."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple

from maquette.data.identity import identify
from maquette.training.fingerprint import digest
from maquette.training.record import RunRecord

DataLine = Literal["clean", "assisted", "not known"]
"""``clean``: learnt from motion capture, rendered people and openly licensed pictures alone, from random weights or
features of ImageNet; ``assisted``: started from or taught by a network that knows people from pictures not all free."""


class Ancestor(NamedTuple):
    """Weights that other weights come from."""

    how: Literal["started from", "taught by"]
    name: str
    sha256: str
    line: DataLine


class Trained(NamedTuple):
    """What a training made."""

    weights: bytes
    """Content of a safetensors file."""
    about: dict[str, Any]
    """What the card says of these weights alone: kind, skeleton, unit, frame, figures."""
    record: RunRecord
    lineage: tuple[Ancestor, ...] = ()


def find_ancestor(
    weights: Path, how: Literal["started from", "taught by"], *, line: DataLine | None = None
) -> Ancestor:
    """A file of weights as an ancestor.

    Args:
        weights: The file.
        how: What was had from it.
        line: Of it, if that is known; else it is that of the card beside it.

    Raises:
        InputError: There is no such file.
    """
    name, digest_of_file = identify(weights)
    return Ancestor(how, name, digest_of_file, line or _line_of(weights.with_suffix(".json")))


def line_of(lineage: tuple[Ancestor, ...]) -> DataLine:
    """The line of weights with these ancestors: one that is assisted makes them so."""
    lines = {ancestor.line for ancestor in lineage}
    if "assisted" in lines:
        return "assisted"
    return "not known" if "not known" in lines else "clean"


def make_card(name: str, trained: Trained, *, version: str, licence: str) -> dict[str, Any]:
    """The card of some weights.

    Args:
        name: Of the weights.
        trained: What was made, and the record of how.
        version: Of the library.
        licence: Of the data.
    """
    record, fingerprint = trained.record, trained.record.fingerprint
    sources = {
        choice: (source["name"], source["sha256"])
        for choice, source in fingerprint.items()
        if isinstance(source, dict) and "sha256" in source
    }
    return {
        "name": name,
        **trained.about,
        "recipe": fingerprint["recipe"],
        "preset": fingerprint["preset"],
        "steps": record.steps,
        "lengths": [list(part) for part in record.lengths],
        "samples": record.samples,
        "hours": round(record.seconds / 3600, 4),
        "machine": list(record.machines),
        "commit": list(record.commits),
        "seed": fingerprint["seed"],
        "maquette": version,
        "sha256": sha256(trained.weights).hexdigest(),
        "fingerprint": digest(fingerprint),
        "lineage": [ancestor._asdict() for ancestor in trained.lineage],
        "line": line_of(trained.lineage),
        "training_data": [
            {"file": name, "sha256": digest_of_data, "licence": licence}
            for choice, (name, digest_of_data) in sources.items()
            if choice != "start" and not choice.startswith("validation")
        ],
        "validation_data": [
            {"file": name, "sha256": digest_of_data}
            for choice, (name, digest_of_data) in sources.items()
            if choice.startswith("validation")
        ],
    }


def _line_of(card: Path) -> DataLine:
    try:
        line = json.loads(card.read_text(encoding="utf-8")).get("line")
    except (OSError, ValueError, AttributeError, RecursionError):
        return "not known"
    return line if line in ("clean", "assisted") else "not known"
