"""The three files of an analysis: a figure, an interactive page and the numbers."""

import json
from pathlib import Path

from maquette.atomic import replacing
from maquette.cli.console import say_written


def write_analysis(out: Path, name: str, *, picture: bytes, page: str, numbers: dict[str, object]) -> None:
    """Writes them into a folder, called like the analysis, and says so."""
    contents = {"png": picture, "html": page.encode(), "json": (json.dumps(numbers, allow_nan=False) + "\n").encode()}
    paths = tuple(out / f"{name}.{suffix}" for suffix in contents)
    for path, content in zip(paths, contents.values(), strict=True):
        with replacing(path) as target:
            target.write_bytes(content)
    say_written(paths)
