"""Local poses: the published table of angles, exact ways there and back, and gradients where frames are singular."""

import math
import pickle

import numpy as np
import pytest
import torch
from costly import slow_but

from maquette.body.anatomy import BONE_RATIOS, bone_ratios, without_side
from maquette.body.catalog import H36M_17, KUNDU_17, MPI_15, SKELETONS
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.geometry.canonical import canonical_from_world, to_canonical
from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.local_frame import unit
from maquette.geometry.local_pose import RESTING_DIRECTIONS, LocalPose, LocalTree

DTYPES = (torch.float64, torch.float32)
BOTH = pytest.mark.parametrize("skeleton", [KUNDU_17, MPI_15], ids=str)
FRAMES = pytest.mark.parametrize("frame", ["transport", "face"])
RIGHT, UP, DOWN, AHEAD, LEFT = (0, -1, 0), (0, 0, 1), (0, 0, -1), (1, 0, 0), (0, 1, 0)
EXACTNESS = [(torch.float64, 1e-6), (torch.float32, 1e-5)]


def drawn(tree, count, generator, dtype=torch.float64):
    """Local poses whose limbs point anywhere."""
    directions = unit(torch.randn(count, len(tree.limbs), 3, dtype=dtype, generator=generator))
    return LocalPose(directions, 0.3 * torch.randn(count, dtype=dtype, generator=generator))


def ratios(skeleton, dtype=torch.float64):
    return torch.tensor(bone_ratios(skeleton), dtype=dtype)


def pointed(skeleton, directions, dtype=torch.float64):
    """A canonical body whose bones point as named, and as at rest where they are not."""
    rows = []
    for child, _ in skeleton.bones:
        joint = skeleton.joint_names[child]
        x, y, z = RESTING_DIRECTIONS[without_side(joint)]
        rows.append(directions.get(joint, (x, -y, z) if joint.startswith("l_") else (x, y, z)))
    vectors = torch.as_tensor(rows, dtype=dtype)
    bones = vectors / vectors.norm(dim=-1, keepdim=True)
    return KinematicTree(skeleton).assemble(torch.zeros(3, dtype=dtype), bones, ratios(skeleton, dtype))


TABLE = [
    ("r_shoulder", {}, RIGHT, 90, 180),
    ("head_top", {}, UP, 180, None),
    ("r_elbow", {}, DOWN, 90, 180),
    ("r_elbow", {}, AHEAD, 90, 90),
    ("r_elbow", {}, UP, 90, 0),
    ("r_elbow", {}, RIGHT, 180, None),
    ("r_elbow", {}, (-1, 0, -1), 90, -135),
    ("r_wrist", {"r_elbow": DOWN}, DOWN, 180, None),
    ("r_wrist", {"r_elbow": DOWN}, AHEAD, 90, 90),
    ("r_wrist", {"r_elbow": DOWN}, LEFT, 90, 180),
    ("r_wrist", {"r_elbow": DOWN}, RIGHT, 90, 0),
    ("r_knee", {}, DOWN, 90, 180),
    ("r_knee", {}, AHEAD, 90, 90),
    ("r_knee", {}, (-0.5, 0, -(3**0.5) / 2), 90, -150),
    ("r_knee", {}, (0, -1, -1), 135, 180),
    ("r_ankle", {}, DOWN, 180, None),
    ("r_ankle", {}, (-1, 0, 0), 90, -90),
    ("r_foot", {}, AHEAD, 90, 90),
]


@FRAMES
@pytest.mark.parametrize(("joint", "parents", "direction", "gamma", "theta"), TABLE)
def test_known_poses_have_known_angles(frame, joint, parents, direction, gamma, theta):
    tree = LocalTree(KUNDU_17, frame)
    pose = pointed(KUNDU_17, {**parents, joint: direction})
    found_gamma, found_theta = (
        math.degrees(angles[tree.limbs.index(joint)]) for angles in tree.angles(tree.localise(pose))
    )
    assert found_gamma == pytest.approx(gamma, abs=1e-4)
    if theta is not None:
        assert (found_theta - theta + 180) % 360 - 180 == pytest.approx(0, abs=1e-4)


@FRAMES
def test_published_components_of_the_face_frame(frame):
    """(a, b, n) of the source are (z, y, -x): a back along the parent bone, b ahead, n = a x b."""
    tree = LocalTree(KUNDU_17, frame)
    pose = pointed(KUNDU_17, {"r_elbow": DOWN, "r_wrist": (1, -2, -3)})
    x, y, z = tree.localise(pose).directions[tree.limbs.index("r_wrist")]
    a, b = torch.tensor(UP), torch.tensor(AHEAD)
    forearm = unit(torch.tensor([1.0, -2.0, -3.0], dtype=torch.float64))
    expected = [(forearm * axis).sum() for axis in (a, b, torch.linalg.cross(a, b))]
    assert torch.allclose(torch.stack([z, y, -x]), torch.stack(expected))


def test_limbs_stand_in_the_skeletons_order():
    limbs = ("r_shoulder", "r_elbow", "r_wrist", "l_shoulder", "l_elbow", "l_wrist", "head_top", "r_knee", "r_ankle",
             "r_foot", "l_knee", "l_ankle", "l_foot")  # fmt: skip
    assert LocalTree(KUNDU_17).limbs == limbs
    arms = ("head_top", "r_shoulder", "r_elbow", "r_wrist", "l_shoulder", "l_elbow", "l_wrist")
    assert LocalTree(MPI_15).limbs == (*arms, "r_knee", "r_ankle", "l_knee", "l_ankle")


@BOTH
@FRAMES
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_bodies_and_local_poses_are_inverse(skeleton, frame, dtype, generator):
    tree, tolerance = LocalTree(skeleton, frame), 1e-4 if dtype is torch.float32 else 1e-12
    local, lengths = drawn(tree, 500, generator, dtype), ratios(skeleton, dtype)
    pose = tree.assemble(local, lengths)
    again = tree.localise(pose)
    assert torch.allclose(again.directions, local.directions, atol=tolerance)
    assert torch.allclose(again.hip_tilt_rad, local.hip_tilt_rad, atol=tolerance)
    assert torch.allclose(KinematicTree(skeleton).bone_lengths(pose), lengths, atol=1e-6)
    eye = torch.eye(3, dtype=dtype).expand(500, 3, 3)
    assert torch.allclose(canonical_from_world(pose, skeleton), eye, atol=tolerance)


def captured(path, skeleton, dtype):
    """Every pose of a recording that has all joints, the pelvis exactly in the middle of the hips.

    Without feet only those are taken that lack toes: the others come with feet.
    """
    with np.load(path) as file:
        joints, toes = torch.from_numpy(file["joints"]), torch.from_numpy(file["toes"])
    columns = [
        toes[:, "lr".index(name[0])] if name.endswith("foot") else joints[:, H36M_17.index(name)]
        for name in skeleton.joint_names
    ]
    has_toes = toes.isfinite().flatten(1).all(dim=1)
    poses = torch.stack(columns, dim=1)[has_toes == ("l_foot" in skeleton)].to(dtype)
    poses[:, skeleton.index("pelvis")] = poses[:, skeleton.indices("l_hip", "r_hip")].mean(dim=1)
    return poses


@BOTH
@pytest.mark.parametrize(("dtype", "tolerance"), slow_but([(torch.float32, 1e-5)], EXACTNESS), ids=str)
def test_real_people_survive_the_way_there_and_back(skeleton, dtype, tolerance, shared_data):
    paths = [path for path in sorted((shared_data / "mocap").glob("*.npz")) if path.stem in ("train", "val")]
    if not paths:
        pytest.skip("the shared motion capture is absent")
    poses = torch.cat([captured(path, skeleton, dtype) for path in paths])
    canonical, lengths = to_canonical(poses, skeleton).joints, KinematicTree(skeleton).bone_lengths(poses)
    for frame in ("transport", "face"):
        tree = LocalTree(skeleton, frame)
        back = tree.assemble(tree.localise(canonical), lengths)
        assert len(poses) > 900 and float((back - canonical).norm(dim=-1).max()) < tolerance


@FRAMES
def test_bone_lengths_do_not_matter(frame, generator):
    tree = LocalTree(KUNDU_17, frame)
    local = drawn(tree, 30, generator)
    lengths = 0.1 + torch.rand(30, 16, dtype=torch.float64, generator=generator)
    again = tree.localise(tree.assemble(local, lengths))
    assert torch.allclose(again.directions, local.directions, atol=1e-12)
    assert torch.allclose(again.hip_tilt_rad, local.hip_tilt_rad, atol=1e-12)


@BOTH
@FRAMES
def test_the_mirror_image_has_mirrored_angles(skeleton, frame, generator):
    tree = LocalTree(skeleton, frame)
    pose = tree.assemble(drawn(tree, 200, generator), ratios(skeleton))
    mirrored = (pose * torch.tensor([1.0, -1.0, 1.0]))[:, skeleton.mirror.tolist()]
    swapped = [tree.limbs.index(skeleton.joint_names[skeleton.mirror[skeleton.index(limb)]]) for limb in tree.limbs]
    own, image = tree.localise(pose), tree.localise(mirrored)
    assert torch.allclose(image.hip_tilt_rad, -own.hip_tilt_rad)
    (gamma, theta), (image_gamma, image_theta) = tree.angles(own), tree.angles(image)
    assert torch.allclose(image_gamma, gamma[:, swapped])
    turned = (image_theta - (math.pi - theta[:, swapped])).sin().abs()
    assert float(turned.max()) < 1e-6 and torch.allclose(image_theta.cos(), -theta[:, swapped].cos())


@BOTH
def test_the_neck_has_no_freedom_and_the_hips_have_one(skeleton, generator):
    tree = LocalTree(skeleton)
    local = drawn(tree, 50, generator)
    pose = tree.assemble(local, ratios(skeleton))
    pelvis, neck, left, right = (pose[:, skeleton.index(name)] for name in ("pelvis", "thorax", "l_hip", "r_hip"))
    tilt, half = local.hip_tilt_rad, BONE_RATIOS["hip"]
    assert not pelvis.any()
    assert torch.allclose(neck, neck.new_tensor([0, 0, BONE_RATIOS["thorax"]]))
    assert torch.allclose(left, half * torch.stack([torch.zeros_like(tilt), tilt.cos(), tilt.sin()], dim=-1))
    assert torch.allclose(right, -left)


def test_both_shoulders_are_free(generator):
    tree = LocalTree(KUNDU_17)
    local = drawn(tree, 20, generator)
    pose = tree.assemble(local, ratios(KUNDU_17))
    collars = pose[:, KUNDU_17.indices("l_shoulder", "r_shoulder")] - pose[:, [KUNDU_17.index("thorax")]]
    assert float((collars.sum(dim=1)).norm(dim=-1).min()) > 1e-3


@FRAMES
def test_turning_and_moving_a_person_changes_no_local_pose(frame, generator):
    tree = LocalTree(KUNDU_17, frame)
    pose = tree.assemble(drawn(tree, 40, generator), ratios(KUNDU_17))
    turn = torch.linalg.qr(torch.randn(40, 3, 3, dtype=torch.float64, generator=generator))[0]
    turn = turn * torch.linalg.det(turn)[:, None, None]
    moved = pose @ turn.mT + torch.randn(40, 1, 3, dtype=torch.float64, generator=generator)
    pelvis = moved[:, [KUNDU_17.index("pelvis")]]
    again = tree.localise((moved - pelvis) @ canonical_from_world(moved, KUNDU_17).mT)
    assert torch.allclose(tree.localise(pose).directions, again.directions, atol=1e-10)


@FRAMES
def test_angles_and_directions_are_inverse(frame, generator):
    tree = LocalTree(MPI_15, frame)
    local = drawn(tree, 100, generator)
    gamma, theta = tree.angles(local)
    again = tree.from_angles(gamma, theta, local.hip_tilt_rad)
    assert gamma.min() >= 0 and gamma.max() <= math.pi and theta.abs().max() <= math.pi
    assert torch.allclose(again.directions, local.directions)
    assert again.hip_tilt_rad is local.hip_tilt_rad


@pytest.mark.parametrize("batch", [(), (1,), (3, 4), (0,), (2, 0)])
def test_any_batch_will_do(batch, generator):
    tree = LocalTree(KUNDU_17)
    local = drawn(tree, math.prod(batch), generator)
    local = LocalPose(local.directions.reshape(*batch, 13, 3), local.hip_tilt_rad.reshape(batch))
    for lengths in (ratios(KUNDU_17), ratios(KUNDU_17).expand(*batch, 16)):
        pose = tree.assemble(local, lengths)
        assert pose.shape == (*batch, 17, 3) and pose.is_contiguous()
        again = tree.localise(pose)
        assert again.directions.shape == (*batch, 13, 3) and again.hip_tilt_rad.shape == batch
        assert torch.allclose(again.directions, local.directions)


def test_one_set_of_lengths_serves_all_frames_of_a_person(generator):
    tree = LocalTree(KUNDU_17)
    local = drawn(tree, 6, generator)
    local = LocalPose(local.directions.reshape(3, 2, 13, 3), local.hip_tilt_rad.reshape(3, 2))
    lengths = 0.5 + torch.rand(3, 1, 16, dtype=torch.float64, generator=generator)
    pose = tree.assemble(local, lengths)
    assert torch.allclose(KinematicTree(KUNDU_17).bone_lengths(pose), lengths.expand(3, 2, 16))


@FRAMES
def test_directions_of_any_length_give_bones_of_the_right_length(frame, generator):
    tree = LocalTree(KUNDU_17, frame)
    local = drawn(tree, 20, generator)
    longer = local._replace(directions=local.directions * (0.1 + torch.rand(20, 13, 1, generator=generator)))
    assert torch.allclose(tree.assemble(longer, ratios(KUNDU_17)), tree.assemble(local, ratios(KUNDU_17)), atol=1e-12)


@FRAMES
def test_bones_of_no_length_point_as_at_rest_and_come_back(frame, generator):
    tree, bones = LocalTree(KUNDU_17, frame), KinematicTree(KUNDU_17)
    lengths = ratios(KUNDU_17).clone()
    lengths[[bone for bone, (child, _) in enumerate(KUNDU_17.bones) if "elbow" in KUNDU_17.joint_names[child]]] = 0
    pose = tree.assemble(drawn(tree, 20, generator), lengths)
    local = tree.localise(pose)
    assert torch.allclose(local.directions.norm(dim=-1), torch.ones(20, 13, dtype=torch.float64))
    assert torch.allclose(tree.assemble(local, bones.bone_lengths(pose)), pose, atol=1e-12)
    elbow = KUNDU_17.index("r_elbow")
    again = tree.assemble(local, ratios(KUNDU_17))
    assert torch.allclose(
        unit(again[:, elbow] - again[:, KUNDU_17.parents[elbow]]), again.new_tensor(RIGHT), atol=1e-12
    )


def singular_poses(dtype):
    """Bodies with limbs straight, folded, along the face vector, at the viewer or opposite to rest."""
    backwards = {
        name: tuple(-part for part in row) for name, row in RESTING_DIRECTIONS.items() if name not in ("thorax", "hip")
    }
    sides = [
        {f"{side}_{name}" if name != "head_top" else name: row for side in "lr" for name, row in rows.items()}
        for rows in (
            {},
            {"elbow": AHEAD, "wrist": AHEAD, "knee": AHEAD, "ankle": AHEAD},
            {"elbow": (-1, 0, 0), "wrist": AHEAD, "knee": (-1, 0, 0), "ankle": AHEAD},
            {"elbow": DOWN, "wrist": UP, "knee": UP, "ankle": UP, "foot": UP},
            {"elbow": LEFT, "wrist": RIGHT, "knee": LEFT, "ankle": DOWN},
            {"elbow": RIGHT, "wrist": LEFT, "knee": RIGHT, "ankle": RIGHT},
            backwards,
        )
    ]
    return torch.stack([pointed(KUNDU_17, directions, dtype) for directions in sides])


@FRAMES
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shift", [0.0, 1e-30, 1e-8, 1e-4])
def test_gradients_are_finite_everywhere(frame, dtype, shift):
    tree = LocalTree(KUNDU_17, frame)
    poses = singular_poses(dtype)
    point = torch.zeros_like(poses[:1])
    poses = torch.cat([poses, point, 1e-12 * poses[:1]])
    poses = (poses + shift * torch.linspace(-1, 1, poses.numel(), dtype=dtype).reshape(poses.shape)).requires_grad_()
    local = tree.localise(poses)
    gamma, theta = tree.angles(local)
    total = tree.assemble(local, ratios(KUNDU_17, dtype)).square().sum() + gamma.sum() + theta.sum()
    total.backward()
    assert total.isfinite() and poses.grad is not None and poses.grad.isfinite().all()


@FRAMES
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_gradients_of_straight_folded_and_missing_directions_are_finite(frame, dtype):
    tree = LocalTree(MPI_15, frame)
    rows = torch.tensor([[0, 0, 1], [0, 0, -1], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 0]], dtype=dtype)
    directions = rows[:, None].expand(7, 11, 3).clone().requires_grad_()
    tilt, lengths = torch.zeros(7, dtype=dtype, requires_grad=True), ratios(MPI_15, dtype).requires_grad_()
    pose = tree.assemble(LocalPose(directions, tilt), lengths)
    gamma, theta = tree.angles(LocalPose(directions, tilt))
    assert pose.isfinite().all() and gamma.isfinite().all() and theta.isfinite().all()
    (pose.sin().sum() + gamma.sum() + theta.sum()).backward()
    assert all(part.grad is not None and part.grad.isfinite().all() for part in (directions, tilt, lengths))


@FRAMES
def test_gradients_are_true(frame, generator):
    tree = LocalTree(MPI_15, frame)
    local, lengths = drawn(tree, 1, generator), ratios(MPI_15)
    pose = tree.assemble(local, lengths).requires_grad_()
    assert torch.autograd.gradcheck(lambda joints: tuple(tree.localise(joints)), pose, fast_mode=True)
    given = [part.clone().requires_grad_() for part in (*local, lengths)]
    assert torch.autograd.gradcheck(lambda a, b, c: tree.assemble(LocalPose(a, b), c), given, fast_mode=True)
    assert torch.autograd.gradcheck(lambda a, b: tree.angles(LocalPose(a, b)), given[:2])


def test_the_transported_frame_is_smooth_where_the_face_frame_turns():
    swing = torch.linspace(-0.2, 0.2, 41, dtype=torch.float64)
    poses = torch.stack([pointed(KUNDU_17, {"r_knee": (1, 0.01, a), "r_ankle": (-1, 0, -1)}) for a in swing])
    limb = LocalTree(KUNDU_17).limbs.index("r_ankle")
    steps = {}
    for frame in ("transport", "face"):
        directions = LocalTree(KUNDU_17, frame).localise(poses).directions[:, limb]
        steps[frame] = float(directions.diff(dim=0).norm(dim=-1).max())
    assert steps["transport"] < 0.03 and steps["face"] > 0.5


def test_what_inference_prepared_serves_training(generator):
    skeleton = Skeleton("kundu_again", KUNDU_17.joint_names, KUNDU_17.parents)
    tree = LocalTree(skeleton)
    with torch.inference_mode():
        tree.assemble(drawn(tree, 2, generator), ratios(skeleton))
    local = drawn(tree, 2, generator)
    directions = local.directions.requires_grad_()
    tree.assemble(LocalPose(directions, local.hip_tilt_rad), ratios(skeleton)).sum().backward()
    assert directions.grad is not None
    assert pickle.loads(pickle.dumps(tree)).limbs == tree.limbs


@pytest.mark.parametrize("name", [name for name in SKELETONS if name not in ("kundu_17", "mpi_15")])
def test_other_skeletons_are_refused(name):
    with pytest.raises(ConventionError, match="has no local poses"):
        LocalTree(SKELETONS[name])


def test_wrong_numbers_of_joints_limbs_and_lengths_are_refused(generator):
    tree = LocalTree(KUNDU_17)
    local = drawn(tree, 2, generator)
    with pytest.raises(ConventionError, match="15 joints came for kundu_17"):
        tree.localise(torch.zeros(2, 15, 3))
    with pytest.raises(ConventionError, match="13 limbs came for mpi_15"):
        LocalTree(MPI_15).assemble(local, ratios(MPI_15))
    with pytest.raises(ConventionError, match="14 bone lengths came for kundu_17"):
        tree.assemble(local, ratios(MPI_15))


@BOTH
def test_ratios_are_lengths_in_the_order_of_the_bones(skeleton):
    pose = pointed(skeleton, {})
    assert torch.allclose(KinematicTree(skeleton).bone_lengths(pose), ratios(skeleton))
    names = [skeleton.joint_names[child] for child, _ in skeleton.bones]
    assert bone_ratios(skeleton)[names.index("head_top")] == 1.0
    assert bone_ratios(skeleton)[names.index("l_knee")] == bone_ratios(skeleton)[names.index("r_knee")] == 2.1


def test_bones_without_a_ratio_are_refused():
    with pytest.raises(ConventionError, match="'spine', whose bone has no known ratio"):
        bone_ratios(H36M_17)
