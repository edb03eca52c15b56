"""COCO's joints and those of rendered bodies: there and back, along the body, and the shares that were measured."""

import json
from pathlib import Path

import numpy as np
import pytest

from maquette.body.catalog import COCO_17
from maquette.body.joint_definitions import (
    LIMBS,
    annotated_to_rendered,
    body_vectors,
    find_offsets,
    offset_shares,
    rendered_to_annotated,
)

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "joint_definitions.json"
ALL = np.ones(17, bool)


@pytest.fixture
def joints():
    return np.random.default_rng(0).normal(size=(3, 17, 2)).cumsum(axis=1) * 20


def test_the_shares_are_those_that_were_measured():
    measured = json.loads(RESULTS.read_text(encoding="utf-8"))["figures"]["joints"]
    assert set(measured) == set(LIMBS) == set(offset_shares())
    for joint, shares in offset_shares().items():
        assert (shares.spine, shares.limb) == (measured[joint]["spine"], measured[joint]["limb"])
        assert max(map(abs, shares)) < 0.1  # centimetres, not another joint
        assert measured[joint]["off_after_percent_of_torso"] < measured[joint]["off_percent_of_torso"]


def test_a_hip_is_moved_along_the_spine_and_the_thigh():
    """Written out for one joint."""
    joints = np.zeros((17, 2))
    places = {"l_shoulder": (10, 0), "r_shoulder": (-10, 0), "l_hip": (6, 50), "r_hip": (-6, 50), "l_knee": (8, 90)}
    for joint, place in places.items():
        joints[COCO_17.index(joint)] = place
    shares = offset_shares()["hip"]
    expected = shares.spine * np.array([0, -50]) + shares.limb * np.array([2, 40])
    np.testing.assert_allclose(find_offsets(joints, ALL)[COCO_17.index("l_hip")], expected)


def test_heads_stay_where_they_are(joints):
    head = list(COCO_17.indices("nose", "l_eye", "r_eye", "l_ear", "r_ear"))
    np.testing.assert_array_equal(rendered_to_annotated(joints, np.ones((3, 17), bool))[:, head], joints[:, head])


def test_there_and_back_is_nearly_where_it_began(joints):
    known = np.ones((3, 17), bool)
    back = annotated_to_rendered(rendered_to_annotated(joints, known), known)
    moved = np.abs(rendered_to_annotated(joints, known) - joints).max()
    assert np.abs(back - joints).max() < 0.2 * moved


def test_it_turns_grows_and_is_mirrored_with_the_body(joints):
    known = np.ones((3, 17), bool)
    turn = 2.0 * np.array([[0.6, -0.8], [0.8, 0.6]])
    np.testing.assert_allclose(find_offsets(joints @ turn.T, known), find_offsets(joints, known) @ turn.T)
    mirrored = joints[:, COCO_17.mirror] * [-1, 1]
    np.testing.assert_allclose(find_offsets(mirrored, known), find_offsets(joints, known)[:, COCO_17.mirror] * [-1, 1])


@pytest.mark.parametrize(("unknown", "is_spine"), [("l_hip", True), ("l_knee", False)])
def test_what_hangs_on_an_unknown_joint_is_left_out(joints, unknown, is_spine):
    known = np.ones((3, 17), bool)
    known[:, COCO_17.index(unknown)] = False
    spine, limbs = body_vectors(joints, known)
    assert not limbs[:, COCO_17.index("l_hip")].any()
    assert (not spine.any()) == is_spine
    assert np.isfinite(find_offsets(joints, known)).all()
