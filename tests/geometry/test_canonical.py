"""The canonical frame: it does not see heading and place, the ways there and back agree, and no bad body gets in."""

import math

import numpy as np
import pytest
import roma
import torch

from maquette.body.anatomy import bone_ratios
from maquette.body.catalog import COCO_17, H36M_17, KUNDU_17, MPI_15
from maquette.errors import ConventionError, InputError
from maquette.geometry.canonical import (
    canonical_from_world,
    from_canonical,
    pairs_from_rotation,
    project_perspective,
    project_weak,
    root_translation,
    rotation_from_pairs,
    to_canonical,
)
from maquette.geometry.local_pose import LocalTree

DTYPES = (torch.float64, torch.float32)


def standing(skeleton=KUNDU_17, dtype=torch.float64):
    """One person who stands with elbows and knees clearly bent the right way, in the canonical frame."""
    tree = LocalTree(skeleton)
    angles = {
        "shoulder": (90, 180), "head_top": (175, 90), "elbow": (95, 170), "wrist": (110, 95),
        "knee": (100, 150), "ankle": (130, -95), "foot": (100, 90),
    }  # fmt: skip
    pairs = []
    for limb in tree.limbs:
        gamma, theta = angles[limb.removeprefix("l_").removeprefix("r_")]
        pairs.append((gamma, 180 - theta if limb.startswith("l_") else theta))
    gamma, theta = torch.deg2rad(torch.tensor(pairs, dtype=dtype)).unbind(dim=-1)
    local = tree.from_angles(gamma, theta, torch.tensor(0.05, dtype=dtype))
    return tree.assemble(local, torch.tensor(bone_ratios(skeleton), dtype=dtype))


def people(count, generator, skeleton=KUNDU_17, dtype=torch.float64):
    """People of slightly different shapes, the pelvis in the middle of their hips."""
    poses = standing(skeleton, dtype) + 0.05 * torch.randn(count, len(skeleton), 3, dtype=dtype, generator=generator)
    poses[:, skeleton.index("pelvis")] = poses[:, skeleton.indices("l_hip", "r_hip")].mean(dim=1)
    return poses


@pytest.mark.parametrize("skeleton", [KUNDU_17, MPI_15], ids=str)
def test_a_canonical_body_is_where_it_should_be(skeleton):
    pose = standing(skeleton)
    canonical = to_canonical(pose, skeleton)
    assert torch.allclose(canonical.joints, pose, atol=1e-12)
    assert torch.allclose(canonical.rotation, torch.eye(3, dtype=pose.dtype), atol=1e-12)
    assert not canonical.root.any()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_body_faces_x_with_the_neck_on_z(dtype, generator):
    poses = people(50, generator, dtype=dtype).reshape(5, 10, 17, 3)
    joints = to_canonical(poses, KUNDU_17).joints
    pelvis, neck, left, right = (
        joints[..., KUNDU_17.index(name), :] for name in ("pelvis", "thorax", "l_hip", "r_hip")
    )
    tolerance = 1e-4 if dtype is torch.float32 else 1e-12
    assert not pelvis.any()
    assert neck[..., :2].abs().max() < tolerance and (neck[..., 2] > 0).all()
    facing = torch.linalg.cross(left - right, neck - right)
    assert facing[..., 1].abs().max() < tolerance and (facing[..., 0] > 0).all()
    assert (left[..., 1] > 0).all() and (right[..., 1] < 0).all()


@pytest.mark.parametrize("skeleton", [KUNDU_17, MPI_15], ids=str)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_turning_and_moving_a_person_changes_nothing(skeleton, dtype, generator):
    poses = people(100, generator, skeleton, dtype)
    quaternions = torch.randn(100, 4, dtype=dtype, generator=generator)
    turn = roma.unitquat_to_rotmat(quaternions / quaternions.norm(dim=-1, keepdim=True))
    shift = torch.randn(100, 3, dtype=dtype, generator=generator)
    moved = to_canonical(poses @ turn.mT + shift[:, None], skeleton)
    still = to_canonical(poses, skeleton)
    tolerance = 2e-5 if dtype is torch.float32 else 1e-12
    assert torch.allclose(moved.joints, still.joints, atol=tolerance)
    assert torch.allclose(moved.rotation, turn @ still.rotation, atol=tolerance)
    for frame in ("transport", "face"):
        tree = LocalTree(skeleton, frame)
        one, other = tree.localise(moved.joints), tree.localise(still.joints)
        assert torch.allclose(one.directions, other.directions, atol=50 * tolerance)
        assert torch.allclose(one.hip_tilt_rad, other.hip_tilt_rad, atol=tolerance)


def test_the_way_back_leads_to_where_the_person_was(generator):
    poses = 2 * people(60, generator).reshape(3, 4, 5, 17, 3) + 7
    assert torch.allclose(from_canonical(to_canonical(poses, KUNDU_17)), poses, atol=1e-12)


def test_other_skeletons_with_trunk_and_limbs_will_do():
    pose, names = standing(MPI_15), H36M_17.joint_names
    joints = torch.stack(
        [pose[MPI_15.index(name)] if name in MPI_15 else pose[MPI_15.index("thorax")] for name in names]
    )
    assert torch.allclose(to_canonical(joints, H36M_17).joints, joints, atol=1e-12)


@pytest.mark.slow
def test_real_people_are_canonical_and_back(shared_data):
    for split in ("val", "train"):
        path = shared_data / "mocap" / f"{split}.npz"
        if not path.is_file():
            pytest.skip("the shared motion capture is absent")
        with np.load(path) as file:
            joints = torch.from_numpy(file["joints"])
        canonical = to_canonical(joints.double(), H36M_17)
        assert torch.allclose(from_canonical(canonical), joints.double(), atol=1e-6)
        assert torch.allclose(from_canonical(to_canonical(joints, H36M_17)), joints, atol=1e-5)
        with pytest.raises(ConventionError):
            to_canonical(joints * torch.tensor([1.0, 1.0, -1.0]), H36M_17)
        for single in joints[::500]:
            to_canonical(single, H36M_17)


def test_gradients_of_the_canonical_frame_are_true(generator):
    poses = people(1, generator, MPI_15).requires_grad_()
    assert torch.autograd.gradcheck(lambda joints: canonical_from_world(joints, MPI_15), poses)
    assert torch.autograd.gradcheck(lambda joints: to_canonical(joints, MPI_15), poses)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_gradients_of_bodies_without_direction_are_finite(dtype):
    poses = torch.stack([torch.zeros(17, 3, dtype=dtype), standing(dtype=dtype)])
    poses[1, KUNDU_17.indices("l_hip", "r_hip")] = 0
    poses.requires_grad_()
    canonical_from_world(poses, KUNDU_17).sum().backward()
    assert poses.grad is not None and poses.grad.isfinite().all()


def test_angles_turn_as_intrinsic_xyz(generator):
    angles = math.pi * (2 * torch.rand(50, 3, dtype=torch.float64, generator=generator) - 1)
    pairs = torch.stack([angles.sin(), angles.cos()], dim=-1)
    twin = roma.euler_to_rotmat("XYZ", angles)
    assert torch.allclose(rotation_from_pairs(pairs), twin, atol=1e-12)
    assert torch.allclose(rotation_from_pairs(0.3 * pairs), twin, atol=1e-12)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_rotation_has_its_angles(dtype, generator):
    angles = math.pi * (2 * torch.rand(5, 40, 3, dtype=dtype, generator=generator) - 1)
    angles[1, :, 1] = math.pi / 2
    angles[2, :, 1] = -math.pi / 2 + 1e-4 * torch.randn(40, dtype=dtype, generator=generator)
    angles[3] = 0
    angles[4, :20] = math.pi / 2 * torch.randint(4, (20, 3), generator=generator)
    rotation = rotation_from_pairs(torch.stack([angles.sin(), angles.cos()], dim=-1))
    pairs = pairs_from_rotation(rotation)
    tolerance = 1e-6 if dtype is torch.float32 else 1e-14
    assert torch.allclose(pairs.norm(dim=-1), pairs.new_ones(()), atol=tolerance)
    assert torch.allclose(rotation_from_pairs(pairs), rotation, atol=tolerance)
    assert (pairs[..., 1, 1] >= -tolerance).all()


def test_where_two_angles_turn_alike_the_third_is_zero():
    quarter = torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    assert torch.equal(pairs_from_rotation(quarter), torch.tensor([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_gradients_of_angles_are_finite_and_true(dtype, generator):
    pairs = torch.randn(4, 3, 2, dtype=torch.float64, generator=generator, requires_grad=True)
    assert torch.autograd.gradcheck(rotation_from_pairs, pairs)
    none = torch.zeros(2, 3, 2, dtype=dtype)
    none[1] = torch.finfo(dtype).tiny
    none.requires_grad_()
    rotation = rotation_from_pairs(none)
    assert torch.equal(rotation, torch.eye(3, dtype=dtype).expand(2, 3, 3))
    (rotation * torch.arange(9).reshape(3, 3)).sum().backward()
    quarter = torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]], dtype=dtype, requires_grad=True)
    (pairs_from_rotation(quarter) * torch.arange(6).reshape(3, 2)).sum().backward()
    for given in (none, quarter):
        assert given.grad is not None and given.grad.isfinite().all()


def test_a_root_is_where_its_pixel_and_depth_say():
    pixel, depth = torch.tensor([[100.0, 80.0], [150.0, 80.0]]), torch.tensor([4.0, 4.0])
    place = root_translation(pixel, depth, 200.0, (100.0, 100.0))
    assert torch.equal(place, torch.tensor([[0.0, -0.4, 4.0], [1.0, -0.4, 4.0]]))


def test_the_root_is_projected_to_its_own_pixel(generator):
    relative = torch.randn(6, 17, 3, dtype=torch.float64, generator=generator)
    relative[:, 0] = 0
    pixel, depth = 300 * torch.rand(6, 2, dtype=torch.float64, generator=generator), torch.full((6,), 9.0).double()
    for seen in (
        project_weak(relative, pixel, depth, 250.0),
        project_perspective(relative, pixel, depth, 250.0, (111.5, 111.5)),
    ):
        assert torch.allclose(seen[:, 0], pixel)


def test_weak_perspective_is_a_scale_and_a_shift():
    relative = torch.tensor([[[0.0, 0.0, 0.0], [0.5, -1.0, 3.0]]])
    seen = project_weak(relative, torch.tensor([[30.0, 40.0]]), torch.tensor([5.0]), 100.0)
    assert torch.equal(seen, torch.tensor([[[30.0, 40.0], [40.0, 20.0]]]))


def test_weak_and_full_perspective_agree_far_away(generator):
    relative = 0.5 * torch.randn(200, 17, 3, dtype=torch.float64, generator=generator)
    pixel = torch.tensor([120.0, 105.0], dtype=torch.float64).expand(200, 2)
    largest = []
    for depth in (10.0, 100.0, 1000.0):
        deep = torch.full((200,), depth, dtype=torch.float64)
        focal = 20 * depth
        difference = project_weak(relative, pixel, deep, focal) - project_perspective(
            relative, pixel, deep, focal, (111.5, 111.5)
        )
        largest.append(float(difference.abs().max()))
    assert largest[0] > 9 * largest[1] > 80 * largest[2] and largest[2] < 0.2


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_joints_at_and_behind_the_camera_have_finite_pixels_and_gradients(dtype):
    relative = torch.tensor([[[0, 0, 0], [0.3, 0, -2], [0.1, 0.2, -5]]], dtype=dtype, requires_grad=True)
    depth = torch.tensor([2.0], dtype=dtype, requires_grad=True)
    pixel = torch.tensor([[50.0, 60.0]], dtype=dtype, requires_grad=True)
    seen = project_perspective(relative, pixel, depth, 100.0, (50.0, 50.0))
    seen.sum().backward()
    assert seen.isfinite().all()
    assert all(part.grad is not None and part.grad.isfinite().all() for part in (relative, depth, pixel))


def without(pose, *joints, at="pelvis"):
    """The pose with some joints moved onto another."""
    moved = pose.clone()
    moved[..., KUNDU_17.indices(*joints), :] = pose[..., KUNDU_17.index(at), None, :]
    return moved


def spoilt(pose, value):
    bad = pose.clone()
    bad[3, 2, 1] = value
    return bad


BAD_BODIES = {
    "nan": (lambda pose: spoilt(pose, math.nan), "pose 3 of 5 .* not finite"),
    "infinite": (lambda pose: spoilt(pose, math.inf), "pose 3 of 5 .* not finite"),
    "hips on one spot": (lambda pose: without(pose, "l_hip", "r_hip"), "pose 0 of 5 .* span no plane"),
    "no trunk": (lambda pose: without(pose, "thorax"), "span no plane"),
    "no body": (torch.zeros_like, "span no plane"),
    "hips along the trunk": (
        lambda pose: pose[..., :, [0, 2, 1]] * torch.tensor([[1.0, 1, 1]] * 9 + [[0.0, 0, 0]] * 8).double(),
        "span no plane",
    ),
}


@pytest.mark.parametrize(("spoil", "message"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_bad_bodies_are_refused(spoil, message):
    with pytest.raises(InputError, match=message):
        to_canonical(spoil(standing().expand(5, 17, 3)), KUNDU_17)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("batch", [(), (1,), (4, 5)])
def test_left_handed_bodies_are_refused(axis, batch):
    pose = standing()
    pose[:, axis] *= -1
    with pytest.raises(ConventionError, match="left-handed"):
        to_canonical(pose.expand(*batch, 17, 3), KUNDU_17)


def test_swapped_sides_are_refused_and_mirror_images_are_not():
    pose = standing()
    with pytest.raises(ConventionError, match="swap the sides"):
        to_canonical(pose[KUNDU_17.mirror.tolist()], KUNDU_17)
    mirrored = (pose * torch.tensor([1.0, -1.0, 1.0]))[KUNDU_17.mirror.tolist()]
    to_canonical(mirrored, KUNDU_17)


def test_one_or_two_limbs_bent_the_wrong_way_are_let_in():
    pose, index = standing(), KUNDU_17.index
    for side in "lr":
        elbow, wrist = index(f"{side}_elbow"), index(f"{side}_wrist")
        pose[wrist] = pose[elbow] + (pose[wrist] - pose[elbow]) * torch.tensor([-1.0, 1.0, 1.0])
        to_canonical(pose, KUNDU_17)


def test_wrong_skeletons_are_refused():
    with pytest.raises(ConventionError, match="pelvis"):
        to_canonical(torch.zeros(17, 3), COCO_17)
    with pytest.raises(ConventionError, match="17 joints came for mpi_15"):
        to_canonical(standing(), MPI_15)


def test_no_people_are_no_trouble():
    canonical = to_canonical(torch.zeros(0, 17, 3), KUNDU_17)
    assert from_canonical(canonical).shape == (0, 17, 3)
