import itertools

import numpy as np
import pytest

from maquette.body.catalog import (
    BLAZEPOSE_33,
    BODY_25,
    COCO_17,
    H36M_17,
    HALPE_26,
    KUNDU_17,
    LSP_14,
    MPI_15,
    MPI_INF_3DHP_17,
    MPII_16,
    OPENPOSE_MPI_15,
    SKELETONS,
)
from maquette.body.mapping import RULES, source_to_target

every_pair = pytest.mark.parametrize(
    ("source", "target"), list(itertools.product(SKELETONS.values(), repeat=2)), ids=lambda skeleton: skeleton.name
)
RANDOM = np.random.default_rng(0)


def copied_from(source, target) -> dict[str, int]:
    """For each target joint that is a plain copy, the source's index."""
    weights = source_to_target(source, target).weights
    return {
        joint: int(row.argmax())
        for joint, row in zip(target.joint_names, weights, strict=True)
        if row.max() == 1 and np.count_nonzero(row) == 1
    }


def weights_of(source, target, joint: str, *, exact_only: bool = False) -> dict[str, float]:
    row = source_to_target(source, target, exact_only=exact_only).weights[target.index(joint)]
    return {source.joint_names[at]: round(float(row[at]), 9) for at in np.flatnonzero(row)}


class TestPublishedIndexMaps:
    def test_mpii_from_human36m(self):
        copied = copied_from(H36M_17, MPII_16)
        assert "upper_neck" not in copied
        order = [copied[joint] for joint in MPII_16.joint_names if joint in copied]
        assert order == [3, 2, 1, 4, 5, 6, 0, 8, 10, 16, 15, 14, 11, 12, 13]

    def test_human36m_from_the_fourteen_of_a_belief_map_teacher(self):
        copied = copied_from(MPI_15, H36M_17)
        slots = [1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13, 14, 15, 16]
        assert [copied[H36M_17.joint_names[slot]] for slot in slots] == [8, 9, 10, 11, 12, 13, 1, 0, 5, 6, 7, 2, 3, 4]

    def test_belief_map_fourteen_lead_3dhp(self):
        copied = copied_from(MPI_INF_3DHP_17, MPI_15)
        assert [copied[joint] for joint in MPI_15.joint_names] == list(range(15))

    def test_fifteen_common_joints_of_kundu_and_the_teacher(self):
        copied = copied_from(KUNDU_17, MPI_15)
        assert len(copied) == 15

    def test_human36m_from_halpe(self):
        copied = copied_from(HALPE_26, H36M_17)
        order = [copied[joint] for joint in H36M_17.joint_names if joint != "spine"]
        assert order == [19, 12, 14, 16, 11, 13, 15, 18, 0, 17, 5, 7, 9, 6, 8, 10]


class TestRulesByHand:
    @pytest.mark.parametrize(
        ("source", "target", "joint", "weights"),
        [
            (COCO_17, H36M_17, "pelvis", {"l_hip": 0.5, "r_hip": 0.5}),
            (COCO_17, H36M_17, "thorax", {"l_shoulder": 0.5, "r_shoulder": 0.5}),
            (COCO_17, H36M_17, "spine", {"l_shoulder": 0.25, "r_shoulder": 0.25, "l_hip": 0.25, "r_hip": 0.25}),
            (COCO_17, H36M_17, "head_top", {"l_ear": 0.78, "r_ear": 0.78, "l_shoulder": -0.28, "r_shoulder": -0.28}),
            (BODY_25, H36M_17, "head_top", {"thorax": -0.56, "l_ear": 0.78, "r_ear": 0.78}),
            (BODY_25, H36M_17, "spine", {"pelvis": 0.5, "thorax": 0.5}),
            (BODY_25, MPII_16, "upper_neck", {"thorax": 0.454, "l_ear": 0.273, "r_ear": 0.273}),
            (BODY_25, MPI_INF_3DHP_17, "head", {"l_ear": 0.5, "r_ear": 0.5}),
            (BODY_25, KUNDU_17, "l_foot", {"l_big_toe": 0.5, "l_small_toe": 0.5}),
            (BLAZEPOSE_33, BODY_25, "r_big_toe", {"r_foot": 1.0}),
            (H36M_17, MPII_16, "upper_neck", {"thorax": 0.65, "head_top": 0.35}),
        ],
    )
    def test_weights(self, source, target, joint, weights):
        assert weights_of(source, target, joint) == weights

    def test_head_top_lies_as_far_above_the_ears_as_their_height_demands(self):
        joints = np.zeros((17, 3))
        joints[COCO_17.indices("l_shoulder", "r_shoulder"), 2] = 1.40
        joints[COCO_17.indices("l_ear", "r_ear"), 2] = 1.615
        mapped = source_to_target(COCO_17, H36M_17).joints(joints)
        np.testing.assert_allclose(mapped[H36M_17.index("head_top")], [0, 0, 1.40 + 1.56 * 0.215])

    def test_what_is_there_is_never_made_up(self):
        assert weights_of(HALPE_26, H36M_17, "pelvis") == {"pelvis": 1.0}
        assert weights_of(HALPE_26, H36M_17, "head_top") == {"head_top": 1.0}

    def test_rules_add_to_one(self):
        assert all(sum(rule.weights.values()) == pytest.approx(1) for rule in RULES)

    def test_rules_that_need_each_other_end(self):
        mapping = source_to_target(COCO_17, BODY_25)
        assert set(mapping.missing) == {
            f"{side}_{joint}" for side in "lr" for joint in ("big_toe", "small_toe", "heel")
        }


class TestExactOnly:
    def test_keeps_what_is_defined_so(self):
        assert weights_of(COCO_17, H36M_17, "pelvis", exact_only=True) == {"l_hip": 0.5, "r_hip": 0.5}

    def test_leaves_out_what_is_put_near(self):
        mapping = source_to_target(COCO_17, H36M_17, exact_only=True)
        assert mapping.missing == ("spine", "head_top")
        assert [rule.joint for rule in mapping.synthesised] == ["pelvis", "thorax"]

    def test_a_neck_at_the_chin_gives_no_thorax_but_the_shoulders_do(self):
        assert weights_of(LSP_14, KUNDU_17, "thorax", exact_only=True) == {"l_shoulder": 0.5, "r_shoulder": 0.5}


class TestMaskAndConfidence:
    def test_a_joint_is_known_when_all_its_sources_are(self):
        mask = np.ones((2, 17), dtype=bool)
        mask[0, COCO_17.index("l_hip")] = False
        mapped = source_to_target(COCO_17, H36M_17).mask(mask)
        hidden = [H36M_17.joint_names[at] for at in np.flatnonzero(~mapped[0])]
        assert hidden == ["pelvis", "l_hip", "spine"]
        assert mapped[1].all()

    def test_missing_joints_are_hidden_at_the_origin_without_confidence(self):
        mapping = source_to_target(COCO_17, KUNDU_17)
        feet = KUNDU_17.indices("l_foot", "r_foot")
        assert not mapping.mask(np.ones((1, 17), dtype=bool))[0, feet].any()
        assert not mapping.joints(np.ones((1, 17, 2)))[0, feet].any()
        assert not mapping.confidence(np.ones((1, 17)))[0, feet].any()

    def test_confidence_is_that_of_the_worst_source(self):
        confidence = np.ones(17)
        confidence[COCO_17.indices("l_hip", "r_shoulder")] = 0.25, 0.75
        mapped = source_to_target(COCO_17, H36M_17).confidence(confidence)
        named = dict(zip(H36M_17.joint_names, mapped.tolist(), strict=True))
        assert (named["pelvis"], named["thorax"], named["spine"], named["nose"]) == (0.25, 0.75, 0.25, 1.0)
        assert named["head_top"] == 0.75


def test_report_says_what_was_not_copied():
    assert source_to_target(H36M_17, H36M_17).report() == []
    assert source_to_target(COCO_17, H36M_17, exact_only=True).report() == [
        "joint synthesised: pelvis = 0.5 l_hip + 0.5 r_hip",
        "joint synthesised: thorax = 0.5 l_shoulder + 0.5 r_shoulder",
        "joints that coco_17 cannot give: spine, head_top",
    ]
    assert (
        "joint synthesised: spine = 0.5 pelvis + 0.5 thorax (approximate)"
        in source_to_target(COCO_17, H36M_17).report()
    )


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=str)
def test_to_itself_nothing_changes(skeleton):
    mapping = source_to_target(skeleton, skeleton)
    np.testing.assert_array_equal(mapping.weights, np.eye(len(skeleton)))
    assert (mapping.synthesised, mapping.missing) == ((), ())


@every_pair
def test_laws_of_every_pair(source, target):
    mapping = source_to_target(source, target)
    sums = dict(zip(target.joint_names, mapping.weights.sum(axis=1), strict=True))
    np.testing.assert_allclose([sums.pop(joint) for joint in mapping.missing], 0)
    np.testing.assert_allclose(list(sums.values()), 1)
    shared = [joint for joint in target.joint_names if joint in source]
    assert all(weights_of(source, target, joint) == {joint: 1.0} for joint in shared)
    np.testing.assert_allclose(mapping.weights[target.mirror][:, source.mirror], mapping.weights)
    exact = source_to_target(source, target, exact_only=True)
    assert set(mapping.missing) <= set(exact.missing)
    assert all(rule.is_exact for rule in exact.synthesised)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_any_batch_and_precision(dtype, dimensions):
    joints = RANDOM.normal(size=(4, 3, 17, dimensions)).astype(dtype)
    mapping = source_to_target(COCO_17, H36M_17)
    mapped = mapping.joints(joints)
    assert (mapped.shape, mapped.dtype) == ((4, 3, 17, dimensions), dtype)
    assert mapping.confidence(joints[..., 0]).dtype == dtype
    np.testing.assert_allclose(mapped[2, 1], mapping.joints(joints[2, 1]), rtol=1e-6)
    middle = (joints[:, :, COCO_17.index("l_hip")] + joints[:, :, COCO_17.index("r_hip")]) / 2
    np.testing.assert_allclose(mapped[:, :, H36M_17.index("pelvis")], middle, atol=1e-6)


def test_what_a_skeleton_has_only_near_a_joint_is_left_out_where_exact_ones_are_wanted():
    exact = source_to_target(OPENPOSE_MPI_15, H36M_17, exact_only=True)
    assert "spine" in exact.missing and not exact.weights[H36M_17.index("spine")].any()
    assert weights_of(OPENPOSE_MPI_15, H36M_17, "spine") == {"spine": 1.0}
    assert weights_of(OPENPOSE_MPI_15, H36M_17, "pelvis", exact_only=True) == {"l_hip": 0.5, "r_hip": 0.5}
    assert weights_of(OPENPOSE_MPI_15, OPENPOSE_MPI_15, "spine", exact_only=True) == {"spine": 1.0}
