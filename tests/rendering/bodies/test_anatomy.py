from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra 'synth' is not installed")
pytest.importorskip("anny", reason="the extra 'synth' is not installed")

from maquette.body.catalog import ANNY_41, BLAZEPOSE_33, COCO_17, H36M_17, KUNDU_17, MPI_15, MPII_16
from maquette.body.mapping import source_to_target
from maquette.body.parts import PARTS_15, mirrored_labels
from maquette.rendering.bodies import anatomy
from maquette.rendering.bodies.body import anny_body
from maquette.rendering.bodies.shape import sample_phenotypes


def joints_at_rest(count=6):
    body = anny_body()
    eye = np.eye(3, dtype=np.float32)[None]
    still = np.tile(eye, (1, len(body.bone_names), 1, 1)), eye, np.zeros((1, 3), np.float32)
    rests = body.rests(sample_phenotypes(count, np.random.default_rng(11)))
    return np.concatenate([body.joints(rest, body.bone_transforms(rest, *still)) for rest in rests])


def named(joints):
    return {name: joints[:, i] for i, name in enumerate(ANNY_41.joint_names)}


class TestTable:
    def test_every_joint_is_defined_once_from_bones_or_from_skin(self):
        assert set(anatomy.JOINTS) == set(ANNY_41.joint_names)
        for definition in anatomy.JOINTS.values():
            assert bool(definition.bones) != bool(definition.keypoints)
            assert set(definition.parts) <= set(PARTS_15)

    def test_shares_add_to_one(self):
        keypoints = {point for definition in anatomy.JOINTS.values() for point in definition.keypoints}
        shares = anatomy.bone_shares(anny_body().bone_names).sum(axis=1) + anatomy.keypoint_shares(
            tuple(keypoints)
        ).sum(axis=1)
        np.testing.assert_allclose(shares, 1)

    def test_every_bone_belongs_to_a_part_of_its_side(self):
        for bone in anny_body().bone_names:
            part = anatomy.part_of_bone(bone)
            assert part in PARTS_15
            assert part[:2] not in ("l_", "r_") or part[0] == bone[-1].lower()
        with pytest.raises(KeyError):
            anatomy.part_of_bone("tail")

    def test_left_and_right_are_alike(self):
        mirror, labels = ANNY_41.mirror, mirrored_labels(PARTS_15)
        np.testing.assert_array_equal(anatomy.JOINT_PARTS[mirror][:, labels], anatomy.JOINT_PARTS)
        np.testing.assert_array_equal(anatomy.JOINT_DEPTH_M[mirror], anatomy.JOINT_DEPTH_M)

    def test_nobody_shows_no_joint_and_every_joint_can_be_shown(self):
        assert not anatomy.JOINT_PARTS[:, 0].any()
        assert anatomy.JOINT_PARTS.any(axis=1).all()
        assert anatomy.JOINT_DEPTH_M[ANNY_41.index("nose")] < 0.1 < anatomy.JOINT_DEPTH_M[ANNY_41.index("pelvis")]


class TestJoints:
    def test_joints_defined_by_others_are_exactly_that(self):
        joints = named(joints_at_rest())
        for middle, left, right in (
            ("pelvis", "l_hip", "r_hip"),
            ("thorax", "l_shoulder", "r_shoulder"),
            ("head", "l_ear", "r_ear"),
        ):
            np.testing.assert_allclose(joints[middle], (joints[left] + joints[right]) / 2, atol=1e-5)

    def test_the_resting_body_is_symmetric(self):
        joints = joints_at_rest()
        mirrored = joints[:, ANNY_41.mirror] * np.array([-1, 1, 1], np.float32)
        np.testing.assert_allclose(joints, mirrored, atol=0.004)

    def test_they_follow_each_other_from_sole_to_crown(self):
        joints = named(joints_at_rest())
        upwards = ("l_heel", "l_knee", "pelvis", "spine", "thorax", "upper_neck", "nose", "l_eye", "head_top")
        for lower, upper in pairwise(upwards):
            assert (joints[lower][:, 2] < joints[upper][:, 2]).all(), (lower, upper)

    def test_the_spine_joint_lies_half_way_up_the_trunk(self):
        joints = named(joints_at_rest())
        share = (joints["spine"] - joints["pelvis"])[:, 2] / (joints["thorax"] - joints["pelvis"])[:, 2]
        np.testing.assert_allclose(share, 0.5, atol=0.06)

    def test_toes_lie_before_the_heel_and_the_thumb_before_the_little_finger(self):
        joints = named(joints_at_rest())
        for near, far in (("l_heel", "l_foot"), ("l_foot", "l_big_toe"), ("l_pinky", "l_thumb"), ("l_ear", "nose")):
            assert (joints[far][:, 1] < joints[near][:, 1]).all(), (near, far)
        assert (joints["l_big_toe"][:, 0] < joints["l_small_toe"][:, 0]).all()

    @pytest.mark.parametrize("target", [H36M_17, COCO_17, MPII_16, KUNDU_17, MPI_15], ids=str)
    def test_the_sets_of_the_field_are_taken_without_making_anything_up(self, target):
        mapping = source_to_target(ANNY_41, target)
        assert mapping.missing == () and mapping.synthesised == ()

    def test_of_blazepose_only_the_corners_of_eyes_and_mouth_are_lacking(self):
        missing = source_to_target(ANNY_41, BLAZEPOSE_33).missing
        assert {joint[2:] for joint in missing} == {"eye_inner", "eye_outer", "mouth"}


class TestParts:
    def test_a_vertex_takes_the_part_that_pulls_most(self):
        names = ("wrist.L", "lowerarm02.L", "lowerarm01.L")
        bones = np.array([[0, 1, 2]], np.int32)
        for weights, part in (([0.6, 0.3, 0.1], "l_hand"), ([0.4, 0.3, 0.3], "l_forearm")):
            labels = anatomy.vertex_parts(names, bones, np.array([weights], np.float32))
            assert PARTS_15[labels[0] - 1] == part

    def test_a_triangle_takes_the_part_of_most_of_its_corners(self):
        labels = np.array([1, 1, 2, 3], np.uint8)
        triangles = np.array([[0, 1, 2], [2, 0, 1], [0, 2, 1], [0, 2, 3]], np.int32)
        np.testing.assert_array_equal(anatomy.triangle_parts(labels, triangles), [1, 1, 1, 1])

    def test_every_part_has_vertices_on_the_body(self):
        labels = anny_body().vertex_parts[:13380]
        assert set(labels) == set(range(1, 16))
