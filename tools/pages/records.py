"""The results that pages quote, and the line under each figure that says how and when it was made."""

import json
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


@cache
def read_record(name: str) -> dict[str, Any]:
    """What a benchmark wrote.

    Raises:
        SystemExit: The file is not there, or was made from code that is not committed.
    """
    path = RESULTS / f"{name}.json"
    again = f"make benchmarks/results/{name}.json"
    if not path.is_file():
        raise SystemExit(f"benchmarks/results/{name}.json is not there; run `{again}`")
    record = json.loads(path.read_text(encoding="utf-8"))
    if record["is_dirty"]:
        raise SystemExit(
            f"benchmarks/results/{name}.json was made from code that is not committed, so nobody can make it again; "
            f"commit src and benchmarks and run `{again}`"
        )
    return record


def figures(name: str) -> dict[str, Any]:
    """The figures of one benchmark."""
    return read_record(name)["figures"]


def source(*names: str) -> str:
    """The line under a figure: the commands that make it, with the commit and the date of what is shown."""
    return " · ".join(map(_made, names)) + "\n"


def _made(name: str) -> str:
    record = read_record(name)
    return f"`make benchmarks/results/{name}.json`, made {record['date']} at commit {record['commit']}"
