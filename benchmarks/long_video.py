"""How much memory a long video takes: the peak of `maquette predict` on one minute and on ten.

The videos are the example walked to and fro, 30 frames a second, a third of the size.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from record import write_result

from maquette.arrays import Frame
from maquette.io.pictures import open_pictures
from maquette.io.video import write_video

EXAMPLE = Path(__file__).parent.parent / "examples" / "data" / "walk.mp4"
FPS = 30


def main() -> None:
    """Print and record peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, nargs="+", default=[1.0, 10.0])
    options = parser.parse_args()
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        for minutes in options.minutes:
            video = Path(folder) / f"{minutes:g}.mp4"
            write_video(video, frames(round(minutes * 60 * FPS)), image_size=(320, 180))
            peak_mb = peak_memory_mb(["predict", str(video), "--out", str(Path(folder) / "out"), "--format", "npz,mp4"])
            figures[f"{minutes:g} min"] = {"peak_memory_mb": round(peak_mb)}
            print(minutes, figures[f"{minutes:g} min"], flush=True)
    write_result("long_video", options, figures)


def frames(count: int) -> Iterator[Frame]:
    """The example's frames to and fro."""
    small = [np.ascontiguousarray(frame.image[::3, ::3]) for frame in open_pictures(EXAMPLE).frames()]
    to_and_fro = cycle([*small, *reversed(small)])
    return (Frame(image, index / FPS) for index, image in enumerate(islice(to_and_fro, count)))


def peak_memory_mb(arguments: list[str]) -> float:
    """Largest resident memory of a run of the command line."""
    process = subprocess.Popen([sys.executable, "-m", "maquette.cli", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"predict failed with status {status}")
    return usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
