"""Several views of a person make one reading: mirrored ones with their sides exchanged, and how well they agree."""

import numpy as np
import pytest
from lit_teacher import LitTeacher, disc_picture, joints_of

from maquette.body.catalog import COCO_17
from maquette.methods.teacher.reading import combine_views, enlarge_squares, read_views

DISC = (80.0, 90.0, 15.0)


def test_views_that_agree_give_the_true_joints_with_their_sides():
    read = read_views(disc_picture((180, 190), [DISC]), np.array([[20.0, 25, 125]]), LitTeacher())
    np.testing.assert_allclose(read.joints[0], joints_of(DISC), atol=1.0)
    assert read.spread.max() < 0.03
    np.testing.assert_allclose(read.confidence, 0.9)
    across = np.hypot(0.8 + 0.5, 2.4) * DISC[2]
    assert read.scales_px[0] == pytest.approx(across, rel=0.03)


def test_joints_that_differ_from_view_to_view_spread():
    shaky = LitTeacher(shaky=("l_knee",))
    read = read_views(disc_picture((180, 190), [DISC]), np.array([[20.0, 25, 125]]), shaky)
    is_apart = read.spread[0] > 0.2
    assert np.flatnonzero(is_apart).tolist() == sorted(COCO_17.indices("l_knee", "r_knee"))


def test_the_mean_and_the_spread_by_hand():
    joints, confidence = np.zeros((2, 1, 17, 2)), np.full((2, 1, 17), 0.5)
    joints[:, 0, COCO_17.index("l_shoulder")] = (100, 0)
    joints[:, 0, COCO_17.index("r_hip")] = (100, 40)
    wrist = COCO_17.index("l_wrist")
    joints[:, 0, wrist] = [(10, 0), (18, 0)]
    confidence[:, 0, wrist] = (0.9, 0.3)
    read = combine_views(joints, confidence, COCO_17)
    assert read.scales_px[0] == pytest.approx(40)
    np.testing.assert_allclose(read.joints[0, wrist], (12, 0))
    assert read.confidence[0, wrist] == pytest.approx(0.6)
    assert read.spread[0, wrist] == pytest.approx(np.sqrt(0.75 * 4 + 0.25 * 36) / 40)


def test_what_no_view_finds_is_unknown_and_finite():
    read = combine_views(np.zeros((2, 3, 17, 2)), np.zeros((2, 3, 17)), COCO_17)
    assert all(np.isfinite(part).all() for part in read) and not read.confidence.any()


def test_larger_squares_have_the_same_middle():
    assert enlarge_squares(np.array([[10.0, 20, 100]]), 1.2).tolist() == [[0.0, 10.0, 120.0]]
