"""How long `maquette predict` takes for a minute of video, whole process, beside MediaPipe alone on the same video.

The video is the real trial's first camera, run to and fro for a minute, 30 frames a second, in its own size. MediaPipe
alone is a process that decodes the video as we do and shows every frame to the pose landmarker, in its video mode and
for one person; nothing is lifted, tracked or written. Both run in turn, so that a busy machine slows them alike.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from record import DATA, write_result

from maquette.arrays import Frame
from maquette.io.pictures import open_pictures
from maquette.io.video import write_video

FPS = 30
ALONE = """
import sys
from pathlib import Path
from maquette.inference.detectors.blazepose import BlazePose
from maquette.io.video import open_video
detector = BlazePose(video=True, most_persons=1)
for frame in open_video(Path(sys.argv[1])).frames():
    detector.detect(frame.image)
"""


def main() -> None:
    """Print and record seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with multiview")
    parser.add_argument("--method", default="track-lifting")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "minute.mp4"
        write_minute(options.data / "multiview" / "cam01.mp4", video, round(options.seconds * FPS))
        ours = [sys.executable, "-m", "maquette.cli", "predict", str(video)]
        ours += ["--out", folder, "--method", options.method]
        works = {
            "MediaPipe alone": [sys.executable, "-c", ALONE, str(video)],
            "predict, one person": [*ours, "--max-persons", "1"],
            "predict": ours,
        }
        rounds = [{name: seconds(words) for name, words in works.items()} for _ in range(options.rounds)]
    figures: dict[str, object] = {"seconds_of_video": options.seconds, "rounds": options.rounds}
    for name in works:
        ratios = [one["MediaPipe alone"] / one[name] for one in rounds]
        figures[name] = {
            "seconds": round(median(one[name] for one in rounds), 1),
            "times_as_fast_as_mediapipe": round(median(ratios), 2),
            "lowest": round(min(ratios), 2),
            "highest": round(max(ratios), 2),
        }
        print(name, figures[name])
    write_result(f"minute_{options.method}", options, figures)


def write_minute(source: Path, target: Path, count: int) -> None:
    """The video's frames to and fro, so many in all."""
    frames = list(open_pictures(source).frames())
    height, width = frames[0].image.shape[:2]
    to_and_fro = cycle([*frames, *reversed(frames)])

    def numbered() -> Iterator[Frame]:
        for index, frame in enumerate(islice(to_and_fro, count)):
            yield Frame(frame.image, index / FPS)

    write_video(target, numbered(), image_size=(width, height))


def seconds(words: list[str]) -> float:
    """Wall time of a process.

    Raises:
        SystemExit: It failed.
    """
    start = time.perf_counter()
    if subprocess.run(words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        raise SystemExit(f"'{words[0]} {words[1]} ...' failed")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
