"""How long a command takes until it works: to the first frame of a video, and to the lifted pose of one picture.

The yardstick is ``python -c "import torch"``, which either command needs. All three start as new processes, in turn, so
that a busy machine slows them alike. A first round, which reads files into memory and compiles modules, does not count.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from record import write_result

from maquette.io.keypoints import read_keypoints
from maquette.io.keypoints.own import write_keypoints

DATA = Path(__file__).parent.parent / "examples" / "data"
FRAME = 66

TO_THE_FIRST_FRAME = """
import os, sys, time
from maquette.cli import main
from maquette.inference.detectors.blazepose import BlazePose

def first(detector, picture, detect=BlazePose.detect):
    found = detect(detector, picture)
    print(time.monotonic() - float(sys.argv[1]), len(found.joints), flush=True)
    os._exit(0)

BlazePose.detect = first
sys.exit(main(sys.argv[2:]))
"""
"""Runs a command until its detector has answered for the first frame; prints the seconds since it was started."""


def main() -> None:
    """Print and record seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="that count")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        works = works_in(Path(folder))
        rounds = [{name: work() for name, work in works.items()} for _ in range(options.rounds + 1)][1:]
    figures: dict[str, object] = {"rounds": options.rounds}
    for name in works:
        figures[name] = {"seconds": spread([one[name] for one in rounds])}
        if name != "import torch":
            figures[name] |= {"times_import_torch": spread([one[name] / one["import torch"] for one in rounds])}
        print(name, figures[name])
    write_result("startup", options, figures)


def works_in(folder: Path) -> dict[str, Callable[[], float]]:
    """What is timed, by name; each returns its seconds."""
    walk = read_keypoints(DATA / "walk_keypoints.npz").poses.select_frames(slice(FRAME, FRAME + 1))
    picture = folder / "picture.npz"
    write_keypoints(replace(walk, times=walk.times - walk.times[0]), picture)
    out = str(folder / "out")

    def import_torch() -> float:
        return seconds("-c", "import torch")

    def predict() -> float:
        command = ("predict", str(DATA / "walk.mp4"), "--out", out)
        done = python("-c", TO_THE_FIRST_FRAME, str(time.monotonic()), *command)
        passed, persons = done.split()
        assert int(persons) == 1, "the detector must find the walker in the first frame"
        return float(passed)

    def lift() -> float:
        return seconds("-m", "maquette.cli", "lift", str(picture), "--out", out)

    return {"import torch": import_torch, "predict to the first frame": predict, "lift one picture": lift}


def seconds(*arguments: str) -> float:
    """Wall time of one Python process from its start to its end."""
    start = time.monotonic()
    python(*arguments)
    return time.monotonic() - start


def python(*arguments: str) -> str:
    """What a Python process prints that may keep compiled modules, as an installation has them."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and most of measured values."""
    return {"median": round(median(values), 2), "least": round(min(values), 2), "most": round(max(values), 2)}


if __name__ == "__main__":
    main()
