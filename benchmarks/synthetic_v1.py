"""The benchmark synthetic-v1: makes its three test sets and judges a method on them.

    python benchmarks/synthetic_v1.py [SHARED_DATA] [--out FOLDER] [--method NAME]

SHARED_DATA is a folder with ``mocap``, ``makehuman`` and ``backgrounds``. Methods that lift are given the true 2D
joints of pictures and clips spread over the set; those that read pictures get all of them, cut out around the true
boxes. The sets are kept in FOLDER, so that a second run only judges.
"""

import argparse
import os
from pathlib import Path

import numpy as np
from record import write_result

from maquette.data.annotated import AnnotatedPeople
from maquette.data.shards.index import verify
from maquette.data.shards.reader import read_shards
from maquette.data.synthesis.synthesis import Sources, SynthesisRequest, synthesise
from maquette.data.synthesis.synthetic_v1 import BENCHMARK, find_set
from maquette.inference.estimator import Estimator
from maquette.inference.evaluation import evaluate
from maquette.inference.evaluation_choice import chosen
from maquette.inference.evaluation_lifting import lift_people
from maquette.inference.evaluation_pictures import predict_people
from maquette.inference.reading import PictureEstimator
from maquette.methods.table import open_estimator
from maquette.metrics.protocols import find_protocol

KINDS = ("single", "multi", "video")
JUDGED = 200
"""Pictures or clips of each set that are judged."""


def main(data: Path, out: Path, method: str) -> None:
    """Make, judge and write the figures."""
    estimator = open_estimator(method)
    figures: dict[str, object] = {}
    for kind in KINDS:
        folder = out / f"{kind}-test"
        make(kind, data, folder)
        people = read_shards(folder)
        some = people if isinstance(estimator, PictureEstimator) else spread(people)
        figures[kind] = about(people) | {"people_judged": len(some), method: judged(some, kind, estimator)}
    write_result("synthetic_v1" if method == "lifting" else f"synthetic_v1_{method}", figures)


def make(kind: str, data: Path, folder: Path) -> None:
    """Make the test set of that kind."""
    wanted = find_set(f"{BENCHMARK}/{kind}-test")
    sources = Sources(motion=data / "mocap", assets=data / "makehuman", backgrounds=data / "backgrounds")
    order = SynthesisRequest(
        settings=wanted.settings, sources=sources, people=wanted.people, seed=wanted.seed, folder=folder
    )
    synthesise(order, workers=os.cpu_count() or 1)
    assert verify(folder) == []


def spread(people: AnnotatedPeople) -> AnnotatedPeople:
    """Everybody in some pictures or clips, evenly spread over the set: lifting looks for every camera's tilt anew."""
    places = np.where(people.sequences == "", people.pictures, people.sequences)
    kept = np.unique(places)
    kept = kept[np.linspace(0, len(kept) - 1, min(JUDGED, len(kept))).astype(int)]
    return people.select(np.isin(places, kept))


def about(people: AnnotatedPeople) -> dict[str, float]:
    """How many people there are, and how much of them is seen."""
    seen = people.is_visible.mean(axis=1)
    assert people.boxes_px is not None
    return {
        "people": len(people),
        "joints_visible_percent": round(100 * float(people.is_visible.mean()), 1),
        "people_mostly_hidden_percent": round(100 * float((seen < 0.25).mean()), 1),
        "median_height_px": round(float(np.median(people.boxes_px[:, 3])), 1),
    }


def judged(people: AnnotatedPeople, kind: str, estimator: Estimator) -> dict[str, float]:
    """The average row of the protocol's table, from pictures cut out around the true boxes or from true 2D joints."""
    protocol = find_protocol(f"{BENCHMARK}-{kind}")
    judged_people = chosen(people, protocol).people
    if isinstance(estimator, PictureEstimator):
        predicted = predict_people(judged_people, estimator, fps=25.0)
    else:
        predicted = lift_people(judged_people, estimator, fps=25.0)
    table = evaluate(people, predicted, protocol, allow_missing=True)
    return {name: round(float(value), 2) for name, value in zip(table.columns, table.average.values, strict=True)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("runs/synthetic-v1"))
    parser.add_argument("--method", default="lifting")
    options = parser.parse_args()
    main(options.data, options.out, options.method)
