from dataclasses import replace

import numpy as np
import pytest

from maquette.body.catalog import SKELETONS
from maquette.body.people import Poses3d
from maquette.show.measure import joint_angles_rad, limb_lengths_m


def by_name(measures):
    return {measure.name: measure for measure in measures}


def test_lengths_of_a_known_body(make_estimate):
    lengths = by_name(limb_lengths_m(make_estimate().poses.in_unit("mm")))
    np.testing.assert_allclose(lengths["Upper arm"].values, 0.27, atol=1e-6)
    np.testing.assert_allclose(lengths["Thigh"].values, 0.45, atol=1e-6)
    np.testing.assert_allclose(lengths["Shoulder width"].values, 0.36, atol=1e-6)
    np.testing.assert_allclose(lengths["Trunk"].values, 0.5, atol=1e-6)


def test_angles_of_a_known_pose(make_estimate):
    angles = by_name(joint_angles_rad(make_estimate().poses))
    np.testing.assert_allclose(np.rad2deg(angles["Knee"].values), 0.0, atol=1e-6)
    np.testing.assert_allclose(np.rad2deg(angles["Hip"].values), 0.0, atol=1e-6)
    np.testing.assert_allclose(np.rad2deg(angles["Elbow"].values), 90.0, atol=1e-6)
    np.testing.assert_allclose(np.rad2deg(angles["Shoulder"].values), 90.0, atol=1e-6)


def test_left_stands_before_right(make_estimate):
    poses = make_estimate().poses
    joints = poses.joints.copy()
    joints[:, :, poses.skeleton.index("l_wrist")] = joints[:, :, poses.skeleton.index("l_elbow")] + [0.25, 0.0, 0.0]
    elbow = by_name(joint_angles_rad(replace(poses, joints=joints)))["Elbow"]
    np.testing.assert_allclose(np.rad2deg(elbow.values[0, 0]), [0.0, 90.0], atol=1e-6)


def test_an_unknown_joint_hides_only_its_own_side(make_estimate):
    poses = make_estimate().poses
    mask = poses.mask.copy()
    mask[:, :, poses.skeleton.index("r_wrist")] = False
    hidden = replace(poses, mask=mask)
    assert by_name(joint_angles_rad(hidden))["Elbow"].mask[0, 0].tolist() == [True, False]
    assert by_name(limb_lengths_m(hidden))["Forearm"].mask[0, 0].tolist() == [True, False]
    assert by_name(limb_lengths_m(hidden))["Upper arm"].mask.all()


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=str)
def test_every_skeleton_has_angles_and_degenerate_bodies_are_finite(skeleton):
    shape = (2, 1, len(skeleton))
    poses = Poses3d(
        skeleton=skeleton, joints=np.zeros((*shape, 3)), mask=np.ones(shape, bool), confidence=np.ones(shape),
        times=np.arange(2.0), person_ids=np.array([1]), root=None,
    )  # fmt: skip
    measures = (*joint_angles_rad(poses), *limb_lengths_m(poses))
    assert len(measures) == 11
    assert all(np.all(np.isfinite(measure.values)) for measure in measures)


def test_how_sure_measures_are_does_not_depend_on_the_unit(make_estimate):
    poses = make_estimate().poses
    unsure = replace(poses, uncertainty=np.random.default_rng(0).uniform(0.01, 0.1, poses.mask.shape))
    for measures in (joint_angles_rad, limb_lengths_m):
        for one, other in zip(measures(unsure), measures(unsure.in_unit("mm")), strict=True):
            assert one.deviation is not None and one.deviation.shape == one.values.shape and (one.deviation > 0).all()
            np.testing.assert_allclose(one.deviation, other.deviation, rtol=1e-6)


def test_measures_of_poses_that_do_not_say_how_sure_they_are_do_not_either(make_estimate):
    poses = make_estimate().poses
    assert all(one.deviation is None for one in (*joint_angles_rad(poses), *limb_lengths_m(poses)))
