"""Posing bodies like others: limbs point where the source's do, left stays left, and hinges bend the right way."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from maquette.body.catalog import COCO_17, H36M_17, MPII_16
from maquette.errors import ConventionError
from maquette.rendering.posing import rig
from maquette.rendering.posing.angles import pose_from_angles
from maquette.rendering.posing.hand import HAND_SHAPES, sample_hands, set_hands
from maquette.rendering.posing.limb import LIMBS, split_upper
from maquette.rendering.posing.pose import BodyPose, concatenate_poses, rest_pose
from maquette.rendering.posing.postures import sample_mixed_postures
from maquette.rendering.posing.retarget import pose_from_joints
from maquette.rendering.posing.rotations import SourceRig, rotations_of, segment_turns, turns_at_rest
from maquette.rendering.posing.turn import (
    angle_about,
    cross,
    frame_along,
    from_vectors,
    limit_turn,
    nearest_rotations,
    normalise,
    rotate,
    smallest_turn,
    to_vectors,
    turn_about,
)

_BONE_OF = {
    "hip": "upperleg01", "knee": "lowerleg01", "ankle": "foot",
    "shoulder": "upperarm01", "elbow": "lowerarm01", "wrist": "wrist",
}  # fmt: skip
_LIMBS = [("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")]


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def joints_of(pose: BodyPose) -> np.ndarray:
    """The joints of h36m_17 of bodies."""
    heads, turns = pose.bone_heads(), pose.world_rotations()
    joints = np.zeros((len(pose), 17, 3))
    for joint, bone in _BONE_OF.items():
        for side in "lr":
            joints[:, H36M_17.index(f"{side}_{joint}")] = heads[:, rig.bone(rig.bone_on_side(bone, side))]
    joints[:, 0] = joints[:, H36M_17.indices("l_hip", "r_hip")].mean(axis=1)
    joints[:, H36M_17.index("thorax")] = joints[:, H36M_17.indices("l_shoulder", "r_shoulder")].mean(axis=1)
    joints[:, H36M_17.index("spine")] = joints[:, H36M_17.indices("pelvis", "thorax")].mean(axis=1)
    head = rig.bone("head")
    for joint, place in (("nose", rig.NOSE_M), ("head_top", rig.HEAD_TOP_M)):
        joints[:, H36M_17.index(joint)] = heads[:, head] + rotate(turns[:, head], place - rig.HEADS_M[head])
    return joints


def toes_of(pose: BodyPose) -> np.ndarray:
    heads = pose.bone_heads()
    return np.stack([heads[:, rig.bones(f"toe2-1.{s}", f"toe3-1.{s}")].mean(axis=1) for s in "LR"], axis=1)


def between(joints: np.ndarray, start: str, end: str) -> np.ndarray:
    return normalise(joints[:, H36M_17.index(end)] - joints[:, H36M_17.index(start)])


def angles_deg(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(normalise(first) - normalise(second), axis=-1) / 2, 0, 1)))


def limb_errors_deg(source: np.ndarray, posed: np.ndarray) -> np.ndarray:
    pairs = [(f"{side}_{a}", f"{side}_{b}") for side in "lr" for a, b in _LIMBS]
    return np.stack([angles_deg(between(source, *pair), between(posed, *pair)) for pair in pairs])


def test_limbs_of_any_posture_point_the_same_way_after_retargeting(rng):
    source = sample_mixed_postures(200, rng).turn(rng.uniform(-3, 3, 200))
    again = pose_from_joints(joints_of(source), H36M_17, toes=toes_of(source))
    assert limb_errors_deg(joints_of(source), joints_of(again)).max() < 0.2


def test_the_whole_body_stands_as_before_where_joints_tell_it(rng):
    source = pose_from_angles({"trunk_flexion": rng.uniform(0, 25, 50), "neck_rotation": rng.uniform(-50, 50, 50)})
    again = pose_from_joints(joints_of(source), H36M_17, toes=toes_of(source))
    for name in ("root", "head", "foot.L", "foot.R", "lowerarm01.L"):
        off = source.world_rotations()[:, rig.bone(name)].mT @ again.world_rotations()[:, rig.bone(name)]
        assert np.degrees(np.linalg.norm(to_vectors(off), axis=-1)).max() < 20, name


def test_size_and_place_of_the_source_do_not_matter_for_the_bend(rng):
    joints = joints_of(sample_mixed_postures(20, rng))
    one, other = pose_from_joints(joints, H36M_17), pose_from_joints(1000 * joints + 7, H36M_17)
    np.testing.assert_allclose(one.bone_rotations, other.bone_rotations, atol=1e-5)
    np.testing.assert_allclose(one.root_rotation, other.root_rotation, atol=1e-5)


def test_turning_the_source_turns_only_the_root(rng):
    joints = joints_of(sample_mixed_postures(20, rng))
    turn = Rotation.from_rotvec([0.3, -1.0, 2.0]).as_matrix()
    one, other = pose_from_joints(joints, H36M_17), pose_from_joints(joints @ turn.T, H36M_17)
    np.testing.assert_allclose(one.bone_rotations, other.bone_rotations, atol=1e-4)
    np.testing.assert_allclose(turn @ one.root_rotation, other.root_rotation, atol=1e-5)


def test_a_mirrored_source_is_a_mirrored_body(rng):
    source = sample_mixed_postures(40, rng)
    mirrored = joints_of(source)[:, H36M_17.mirror] * [-1, 1, 1]
    one = pose_from_joints(mirrored, H36M_17)
    other = pose_from_joints(joints_of(source), H36M_17).mirror()
    np.testing.assert_allclose(one.bone_rotations, other.bone_rotations, atol=1e-4)
    np.testing.assert_allclose(one.root_rotation, other.root_rotation, atol=1e-5)


def test_a_batch_is_its_rows_one_by_one(rng):
    joints = joints_of(sample_mixed_postures(5, rng))
    whole = pose_from_joints(joints, H36M_17, leg_length=np.full(5, 0.9))
    for row in range(5):
        alone = pose_from_joints(joints[row : row + 1], H36M_17, leg_length=np.array([0.9]))
        np.testing.assert_allclose(alone.bone_rotations[0], whole.bone_rotations[row], atol=1e-6)
        np.testing.assert_allclose(alone.root_translation[0], whole.root_translation[row], atol=1e-6)


def test_every_rotation_is_proper(rng):
    pose = sample_hands(sample_mixed_postures(30, rng), rng)
    product = pose.bone_rotations @ pose.bone_rotations.mT
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(3), product.shape), atol=1e-5)
    assert np.linalg.det(pose.bone_rotations).min() > 0.99


def test_knees_and_elbows_bend_about_their_hinges_only():
    bends = np.linspace(60, 140, 8)
    pose = pose_from_angles({"l_knee_flexion": bends, "r_elbow_flexion": bends})
    for name, kind in (("lowerleg01.L", "l_leg"), ("lowerarm01.R", "r_arm")):
        turned = to_vectors(pose.bone_rotations[:, rig.bone(name)].astype(np.float64))
        assert angles_deg(turned, np.broadcast_to(LIMBS[kind].axis, turned.shape)).max() < 3.0
        assert np.all(np.diff(np.linalg.norm(turned, axis=-1)) > 0)


def test_a_knee_bent_slightly_backwards_does_not_spin_the_thigh():
    joints = joints_of(pose_from_angles({"l_knee_flexion": np.array([0.0])}))
    ankle = H36M_17.index("l_ankle")
    joints[:, ankle] += np.array([0, -0.08, 0])
    thigh = pose_from_joints(joints, H36M_17).world_rotations()[0, rig.bone("upperleg02.L")]
    assert (thigh @ [0, -1, 0])[1] < -0.9


@pytest.mark.parametrize("kind", ["l_arm", "r_leg"])
def test_splitting_a_limb_keeps_its_end_in_place(kind, rng):
    limb = LIMBS[kind]
    parent, full = (Rotation.random(30, random_state=seed).as_matrix() for seed in (0, 1))
    first, second = split_upper(limb, parent, full)
    heads = rig.HEADS_M[list(limb.bones[:3])]
    reached = rotate(first, heads[1] - heads[0]) + rotate(second, heads[2] - heads[1])
    assert angles_deg(reached, rotate(full, limb.upper)).max() < 1e-6


def test_collars_rise_with_the_arm():
    pose = pose_from_angles({"l_shoulder_abduction": np.array([0.0, 90.0, 170.0])})
    height = pose.bone_heads()[:, rig.bone("upperarm01.L"), 2]
    assert np.all(np.diff(height) > 0.005) and height[2] - height[0] < 0.1


def test_the_root_is_scaled_to_the_average_leg():
    joints = joints_of(rest_pose(3))
    joints += np.arange(3)[:, None, None] * np.array([1.0, 0, 0])
    pose = pose_from_joints(0.5 * joints, H36M_17)
    np.testing.assert_allclose(np.diff(pose.root_translation[:, 0]), 1.0, atol=1e-5)


def test_unknown_toes_leave_the_foot_straight_on(rng):
    joints = joints_of(sample_mixed_postures(4, rng))
    unknown = pose_from_joints(joints, H36M_17, toes=np.full((4, 2, 3), np.nan))
    assert np.isfinite(unknown.bone_rotations).all()
    np.testing.assert_allclose(
        unknown.bone_rotations[:, rig.bone("foot.L")], pose_from_joints(joints, H36M_17).bone_rotations[:, 6], atol=0.02
    )


def test_skeletons_without_head_and_spine_will_do(rng):
    joints = joints_of(sample_mixed_postures(4, rng))
    chosen = [H36M_17.index(name) if name in H36M_17 else 0 for name in MPII_16.joint_names]
    assert len(pose_from_joints(joints[:, chosen], MPII_16)) == 4
    chosen = [H36M_17.index(name) if name in H36M_17 else 9 for name in COCO_17.joint_names]
    assert np.isfinite(pose_from_joints(joints[:, chosen], COCO_17).bone_rotations).all()


def test_degenerate_joints_give_some_body_and_no_failure():
    pose = pose_from_joints(np.zeros((2, 17, 3)), H36M_17)
    assert np.isfinite(pose.bone_rotations).all()


def test_joints_that_are_not_finite_are_refused():
    joints = np.full((1, 17, 3), np.nan)
    with pytest.raises(ConventionError, match="finite"):
        pose_from_joints(joints, H36M_17)


def test_unknown_angles_are_refused():
    with pytest.raises(ConventionError, match="tail"):
        pose_from_angles({"tail_flexion": np.zeros(1)})


@pytest.mark.usefixtures("unchecked_shapes")
def test_a_body_pose_of_unequal_arrays_is_refused():
    with pytest.raises(ConventionError, match="root"):
        BodyPose(rest_pose(2).bone_rotations, rest_pose(1).root_rotation, rest_pose(2).root_translation)


# --- rotations of other rigs ------------------------------------------------------------------------------------------

_RIG_NAMES = (
    "Hips", "LeftUpLeg", "LeftLeg", "LeftFoot", "RightUpLeg", "RightLeg", "RightFoot", "Spine", "Head",
    "LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand", "RightShoulder", "RightArm", "RightForeArm", "RightHand",
)  # fmt: skip
_RIG_PARENTS = np.array([-1, 0, 1, 2, 0, 4, 5, 0, 7, 7, 9, 10, 11, 7, 13, 14, 15])
_RIG_OFFSETS = np.array([
    [0, 0, 1], [0.1, 0, 0], [0, 0, -0.4], [0, 0, -0.4], [-0.1, 0, 0], [0, 0, -0.4], [0, 0, -0.4], [0, 0, 0.2],
    [0, 0, 0.4],
    [0.05, 0, 0.3], [0.1, 0, 0], [0.3, 0, 0], [0.25, 0, 0], [-0.05, 0, 0.3], [-0.1, 0, 0], [-0.3, 0, 0], [-0.25, 0, 0],
], dtype=float)  # fmt: skip


def t_pose_rig() -> SourceRig:
    return SourceRig(_RIG_NAMES, _RIG_PARENTS, np.tile(np.eye(3), (len(_RIG_NAMES), 1, 1)))


def retargeted(source: SourceRig, local: np.ndarray) -> tuple[np.ndarray, BodyPose]:
    places = source.joint_places(source.world_rotations(local), np.tile(_RIG_OFFSETS, (len(local), 1, 1)))
    at = {"hip": "UpLeg", "knee": "Leg", "ankle": "Foot", "shoulder": "Arm", "elbow": "ForeArm", "wrist": "Hand"}
    joints = np.zeros((len(local), 17, 3))
    for side, word in (("l", "Left"), ("r", "Right")):
        for joint, bone in at.items():
            joints[:, H36M_17.index(f"{side}_{joint}")] = places[:, _RIG_NAMES.index(word + bone)]
    joints[:, H36M_17.index("spine")] = joints[:, H36M_17.indices("l_hip", "r_shoulder")].mean(axis=1)
    joints[:, [9, 10]] = places[:, [8]] + [[[0, -0.1, 0.05], [0, 0, 0.2]]]
    at_rest = {name: turn[0] for name, turn in turns_at_rest(source, _RIG_OFFSETS[None]).items()}
    known = segment_turns(source, local, at_rest, with_hands=True)
    return joints, pose_from_joints(joints, H36M_17, known=known)


def test_a_rig_in_its_t_pose_is_a_body_with_arms_spread():
    source = t_pose_rig()
    joints, pose = retargeted(source, source.rest_rotations[None])
    posed = joints_of(pose)
    assert limb_errors_deg(joints, posed).max() < 0.1
    np.testing.assert_allclose(between(posed, "l_shoulder", "l_wrist")[0], [1, 0, 0], atol=0.01)
    np.testing.assert_allclose(pose.root_rotation[0], np.eye(3), atol=1e-6)


def test_rotations_decide_what_joints_leave_open():
    source = t_pose_rig()
    local = np.tile(np.eye(3), (3, len(_RIG_NAMES), 1, 1))
    twist = np.radians([-40.0, 0.0, 40.0])
    local[:, _RIG_NAMES.index("LeftArm")] = turn_about(np.array([1.0, 0, 0]), twist)
    local[:, _RIG_NAMES.index("Head")] = turn_about(np.array([0, 0, 1.0]), twist)
    _, pose = retargeted(source, local)
    turns = pose.world_rotations()
    arm = turns[:, rig.bone("upperarm02.L")]
    np.testing.assert_allclose(to_vectors(arm @ arm[1].T)[:, 0], twist, atol=1e-3)
    np.testing.assert_allclose(to_vectors(turns[:, rig.bone("head")])[:, 2], twist, atol=1e-5)


def test_random_rotations_keep_limbs_and_left_from_right(rng):
    source = t_pose_rig()
    local = from_vectors(rng.normal(0, 0.5, (60, len(_RIG_NAMES), 3)))
    joints, pose = retargeted(source, local)
    posed = joints_of(pose)
    assert limb_errors_deg(joints, posed).max() < 0.5
    assert angles_deg(between(joints, "r_hip", "l_hip"), between(posed, "r_hip", "l_hip")).max() < 0.1


def test_bones_with_unknown_names_are_refused():
    source = SourceRig(("a", "b"), np.array([-1, 0]), np.tile(np.eye(3), (2, 1, 1)))
    with pytest.raises(ConventionError, match="on the left"):
        source.segments()


def test_quaternions_need_not_be_normalised():
    half = np.sqrt(0.5)
    np.testing.assert_allclose(rotations_of(3 * np.array([half, 0, 0, half])) @ [1, 0, 0], [0, 1, 0], atol=1e-12)


# --- turns ------------------------------------------------------------------------------------------------------------


def test_least_turn_brings_one_direction_onto_another_even_the_opposite(rng):
    a = normalise(np.concatenate([rng.normal(size=(50, 3)), np.eye(3), np.eye(3)]))
    b = normalise(np.concatenate([rng.normal(size=(50, 3)), np.eye(3), -np.eye(3)]))
    turn = smallest_turn(a, b)
    np.testing.assert_allclose(rotate(turn, a), b, atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(turn), 1.0)
    expected = np.arccos(np.clip(np.sum(a * b, axis=-1), -1, 1))
    np.testing.assert_allclose(np.linalg.norm(to_vectors(turn), axis=-1), expected, atol=1e-6)


def test_frames_are_right_handed_also_where_their_hints_fail():
    first = np.array([[1.0, 2, 3], [0, 0, 0], [0, 0, 1]])
    second = np.array([[0.0, 1, 0], [0, 1, 0], [0, 0, 5]])
    np.testing.assert_allclose(np.linalg.det(frame_along(first, second)), 1.0)


def test_own_products_are_those_of_numpy_and_scipy(rng):
    a, b = rng.normal(size=(2, 20, 3))
    np.testing.assert_allclose(cross(a, b), np.cross(a, b))
    np.testing.assert_allclose(from_vectors(a), Rotation.from_rotvec(a).as_matrix(), atol=1e-12)
    np.testing.assert_allclose(from_vectors(np.zeros((1, 3)))[0], np.eye(3))


def test_angle_about_an_axis_is_what_turned(rng):
    axis, start, angle = normalise(rng.normal(size=(20, 3))), rng.normal(size=(20, 3)), rng.uniform(-3, 3, 20)
    np.testing.assert_allclose(angle_about(axis, start, rotate(turn_about(axis, angle), start)), angle)


def test_limited_turns_stop_at_their_limit():
    turns = turn_about(np.array([0.0, 0, 1]), np.array([0.1, 2.0]))
    np.testing.assert_allclose(np.linalg.norm(to_vectors(limit_turn(turns, 0.5)), axis=-1), [0.1, 0.5])


def test_the_nearest_rotation_of_a_rotation_is_itself():
    turns = Rotation.random(10, random_state=0).as_matrix()
    np.testing.assert_allclose(nearest_rotations(1.3 * turns), turns, atol=1e-9)
    assert np.linalg.det(nearest_rotations(-turns[0])) > 0


# --- poses, hands, the rig --------------------------------------------------------------------------------------------


def test_mirroring_twice_changes_nothing(rng):
    pose = sample_mixed_postures(5, rng)
    np.testing.assert_array_equal(pose.mirror().mirror().bone_rotations, pose.bone_rotations)
    heads = pose.mirror().bone_heads()[:, rig.MIRROR] * [-1, 1, 1]
    np.testing.assert_allclose(heads, pose.bone_heads(), atol=1e-5)


def test_limbs_come_from_the_other_pose(rng):
    one, other = sample_mixed_postures(1, rng), sample_mixed_postures(1, rng)
    mixed = one.with_limbs_of(other, "arm")
    arm, leg = rig.bone("lowerarm01.R"), rig.bone("lowerleg01.R")
    np.testing.assert_array_equal(mixed.bone_rotations[:, arm], other.bone_rotations[:, arm])
    np.testing.assert_array_equal(mixed.bone_rotations[:, leg], one.bone_rotations[:, leg])


def test_turning_moves_everything_about_the_vertical():
    pose = rest_pose(1)
    heads = pose.turn(np.array([np.pi / 2])).bone_heads()
    np.testing.assert_allclose(heads[0], pose.bone_heads()[0] @ [[0, 1, 0], [-1, 0, 0], [0, 0, 1]], atol=1e-6)


def test_poses_can_be_put_together_and_taken_apart(rng):
    parts = [sample_mixed_postures(n, rng) for n in (2, 3)]
    whole = concatenate_poses(parts)
    np.testing.assert_array_equal(whole.select(slice(2, 5)).bone_rotations, parts[1].bone_rotations)
    assert len(concatenate_poses([])) == 0


@pytest.mark.parametrize("shape", HAND_SHAPES)
def test_hands_are_mirror_images(shape):
    heads = set_hands(rest_pose(1), shape).bone_heads()[0]
    np.testing.assert_allclose(heads[rig.MIRROR] * [-1, 1, 1], heads, atol=1e-6)


def test_a_fist_brings_fingertips_to_the_palm():
    distance = {}
    for shape in ("flat", "relaxed", "fist"):
        heads = set_hands(rest_pose(1), shape).bone_heads()[0]
        distance[shape] = np.linalg.norm(heads[rig.bone("finger3-3.L")] - heads[rig.bone("wrist.L")])
    assert distance["flat"] > distance["relaxed"] > 1.5 * distance["fist"]


def test_hands_of_a_clip_do_not_change(rng):
    pose = sample_hands(rest_pose(4), rng, is_clip=True)
    assert np.ptp(pose.bone_rotations, axis=0).max() == 0
    again = sample_hands(rest_pose(4), np.random.default_rng(3), is_clip=True)
    np.testing.assert_array_equal(pose.bone_rotations, again.bone_rotations)


def test_the_written_rig_is_that_of_anny():
    anny = pytest.importorskip("anny", reason="Anny is not installed (extra synth)")
    model = anny.Anny(topology="anny-full", rig="anny", phenotypes="all")
    shape = {name: torch.tensor([2 / 3 if name == "age" else 0.5]) for name in model.phenotype_labels}
    heads = model(pose_parameters=torch.eye(4).expand(1, 104, 4, 4), phenotype_kwargs=shape)["bone_poses"]
    assert tuple(model.bone_labels) == rig.BONES
    assert [-1 if parent is None else parent for parent in model.bone_parents] == rig.PARENTS.tolist()
    np.testing.assert_allclose(heads[0, :, :3, 3].numpy(), rig.HEADS_M, atol=2e-3)


def test_limbs_of_motion_capture_are_taken_over(shared_data):
    path = shared_data / "mocap" / "val.npz"
    if not path.is_file():
        pytest.skip("the shared motion capture is absent")
    with np.load(path) as file:
        joints, toes = file["joints"][::25].astype(np.float64), file["toes"][::25].astype(np.float64)
    pose = pose_from_joints(joints, H36M_17, toes=toes)
    posed = joints_of(pose)
    assert limb_errors_deg(joints, posed).max() < 0.2
    assert angles_deg(between(joints, "pelvis", "thorax"), between(posed, "pelvis", "thorax")).mean() < 3
    shins = pose.bone_rotations[:, rig.bone("lowerleg01.L")].astype(np.float64)
    assert np.degrees(to_vectors(shins) @ LIMBS["l_leg"].axis).min() > -25
