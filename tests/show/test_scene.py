from dataclasses import replace

import numpy as np
import pytest

from maquette.show.scene import estimate_to_scene, near_joints, view_points


def with_poses(estimate, **changes):
    return replace(estimate, poses=replace(estimate.poses, **changes))


def test_up_is_up_and_the_lowest_joint_stands_on_the_floor(make_estimate):
    estimate = make_estimate()
    scene, index = estimate_to_scene(estimate), estimate.poses.skeleton.index
    assert scene.joints[0, 0, index("head_top"), 2] > scene.joints[0, 0, index("l_ankle"), 2]
    np.testing.assert_allclose(scene.joints[..., 2].min(axis=(1, 2)), scene.floor)


@pytest.mark.parametrize(("view", "axis", "sign"), [("camera", 0, 1), ("side", 2, 1), ("above", 0, 1)])
def test_screen_right_is_what_each_view_promises(make_estimate, view, axis, sign):
    estimate = make_estimate(frames=1)
    joints = estimate.poses.joints.copy()
    joints[0, 0, 1, axis] += 0.3 * sign
    moved = estimate_to_scene(with_poses(estimate, joints=joints))
    still = estimate_to_scene(estimate)
    change = view_points(moved.joints[0, 0, 1], view)[0] - view_points(still.joints[0, 0, 1], view)[0]
    np.testing.assert_allclose(change, [0.3, 0.0], atol=1e-9)


def test_the_nearer_joint_is_less_deep_in_the_cameras_view(make_estimate):
    estimate = make_estimate(frames=1)
    depth = view_points(estimate_to_scene(estimate).joints[0, 0], "camera")[1]
    index = estimate.poses.skeleton.index
    assert depth[index("nose")] < depth[index("head_top")]


def test_persons_on_one_origin_are_set_apart_in_the_order_of_the_picture(make_estimate):
    estimate = make_estimate(persons=3)
    turned = replace(estimate, keypoints=replace(estimate.keypoints, joints=estimate.keypoints.joints[:, ::-1]))
    for given, order in ((estimate, [0, 1, 2]), (turned, [2, 1, 0])):
        scene = estimate_to_scene(given)
        left, right = scene.joints[0, order, :, 0].min(axis=1), scene.joints[0, order, :, 0].max(axis=1)
        assert scene.is_displaced
        assert np.all(left[1:] > right[:-1])


def test_persons_who_never_meet_may_share_a_place(make_estimate):
    estimate = make_estimate(persons=2)
    mask = estimate.poses.mask.copy()
    mask[:2, 0] = mask[2:, 1] = False
    flat = estimate.keypoints.joints.copy()
    flat[:, 1] = flat[:, 0]
    keypoints = replace(estimate.keypoints, joints=flat)
    scene = estimate_to_scene(replace(with_poses(estimate, mask=mask), keypoints=keypoints))
    np.testing.assert_allclose(scene.joints[0, 1, 0], scene.joints[3, 0, 0], atol=1e-9)


def test_absolute_poses_stay_where_they_are(make_estimate):
    estimate = make_estimate(persons=2, root=None)
    scene = estimate_to_scene(estimate)
    assert not scene.is_displaced
    np.testing.assert_allclose(scene.joints[..., 0], estimate.poses.joints[..., 0])
    assert not scene.lift.any()


def test_a_frame_without_ankles_keeps_the_usual_height(make_estimate):
    estimate = make_estimate(frames=3)
    mask = estimate.poses.mask.copy()
    mask[1, 0, estimate.poses.skeleton.indices("l_ankle", "r_ankle", "l_knee", "r_knee")] = False
    scene = estimate_to_scene(with_poses(estimate, mask=mask))
    np.testing.assert_allclose(scene.lift, scene.lift[0, 0])


def test_a_joint_that_flies_off_does_not_shrink_the_rest(make_estimate):
    estimate = make_estimate(frames=50)
    joints = estimate.poses.joints.copy()
    joints[7, 0, estimate.poses.skeleton.index("l_wrist"), 0] = 500.0
    scene = estimate_to_scene(with_poses(estimate, joints=joints))
    assert scene.high[0] < 2.0


def test_a_scene_without_anybody_still_has_a_box(make_estimate):
    estimate = make_estimate()
    scene = estimate_to_scene(with_poses(estimate, mask=np.zeros_like(estimate.poses.mask)))
    assert np.all(np.isfinite(scene.low)) and np.all(scene.high > scene.low)


@pytest.mark.parametrize("persons", [0, 2])
def test_any_number_of_persons_without_keypoints(make_estimate, persons):
    estimate = make_estimate(persons=persons)
    unseen = replace(estimate.keypoints, mask=np.zeros_like(estimate.keypoints.mask))
    scene = estimate_to_scene(replace(estimate, keypoints=unseen))
    assert np.all(np.isfinite(scene.joints))


def test_millimetres_give_the_same_scene(make_estimate):
    estimate = make_estimate()
    same = estimate_to_scene(replace(estimate, poses=estimate.poses.in_unit("mm")))
    np.testing.assert_allclose(same.joints, estimate_to_scene(estimate).joints, atol=1e-6)


@pytest.mark.parametrize("persons", [1, 2])
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("place", [10.0, 1e3, -1e9, 1e30])
def test_a_joint_that_flies_off_in_the_only_frame_does_not_shrink_the_rest(make_estimate, persons, axis, place):
    estimate = make_estimate(frames=1, persons=persons)
    joints = estimate.poses.joints.copy()
    joints[0, 0, estimate.poses.skeleton.index("l_ankle"), axis] = place
    scene = estimate_to_scene(with_poses(estimate, joints=joints))
    assert np.all(np.abs([scene.low, scene.high]) < 4.0)
    assert np.all(np.abs([scene.focused_on(0).low, scene.focused_on(0).high]) < 4.0)


def test_a_keypoint_that_flies_off_does_not_move_people_apart(make_estimate):
    estimate = make_estimate(persons=2)
    flat = estimate.keypoints.joints.copy()
    flat[:, 0, estimate.poses.skeleton.index("l_wrist")] = 1e9
    far = estimate_to_scene(replace(estimate, keypoints=replace(estimate.keypoints, joints=flat)))
    np.testing.assert_allclose(far.joints, estimate_to_scene(estimate).joints, atol=0.2)


@pytest.mark.parametrize("spread", [0.0, 1e-3, 1.0])
def test_stray_joints_are_those_far_beyond_the_rest(spread):
    places = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [9.0, 0.0]]) * spread
    mask = np.array([True, True, True, True, True, True])
    assert near_joints(places, mask, 0.0).tolist() == [True] * 5 + [spread == 0]
    assert near_joints(places, mask & False, 0.0).tolist() == [False] * 6
    assert near_joints(places, mask, 10.0).all()
