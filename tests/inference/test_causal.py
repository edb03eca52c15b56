"""Smoothing that does not look ahead: the past is never changed, rest is stilled, motion does not lag."""

import numpy as np
import pytest

from maquette.inference.causal import FORGOTTEN_S, CausalSmoother


def run(joints: np.ndarray, times: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    smoother = CausalSmoother(joints.shape[2])
    mask = np.ones(joints.shape[:3], bool) if mask is None else mask
    numbers = np.arange(joints.shape[1])
    return np.stack([smoother.smooth(numbers, *frame, float(t)) for *frame, t in zip(joints, mask, times, strict=True)])


@pytest.fixture
def times() -> np.ndarray:
    return np.cumsum(np.random.default_rng(1).uniform(0.02, 0.06, 100))


def test_what_comes_later_changes_nothing_before(times):
    joints = np.random.default_rng(0).normal(size=(100, 2, 3, 3))
    other = joints.copy()
    other[60:] += 5
    np.testing.assert_array_equal(run(joints, times)[:60], run(other, times)[:60])


def test_rest_trembles_less_and_a_steady_walk_hardly_lags(times):
    noise = np.random.default_rng(2).normal(0, 0.01, (100, 1, 5, 3))
    assert run(noise, times)[30:].std() < 0.6 * noise[30:].std()
    walk = np.zeros((100, 1, 5, 3))
    walk[..., 0] = 1.5 * times[:, None, None]
    lag_s = (walk - run(walk, times))[50:, ..., 0] / 1.5
    assert lag_s.min() >= 0 and lag_s.max() < 0.06


def test_people_do_not_mix_and_are_known_by_number(times):
    joints = np.random.default_rng(3).normal(size=(100, 2, 3, 3))
    both, alone = run(joints, times), run(joints[:, 1:], times)
    np.testing.assert_allclose(both[:, 1:], alone)
    smoother = CausalSmoother(3)
    mask = np.ones((2, 3), bool)
    for frame in range(50):
        order = np.array([0, 1])[:: (-1) ** frame]
        found = smoother.smooth(order, joints[frame, order], mask, float(times[frame]))
        np.testing.assert_allclose(found[np.argsort(order)], both[frame])


def test_who_was_away_starts_anew_and_unknown_joints_wait(times):
    joints = np.zeros((3, 1, 2, 3))
    joints[1:] = 1.0
    mask = np.ones((3, 1, 2), bool)
    mask[1, 0, 1] = False
    found = run(joints, np.array([0.0, 0.03, 0.06]), mask)
    assert (found[0] == 0).all() and (found[1, 0, 0] > 0).all() and (found[1, 0, 0] < 1).all()
    assert (found[2, 0, 1] > 0).all() and (found[2, 0, 1] < 1).all()
    found = run(joints, np.array([0.0, 0.03, 0.06 + FORGOTTEN_S]), mask)
    assert (found[2, 0, 1] == 1).all()
