"""The fit over a walk with errors: what it betters, what it leaves alone, and the cases in which there is little."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from refined_walks import Walk, make_walk

from maquette.body.catalog import H36M_17
from maquette.body.people import Poses2d, Poses3d
from maquette.inference.fitting import estimate_bone_lengths
from maquette.inference.placing import place
from maquette.inference.refinement.config import RefinementConfig
from maquette.inference.refinement.refine import Given, refine
from maquette.inference.smoothing import smooth
from maquette.metrics.position import p_mpjpe

ANKLES = H36M_17.indices("l_ankle", "r_ankle")
QUICK = RefinementConfig(rounds=5)


def given(walk: Walk, **changes) -> Given:
    return Given(walk.camera, is_up_known=True, are_bones_known=False)._replace(**changes)


def fitted(walk: Walk, **settings) -> Poses3d:
    return refine(walk.poses, walk.keypoints, given(walk), **{"config": QUICK, **settings})


def error_mm(poses: Poses3d, walk: Walk) -> float:
    found = torch.from_numpy(poses.joints[:, 0].astype(np.float64))
    return 1000 * p_mpjpe(found, torch.from_numpy(walk.truth)).mean().item()


def slide_mps(poses: Poses3d, walk: Walk) -> float:
    """Mean speed of feet that stand in truth."""
    speed, true = (
        np.linalg.norm(np.gradient(joints[:, ANKLES].astype(np.float64), poses.times, axis=0), axis=-1)
        for joints in (poses.joints[:, 0], walk.truth)
    )
    assert (true < 0.1).sum() > 50
    return float(speed[true < 0.1].mean())


def in_video(parts: list[tuple[int, Walk]], frames: int) -> tuple[Poses3d, Poses2d]:
    """People who are there from a frame on, in one video."""
    first = parts[0][1]
    both = []
    for name in ("poses", "keypoints"):
        arrays = {}
        for key, like in getattr(first, name).arrays.items():
            arrays[key] = np.zeros((frames, len(parts), *like.shape[2:]), like.dtype)
            for person, (start, walk) in enumerate(parts):
                values = getattr(walk, name).arrays[key]
                arrays[key][start : start + len(values), person] = values[:, 0]
        times, ids = np.arange(frames) / 30, np.arange(len(parts))
        both.append(replace(getattr(first, name), times=times, person_ids=ids, **arrays))
    return both[0], both[1]


@pytest.fixture(scope="module")
def walk() -> Walk:
    return make_walk()


@pytest.fixture(scope="module")
def refined(walk) -> Poses3d:
    return fitted(walk, config=RefinementConfig())


@pytest.fixture(scope="module")
def usual(walk) -> Poses3d:
    return place(smooth(walk.poses), walk.keypoints, walk.camera)


def test_poses_are_nearer_to_the_truth_and_at_a_place(walk, refined, usual):
    assert refined.root is None and refined.frame == "camera"
    assert error_mm(refined, walk) < 0.9 * error_mm(usual, walk)
    off = np.linalg.norm(refined.joints[:, 0, 0] - walk.truth[:, 0], axis=-1)
    assert np.median(off) < 0.25


def test_bones_keep_one_length_left_and_right_and_the_size_of_the_person(walk, refined):
    children, parents = (list(ends) for ends in zip(*H36M_17.bones, strict=True))
    lengths = np.linalg.norm(refined.joints[:, 0, children] - refined.joints[:, 0, parents], axis=-1)
    assert lengths.std(axis=0).max() < 1e-4
    by_joint = dict(zip((H36M_17.joint_names[child] for child in children), lengths.mean(axis=0), strict=True))
    for joint in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist"):
        assert by_joint[f"l_{joint}"] == pytest.approx(by_joint[f"r_{joint}"], abs=1e-4)
    assert lengths.mean(axis=0).sum() == pytest.approx(estimate_bone_lengths(walk.poses).sum(), rel=1e-3)


def test_standing_feet_slide_less(walk, refined, usual):
    assert slide_mps(refined, walk) < 0.3 * slide_mps(usual, walk)


def test_motion_is_as_lively_as_it_is_and_does_not_lag():
    clear = make_walk(error_m=0.005, error_px=0.5)
    ends = H36M_17.indices("l_ankle", "r_ankle", "l_wrist", "r_wrist")
    found, true = (joints[:, ends] - joints[:, :1] for joints in (fitted(clear).joints[:, 0], clear.truth))
    sizes = [np.linalg.norm(np.diff(one, n=2, axis=0), axis=-1).mean() for one in (found, true)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.2)
    fits = [np.square(found[5 + lag : 115 + lag] - true[5:115]).sum() for lag in (-2, -1, 0, 1, 2)]
    assert np.argmin(fits) == 2


def test_a_tilt_that_was_estimated_is_bettered_by_feet_and_one_that_is_known_is_kept():
    walk = make_walk(error_m=0.015, error_px=1.0)
    up = np.array(walk.poses.up)
    askew = up + np.array([0.0, 0.0, 0.07])
    x, y, z = (askew / np.linalg.norm(askew)).tolist()
    tilted = replace(walk.poses, up=(x, y, z))
    unsure = refine(tilted, walk.keypoints, given(walk, is_up_known=False), config=QUICK)
    assert np.linalg.norm(np.array(unsure.up) - up) < 0.5 * np.linalg.norm(np.array(tilted.up) - up)
    assert refine(tilted, walk.keypoints, given(walk), config=QUICK).up == tilted.up


def test_known_bones_are_kept(walk):
    held = refine(walk.poses, walk.keypoints, given(walk, are_bones_known=True), config=QUICK)
    np.testing.assert_allclose(estimate_bone_lengths(held), estimate_bone_lengths(walk.poses), atol=1e-4)
    assert np.abs(estimate_bone_lengths(fitted(walk)) - estimate_bone_lengths(walk.poses)).max() > 1e-3


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_few_frames_are_refined_as_well(walk, count):
    few = walk.at(slice(40, 40 + count))
    found = fitted(few)
    assert np.isfinite(found.joints).all() and found.mask.all()
    assert error_mm(found, few) < 1.1 * error_mm(few.poses, few)


def test_frames_at_uneven_times_and_with_a_long_gap_are_refined(walk):
    rng = np.random.default_rng(1)
    kept = np.sort(rng.choice(120, 80, replace=False))
    uneven = walk.at(kept[(kept < 50) | (kept > 75)])
    usual = place(smooth(uneven.poses), uneven.keypoints, uneven.camera)
    found = fitted(uneven)
    assert np.isfinite(found.joints).all()
    assert error_mm(found, uneven) < error_mm(usual, uneven)


def test_unknown_joints_stay_unknown_and_keypoints_may_be_missing(walk):
    mask = np.ones_like(walk.poses.mask)
    mask[20:60, 0, H36M_17.index("l_wrist")] = False
    mask[:, 0, H36M_17.index("head_top")] = False
    seen = walk.keypoints.mask & mask
    seen[70:74] = False
    holes = walk._replace(poses=walk.poses.known_where(mask), keypoints=walk.keypoints.known_where(seen))
    found = fitted(holes)
    assert np.isfinite(found.joints).all() and np.array_equal(found.mask, mask)
    assert not found.joints[~mask].any()
    off = np.linalg.norm(found.joints[70:74, 0, 0] - walk.truth[70:74, 0], axis=-1)
    assert off.max() < 0.5


def test_a_person_is_the_same_whoever_else_is_there(walk):
    late = make_walk(seed=1).at(slice(0, 60))
    alone = walk.at(slice(0, 90))
    poses, keypoints = in_video([(0, alone), (30, late)], 90)
    both = refine(poses, keypoints, given(walk), config=QUICK)
    assert np.array_equal(both.mask[:, 1, 0], np.arange(90) >= 30)
    np.testing.assert_array_equal(both.joints[:, 0], fitted(alone).joints[:, 0])
    np.testing.assert_allclose(both.joints[30:, 1], fitted(late).joints[:, 0], atol=1e-5)


def test_who_has_no_keypoints_is_hidden(walk):
    poses, keypoints = in_video([(0, walk), (0, make_walk(seed=1))], 120)
    keypoints = keypoints.known_where(keypoints.mask & (np.arange(2) == 0)[:, None])
    found = refine(poses, keypoints, given(walk), config=QUICK)
    assert found.mask[:, 0].all() and not found.mask[:, 1].any() and np.isfinite(found.joints).all()


def test_chunks_meet_without_a_seam(walk):
    whole = fitted(walk).joints
    parts = fitted(walk, config=replace(QUICK, chunk=50, overlap=25)).joints
    assert np.abs(whole - parts).max() < 2e-3


def test_outliers_hardly_matter(walk):
    joints = walk.keypoints.joints.copy()
    joints[50:53, 0, H36M_17.index("r_wrist")] += 150
    spoilt = fitted(walk._replace(keypoints=replace(walk.keypoints, joints=joints)))
    assert np.linalg.norm(spoilt.joints - fitted(walk).joints, axis=-1).max() < 0.08


def test_nothing_is_known_of_up(walk):
    found = fitted(walk._replace(poses=replace(walk.poses, up=None)))
    assert found.up is None and np.isfinite(found.joints).all()


def test_it_tells_how_far_it_is_and_can_be_interrupted_between_rounds(walk):
    told = []

    def tell(done: int, total: int | None) -> None:
        told.append((done, total))
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fitted(walk.at(slice(0, 20)), progress=tell)
    assert told == [(0, 5), (1, 5), (2, 5)]
