import numpy as np

from maquette.rendering.truth import find_seen_boxes, find_seen_joints

HEIGHT, WIDTH = 8, 10


def maps():
    instances = np.zeros((HEIGHT, WIDTH), np.uint8)
    instances[2:6, 3:5] = 1
    instances[4:7, 4:8] = 2
    parts = np.where(instances == 1, 1, np.where(instances == 2, 2, 0)).astype(np.uint8)
    depth = np.where(instances > 0, 2.0, 0.0).astype(np.float32)
    return instances, parts, depth


def seen(joint_px, depth_m=2.05, person=1, slack=0.1, allowed=(1, 2)):
    joints = np.full((2, 1, 2), -50, np.float32)
    depths = np.full((2, 1), 2.0, np.float32)
    joints[person - 1, 0], depths[person - 1] = joint_px, depth_m
    may = np.zeros((1, 16), bool)
    may[0, list(allowed)] = True
    return bool(find_seen_joints(joints, depths, maps(), may, np.array([slack], np.float32))[person - 1, 0])


def test_a_joint_close_behind_its_own_surface_is_seen():
    assert seen((3.4, 2.4))
    assert seen((6, 5), person=2)


def test_a_joint_behind_another_person_is_hidden():
    assert not seen((4, 5), person=1)


def test_a_joint_far_behind_the_surface_is_hidden_as_is_one_on_the_wrong_part():
    assert not seen((3, 2), depth_m=2.2)
    assert not seen((3, 2), allowed=(2,))


def test_what_lies_outside_the_picture_or_behind_the_camera_is_hidden():
    assert not seen((-0.6, 2))
    assert not seen((WIDTH - 0.4, 2))
    assert not seen((1e30, 2))
    assert not seen((3, 2), depth_m=-1.0)


def test_boxes_enclose_whole_pixels_and_are_empty_for_the_unseen():
    boxes = find_seen_boxes(maps()[0], 3)
    assert boxes[0].tolist() == [2.5, 1.5, 2.0, 4.0]
    assert boxes[1].tolist() == [3.5, 3.5, 4.0, 3.0]
    assert boxes[2].tolist() == [0, 0, 0, 0]
