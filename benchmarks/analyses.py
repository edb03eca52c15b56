"""The numbers of three analyses that docs/analyses.md quotes, by ``maquette analyse``."""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from record import DATA, run_maquette, write_result

RECENT_STEPS = 5
"""The paper calls what lies longer ago negligible."""


def main() -> None:
    """Work them out and record their numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with mocap/val.npz")
    options = parser.parse_args()
    motion = ["--data", str(options.data / "mocap" / "val.npz")]
    figures: dict[str, object] = {
        "limits": limits_figures(analyse("limits", *motion)),
        "sensitivity": sensitivity_figures(analyse("sensitivity")),
        "loss surface": surface_figures(analyse("loss-surface")),
    }
    print(json.dumps(figures, indent=2))
    write_result("analyses", options, figures)


def analyse(name: str, *options: str) -> dict[str, Any]:
    """The numbers that the command writes."""
    with TemporaryDirectory() as folder:
        run_maquette("analyse", name, *options, "--out", folder)
        return json.loads((Path(folder) / f"{name}.json").read_text(encoding="utf-8"))


def limits_figures(numbers: dict[str, Any]) -> dict[str, Any]:
    """How many real poses each set of ranges holds, and how many samples of it are implausible, in percent."""
    found: dict[str, Any] = {
        "poses": numbers["poses"]["count"],
        "samples": numbers["samples"],
        "implausible_poses_percent": in_percent(numbers["implausible_poses"]),
    }
    for name, one in numbers["limits"].items():
        joints = one["held"]["joints"]
        tightest = min(joints, key=joints.get)
        found[name] = {
            "whole_poses_percent": round(100 * one["held"]["whole"], 1),
            "tightest": tightest,
            "tightest_percent": round(100 * joints[tightest], 1),
            "implausible_percent": in_percent(one["implausible_samples"]),
            "implausible_after_rejection_percent": in_percent(one["implausible_after_rejection"]),
        }
    return found


def in_percent(shares: dict[str, Any]) -> dict[str, float]:
    """The shares of those that fail the test, and why."""
    flat = {**shares["bends"], **{name: share for name, share in shares.items() if name != "bends"}}
    return {name: round(100 * share, 1) for name, share in flat.items()}


def sensitivity_figures(numbers: dict[str, Any]) -> dict[str, Any]:
    """How much the poses of a window sway the output, as a share of what the current one does.

    The root, which is the origin of all poses, is left out.
    """
    steps = numbers["steps"]
    influence = np.array(numbers["curves"])[:, 1:].mean(axis=1)
    shares = influence / influence[steps.index(0)]
    old = [share for step, share in zip(steps, shares, strict=True) if step < -RECENT_STEPS]
    return {
        "share_of_the_current_pose": {str(step): round(share, 3) for step, share in zip(steps, shares, strict=True)},
        "old_poses": len(old),
        "old_poses_mean_share": round(float(np.mean(old)), 3),
        "old_poses_summed_share": round(float(np.sum(old)), 2),
    }


def surface_figures(numbers: dict[str, Any]) -> dict[str, Any]:
    """The losses at the marked places, and the barrier of symmetry between the truth and its mirror image in depth."""
    marks = {mark["title"]: mark for mark in numbers["marks"]}
    mirrored, true = (marks[title]["xz"][1] for title in ("bent backwards", "the truth"))
    between = [
        loss
        for z, loss in zip(numbers["z"], numbers["losses_along_z"]["2D + symmetry"], strict=True)
        if mirrored < z < true
    ]
    losses = {
        title: {name: round_to_two(loss) for name, loss in mark["losses"].items()} for title, mark in marks.items()
    }
    return {"losses": losses, "barrier_of_symmetry": round_to_two(max(between))}


def round_to_two(value: float) -> float:
    """Two significant digits."""
    return float(f"{value:.2g}")


if __name__ == "__main__":
    main()
