"""`maquette evaluate`: what it prints and writes, and how it refuses."""

import json
from dataclasses import replace

import numpy as np
import pytest
from refusal import contents, refused

from maquette.body.people import Poses2d
from maquette.data import benchmark
from maquette.data.benchmark import Benchmark, see_mocap
from maquette.data.motion.mocap import read_mocap
from maquette.data.predicted import PredictedPeople
from maquette.io.keypoints.own import write_keypoints
from maquette.io.predictions import write_predictions


@pytest.fixture
def short(motion, tmp_path):
    """Motion capture of two clips of four frames."""
    with np.load(motion) as file:
        np.savez(tmp_path / "short.npz", joints=file["joints"][:8], lengths=np.array([4, 4]))
    return tmp_path / "short.npz"


@pytest.fixture
def truth(short):
    """The people whom seed 0 shows of it."""
    return see_mocap(read_mocap(short), short, generator=np.random.default_rng(0))


@pytest.fixture
def predictions(truth, tmp_path):
    """Predictions that are right but for one wrist, 170 mm off."""
    joints = truth.joints_m.astype(np.float64)
    joints[:, truth.skeleton.index("l_wrist"), 2] += 0.170
    predicted = PredictedPeople(
        skeleton=truth.skeleton, keys=truth.keys, joints_m=joints, known_m=truth.known_m, source="test"
    )
    write_predictions(predicted, tmp_path / "mine.npz")
    return tmp_path / "mine.npz"


def test_predictions_are_scored_printed_and_written(run, short, predictions, tmp_path):
    said = run(
        "evaluate", "predictions", predictions, "--on", short, "--protocol", "mocap-lifting",
        "--out", tmp_path / "out" / "scores",
    )  # fmt: skip
    assert said.code == 0 and said.err == ""
    assert "MPJPE (mm)" in said.out and "clip 001" in said.out and "10.0" in said.out
    assert "average: mean over all 8 samples alike" in said.out
    written = tmp_path / "out" / "scores" / "mocap-lifting_mine"
    content = json.loads(written.with_suffix(".json").read_text())
    assert content["columns"][0] == "MPJPE (mm)" and content["average"]["values"][0] == pytest.approx(10.0, abs=1e-3)
    assert "| clip 002 | 4 | 10.0 |" in written.with_suffix(".md").read_text()
    assert len(list(written.parent.iterdir())) == 2


def test_without_out_nothing_is_written(run, short, predictions, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    assert run("evaluate", "predictions", predictions, "--on", short, "--protocol", "mocap-lifting").code == 0
    assert contents(tmp_path) == before


@pytest.mark.parametrize("kind", ["method", "weights"])
def test_a_method_and_its_weights_are_run_and_scored(run, short, tiny_weights, kind, tmp_path):
    weights = () if kind == "method" else ("--weights", tiny_weights)
    said = run("evaluate", "lifting", *weights, "--on", short, "--protocol", "mocap-lifting", "--out", tmp_path / "out")
    assert said.code == 0 and said.err == ""
    assert "3D by the method 'lifting' from the annotated 2D joints" in said.out
    name = "mocap-lifting_lifting" if kind == "method" else f"mocap-lifting_{tiny_weights.stem}"
    content = json.loads((tmp_path / "out" / f"{name}.json").read_text())
    assert content["average"]["samples"] == 8 and 0 < content["average"]["values"][2] < 200


def test_a_result_of_one_clip_is_scored(run, short, truth, tmp_path, monkeypatch):
    first = truth.select(slice(0, 4))
    monkeypatch.setitem(benchmark.BENCHMARKS, "mocap", Benchmark(lambda request: first, 30.0))
    keypoints = tmp_path / "clip.npz"
    write_keypoints(
        Poses2d(
            skeleton=first.skeleton, joints=first.joints_px[:, None], mask=first.known_px[:, None],
            confidence=first.known_px[:, None].astype(np.float32), times=np.arange(4) / 30,
            person_ids=np.array([1]), image_size=(1000, 1000),
        ),
        keypoints,
    )  # fmt: skip
    assert run("lift", keypoints, "--out", tmp_path / "lifted", "--format", "npz").code == 0
    said = run(
        "evaluate", "predictions", tmp_path / "lifted" / "clip.npz", "--on", short, "--protocol", "mocap-lifting"
    )
    assert said.code == 0 and "clip 001" in said.out


def test_missing_predictions_are_refused_or_allowed(run, short, predictions, tmp_path):
    with np.load(predictions) as file:
        content = {name: file[name] for name in file.files}
    rows = slice(1, None)
    np.savez(tmp_path / "some.npz", **(content | {name: content[name][rows] for name in ("keys", "joints_3d")}))
    arguments = ("evaluate", "predictions", tmp_path / "some.npz", "--on", short, "--protocol", "mocap-lifting")
    assert "people judged without a prediction: 1 of 8" in refused(run(*arguments))
    said = run(*arguments, "--allow-missing")
    assert said.code == 0 and "people judged without a prediction: 1 of 8; they do not count" in said.out


def test_what_was_skipped_is_told(run, short, truth, predictions, monkeypatch):
    told = replace(truth, skipped=("'TS9/annot.mat' is empty; download it again",))
    monkeypatch.setitem(benchmark.BENCHMARKS, "mocap", Benchmark(lambda request: told, 30.0))
    said = run("evaluate", "predictions", predictions, "--on", short, "--protocol", "mocap-lifting")
    assert said.code == 0 and "left out while reading: 'TS9/annot.mat' is empty; download it again" in said.out


REFUSED = {
    "unknown protocol": (("lifting", "--protocol", "h36m"), ("no protocol 'h36m'", "h36m-tome-1", "mupots-all")),
    "no such file": (("predictions", "absent.npz"), ("'absent.npz' is neither a file of predictions",)),
    "a method in a file's place": (("predictions", "lifting"), ("'lifting' is neither a file of predictions",)),
    "a file in a subject's place": (("GOOD",), ("is a file, wanted is what it holds", "`predictions ")),
    "weights in a subject's place": (("BROKEN",), ("is a file, wanted is what it holds", "`method --weights ")),
    "weights as predictions": (("predictions", "BROKEN"), ("holds weights, no predictions", "--weights")),
    "unknown refinement": (("lifting+magic",), ("no refinement '+magic'; known are +tp, +bi-tp",)),
    "two refinements": (("lifting+tp", "--refined", "bi-tp"), ("'lifting+tp' and --refined both name a refinement",)),
    "unknown method": (("lifting", "--protocol", "mpii-pckh"), ("takes as given",)),
    "another data set": (("lifting", "--dataset", "mpii"), ("--dataset is not used", "'mocap-lifting' is for mocap")),
    "the same data set": (("lifting", "--dataset", "mocap"), ("--dataset is not used",)),
    "a seed of photographs": (
        ("predictions", "GOOD", "--protocol", "mpii-pckh", "--seed", "0"), ("--seed is not used",)
    ),
    "missing people of a protocol with a rule": (
        ("predictions", "GOOD", "--protocol", "mupots-all", "--allow-missing"),
        ("--allow-missing is not used", "its own rule"),
    ),
    "any data set, unnamed": (("predictions", "GOOD", "--protocol", "teacher-2d"), ("name yours with --dataset",)),
    "any data set, misnamed": (
        ("predictions", "GOOD", "--protocol", "teacher-2d", "--dataset", "m"), ("no data set 'm' to evaluate on",)
    ),
    "data absent": (("lifting", "--on", "nowhere"), ("--on 'nowhere' does not exist",)),
    "data of another kind": (("predictions", "GOOD", "--protocol", "mupots-all"), ("mupots-3d",)),
    "seed below zero": (("lifting", "--seed", "-1"), ("--seed -1 is out of range",)),
    "broken weights": (("lifting", "--weights", "BROKEN"), ("broken.safetensors' cannot be read as weights",)),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_sentence_and_leaves_nothing(case, run, short, predictions, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.safetensors").write_bytes(b"\x08\x00")
    arguments, words = REFUSED[case]
    places = {"GOOD": predictions, "BROKEN": tmp_path / "broken.safetensors"}
    given = [str(places.get(argument, argument)) for argument in arguments]
    defaults = {"--on": str(short), "--protocol": "mocap-lifting"}
    given += [part for name, value in defaults.items() if name not in given for part in (name, value)]
    (tmp_path / "out").mkdir()
    error = refused(run("evaluate", *given, "--out", tmp_path / "out"))
    assert all(word.lower() in error for word in words), error
    assert not list((tmp_path / "out").iterdir())
