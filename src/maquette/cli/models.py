"""``maquette models``: the weights that come along, their data and licences, and the skeletons that are known."""

import json
from importlib.resources import files

from rich.console import Console
from rich.table import Table

from maquette.body.catalog import SKELETONS


def run(_options: object) -> None:
    """Print both lists."""
    console = Console()
    console.print(_weights_table())
    console.print(_skeleton_table())


def _weights_table() -> Table:
    table = Table(title="Bundled weights")
    for column in ("weights", "what", "trained on", "licence", "line", "commercial use"):
        table.add_column(column, no_wrap=column == "weights")
    for file in sorted((files("maquette") / "weights").iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".json"):
            continue
        card = json.loads(file.read_text(encoding="utf-8"))
        data = card["training_data"]
        table.add_row(
            card["name"],
            card["kind"],
            "; ".join(part.get("name", part["file"]) for part in data),
            "; ".join(part["licence"] for part in data),
            card["line"],
            card.get("commercial_use", "unknown"),
        )
    return table


def _skeleton_table() -> Table:
    table = Table("skeleton", "joints", "left-right pairs", title="Skeletons")
    for skeleton in SKELETONS.values():
        table.add_row(skeleton.name, str(len(skeleton)), str(len(skeleton.pairs)))
    return table
