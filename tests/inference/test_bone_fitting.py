"""Skeleton fitting: given lengths are taken, directions stay, the rest keeps its proportions."""

from dataclasses import replace

import numpy as np
import pytest

from maquette.body.catalog import H36M_17, MPII_16
from maquette.body.people import Poses3d
from maquette.errors import SettingError
from maquette.inference.fitting import estimate_bone_lengths, fit_bone_lengths
from maquette.inference.proportions import adult_bone_lengths_m

CHILD, PARENT = np.array(H36M_17.bones).T
GIVEN = 1.3 * adult_bone_lengths_m(H36M_17)


def poses_3d(frames: int = 6, persons: int = 2, **fields: object) -> Poses3d:
    random = np.random.default_rng(0)
    shape = random.normal(0, 0.4, (1, persons, 17, 3))
    joints = shape + random.normal(0, 0.03, (frames, persons, 17, 3))
    mask = np.ones(joints.shape[:3], bool)
    defaults = {
        "skeleton": H36M_17,
        "joints": joints - joints[:, :, :1],
        "mask": mask,
        "confidence": mask * 0.8,
        "times": np.arange(frames) / 25,
        "person_ids": np.arange(persons),
    }
    return Poses3d(**(defaults | fields))  # type: ignore[arg-type]


def bones(poses: Poses3d) -> np.ndarray:
    return poses.joints[..., CHILD, :] - poses.joints[..., PARENT, :]


def lengths(poses: Poses3d) -> np.ndarray:
    return np.linalg.norm(bones(poses), axis=-1)


@pytest.mark.parametrize("is_shared", [True, False])
def test_all_lengths_are_taken_and_all_directions_kept(is_shared):
    poses = poses_3d()
    fitted = fit_bone_lengths(poses, GIVEN, is_shared=is_shared)
    assert fitted.scale_known and fitted.unit == "m"
    np.testing.assert_allclose(lengths(fitted), np.broadcast_to(GIVEN, (6, 2, 16)), rtol=1e-9)
    before, after = (bones(each) / lengths(each)[..., None] for each in (poses, fitted))
    np.testing.assert_allclose(after, before, atol=1e-9)
    assert np.all(fitted.joints[:, :, 0] == 0)


def test_a_bone_of_no_length_takes_its_parent_s_direction():
    poses = poses_3d()
    joints = poses.joints.copy()
    knee, hip, ankle = H36M_17.indices("l_knee", "l_hip", "l_ankle")
    joints[2, 0, ankle] = joints[2, 0, knee]
    fitted = fit_bone_lengths(replace(poses, joints=joints), GIVEN)
    thigh = fitted.joints[2, 0, knee] - fitted.joints[2, 0, hip]
    shin = fitted.joints[2, 0, ankle] - fitted.joints[2, 0, knee]
    np.testing.assert_allclose(shin / np.linalg.norm(shin), thigh / np.linalg.norm(thigh), atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(shin), GIVEN[list(CHILD).index(ankle)])


def test_other_units_come_back_in_metres():
    poses = poses_3d()
    np.testing.assert_allclose(
        fit_bone_lengths(poses.in_unit("mm"), GIVEN).joints, fit_bone_lengths(poses, GIVEN).joints
    )


def test_bones_that_are_not_given_keep_their_proportion_to_those_that_are():
    poses = poses_3d()
    own = estimate_bone_lengths(poses)
    thighs = np.isin(CHILD, H36M_17.indices("l_knee", "r_knee"))
    some = np.where(thighs, 2 * own[0], 0.0)
    fitted = fit_bone_lengths(poses, some)
    np.testing.assert_allclose(lengths(fitted)[:, 0], np.broadcast_to(2 * own[0], (6, 16)), rtol=1e-6)
    factor = own[0][thighs].sum() * 2 / own[1][thighs].sum()
    expected = np.where(thighs, some, factor * own[1])
    np.testing.assert_allclose(lengths(fitted)[:, 1], np.broadcast_to(expected, (6, 16)), rtol=1e-6)


def test_independent_frames_are_scaled_each_by_itself():
    poses = poses_3d()
    breathing = replace(poses, joints=poses.joints * np.linspace(0.5, 2, 6)[:, None, None, None])
    some = np.where(np.isin(CHILD, H36M_17.indices("l_knee")), 0.45, 0.0)
    fitted = fit_bone_lengths(breathing, some, is_shared=False)
    single = [fit_bone_lengths(breathing.select_frames(slice(at, at + 1)), some, is_shared=False) for at in range(6)]
    np.testing.assert_allclose(fitted.joints, np.concatenate([each.joints for each in single]), atol=1e-12)
    np.testing.assert_allclose(fitted.joints, fit_bone_lengths(poses, some, is_shared=False).joints, atol=1e-9)


def test_people_without_a_given_bone_are_scaled_like_the_others():
    poses = poses_3d(persons=3)
    knee = H36M_17.index("l_knee")
    some = np.where(knee == CHILD, 0.5, 0.0)
    keep = np.ones(poses.mask.shape, bool)
    keep[:, 2, knee] = keep[:, 2, H36M_17.index("r_knee")] = False
    own = estimate_bone_lengths(poses)
    ratios = 0.5 / own[:2, list(CHILD).index(knee)]
    for is_shared in (True, False):
        fitted = fit_bone_lengths(poses.known_where(keep), some, is_shared=is_shared)
        np.testing.assert_array_equal(fitted.mask, keep)
        spine = list(CHILD).index(H36M_17.index("spine"))
        found = lengths(fitted)[:, 2, spine] / lengths(poses)[:, 2, spine]
        np.testing.assert_allclose(np.median(found), np.median(ratios), rtol=0.1)


def test_lengths_of_bones_that_nobody_shows_are_refused():
    poses = poses_3d()
    keep = np.ones(poses.mask.shape, bool)
    keep[..., H36M_17.indices("l_knee", "r_knee")] = False
    some = np.where(np.isin(CHILD, H36M_17.indices("l_knee", "r_knee")), 0.4, 0.0)
    with pytest.raises(SettingError, match="none of these bones is seen"):
        fit_bone_lengths(poses.known_where(keep), some)


def test_skeletons_without_a_spine_are_fitted_too():
    joints = np.random.default_rng(0).normal(size=(2, 1, 16, 3))
    mask = np.ones((2, 1, 16), bool)
    poses = poses_3d(2, 1, skeleton=MPII_16, joints=joints, mask=mask, confidence=mask * 1.0, root=None)
    fitted = fit_bone_lengths(poses, adult_bone_lengths_m(MPII_16))
    np.testing.assert_allclose(estimate_bone_lengths(fitted)[0], adult_bone_lengths_m(MPII_16), rtol=1e-6)
