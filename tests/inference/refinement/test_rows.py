"""The equations of the fit and their solution."""

from dataclasses import replace

import numpy as np
import pytest
from refined_walks import make_walk

from maquette.body.catalog import H36M_17
from maquette.inference.refinement.config import RefinementConfig
from maquette.inference.refinement.fit import Fit
from maquette.inference.refinement.rows import Rows, make_rows, solve_rows
from maquette.inference.refinement.terms import (
    bend_rows,
    bone_rows,
    foothold_rows,
    ground_rows,
    jerk_rows,
    keypoint_rows,
    lifted_rows,
)
from maquette.inference.refinement.track import Track, make_track
from maquette.inference.smoothing import TRUNK_SHARE

CONFIG = RefinementConfig()
UP = np.array([0.0, -1.0, 0.0])


def begun(frames: slice = slice(30, 50), **walk) -> tuple[Track, Fit]:
    made = make_walk(**walk).at(frames)
    track = make_track(made.poses, made.keypoints, made.camera, 0, CONFIG)
    lengths = np.linalg.norm(made.truth[:, track.children] - made.truth[:, track.parents], axis=-1).mean(axis=0)
    standing = np.ones((len(made.truth), 2))
    return track, Fit(made.truth, lengths, np.zeros((17, 2)), standing, UP, np.zeros(2))


def misfit(rows: Rows, joints: np.ndarray) -> float:
    return float(np.square((joints.ravel()[rows.places] * rows.values).sum(axis=1) - rows.right).sum())


def test_the_solution_is_that_of_dense_least_squares():
    rng = np.random.default_rng(0)
    start = rng.normal(size=(6, 2, 3))
    first = rng.integers(0, 2, 80)[:, None] * 6
    places = first + rng.permuted(np.tile(np.arange(24), (80, 1)), axis=1)[:, :5]
    rows = Rows(places, rng.normal(size=(80, 5)), rng.normal(size=80))
    dense = np.zeros((80 + 36, 36))
    for number, (places, values) in enumerate(zip(rows.places, rows.values, strict=True)):
        dense[number, places] = values
    dense[80:] = np.eye(36) / 0.3
    wanted = np.linalg.lstsq(dense, np.concatenate([rows.right, start.ravel() / 0.3]), rcond=None)[0]
    np.testing.assert_allclose(solve_rows([rows], start, 0.3).ravel(), wanted, atol=1e-9)


def test_equations_that_weigh_nothing_are_left_out():
    rows = make_rows(np.arange(6).reshape(1, 2, 3), np.array([[[1.0, 0, 0], [0, 0, 0]]]), np.ones((1, 2)))
    assert rows.places.tolist() == [[0, 1, 2]] and len(rows.right) == 1


def test_the_truth_satisfies_bones_and_keypoints_and_nothing_else_does():
    track, fit = begun(error_px=0.0)
    other = fit.joints + np.random.default_rng(0).normal(0, 0.05, fit.joints.shape)
    for rows in (keypoint_rows(track, fit, CONFIG), bone_rows(track, fit, 0.02)):
        assert misfit(rows, fit.joints) < 1e-2 * misfit(rows, other)
    exact, _ = begun(error_m=0.0, error_px=0.0)
    rows = lifted_rows(exact, fit, CONFIG)
    assert misfit(rows, fit.joints) < 0.05 * misfit(rows, other)


def test_errors_along_the_line_of_sight_cost_less():
    track, fit = begun(error_m=0.0, error_px=0.0)
    rows = lifted_rows(track, fit, CONFIG)
    wrist = H36M_17.index("l_wrist")
    costs = []
    for axis in (fit.joints[:, wrist], np.cross(fit.joints[:, wrist], UP)):
        moved = fit.joints.copy()
        moved[:, wrist] += 0.1 * axis / np.linalg.norm(axis, axis=-1, keepdims=True)
        costs.append(misfit(rows, moved))
    assert costs[1] / costs[0] == pytest.approx(CONFIG.depth_ratio**2, rel=0.1)


def test_jerk_is_the_third_derivative_at_uneven_times():
    track, fit = begun()
    times = np.cumsum(np.random.default_rng(0).uniform(0.02, 0.06, 20))
    uneven = replace(track, times=times)
    smooth = fit._replace(joints=np.broadcast_to((3 * times - times**2)[:, None, None], (20, 17, 3)).copy())
    cubic = fit._replace(joints=np.broadcast_to((times**3)[:, None, None], (20, 17, 3)).copy())
    rows = jerk_rows(uneven, smooth, CONFIG)
    assert misfit(rows, smooth.joints) < 1e-12 < misfit(rows, cubic.joints)
    of_pelvis = (cubic.joints.ravel()[rows.places] * rows.values).sum(axis=1).reshape(17, 17, 3)[:, 0, 0]
    share = np.sqrt(track.share[1:-2]) / (CONFIG.keypoint_m * (2 * np.pi * CONFIG.cutoff_hz * TRUNK_SHARE) ** 3)
    np.testing.assert_allclose(of_pelvis, 6.0 * share, rtol=1e-6)
    gap = replace(track, times=np.where(np.arange(20) < 10, track.times, track.times + 1.0))
    assert len(jerk_rows(gap, smooth, CONFIG).right) == (20 - 6) * 17 * 3


def test_feet_that_stand_stay_and_are_on_the_ground():
    track, fit = begun()
    rested = fit.joints.copy()
    rested[:, track.feet] = rested[:1, track.feet]
    rested[:, track.feet, 1] = 0.0
    for rows in (foothold_rows(track, fit, CONFIG), ground_rows(track, fit, CONFIG)):
        assert misfit(rows, rested) < 1e-9 < misfit(rows, fit.joints)
    assert not len(foothold_rows(track, fit._replace(standing=0 * fit.standing), CONFIG).right)
    assert not len(ground_rows(track, fit._replace(up=None), CONFIG).right)


def test_a_knee_that_bends_the_wrong_way_is_straightened_and_a_legal_one_left():
    track, fit = begun(slice(30, 32))
    assert not len(bend_rows(track, fit, CONFIG).right)
    hip, knee, ankle = H36M_17.indices("l_hip", "l_knee", "l_ankle")
    wrong = fit.joints.copy()
    middle = (wrong[:, hip] + wrong[:, ankle]) / 2
    wrong[:, knee] = middle - 3 * (wrong[:, knee] - middle)
    before = bend_rows(track, fit._replace(joints=wrong), CONFIG)
    assert len(before.right) == 2
    found = wrong
    for _ in range(5):
        found = solve_rows([bend_rows(track, fit._replace(joints=found), CONFIG)], found, 1.0)
    assert misfit(before, found) < 0.3 * misfit(before, wrong)
