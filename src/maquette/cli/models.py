"""``maquette models``: the weights that come along, their data and licences, and the skeletons that are known."""

import json
import shutil
import textwrap
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from maquette.body.catalog import SKELETONS
from maquette.cli.console import say

_NARROWEST = 30


def run(_options: object) -> None:
    """Print both lists, in lines as wide as the terminal."""
    width = max(shutil.get_terminal_size().columns, _NARROWEST)
    for line in (*_weights(width), *_skeletons(width)):
        say(line)


def _weights(width: int) -> Iterator[str]:
    yield "Bundled weights"
    for file in sorted((files("maquette") / "weights").iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".json"):
            continue
        card: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        data = card["training_data"]
        yield ""
        yield f"  {card['name']}"
        yield from _entry("what", card["kind"], width)
        yield from _entry("trained on", "; ".join(part.get("name", part["file"]) for part in data), width)
        yield from _entry("licence", "; ".join(dict.fromkeys(part["licence"] for part in data)), width)
        yield from _entry("line", card["line"], width)
        yield from _entry("commercial use", card.get("commercial_use", "unknown"), width)


def _skeletons(width: int) -> Iterator[str]:
    yield ""
    yield "Skeletons (joints, left-right pairs)"
    yield ""
    listed = (f"{skeleton.name} ({len(skeleton)}, {len(skeleton.pairs)})" for skeleton in SKELETONS.values())
    yield from textwrap.wrap(", ".join(listed), width, initial_indent="  ", subsequent_indent="  ")


def _entry(label: str, text: object, width: int) -> list[str]:
    """A label and its text, which goes on below itself; words too long for a line are taken apart."""
    return textwrap.wrap(f"{label}: {text}", width, initial_indent="    ", subsequent_indent="      ")
