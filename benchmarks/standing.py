"""How straight the knees of people are who stand on straight legs: what one looks for first in a figure of somebody.

In `standing_moments.csv` moments are marked, by eye and from the pictures alone, in which a person's legs can be seen
and one knee or both are straight: people who stand, and the straight legs of some who walk, lunge or jump. From the
front and from behind a bend of a few degrees cannot be seen, so a figure of some degrees is as good as none. Each row
holds the file, the frame in it (none of a photograph), the middle of the person's hips as shares of the picture's
width and height, the straight knees, and from where the person is seen. Mirror images of the same photograph are left
out.

Files are read as `maquette predict` reads them, videos whole. The person whose hips are nearest to the marked ones is
judged, if they are no farther away than a quarter of that person's size in the picture. Flexion is 180 degrees less the
angle between hip, knee and ankle in space; it is 0 of a straight knee and never negative.

Detections take most of the time. With `--cache` they are kept in a folder and found there by the next method; they
belong to the detector that made them, so empty the folder when the detector changes.
"""

import argparse
import csv
import json
from collections.abc import Callable
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from record import DATA, write_result

from maquette.api.method import load_method
from maquette.api.predict import predict
from maquette.arrays import Picture
from maquette.atomic import replacing
from maquette.body.catalog import find_skeleton
from maquette.body.estimate import PoseEstimate
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError
from maquette.inference.detectors.protocol import Detection, Detector
from maquette.inference.estimator import Estimator
from maquette.io.pictures import open_pictures
from maquette.methods.detectors import DEFAULT_DETECTOR, open_detector

MOMENTS = Path(__file__).with_name("standing_moments.csv")
NEAREST_WITHIN = 0.25
"""Of the longer side of a person's box: so far may their hips be from the marked ones."""
KEPT = ("joints", "confidence", "depths")
"""What is kept of a detection."""
SIDES = {"l": ("l_hip", "l_knee", "l_ankle"), "r": ("r_hip", "r_knee", "r_ankle")}


class Moment(NamedTuple):
    """Somebody with a straight knee."""

    file: str
    """Below the data folder."""
    frame: int | None
    """None in a photograph."""
    hips: tuple[float, float]
    """Their middle, as shares of the picture's width and height."""
    knees: str
    """The straight ones: l, r, or lr."""
    view: str
    """Front, side or back."""

    @property
    def title(self) -> str:
        """Names it in the results."""
        place = f"at {self.hips[0]:g} {self.hips[1]:g}"
        return f"{self.file} {place}" if self.frame is None else f"{self.file} frame {self.frame} {place}"


class Judged(NamedTuple):
    """A moment, and how much each of its straight knees is bent by the method; empty if nobody was found there."""

    moment: Moment
    flexions_deg: dict[str, float]


def main() -> None:
    """Print and record how straight they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder with photos, videos, unlabelled, coco, multiview"
    )
    parser.add_argument("--method", default="lifting")
    parser.add_argument("--cache", type=Path, help="folder in which detections are kept")
    options = parser.parse_args()
    estimator = load_method(options.method)
    moments = sorted(read_moments(MOMENTS), key=lambda moment: moment.file)
    judged: list[Judged] = []
    for file, marked in groupby(moments, key=lambda moment: moment.file):
        judged += judge_file(options.data / file, list(marked), estimator, options.cache)
        print(file, *(one.flexions_deg for one in judged if one.moment.file == file), flush=True)
    figures = describe(judged)
    print(json.dumps({name: part for name, part in figures.items() if name != "moments"}, indent=2))
    write_result(f"standing_{options.method}", options, figures)


def read_moments(path: Path) -> list[Moment]:
    """The marked moments of a file."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Moment(
                row["file"],
                int(row["frame"]) if row["frame"] else None,
                (float(row["x"]), float(row["y"])),
                row["knees"],
                row["view"],
            )
            for row in csv.DictReader(lines)
        ]


def judge_file(path: Path, moments: list[Moment], estimator: Estimator, cache: Path | None) -> list[Judged]:
    """The moments of one picture or video."""
    is_video = open_pictures(path).frame_count != 1
    kept = None if cache is None else cache / f"{'_'.join(path.parts[-2:])}.npz"
    with closing(KeptDetections(lambda: open_detector(DEFAULT_DETECTOR, video=is_video), kept)) as detector:
        try:
            estimate = predict(path, method=estimator, detector=detector)
        except InputError:  # nobody is found, or not enough of them
            return [Judged(moment, {}) for moment in moments]
        detector.keep()
    return [judge(estimate, moment) for moment in moments]


def judge(estimate: PoseEstimate, moment: Moment) -> Judged:
    """The person nearest to the marked place."""
    frame = moment.frame or 0
    person = nearest_person(estimate.keypoints, frame, moment.hips)
    if person is None or not estimate.poses.present[frame, person]:
        return Judged(moment, {})
    poses = estimate.poses
    flexions = {}
    for side in moment.knees:
        at = poses.skeleton.indices(*SIDES[side])
        if poses.mask[frame, person, at].all():
            flexions[side] = round(float(flexion_deg(poses.joints[frame, person, at])), 1)
    return Judged(moment, flexions)


def nearest_person(keypoints: Poses2d, frame: int, hips: tuple[float, float]) -> int | None:
    """Whose hips are nearest to a place, shares of the picture's sides; None if nobody's are near enough."""
    if keypoints.image_size is None:
        raise ValueError("the size of the pictures is not known")
    place = np.array(hips) * keypoints.image_size - 0.5
    at = keypoints.skeleton.indices("l_hip", "r_hip")
    joints, known = keypoints.joints[frame].astype(np.float64), keypoints.mask[frame]
    low, high = (np.where(known[..., None], joints, far) for far in (np.inf, -np.inf))
    sizes = (high.max(axis=1) - low.min(axis=1)).max(axis=-1)
    is_there = known[:, at].all(axis=1) & (sizes > 0)
    away = np.full(len(joints), np.inf)
    away[is_there] = np.linalg.norm(joints[:, at].mean(axis=1) - place, axis=-1)[is_there] / sizes[is_there]
    nearest = int(away.argmin())
    return nearest if away[nearest] <= NEAREST_WITHIN else None


def flexion_deg(joints: Float[np.ndarray, "*batch 3 3"]) -> Float[np.ndarray, "*batch"]:
    """How much knees are bent, 0 if straight, from their hips, knees and ankles."""
    thigh, shin = (joints[..., at, :].astype(np.float64) - joints[..., at - 1, :] for at in (1, 2))
    across = np.linalg.norm(np.cross(thigh, shin), axis=-1)
    return np.degrees(np.arctan2(across, (thigh * shin).sum(axis=-1)))


def describe(judged: list[Judged]) -> dict[str, object]:
    """Over all knees, by view, and in photographs and videos; and every moment, the most bent first."""
    groups = {"all": judged}
    for view in ("front", "side", "back"):
        groups[f"from {view}" if view != "side" else "from the side"] = [
            one for one in judged if one.moment.view == view
        ]
    groups["photographs"] = [one for one in judged if one.moment.frame is None]
    groups["videos"] = [one for one in judged if one.moment.frame is not None]
    figures: dict[str, object] = {name: summarise(group) for name, group in groups.items()}
    ranked = sorted(judged, key=lambda one: -max(one.flexions_deg.values(), default=0.0))
    figures["moments"] = {one.moment.title: one.flexions_deg for one in ranked}
    return figures


def summarise(judged: list[Judged]) -> dict[str, float | int | None]:
    """Median and 90th percentile of the flexions, and how many moments and knees they are of."""
    flexions = [flexion for one in judged for flexion in one.flexions_deg.values()]
    median, high = np.percentile(flexions, [50, 90]).round(1).tolist() if flexions else (None, None)
    return {
        "flexion_median_deg": median,
        "flexion_90th_percentile_deg": high,
        "knees": len(flexions),
        "moments": len(judged),
        "moments_not_found": sum(not one.flexions_deg for one in judged),
    }


class KeptDetections:
    """A detector that looks up in a file what was found in each picture, and without one looks at the pictures.

    Args:
        open_inner: Opens what detects.
        path: Of the file, if there is or shall be one.
    """

    name, notes = DEFAULT_DETECTOR, ()

    def __init__(self, open_inner: Callable[[], Detector], path: Path | None) -> None:
        self._path = path
        self._inner = None if path is not None and path.is_file() else open_inner()
        self._found: list[Detection] = []
        if self._inner is None and path is not None:
            self.skeleton, self._found = read_detections(path)
        elif self._inner is not None:
            self.skeleton = self._inner.skeleton
        self._kept = iter(list(self._found))

    def detect(self, picture: Picture) -> Detection:
        """The persons of the next picture."""
        if self._inner is None:
            return next(self._kept)
        self._found.append(self._inner.detect(picture))
        return self._found[-1]

    def keep(self) -> None:
        """Write down what was found in all pictures, for the next time."""
        if self._inner is not None and self._path is not None:
            write_detections(self._path, self.skeleton, self._found)

    def close(self) -> None:
        """Lets go of the detector."""
        if self._inner is not None:
            self._inner.close()


def write_detections(path: Path, skeleton: Skeleton, found: list[Detection]) -> None:
    """Keep the joints found in each picture, how sure they are, and their depths."""
    shown = [(*one[:2], np.zeros_like(one.confidence) if one.depths is None else one.depths) for one in found]
    parts = dict(zip(KEPT, (np.concatenate(parts) for parts in zip(*shown, strict=True)), strict=True))
    persons = [len(one.joints) for one in found]
    with replacing(path) as temporary:
        np.savez_compressed(temporary, skeleton=skeleton.name, persons=persons, **parts)


def read_detections(path: Path) -> tuple[Skeleton, list[Detection]]:
    """What `write_detections` wrote."""
    with np.load(path) as kept:
        ends = kept["persons"].cumsum()[:-1]
        parts = zip(*(np.split(kept[name], ends) for name in KEPT), strict=True)
        return find_skeleton(str(kept["skeleton"])), [Detection(*part) for part in parts]


if __name__ == "__main__":
    main()
