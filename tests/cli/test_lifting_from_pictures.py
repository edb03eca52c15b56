"""Methods that read pictures, from the command line: `predict` lets them, `lift` and `evaluate` refuse."""

import numpy as np
import pytest
from dotted_people import DotEstimator, EverybodyEstimator, RoughDetector, dotted_joints, dotted_picture
from made_methods import made_method
from PIL import Image
from refusal import check_refusal, refused

from maquette.io.results import read_estimate
from maquette.methods import detectors
from maquette.methods.table import METHODS

STEPS = [dotted_joints((90 + 3 * t, 110), 1.1) for t in range(4)]


@pytest.fixture
def dots(monkeypatch):
    """A method that reads pictures called ``dots`` and ``structure-motion``, and a detector called ``rough``."""
    detector = RoughDetector([[joints] for joints in STEPS])
    for name in ("dots", "structure-motion"):
        monkeypatch.setitem(METHODS, name, made_method(lambda weights: DotEstimator()))
    monkeypatch.setitem(detectors.DETECTORS, "rough", detectors.DetectorEntry("", lambda model, video, most: detector))
    return detector


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "walk"
    folder.mkdir()
    for index, joints in enumerate(STEPS):
        Image.fromarray(dotted_picture([joints], (240, 240))).save(folder / f"{index}.png")
    return folder


def test_predict_reads_the_pictures_where_the_detector_finds_people(run, dots, pictures, tmp_path):
    said = run(
        "predict", pictures, "--method", "dots", "--detector", "rough", "--out", tmp_path / "out", "--format", "npz"
    )
    assert said.code == 0, said.err
    assert dots.is_closed
    estimate = read_estimate(tmp_path / "out" / "walk.npz")
    assert estimate.method == "dots" and estimate.detector == "rough"
    assert "people found by rough, joints read from the picture by dots" in estimate.notes
    assert "dots have been joined" in estimate.notes
    np.testing.assert_allclose(estimate.keypoints.joints[:, 0], np.stack(STEPS), atol=0.5)


def test_lift_refuses_and_says_what_to_do(run, bench, dots):
    check_refusal(run, bench, ("lift", bench.good, "--method", "dots"), ("reads pictures", "maquette predict"))


def test_evaluate_over_keypoints_refuses(run, dots, motion, tmp_path):
    said = run("evaluate", "structure-motion", "--on", motion, "--protocol", "mocap-lifting", "--out", tmp_path / "out")
    assert "reads pictures" in refused(said)


@pytest.fixture
def everybody(monkeypatch):
    """A bottom-up method called ``everybody``, also in the place of ``structure-motion``."""
    estimator = EverybodyEstimator()
    for name in ("everybody", "structure-motion"):
        monkeypatch.setitem(METHODS, name, made_method(lambda weights: estimator))
    return estimator


def test_predict_lets_a_bottom_up_method_find_people_itself(run, everybody, monkeypatch, pictures, tmp_path):
    monkeypatch.setattr(detectors, "DETECTORS", {})
    said = run("predict", pictures, "--method", "everybody", "--out", tmp_path / "out", "--format", "npz")
    assert said.code == 0, said.err
    assert everybody.reads.detector.is_closed
    estimate = read_estimate(tmp_path / "out" / "walk.npz")
    assert estimate.method == estimate.detector == "everybody" and "everybody is found at once" in estimate.notes
    np.testing.assert_allclose(estimate.keypoints.joints[:, 0], np.stack(STEPS), atol=0.5)


@pytest.mark.parametrize(("option", "value"), [("--detector", "mediapipe"), ("--detector-model", "model.task")])
def test_a_detector_is_of_no_use_to_it(option, value, run, everybody, pictures, tmp_path):
    said = run("predict", pictures, "--method", "everybody", option, value, "--out", tmp_path / "out")
    assert f"{option} is not used: the method 'everybody' finds people itself" in refused(said)
    assert not (tmp_path / "out").exists()


def test_evaluate_of_average_precision_refuses_it(run, everybody, datasets):
    said = run("evaluate", "structure-motion", "--on", datasets("coco"), "--protocol", "coco-keypoints")
    assert "counts people who are not there" in refused(said)
