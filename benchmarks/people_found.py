"""How many people in photographs the detector finds: by default, quickly, and asked for one; and how fast each way is.

Who is in them was marked by eye, in `people_found.json`: everybody taller than a quarter of the picture. A person
counts as found if the box of somebody's sure joints overlaps theirs by a quarter (intersection over union), one for
one, or, where the person is half hidden, lies within theirs and is half as wide; where a picture holds one person, if
anybody is found. The ways take turns, picture by picture. The numbers of the search were chosen on every second
picture by name, beginning with the first; so those and the others are counted apart as well.

In some frames of videos people were marked with numbers as well. There it counts how many are found once the detections
are tracked, and how often somebody's number is another one than in the marked frame before in which they were found.
"""

import argparse
import json
import time
from collections import defaultdict
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
from record import DATA, write_result
from scipy.optimize import linear_sum_assignment
from startup import spread

from maquette.arrays import Picture
from maquette.body.people import Poses2d
from maquette.inference.detectors.protocol import Detection, Detector
from maquette.inference.pipeline import KNOWN_CONFIDENCE, detect
from maquette.inference.tracking import track
from maquette.io.photograph import open_photograph
from maquette.io.pictures import open_pictures
from maquette.methods.detectors import DEFAULT_DETECTOR, QUICK_DETECTOR, open_detector

LABELS = Path(__file__).with_suffix(".json")
LEAST_OVERLAP, LEAST_CONFIDENCE = 0.25, 0.3
LEAST_WITHIN, LEAST_WIDTH = 0.9, 0.5
WAYS = {"everybody": (DEFAULT_DETECTOR, None), "quickly": (QUICK_DETECTOR, None), "one person": (QUICK_DETECTOR, 1)}
"""The detector of each way, and how many people it is asked for."""

FOLLOWED = {
    "videos": (DEFAULT_DETECTOR, True),
    "videos, quickly": (QUICK_DETECTOR, True),
    "videos, as photographs": (QUICK_DETECTOR, False),
}
"""The detector of each way through a video, and whether it is told that pictures follow each other."""


def main() -> None:
    """Print and record what is found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with photos")
    parser.add_argument("--rounds", type=int, default=5, help="that count for the speed")
    options = parser.parse_args()
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    paths = [path for path in sorted((options.data / "photos").glob("*.jpg")) if path.stem not in labels["left_out"]]
    pictures = {path.stem: next(open_photograph(path).frames()).image for path in paths}
    detectors = {way: open_detector(name, most_persons=most) for way, (name, most) in WAYS.items()}
    seconds: dict[str, list[float]] = defaultdict(list)
    for _ in range(options.rounds + 1):
        spent = dict.fromkeys(WAYS, 0.0)
        for picture in pictures.values():
            for way, detector in detectors.items():
                began = time.perf_counter()
                detector.detect(picture)
                spent[way] += time.perf_counter() - began
        for way, one in spent.items():
            seconds[way].append(one)
    figures: dict[str, object] = {"pictures": len(pictures)}
    for way, detector in detectors.items():
        with closing(detector):
            rates = [len(pictures) / one for one in seconds[way][1:]]
            times = [one / alone for one, alone in zip(seconds[way][1:], seconds["one person"][1:], strict=True)]
            figures[way] = count_by_halves(detector, pictures, labels["people"]) | {
                "pictures_per_s": spread(rates),
                "times_one_person": spread(times),
            }
        print(way, figures[way], flush=True)
    for title, (name, video) in FOLLOWED.items():
        videos = labels["videos"].items()
        figures[title] = {path: follow_people(options.data / path, marked, name, video) for path, marked in videos}
        print(title, figures[title], flush=True)
    write_result("people_found", options, figures)


def count_by_halves(detector: Detector, pictures: dict[str, Picture], people: dict[str, list]) -> dict[str, object]:
    """What is found in all pictures, in those that the search was chosen on, and in the others."""
    halves = [{name: pictures[name] for name in sorted(pictures)[start::2]} for start in (0, 1)]
    chosen_on, held_out = (count_found(detector, half, people) for half in halves)
    together = {name: count + held_out[name] for name, count in chosen_on.items()}
    return {**together, "chosen_on": chosen_on, "held_out": held_out}


def count_found(detector: Detector, pictures: dict[str, Picture], people: dict[str, list]) -> dict[str, int]:
    """How many of the people are found, and how many others are reported."""
    marked = found = reported = 0
    for name, picture in pictures.items():
        boxes = find_boxes(detector.detect(picture), picture.shape[1], picture.shape[0])
        reported += len(boxes)
        if name not in people:
            marked, found = marked + 1, found + min(len(boxes), 1)
            continue
        marked += len(people[name])
        overlaps = measure_overlaps(np.array(people[name]), boxes)
        found += int((overlaps[linear_sum_assignment(-overlaps)] >= LEAST_OVERLAP).sum())
    return {"people": marked, "found": found, "others_reported": reported - found}


def follow_people(path: Path, marked: dict[str, list], name: str, video: bool) -> dict[str, object]:
    """How many of the people marked in a video are found, how often their numbers are exchanged, and how fast."""
    detector = open_detector(name, video=video)
    began = time.perf_counter()
    with closing(detector):
        found = detect(open_pictures(path).frames(), detector)
    rate = found.frame_count / (time.perf_counter() - began)
    tracked = track(found.known_where(found.confidence >= KNOWN_CONFIDENCE))
    return {**count_swaps(tracked, marked), "pictures_per_s": round(rate, 2)}


def count_swaps(tracked: Poses2d, marked: dict[str, list]) -> dict[str, int]:
    """The marked people who are found, and how often the number of one is not the one before."""
    width, height = tracked.image_size or (1, 1)
    numbers: dict[int, list[int]] = defaultdict(list)
    for frame, people in ((int(name), np.array(boxes)) for name, boxes in marked.items()):
        there = np.flatnonzero(tracked.present[frame])
        found = Detection(tracked.joints[frame, there], tracked.confidence[frame, there])
        overlaps = measure_overlaps(people[:, 1:], find_boxes(found, width, height))
        for person, at in zip(*linear_sum_assignment(-overlaps), strict=True):
            if overlaps[person, at] >= LEAST_OVERLAP:
                numbers[int(people[person, 0])].append(int(tracked.person_ids[there[at]]))
    return {
        "frames": len(marked),
        "people": sum(map(len, marked.values())),
        "found": sum(map(len, numbers.values())),
        "number_swaps": sum(one != other for ids in numbers.values() for one, other in pairwise(ids)),
    }


def find_boxes(found: Detection, width: int, height: int) -> np.ndarray:
    """Around the sure joints of each person, inside the picture: left, top, right, bottom as shares of its sides."""
    joints = (found.joints + 0.5) / (width, height)
    is_sure = (found.confidence >= LEAST_CONFIDENCE)[..., None]
    low, high = np.where(is_sure, joints, np.inf).min(axis=1), np.where(is_sure, joints, -np.inf).max(axis=1)
    return np.concatenate([low, high], axis=-1).clip(0, 1)


def measure_overlaps(marked: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Intersection over union; just enough of it where who is found lies within who is marked, and is half as wide."""
    low = np.maximum(marked[:, None, :2], found[None, :, :2])
    high = np.minimum(marked[:, None, 2:], found[None, :, 2:])
    shared = (high - low).clip(0).prod(axis=-1)
    within = shared >= LEAST_WITHIN * (found[:, 2:] - found[:, :2]).clip(0).prod(axis=-1).clip(1e-9)
    is_wide = (found[:, 2] - found[:, 0])[None] >= LEAST_WIDTH * (marked[:, 2] - marked[:, 0])[:, None]
    overlaps = intersection_over_union(marked, found)
    return np.where(within & is_wide, np.maximum(overlaps, LEAST_OVERLAP), overlaps)


def intersection_over_union(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of every box of the one with every box of the other."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = (high - low).clip(0).prod(axis=-1)
    sizes = [(boxes[:, 2:] - boxes[:, :2]).clip(0).prod(axis=-1) for boxes in (one, other)]
    return shared / (sizes[0][:, None] + sizes[1][None] - shared).clip(1e-9)


if __name__ == "__main__":
    main()
