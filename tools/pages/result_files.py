"""The results that pages quote, and the line that says how each was made."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def figures(name: str) -> dict[str, Any]:
    """The figures of one benchmark."""
    return json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text(encoding="utf-8"))["figures"]


def source(name: str, script: str, options: str = "") -> str:
    """The line under a figure that says how it was made."""
    return f"`python benchmarks/{script}.py{options}` → `benchmarks/results/{name}.json`\n"
