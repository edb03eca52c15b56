"""The benchmark synthetic-v1: a method on its three test sets.

Methods that lift are given the true 2D joints of pictures and clips spread over the set; those that read pictures get
all of them, cut out around the true boxes.
"""

import argparse
from pathlib import Path

import numpy as np
from record import write_result

from maquette.data.annotated import AnnotatedPeople
from maquette.data.shards.reader import read_shards
from maquette.data.synthesis.synthetic_v1 import BENCHMARK
from maquette.evaluation.choice import select_people
from maquette.evaluation.judgement import judge
from maquette.evaluation.prediction import predict_people
from maquette.inference.estimator import Estimator
from maquette.methods.table import open_estimator
from maquette.metrics.protocols import find_protocol

KINDS = ("single", "multi", "video")
LIFTED = 200
"""Pictures or clips of each set that are lifted."""


def main() -> None:
    """Score the method and record the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=Path, default=Path("runs/synthetic-v1"), help="folder of the three test sets")
    parser.add_argument("--method", default="lifting")
    options = parser.parse_args()
    estimator = open_estimator(options.method)
    figures: dict[str, object] = {}
    for kind in KINDS:
        people = read_shards(options.sets / f"{kind}-test")
        some = people if estimator.reads.needs_pictures else spread_over(people)
        figures[kind] = about(people) | {"people_judged": len(some), options.method: scores(some, kind, estimator)}
    write_result(f"synthetic_v1_{options.method}", options, figures)


def spread_over(people: AnnotatedPeople) -> AnnotatedPeople:
    """Everybody in some pictures or clips, evenly spread over the set: lifting looks for every camera's tilt anew."""
    places = np.where(people.sequences == "", people.pictures, people.sequences)
    kept = np.unique(places)
    kept = kept[np.linspace(0, len(kept) - 1, min(LIFTED, len(kept))).astype(int)]
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


def scores(people: AnnotatedPeople, kind: str, estimator: Estimator) -> dict[str, float]:
    """The average row of the protocol's table, from pictures cut out around the true boxes or from true 2D joints."""
    protocol = find_protocol(f"{BENCHMARK}-{kind}")
    predicted = predict_people(select_people(people, protocol).people, estimator, fps=25.0)
    table = judge(people, predicted, protocol, allow_missing=True)
    return {name: round(float(value), 2) for name, value in zip(table.columns, table.average.values, strict=True)}


if __name__ == "__main__":
    main()
