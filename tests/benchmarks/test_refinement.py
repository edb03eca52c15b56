"""The measures of the benchmark of refinement, on made-up motion."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from maquette.body.catalog import H36M_17
from maquette.data.motion.mocap import MotionCapture

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
TIMES = np.arange(60) / 30
UP = np.array([0.0, 0.0, 1.0])


@pytest.fixture(scope="module")
def refinement() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("refinement", BENCHMARKS / "refinement.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


@pytest.fixture
def two_ankles(refinement):
    def place(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Twelve joints (60, 12, 3) of which only the ankles are anywhere."""
        joints = np.zeros((60, 12, 3))
        joints[:, refinement.ANKLES[0]], joints[:, refinement.ANKLES[1]] = left, right
        return joints

    return place


def test_an_ankle_stands_that_is_slow_for_a_while_and_low(refinement, two_ankles):
    resting = np.zeros((60, 3))
    walking = np.stack([np.where(TIMES < 1, 0.0, TIMES - 1), 0 * TIMES, 0 * TIMES], axis=-1)
    found = refinement.standing(two_ankles(resting, walking), UP, TIMES)
    assert found[:, 0].all() and found[:28, 1].all() and not found[32:, 1].any()
    raised = refinement.standing(two_ankles(resting, resting + 0.3 * UP), UP, TIMES)
    assert raised[:, 0].all() and not raised[:, 1].any()
    halting = np.stack([0.5 * TIMES, 0 * TIMES, 0 * TIMES], axis=-1)
    halting[30:32] = halting[30]
    assert not refinement.standing(two_ankles(halting, halting), UP, TIMES).any()


def test_acceleration_is_that_of_a_fall(refinement):
    fallen = -0.5 * 9.81 * TIMES[:, None, None] ** 2 * UP
    np.testing.assert_allclose(refinement.accelerations(fallen, TIMES)[:, 0, 2], -9.81, rtol=1e-6)


@pytest.mark.parametrize("seed", [0, 1])
def test_filmed_pieces_are_before_their_cameras_and_found_about_where_they_are(refinement, seed):
    rng = np.random.default_rng(0)
    still = np.stack([0.3 * rng.normal(size=17), 0.3 * rng.normal(size=17), np.linspace(0, 1.7, 17)], axis=-1)
    capture = MotionCapture(H36M_17, np.repeat(still[None], 200, axis=0), np.array([200]), 30.0)
    first, second = refinement.film(capture, seed)
    assert (first.keypoints.frame_count, second.keypoints.frame_count) == (150, 50)
    assert first.truth[..., 2].min() > 1.0 and np.linalg.norm(first.up) == pytest.approx(1.0, abs=1e-5)
    pixels = first.camera.project(torch.from_numpy(first.truth)).numpy()
    at = first.keypoints.skeleton.indices(*refinement.JOINTS)
    known = first.keypoints.mask[:, 0, at]
    off = np.linalg.norm(first.keypoints.joints[:, 0, at] - pixels, axis=-1)[known]
    spread = np.linalg.norm(pixels - pixels.mean(axis=1, keepdims=True), axis=-1).mean()
    assert known.mean() > 0.3 and off.mean() < 0.3 * spread
