"""People found twice: by how near their joints lie, as a share of how large they are."""

import numpy as np
import pytest

from maquette.body.catalog import COCO_17
from maquette.inference.same_person import drop_twins, find_own_boxes, measure_scales


def test_of_those_who_are_the_same_the_one_of_highest_rank_stays():
    joints = np.zeros((4, 17, 2)) + np.arange(17)[:, None] * 10.0
    joints[1] += 1.0
    joints[2] += 50.0
    joints[3, :8] += 50.0
    joints[3, 8] += 500.0
    known = np.ones((4, 17), bool)
    assert drop_twins(joints, known, np.full(4, 20.0), np.array([0.5, 0.9, 0.1, 0.2])).tolist() == [1, 3, 2]
    known[0, :], known[1, :] = False, False
    assert sorted(drop_twins(joints, known, np.full(4, 20.0), np.ones(4)).tolist()) == [0, 1, 2, 3]


def test_people_who_bend_to_the_camera_are_measured_by_their_extent():
    joints = np.zeros((1, 17, 2))
    joints[0, 0] = (0, 500)
    assert measure_scales(joints, np.ones((1, 17), bool), COCO_17)[0] == pytest.approx(100)
    assert measure_scales(joints, np.zeros((1, 17), bool), COCO_17)[0] == 1.0


def test_people_whose_hips_are_unknown_are_measured_by_their_shoulders():
    joints, known = np.zeros((1, 17, 2)), np.zeros((1, 17), bool)
    shoulders = list(COCO_17.indices("l_shoulder", "r_shoulder"))
    joints[0, shoulders], known[0, shoulders] = [(950, 300), (900, 300)], True
    assert measure_scales(joints, known, COCO_17)[0] == pytest.approx(80)  # not from there to hips at the corner
    hips = list(COCO_17.indices("l_hip", "r_hip"))
    joints[0, hips], known[0, hips] = [(950, 420), (900, 420)], True
    assert measure_scales(joints, known, COCO_17)[0] == pytest.approx(130)


def test_whose_box_is_nearly_that_of_somebody_before_is_left_out():
    corners = np.array(
        [[(0, 0), (10, 20)], [(0, 0), (10, 20)], [(1, 1), (10, 20)], [(3, 0), (13, 20)], [(50, 0), (60, 20)]]
    )
    joints, known = np.concatenate([corners, np.full((5, 1, 2), 99.0)], axis=1), np.array([[True, True, False]] * 5)
    assert find_own_boxes(joints, known, 0).tolist() == [0, 3, 4]
    assert find_own_boxes(joints, known, 2).tolist() == [0, 1, 3, 4]
    assert find_own_boxes(joints[:0], known[:0], 0).tolist() == []
    assert find_own_boxes(joints[:2], np.zeros((2, 3), bool), 0).tolist() == [0, 1]
