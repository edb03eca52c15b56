from dataclasses import replace

import numpy as np
import pytest

from maquette.body.catalog import SKELETONS
from maquette.body.joint_angles import joint_angles
from maquette.body.people import Poses3d
from maquette.show.measure import angle_measures_rad, limb_lengths_m


def by_name(measures):
    return {measure.name: measure for measure in measures}


def test_lengths_of_a_known_body(make_estimate):
    lengths = by_name(limb_lengths_m(make_estimate().poses.in_unit("mm")))
    np.testing.assert_allclose(lengths["Upper arm"].values, 0.27, atol=1e-6)
    np.testing.assert_allclose(lengths["Thigh"].values, 0.45, atol=1e-6)
    np.testing.assert_allclose(lengths["Shoulder width"].values, 0.36, atol=1e-6)
    np.testing.assert_allclose(lengths["Trunk"].values, 0.5, atol=1e-6)


def test_angles_of_a_known_pose(make_estimate):
    angles = by_name(angle_measures_rad(make_estimate().poses))
    wanted = {"Knee flexion": 0.0, "Hip flexion": 0.0, "Elbow flexion": 90.0, "Shoulder abduction": 90.0}
    for name, value in wanted.items():
        np.testing.assert_allclose(np.rad2deg(angles[name].values), value, atol=1e-6)
    rotation = np.rad2deg(angles["Shoulder internal rotation"].values)
    np.testing.assert_allclose(rotation, np.broadcast_to([-90.0, 90.0], rotation.shape), atol=1e-6)


def test_what_is_known_of_nobody_is_not_measured(make_estimate):
    poses = make_estimate().poses
    names = by_name(angle_measures_rad(poses)).keys()
    assert "Hip internal rotation" not in names and "Trunk forward lean" not in names
    upright = by_name(angle_measures_rad(replace(poses, up=(0.0, -1.0, 0.0))))
    assert upright["Trunk forward lean"].values.shape == (4, 1, 1)


def test_the_page_has_the_angles_of_files(make_estimate):
    poses = make_estimate().poses
    poses = replace(poses, uncertainty=np.full(poses.mask.shape, 0.04))
    knees, angles = by_name(angle_measures_rad(poses))["Knee flexion"], joint_angles(poses)
    columns = [angles.names.index(f"{side}_knee_flexion") for side in "lr"]
    np.testing.assert_array_equal(knees.values, angles.values_rad[..., columns])
    np.testing.assert_array_equal(knees.deviation, angles.deviation_rad[..., columns])


def test_an_unknown_joint_hides_only_its_own_side(make_estimate):
    poses = make_estimate().poses
    mask = poses.mask.copy()
    mask[:, :, poses.skeleton.index("r_wrist")] = False
    hidden = replace(poses, mask=mask)
    assert by_name(angle_measures_rad(hidden))["Elbow flexion"].mask[0, 0].tolist() == [True, False]
    assert by_name(limb_lengths_m(hidden))["Forearm"].mask[0, 0].tolist() == [True, False]
    assert by_name(limb_lengths_m(hidden))["Upper arm"].mask.all()


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=str)
def test_every_skeleton_has_lengths_and_degenerate_bodies_are_finite(skeleton):
    shape = (2, 1, len(skeleton))
    poses = Poses3d(
        skeleton=skeleton, joints=np.zeros((*shape, 3)), mask=np.ones(shape, bool), confidence=np.ones(shape),
        times=np.arange(2.0), person_ids=np.array([1]), root=None,
    )  # fmt: skip
    measures = limb_lengths_m(poses)
    assert len(measures) == 7 and not angle_measures_rad(poses)
    assert all(np.all(np.isfinite(measure.values)) for measure in measures)


def test_how_sure_measures_are_does_not_depend_on_the_unit(make_estimate):
    poses = make_estimate().poses
    unsure = replace(poses, uncertainty=np.random.default_rng(0).uniform(0.01, 0.1, poses.mask.shape))
    for measures in (angle_measures_rad, limb_lengths_m):
        for one, other in zip(measures(unsure), measures(unsure.in_unit("mm")), strict=True):
            assert one.deviation is not None and one.deviation.shape == one.values.shape
            assert (one.deviation[one.mask] > 0).all()
            np.testing.assert_allclose(one.deviation, other.deviation, rtol=1e-6)


def test_measures_of_poses_that_do_not_say_how_sure_they_are_do_not_either(make_estimate):
    poses = make_estimate().poses
    assert all(one.deviation is None for one in (*angle_measures_rad(poses), *limb_lengths_m(poses)))
