"""Angles of poses that are known by construction, and the laws that hold for all poses."""

from dataclasses import replace

import numpy as np
import pytest
from posed_people import FRONT, LEFT, UP, UPPER_BODY, Person, made_poses, poses_of
from scipy.spatial.transform import Rotation

from maquette.body.catalog import COCO_17, H36M_17, HALPE_26, SKELETONS, SMPL_24
from maquette.body.joint_angles import ANGLES, joint_angles
from maquette.body.propagation import own_variances

OUTWARD = {"l": FRONT, "r": -FRONT}
"""About what a hanging limb is turned to go outward."""
INWARD = {"l": -UP, "r": UP}


def degrees_of(poses, frame=0, person=0):
    """Known angles by name."""
    angles = joint_angles(poses)
    known = zip(angles.names, np.rad2deg(angles.values_rad[frame, person]), angles.mask[frame, person], strict=True)
    return {name: value for name, value, is_known in known if is_known}


def assert_pose(person, **wanted):
    """Those angles are as said, with sides where none is named on both; all others are zero, None is unknown."""
    found = degrees_of(poses_of(person))
    for angle in ANGLES:
        for name in angle.columns:
            value = wanted.get(name, wanted.get(angle.name, 0.0))
            if value is None:
                assert name not in found
            else:
                assert found[name] == pytest.approx(value, abs=1e-6), name


STRAIGHT = {"hip_internal_rotation": None, "shoulder_internal_rotation": None}


def test_who_stands_has_all_angles_zero_and_straight_limbs_no_rotation():
    assert_pose(Person(), **STRAIGHT)


def test_arms_held_sideways_are_abducted_by_a_right_angle():
    person = Person()
    for side in "lr":
        person.limb(side, "arm", "shoulder", OUTWARD[side], 90)
    assert_pose(person, shoulder_elevation=90, shoulder_abduction=90, **STRAIGHT)


def test_one_arm_raised_forward_is_flexed_and_the_other_raised_sideways_abducted():
    person = Person().limb("l", "arm", "shoulder", -LEFT, 120).limb("r", "arm", "shoulder", OUTWARD["r"], 135)
    sides = {"l_shoulder_elevation": 120, "l_shoulder_flexion": 120, "r_shoulder_elevation": 135}
    assert_pose(person, r_shoulder_abduction=135, **sides, **STRAIGHT)


def test_an_arm_drawn_backward_is_extended_and_one_across_the_body_adducted():
    person = Person().limb("l", "arm", "shoulder", LEFT, 30).limb("r", "arm", "shoulder", OUTWARD["r"], -15)
    sides = {"l_shoulder_elevation": 30, "l_shoulder_flexion": -30, "r_shoulder_elevation": 15}
    assert_pose(person, r_shoulder_abduction=-15, **sides, **STRAIGHT)


def test_a_squat_has_right_angles_at_hips_and_knees():
    person = Person()
    for side in "lr":
        person.limb(side, "leg", "hip", -LEFT, 90).limb(side, "leg", "knee", LEFT, 90)
    assert_pose(person, hip_flexion=90, knee_flexion=90, hip_internal_rotation=0, shoulder_internal_rotation=None)


@pytest.mark.parametrize("side", "lr")
def test_a_leg_held_sideways_is_abducted(side):
    person = Person().limb(side, "leg", "hip", OUTWARD[side], 20)
    assert_pose(person, **{f"{side}_hip_abduction": 20}, **STRAIGHT)


@pytest.mark.parametrize("side", "lr")
def test_heel_to_bum_bends_the_knee(side):
    person = Person().limb(side, "leg", "knee", LEFT, 145)
    assert_pose(person, **{f"{side}_knee_flexion": 145, f"{side}_hip_internal_rotation": 0}, **STRAIGHT)


@pytest.mark.parametrize("side", "lr")
def test_who_sits_and_moves_a_foot_outward_turns_the_thigh_inward(side):
    person = Person().limb(side, "leg", "hip", -LEFT, 90).limb(side, "leg", "knee", LEFT, 90)
    outward = 1 if side == "l" else -1
    person.limb(side, "leg", "knee", FRONT * outward, 25)
    sides = {f"{side}_hip_flexion": 90, f"{side}_knee_flexion": 90, f"{side}_hip_internal_rotation": 25}
    assert_pose(person, **sides, **STRAIGHT)
    assert (person.joints[f"{side}_ankle"] - person.joints[f"{side}_knee"])[1] * outward > 0.1


@pytest.mark.parametrize("side", "lr")
def test_a_forearm_turned_before_the_belly_is_internal_rotation(side):
    person = Person().limb(side, "arm", "elbow", -LEFT, 90).limb(side, "arm", "elbow", INWARD[side], 40)
    assert_pose(person, **{f"{side}_elbow_flexion": 90, f"{side}_shoulder_internal_rotation": 40}, **STRAIGHT)


@pytest.mark.parametrize(("turn", "rotation"), [(0, 0), (90, -90), (-60, 60)])
def test_an_arm_held_sideways_with_the_forearm_up_is_turned_outward(turn, rotation):
    person = Person().limb("l", "arm", "shoulder", OUTWARD["l"], 90).limb("l", "arm", "elbow", UP, -90)
    person.limb("l", "arm", "elbow", -LEFT, turn)  # from ahead to up
    sides = {"l_shoulder_elevation": 90, "l_shoulder_abduction": 90, "l_elbow_flexion": 90}
    assert_pose(person, **sides, l_shoulder_internal_rotation=rotation, **STRAIGHT)


def test_lifted_toes_are_dorsiflexion():
    person = Person().limb("l", "leg", "ankle", -LEFT, 15).limb("r", "leg", "ankle", LEFT, 30)
    assert_pose(person, l_ankle_dorsiflexion=15, r_ankle_dorsiflexion=-30, **STRAIGHT)


def test_the_trunk_leans_against_gravity_and_hips_and_arms_are_measured_against_it():
    person = Person().turn(UPPER_BODY, "pelvis", LEFT, 30)
    assert_pose(person, trunk_forward_lean=30, hip_flexion=30, **STRAIGHT)
    leaning = Person().turn(UPPER_BODY, "pelvis", -FRONT, 15)
    sides = {"l_hip_abduction": 0, "r_hip_abduction": 0}
    assert_pose(leaning, trunk_left_lean=15, **sides, **STRAIGHT)


def test_the_whole_body_tipped_to_the_left_has_a_lower_left_hip():
    person = Person()
    person.turn(tuple(person.joints), "pelvis", -FRONT, 10)
    assert_pose(person, trunk_left_lean=10, pelvis_left_drop=10, **STRAIGHT)


def test_shoulders_turned_to_the_left_are_trunk_rotation_alone():
    assert_pose(Person().turn(UPPER_BODY, "pelvis", UP, 25), trunk_left_rotation=25, **STRAIGHT)


@pytest.mark.parametrize("side", "lr")
def test_hips_are_cardan_angles(side):
    """Flexion about the hips' line, then abduction, then rotation about the thigh, of many legs."""
    wanted = np.random.default_rng(0).uniform([-30, -30, -45, 25], [120, 60, 45, 130], (20, 4))
    people = []
    for flexion, abduction, rotation, bend in wanted:
        person = Person().limb(side, "leg", "knee", LEFT, bend).limb(side, "leg", "hip", INWARD[side], rotation)
        people.append(
            person.limb(side, "leg", "hip", OUTWARD[side], abduction).limb(side, "leg", "hip", -LEFT, flexion)
        )
    names = ("hip_flexion", "hip_abduction", "hip_internal_rotation", "knee_flexion")
    assert_columns(joint_angles(poses_of(*people)), [f"{side}_{name}" for name in names], wanted)


@pytest.mark.parametrize("side", "lr")
def test_shoulders_are_raised_by_one_turn(side):
    """Rotation about the hanging arm, then one turn whose parts are flexion and abduction, of many arms."""
    wanted = np.random.default_rng(1).uniform([-50, -30, -60, 25], [110, 110, 60, 130], (20, 4))
    people = []
    for flexion, abduction, rotation, bend in wanted:
        person = Person().limb(side, "arm", "elbow", -LEFT, bend).limb(side, "arm", "shoulder", INWARD[side], rotation)
        people.append(person.limb(side, "arm", "shoulder", -LEFT * flexion + OUTWARD[side] * abduction, 1))
    names = ("shoulder_flexion", "shoulder_abduction", "shoulder_internal_rotation", "elbow_flexion")
    angles = joint_angles(poses_of(*people))
    assert_columns(angles, [f"{side}_{name}" for name in names], wanted)
    assert_columns(angles, [f"{side}_shoulder_elevation"], np.hypot(wanted[:, :1], wanted[:, 1:2]))


def assert_columns(angles, names, wanted):
    columns = [angles.names.index(name) for name in names]
    assert angles.mask[:, 0, columns].all()
    np.testing.assert_allclose(np.rad2deg(angles.values_rad[:, 0, columns]), wanted, atol=1e-6)


def any_poses(frames=40, seed=3, **changes):
    """Bodies that are no bodies: every pose that there may be."""
    generator = np.random.default_rng(seed)
    joints = generator.normal(size=(frames, 2, len(HALPE_26), 3))
    spread = generator.uniform(0.01, 0.1, joints.shape[:3])
    return made_poses(joints, **{"up": (0.0, -0.6, -0.8), "uncertainty": spread} | changes)


def test_a_mirrored_person_has_left_and_right_exchanged_exactly():
    poses = any_poses()
    flip, twins = np.array([-1.0, 1.0, 1.0]), HALPE_26.mirror
    joints, spread = poses.joints[:, :, twins] * flip, poses.uncertainty[:, :, twins]
    angles, mirrored = joint_angles(poses), joint_angles(replace(poses, joints=joints, uncertainty=spread))
    twin = {"l": "r_", "r": "l_"}
    names = [twin[name[0]] + name[2:] if name[1] == "_" else name for name in angles.names]
    columns = [angles.names.index(name) for name in names]
    changes_sign = np.array(["_left_" in name for name in names])
    signs = np.where(changes_sign, -1.0, 1.0)
    np.testing.assert_array_equal(mirrored.mask, angles.mask[..., columns])
    np.testing.assert_array_equal(mirrored.values_rad, angles.values_rad[..., columns] * signs)
    np.testing.assert_allclose(mirrored.deviation_rad, angles.deviation_rad[..., columns], rtol=1e-6)
    assert 0.3 < angles.mask.mean() < 1


def test_turning_moving_and_scaling_a_person_changes_no_angle():
    poses = any_poses()
    turn = Rotation.random(rng=np.random.default_rng(0)).as_matrix()
    moved = replace(poses, joints=1.3 * poses.joints @ turn.T + 2.0, uncertainty=1.3 * poses.uncertainty)
    alike = joint_angles(poses)
    for other in (replace(moved, up=tuple(turn @ poses.up)), poses.in_unit("mm")):
        angles = joint_angles(other)
        np.testing.assert_array_equal(angles.mask, alike.mask)
        np.testing.assert_allclose(angles.values_rad, alike.values_rad, atol=1e-9)
        np.testing.assert_allclose(angles.deviation_rad, alike.deviation_rad, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("changes", [{"up": None}, {"frame": "canonical"}])
def test_without_gravity_nothing_leans(changes):
    angles, others = joint_angles(any_poses()), joint_angles(any_poses(**changes))
    hangs_on_up = [name in ("trunk_forward_lean", "trunk_left_lean", "pelvis_left_drop") for name in angles.names]
    assert angles.mask[..., hangs_on_up].any(axis=(0, 1)).all() and not others.mask[..., hangs_on_up].any()
    np.testing.assert_array_equal(others.mask | hangs_on_up, angles.mask | hangs_on_up)
    np.testing.assert_array_equal(others.values_rad, np.where(hangs_on_up, 0.0, angles.values_rad))


def test_a_tilted_camera_changes_no_lean():
    person = Person().turn(UPPER_BODY, "pelvis", LEFT, 30)
    poses, turn = poses_of(person), Rotation.from_euler("xyz", [100, 20, 5], degrees=True).as_matrix()
    seen = replace(poses.in_frame("camera", turn), up=tuple(turn @ UP))
    assert degrees_of(seen)["trunk_forward_lean"] == pytest.approx(30)


def test_an_unknown_joint_hides_what_is_made_of_it_and_no_more():
    poses = any_poses()
    mask = poses.mask.copy()
    mask[..., HALPE_26.index("r_wrist")] = False
    missing = degrees_of(poses).keys() - degrees_of(poses.known_where(mask)).keys()
    assert missing <= {"r_elbow_flexion", "r_shoulder_internal_rotation"} and "r_elbow_flexion" in missing
    hidden = joint_angles(poses.known_where(mask))
    assert not hidden.values_rad[~hidden.mask].any() and not hidden.deviation_rad[~hidden.mask].any()


def test_arms_straight_overhead_are_raised_no_one_knows_by_which_way():
    person = Person().limb("l", "arm", "shoulder", -LEFT, 170).limb("l", "arm", "elbow", -LEFT, 40)
    known = degrees_of(poses_of(person))
    assert known["l_shoulder_elevation"] == pytest.approx(170)
    assert not {"l_shoulder_flexion", "l_shoulder_abduction", "l_shoulder_internal_rotation"} & known.keys()


def test_a_leg_straight_out_to_the_side_has_no_flexion():
    known = degrees_of(poses_of(Person().limb("l", "leg", "knee", LEFT, 60).limb("l", "leg", "hip", FRONT, 85)))
    assert known["l_hip_abduction"] == pytest.approx(85) and known["l_knee_flexion"] == pytest.approx(60)
    assert not {"l_hip_flexion", "l_hip_internal_rotation"} & known.keys()


def test_who_lies_on_the_side_leans_by_no_known_angle():
    person = Person()
    person.turn(tuple(person.joints), "pelvis", -FRONT, 90)
    known = degrees_of(poses_of(person))
    assert known["pelvis_left_drop"] == pytest.approx(90)
    assert not {"trunk_forward_lean", "trunk_left_lean"} & known.keys()


@pytest.mark.parametrize("seed", range(4))
def test_many_erring_bodies_spread_as_far_as_is_said(seed):
    generator = np.random.default_rng(seed)
    person = Person()
    for side in "lr":
        person.limb(side, "leg", "knee", LEFT, 70).limb(side, "arm", "elbow", -LEFT, 70)
        for kind, joint in (("leg", "ankle"), ("leg", "knee"), ("leg", "hip"), ("arm", "elbow"), ("arm", "shoulder")):
            axis = generator.normal(size=3)
            person.limb(side, kind, joint, axis / np.linalg.norm(axis), 30)
    still = poses_of(person, uncertainty=generator.uniform(0.004, 0.012, (1, 1, len(HALPE_26))))
    said = joint_angles(still)
    own = np.sqrt(own_variances(still)[0, 0])
    errors = generator.normal(size=(3000, len(HALPE_26), 3)) * own[:, None]
    for level in HALPE_26.levels[1:]:  # each joint shares its parent's error
        errors[:, level] += errors[:, np.array(HALPE_26.parents)[level]]
    angles = joint_angles(made_poses(still.joints + errors[:, None], frame="world"))
    assert said.mask.all() and angles.mask.mean() > 0.999
    np.testing.assert_allclose(said.deviation_rad[0, 0], angles.values_rad[:, 0].std(axis=0), rtol=0.15)


def test_straight_limbs_are_about_as_sure_as_bent_ones():
    people = [Person().limb("l", "leg", "knee", LEFT, bend) for bend in (0, 0.01, 30)]
    angles = joint_angles(poses_of(*people, uncertainty=np.full((3, 1, len(HALPE_26)), 0.03)))
    straight, nearly, bent = angles.deviation_rad[:, 0, angles.names.index("l_knee_flexion")]
    assert straight == pytest.approx(nearly, rel=1e-3) and bent / 2 < straight < 2 * bent


def test_poses_that_do_not_say_how_sure_they_are_have_angles_that_do_not_either():
    assert joint_angles(any_poses(uncertainty=None)).deviation_rad is None


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=str)
def test_every_skeleton_has_the_angles_that_its_joints_tell(skeleton):
    joints = np.random.default_rng(0).normal(size=(2, 1, len(skeleton), 3))
    names = joint_angles(made_poses(joints, skeleton)).names
    has_feet = "l_heel" in skeleton
    assert len(names) == 22 + 2 * has_feet and ("l_ankle_dorsiflexion" in names) == has_feet
    zero = joint_angles(made_poses(0 * joints, skeleton, uncertainty=np.ones(joints.shape[:3])))
    assert not zero.mask.any() and np.isfinite(zero.values_rad).all() and np.isfinite(zero.deviation_rad).all()


def test_one_person_has_the_same_angles_on_every_skeleton():
    poses = poses_of(Person().limb("l", "arm", "elbow", -LEFT, 70))
    wanted = degrees_of(poses)
    for skeleton in (H36M_17, COCO_17, SMPL_24):
        found = degrees_of(poses.mapped_to(skeleton))
        assert found == pytest.approx({name: wanted[name] for name in found}) and len(found) >= 18


def test_nobody_has_no_angles():
    poses = any_poses()
    for empty in (poses.select_frames(slice(0)), poses.select_persons(slice(0)), poses.known_where(~poses.mask)):
        angles = joint_angles(empty)
        assert angles.mask.shape == (*empty.mask.shape[:2], len(angles.names)) and not angles.mask.any()
