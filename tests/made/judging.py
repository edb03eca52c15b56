"""Predictions made from the truth of a data set, and what `maquette evaluate` says, prints and writes about them."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from maquette.data.benchmark import Request, find_benchmark
from maquette.data.predicted import PredictedPeople
from maquette.io.predictions import write_predictions
from maquette.metrics.protocols import find_protocol


class Judgement:
    """One table as it was written and printed."""

    def __init__(self, said, content):
        self.said, self.notes = said, content["notes"]
        self.average = dict(zip(content["columns"], content["average"]["values"], strict=True))
        self.samples = content["average"]["samples"]
        self.rows = {row["group"]: dict(zip(content["columns"], row["values"], strict=True)) for row in content["rows"]}


def truth_of(root, protocol, dataset=None):
    """The people of a data set that a protocol asks for."""
    asked = find_protocol(protocol)
    return find_benchmark(dataset or asked.dataset).read(Request(root, asked.split, asked.subjects, asked.every))


def predict(people, protocol, path, *, move=None, move_px=None, rows=slice(None), **changes):
    """A file of predictions that are the protocol's truth but for what ``move`` (metres) and ``move_px`` return."""
    joints_m = people.universal_m if find_protocol(protocol).truth == "universal" else people.joints_m
    joints_m, joints_px = joints_m.astype(np.float64), people.joints_px.astype(np.float64)
    columns = {
        "keys": people.keys,
        "joints_m": joints_m if move is None else move(joints_m),
        "known_m": np.ones(people.known_m.shape, bool),
        "joints_px": joints_px if move_px is None else move_px(joints_px),
        "known_px": np.ones(people.known_px.shape, bool),
        "persons": people.persons,
        "scores": np.ones(len(people)),
    }
    if not people.known_m.any():
        del columns["joints_m"], columns["known_m"]
    predicted = PredictedPeople(skeleton=people.skeleton, source="test", **(columns | changes))
    write_predictions(predicted.select(rows), path)
    return path


def judge(run, subject, root, protocol, *options):
    """Run the command on predictions or a method, which must go well; what is printed and both files tell the same."""
    with TemporaryDirectory() as out:
        judged = ("predictions", subject) if isinstance(subject, Path) else (subject,)
        said = run("evaluate", *judged, "--on", root, "--protocol", protocol, "--out", out, *options)
        assert said.code == 0 and said.err == "", said
        paths = {path.suffix: path for path in Path(out).iterdir()}
        assert sorted(paths) == [".json", ".md"]
        content, page = json.loads(paths[".json"].read_text()), paths[".md"].read_text()
    printed = [[cell.strip() for cell in line.strip("│").split("│")] for line in said.out.splitlines()]
    for row in (*content["rows"], content["average"]):
        numbers = ["-" if value is None else f"{value:.1f}" for value in row["values"]]
        shown = [row["group"], str(row["samples"]), *numbers]
        assert f"| {' | '.join(shown)} |" in page and shown in printed
    for sentence in (content["average_of"], *content["notes"]):
        assert sentence in page and sentence in said.out
    return Judgement(said, content)
