"""What mirror images and a second look are worth: errors on rendered and on real people, and the time that it takes.

Each way is told as it is, and as a ratio to the plain one, a single look without mirror images. Rendered people are
cut out around their true boxes, the real person around the joints that BlazePose found. Times are of whole detections
of one person in decoded pictures, cutting out and reading, in turns so that a busy machine slows all ways alike.
"""

import argparse
import time
from pathlib import Path
from statistics import median

import numpy as np
from real_multiview import GivenPeople, Trial, with_mean
from record import DATA, write_result
from startup import spread
from synthetic_v1 import scores

from maquette.data.annotated import AnnotatedPeople
from maquette.data.shards.reader import read_shards
from maquette.inference.estimator import Estimator
from maquette.inference.looking import look_closer
from maquette.inference.pipeline import PipelineSettings, lift_keypoints
from maquette.io.video import open_video
from maquette.methods.table import open_estimator

WAYS = {
    "one look": (False, 1),
    "mirror image": (True, 1),
    "two looks": (False, 2),
    "two looks, mirror image": (True, 2),
}
"""Whether the mirror image is read too, and how often people are looked at."""
CAMERAS = range(4)
TIMED_FRAMES = 20


def main() -> None:
    """Print and record errors and times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with multiview")
    parser.add_argument("--people", type=Path, default=Path("runs/synthetic-v1/single-test"), help="rendered people")
    parser.add_argument("--method", default="structure-motion")
    parser.add_argument("--count", type=int, default=1000, help="of rendered people that are judged")
    parser.add_argument("--rounds", type=int, default=7, help="of timing that count")
    options = parser.parse_args()
    method = open_estimator(options.method)
    ways = {name: look_closer(method, flip=flip, looks=looks) for name, (flip, looks) in WAYS.items()}
    people, trial = spread_over(read_shards(options.people), options.count), Trial(options.data / "multiview")
    rendered = {name: scores(people, "single", way) for name, way in ways.items()}
    real = {name: trial_errors(trial, way, name) for name, way in ways.items()}
    figures: dict[str, object] = {
        "people_judged": len(people),
        "rendered people": rendered,
        "rendered people, ratios": ratios(rendered),
        "real trial": real,
        "real trial, ratios": ratios(real),
        "time": timings(trial, ways, options.rounds),
    }
    write_result("looks", options, figures)


def spread_over(people: AnnotatedPeople, count: int) -> AnnotatedPeople:
    """So many of them, evenly over all."""
    return people.select(np.unique(np.linspace(0, len(people) - 1, min(count, len(people))).astype(int)))


def trial_errors(trial: Trial, estimator: Estimator, title: str) -> dict[str, float]:
    """The mean over the cameras of the real trial, by the default way of lifting."""
    rows = {}
    for camera in CAMERAS:
        keypoints = trial.seen(camera, estimator)
        assert keypoints is not None, "the method must read pictures"
        settings = PipelineSettings()
        poses = lift_keypoints(keypoints, estimator, settings, is_tracked=True, detector="blazepose").poses
        joints, known = trial.judged(poses)
        rows[f"cam{camera + 1}"] = trial.errors(joints, known, "blazepose", camera)
    return with_mean(title, rows)["mean"]


def ratios(errors: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Every figure over that of the plain way."""
    plain = errors["one look"]
    return {
        name: {figure: round(value / plain[figure], 3) for figure, value in row.items() if plain[figure]}
        for name, row in errors.items()
    }


def timings(trial: Trial, ways: dict[str, Estimator], rounds: int) -> dict[str, dict[str, object]]:
    """Milliseconds for one person in one picture, and ratios to the plain way, by way."""
    keypoints = trial.keypoints("blazepose", 0)
    frames = [frame.image for frame, _ in zip(open_video(trial.video(0)).frames(), range(TIMED_FRAMES), strict=False)]
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):  # the first does not count
        for name, way in ways.items():
            detector = way.reads.detector_over(lambda: GivenPeople(keypoints))
            since = time.perf_counter()
            for frame in frames:
                detector.detect(frame)
            if number:
                seconds[name].append((time.perf_counter() - since) / len(frames))
    plain = seconds["one look"]
    return {
        name: {
            "ms": round(1000 * median(values), 1),
            "ratio": spread([value / one for value, one in zip(values, plain, strict=True)]),
        }
        for name, values in seconds.items()
    }


if __name__ == "__main__":
    main()
