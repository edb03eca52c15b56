"""Lifting as it is used, on motion capture of people that the prior has not seen: ``maquette evaluate``, three cameras.

A real camera looks on from 5 m: perspective, its lens known, its tilt and the person's size not. The 2D points are
exact. Every seed turns the clips to other sides. The easier case, without perspective and with tilt and size known, is
lifting_prior.py.
"""

import argparse
import json
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory

from record import DATA, run_maquette, write_result

PROTOCOL = "mocap-lifting"
COLUMNS = {"mpjpe_mm": "MPJPE (mm)", "n_mpjpe_mm": "N-MPJPE (mm)", "p_mpjpe_mm": "PA-MPJPE (mm)"}


def main() -> None:
    """Print and record the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with mocap/val.npz")
    parser.add_argument("--method", default="lifting")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    averages = [evaluate(options.data / "mocap" / "val.npz", options.method, seed) for seed in range(options.seeds)]
    figures: dict[str, object] = {"frames": averages[0]["frames"], "seeds": options.seeds, "method": options.method}
    for name in COLUMNS:
        values = [one[name] for one in averages]
        figures[name] = round(mean(values), 2)
        figures[name.replace("_mm", "_spread_mm")] = round(stdev(values), 2) if len(values) > 1 else 0.0
        figures[f"{name} of each seed"] = values
    suffix = "" if options.method == "lifting" else f"_{options.method}"
    write_result(f"{PROTOCOL.replace('-', '_')}{suffix}", options, figures)


def evaluate(motion: Path, method: str, seed: int) -> dict[str, float]:
    """The average row of the protocol's table."""
    with TemporaryDirectory() as folder:
        words = ("--on", str(motion), "--protocol", PROTOCOL, "--seed", str(seed), "--out", folder)
        run_maquette("evaluate", method, *words)
        (path,) = Path(folder).glob("*.json")
        table = json.loads(path.read_text(encoding="utf-8"))
    values = dict(zip(table["columns"], table["average"]["values"], strict=True))
    return {
        "frames": table["average"]["samples"],
        **{name: round(values[column], 2) for name, column in COLUMNS.items()},
    }


if __name__ == "__main__":
    main()
