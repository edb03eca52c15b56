"""The step from rendered people to photographs: how well the same weights find limbs and tell left from right on both.

The figures are those of `maquette.evaluation.photographs`; people are cut out around their true box. Photographs are
those of COCO that are held out from everything we train (see `maquette.data.held_out`). Few people are in them, so
beside every figure stands the interval within which it lies in 95 % of 1000 samples of these people. A detector, and a
network that others trained, are judged in the same crops; what these have learnt from, we do not decide.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from record import DATA, write_result

from maquette.data.annotated import AnnotatedPeople
from maquette.data.photographs import read_held_out
from maquette.data.shards.reader import read_shards
from maquette.errors import SettingError
from maquette.evaluation.photographs import PhotographMeasures, judge_network
from maquette.inference.detectors.protocol import Detector
from maquette.inference.estimator import PersonCrops
from maquette.inference.top_down import CropKeypoints, TopDownNetwork
from maquette.methods.detectors import open_detector
from maquette.methods.table import open_estimator
from maquette.methods.teacher.network import open_centred_network

PHOTOGRAPHS = "coco, held out"
_NAMES = {
    "torso_pck": "pck_percent",
    "torso_pck_of_visible": "pck_of_visible_percent",
    "torso_pck_ignoring_sides": "pck_ignoring_sides_percent",
    "own_side": "own_side_percent",
    "pairs_right": "pairs_wholly_right_percent",
    "mirrored": "people_mirrored_percent",
    "not_found": "joints_not_found_percent",
}

Figures = dict[str, float | list[float | None] | None]


def main() -> None:
    """Score, print and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with coco")
    parser.add_argument("--synthetic", type=Path, default=Path("runs/synthetic-v1/single-test"))
    parser.add_argument("--people", type=int, default=1000, help="rendered people to score, from the first on")
    parser.add_argument("--method", default="structure-motion")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--thunder", type=Path, help="MoveNet Thunder's weights, to be judged beside the method")
    options = parser.parse_args()
    estimator = open_estimator(options.method, options.weights)
    if not isinstance(estimator.reads, PersonCrops):
        raise SettingError(f"the method '{options.method}' reads no crops of people; choose one that does")
    networks: dict[str, TopDownNetwork] = {"": estimator.reads.network}
    networks[", mediapipe itself"] = DetectorInCrops(open_detector("mediapipe", most_persons=1))
    if options.thunder is not None:
        networks[", MoveNet Thunder itself"] = open_centred_network(options.thunder)
    sets = {
        "synthetic-v1 single-test": first_seen(read_shards(options.synthetic), options.people),
        PHOTOGRAPHS: read_held_out([options.data / "coco"]),
    }
    figures: dict[str, object] = {"method": estimator.name}
    for who, network in networks.items():
        is_own = network is estimator.reads.network
        figures |= {
            f"{name}{who}": score_people(people, network, is_rendered=is_own and name == PHOTOGRAPHS)
            for name, people in sets.items()
        }
    print(json.dumps(figures, indent=2))
    write_result("domain_step", options, figures)


class DetectorInCrops:
    """A detector as a `TopDownNetwork`: of the people it finds in a crop, the one it is surest of."""

    size_px = 256

    def __init__(self, inner: Detector) -> None:
        self.inner, self.name, self.skeleton = inner, inner.name, inner.skeleton

    def find_keypoints(self, crops: UInt8[np.ndarray, "P H W 3"]) -> CropKeypoints:
        """Joints without depths; unknown where nobody is found."""
        joints = np.zeros((len(crops), len(self.skeleton), 2))
        confidence = np.zeros(joints.shape[:2])
        for row, crop in enumerate(crops):
            found = self.inner.detect(crop)
            if len(found.joints):
                surest = int(found.confidence.mean(axis=1).argmax())
                joints[row], confidence[row] = found.joints[surest], found.confidence[surest]
        return CropKeypoints(joints, confidence, np.zeros_like(confidence), np.zeros(len(crops)))


def score_people(people: AnnotatedPeople, network: TopDownNetwork, *, is_rendered: bool = False) -> Figures:
    """The figures of what the network finds of these people, in percent, and beside each its interval.

    Args:
        people: Who is judged by.
        network: Who is judged.
        is_rendered: Whether the network has joints where rendered bodies have them, and the people where annotators do.
    """
    measures, skipped = judge_network(people, network, is_rendered=is_rendered)
    if skipped:
        print(f"{len(skipped)} pictures could not be read, the first: {skipped[0]}")
    return in_percent(measures)


def in_percent(measures: PhotographMeasures) -> Figures:
    """The figures as results files hold them: what cannot be said is None."""
    found: Figures = dict(measures.counts())
    shares, intervals = measures.figures(), measures.intervals()
    for name, said in _NAMES.items():
        found[said] = _percent(shares[name])
        found[f"{said}_within"] = [_percent(end) for end in intervals[name]]
    return found


def _percent(share: float) -> float | None:
    return None if math.isnan(share) else round(100 * share, 1)


def first_seen(people: AnnotatedPeople, count: int) -> AnnotatedPeople:
    """The first of those of whom something is seen."""
    kept = np.arange(len(people)) if people.is_flawed is None else np.flatnonzero(~people.is_flawed)
    return people.select(kept[:count])


if __name__ == "__main__":
    main()
