"""Second opinions: distances by hand, and each of the reasons to believe in somebody, with and without it."""

import numpy as np
import pytest
from lit_teacher import joints_of

from maquette.body.catalog import BLAZEPOSE_33, COCO_17
from maquette.inference.detectors.protocol import Detection
from maquette.inference.second_opinion import (
    OURS,
    SURE_MIDDLE,
    Candidates,
    are_alike,
    candidates_in,
    is_said_twice,
    median_apart,
    speaks_face,
    widen,
)  # fmt: skip

DISC = (200.0, 150.0, 40.0)
SCALE = 40 * np.hypot(1.3, 2.4)  # from a shoulder to the other hip


def somebody(confidence=0.9):
    return Detection(joints_of(DISC)[None], np.full((1, 17), confidence))


def test_the_middle_joint_says_how_far_two_opinions_are_apart():
    one, other = somebody(), somebody()
    other.joints[0, :9, 0] += 0.1 * SCALE
    other.joints[0, 9:, 1] += 900.0
    assert median_apart(*one[:2], *other[:2])[0] == pytest.approx(0.1)
    other.confidence[0, 9:] = 0.2  # then they do not count, nor do the known ones suffice once they are three
    assert median_apart(*one[:2], *other[:2])[0] == pytest.approx(0.1)
    other.confidence[0, 3:] = 0.2
    assert median_apart(*one[:2], *other[:2])[0] > 1
    assert not are_alike(one, other, 0.12)[0] and are_alike(one, somebody(), 0.0)[0]
    assert median_apart(*one.select(np.zeros(0, int))[:2], *other.select(np.zeros(0, int))[:2]).shape == (0,)


def test_a_face_speaks_for_whoever_has_its_nose():
    read = somebody()
    nose = read.joints[0, COCO_17.index("nose")]
    assert not speaks_face(read, np.zeros((0, 5)))[0]
    for off, is_its in ((4.0, True), (6.0, False)):
        faces = np.array([[0, 0, 20, 0, 0], [*nose, 20, nose[0] + off, nose[1]]])
        assert speaks_face(read, faces)[0] == is_its
    faces = np.array([[*nose, 20.0, *nose]])
    read.confidence[0, 7:] = 0.1
    assert speaks_face(read, faces)[0]
    read.confidence[0, 6] = 0.1
    assert not speaks_face(read, faces)[0]


def test_who_is_clear_twice_needs_nobody_else():
    read = somebody()
    candidates = Candidates(np.zeros((1, 3)), *somebody()[:2], np.array([SURE_MIDDLE]))
    assert is_said_twice(read, candidates)[0]
    assert not is_said_twice(read, candidates._replace(middle=np.array([SURE_MIDDLE - 0.01])))[0]
    assert not is_said_twice(read, candidates._replace(joints=candidates.joints + 0.06 * SCALE))[0]
    assert not is_said_twice(read, candidates_in(np.zeros((1, 3))))[0]
    read.confidence[0, 7:] = 0.1
    assert not is_said_twice(read, candidates)[0]


def test_joints_that_are_not_plausible_are_unknown_among_the_landmarks():
    read = somebody()
    read.confidence[0, 5] = 0.1
    wide = widen(read)
    assert wide.joints.shape == (1, 33, 2) and np.count_nonzero(wide.confidence) == 16
    np.testing.assert_array_equal(np.delete(wide.joints[0, OURS], 5, 0), np.delete(read.joints[0], 5, 0))
    left = BLAZEPOSE_33.index("l_shoulder")
    assert not wide.joints[0, left].any() and wide.confidence[0, left] == 0
