"""What every benchmark writes beside its figures: the command that makes them again, commit, date and machine."""

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import torch

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DATA = Path("../shared/data")
"""Where motion capture, recordings and photographs lie unless --data says otherwise."""

MEASURED = ("src", "benchmarks", ":(exclude)benchmarks/results")
"""What figures come from: with changes there that are not committed, nobody else can make them again."""


def write_result(name: str, options: argparse.Namespace, figures: dict[str, object]) -> Path:
    """Write ``benchmarks/results/<name>.json``: the figures and where they come from.

    Args:
        name: Of the file.
        options: Those that the benchmark was run with, defaults included.
        figures: What it found.
    """
    commit, is_dirty = tree_state(ROOT)
    record = {
        "benchmark": name,
        "command": full_command(Path(sys.argv[0]).name, options),
        "commit": commit + ("+" if is_dirty else ""),
        "is_dirty": is_dirty,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "torch": torch.__version__,
        },
        "figures": figures,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(record, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    print(f"wrote {path}")
    if is_dirty:
        print("its code is not committed, so no page will show it: commit src and benchmarks, then run this again")
    return path


def write_card(path: Path, kind: str, unit: str, *sources: str) -> None:
    """Write a card beside data that come along with the package and were measured on rendered people.

    Args:
        path: Of the data.
        kind: What they are.
        unit: Of their numbers.
        sources: What they come from besides.
    """
    rendered = "people rendered by this library: bodies of Anny, MakeHuman clothes, hair and skins (CC0)"
    motion = "their motion: CMU Graphics Lab Motion Capture Database (free for all uses), Mesh2Motion (CC0)"
    card = {
        "name": path.stem,
        "kind": kind,
        "unit": unit,
        "made_by": f"benchmarks/{Path(sys.argv[0]).name}",
        "sha256": sha256(path.read_bytes()).hexdigest(),
        "sources": [rendered, motion, *sources],
        "licence": "Apache-2.0",
        "commercial_use": "yes",
    }
    path.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def run_maquette(*words: str) -> None:
    """Run the command line as a user does.

    Raises:
        SystemExit: It failed.
    """
    if subprocess.run([sys.executable, "-m", "maquette.cli", *words], check=False).returncode != 0:
        raise SystemExit(f"`maquette {shlex.join(words)}` failed")


def full_command(script: str, options: argparse.Namespace) -> str:
    """The command line that runs a script of this folder again, with every option spelt out."""
    words = ["python", f"benchmarks/{script}"]
    for name, value in vars(options).items():
        if value is None or value is False:
            continue
        words.append(f"--{name.replace('_', '-')}")
        if value is not True:
            words += map(_spelt, value if isinstance(value, list) else [value])
    return shlex.join(words)


def _spelt(value: object) -> str:
    """A value as anybody may give it: places on this machine as seen from the repository."""
    return os.path.relpath(value, ROOT) if isinstance(value, Path) and value.is_absolute() else str(value)


def tree_state(root: Path) -> tuple[str, bool]:
    """The commit that is checked out, and whether what figures come from differs from it.

    A tree that git does not know counts as one that differs.
    """
    commit = _git(root, "rev-parse", "--short", "HEAD")
    changes = _git(root, "status", "--porcelain", "--", *MEASURED)
    return commit or "unknown", commit is None or bool(changes)


def _git(root: Path, *arguments: str) -> str | None:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()
