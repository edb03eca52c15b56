from dataclasses import replace

import numpy as np
import pytest

from maquette.body.catalog import COCO_17, H36M_17
from maquette.body.observation import (
    DOUBTFUL_BELOW,
    KNOWN_CONFIDENCE,
    find_doubtful,
    find_observed,
    mean_confidence,
)
from maquette.body.people import Poses2d, Poses3d


def one_person(**changes):
    shape = (1, 1, 17)
    given = {
        "skeleton": COCO_17,
        "joints": np.full((*shape, 2), 5.0, np.float32),
        "mask": np.ones(shape, bool),
        "confidence": np.ones(shape, np.float32),
        "times": np.zeros(1),
        "person_ids": np.ones(1, int),
        "image_size": (64, 48),
    }
    return Poses2d(**given | changes)


@pytest.mark.parametrize(
    ("place", "size", "unit", "is_inside"),
    [
        ((-0.5, 5), (64, 48), "px", True),
        ((-0.6, 5), (64, 48), "px", False),
        ((5, -0.6), (64, 48), "px", False),
        ((63.5, 47.5), (64, 48), "px", True),
        ((63.6, 5), (64, 48), "px", False),
        ((5, 47.6), (64, 48), "px", False),
        ((-900, 1e6), None, "px", True),
        ((0.5, 1.0), None, "fraction", True),
        ((0.5, 1.01), (64, 48), "fraction", False),
    ],
)
def test_a_joint_is_observed_up_to_the_edge_of_the_picture(place, size, unit, is_inside):
    joints = np.full((1, 1, 17, 2), 0.25, np.float32)
    joints[0, 0, 3] = place
    observed = find_observed(one_person(joints=joints, image_size=size, unit=unit))
    assert observed[0, 0, 3] == is_inside and observed.sum() == 16 + is_inside


def test_a_joint_that_was_not_given_or_is_hardly_believed_is_not_observed():
    confidence = np.ones((1, 1, 17))
    confidence[0, 0, :2] = KNOWN_CONFIDENCE, KNOWN_CONFIDENCE * 0.99
    mask = np.arange(17)[None, None] != 2
    observed = find_observed(one_person(confidence=confidence, mask=mask))
    assert observed[0, 0, :4].tolist() == [True, False, False, True]


def in_space(**changes):
    shape = (2, 1, 17)
    given = {
        "skeleton": COCO_17,
        "joints": np.ones((*shape, 3), np.float32),
        "mask": np.ones(shape, bool),
        "confidence": np.ones(shape, np.float32),
        "times": np.arange(2.0),
        "person_ids": np.ones(1, int),
        "root": None,
    }
    return Poses3d(**given | changes)


def test_where_nothing_is_said_every_known_joint_counts_as_observed():
    poses = in_space(mask=np.arange(17)[None, None] > np.array([3, 5])[:, None, None])
    np.testing.assert_array_equal(poses.observed, poses.mask)


def test_what_is_observed_goes_along_with_frames_hiding_and_other_skeletons():
    is_observed = np.ones((2, 1, 17), bool)
    is_observed[1, 0, COCO_17.index("l_hip")] = False
    poses = in_space(is_observed=is_observed)
    np.testing.assert_array_equal(poses.select_frames(slice(1, None)).observed, is_observed[1:])
    mapped = poses.mapped_to(H36M_17)
    lost = {H36M_17.joint_names[joint] for joint in np.flatnonzero(~mapped.observed[1, 0])}
    assert lost == {"l_hip", "pelvis", "spine"} and mapped.observed[0].all() and mapped.mask.all()
    hidden = poses.known_where(np.arange(17)[None, None] > 8)
    assert not hidden.observed[..., :9].any() and not hidden.is_observed[..., :9].any()
    seen = replace(poses, mask=np.zeros_like(is_observed))
    assert not seen.observed.any()


def test_who_is_less_sure_than_the_threshold_in_what_was_observed_is_doubtful():
    confidence = np.full((2, 1, 17), DOUBTFUL_BELOW, np.float64)
    confidence[1, 0, :8] -= 0.2
    confidence[1, 0, 8:16] += 0.19
    poses = in_space(confidence=confidence)
    np.testing.assert_allclose(mean_confidence(poses)[1], DOUBTFUL_BELOW - 8 * 0.01 / 17)
    assert find_doubtful(poses).tolist() == [[False], [True]]
    seen = np.ones((2, 1, 17), bool)
    seen[1, 0, :8] = False
    assert not find_doubtful(replace(poses, is_observed=seen)).any()
    assert find_doubtful(replace(poses, is_observed=np.zeros_like(seen))).all()
    assert not find_doubtful(replace(poses, mask=np.zeros_like(seen), confidence=np.zeros(seen.shape))).any()


def test_doubt_goes_along_with_frames_and_other_skeletons():
    poses = in_space(is_doubtful=np.array([[True], [False]]))
    assert poses.doubtful.tolist() == [[True], [False]] and not in_space().doubtful.any()
    assert poses.select_frames(slice(1, None)).doubtful.tolist() == [[False]]
    assert poses.mapped_to(H36M_17).doubtful.tolist() == [[True], [False]]
