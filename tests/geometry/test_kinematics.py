import pytest
import torch

from maquette.body.catalog import BLAZEPOSE_33, COCO_17, H36M_17, KUNDU_17, LSP_14, MPII_16, SMPL_24
from maquette.body.skeleton import Skeleton
from maquette.geometry.kinematics import KinematicTree

SKELETONS = [H36M_17, COCO_17, MPII_16, LSP_14, KUNDU_17, SMPL_24, BLAZEPOSE_33]
ROPE = Skeleton("rope", ("end", "middle", "start"), (1, 2, -1))
"""Listed from the leaf to the root, so that joint order is no walking order."""


def sample_joints(skeleton, *batch, generator, dtype=torch.float64):
    return torch.randn(*batch, len(skeleton), 3, generator=generator, dtype=dtype)


def root_of(joints, skeleton):
    return joints[..., skeleton.index(skeleton.root), :]


def bone_to(skeleton, joint):
    """Position of the bone that ends in the named joint."""
    return [child for child, _ in skeleton.bones].index(skeleton.index(joint))


def assembled_twin(skeleton, root, directions, lengths):
    """One pose, joint by joint, each as soon as its parent is placed."""
    places = {skeleton.index(skeleton.root): root}
    while len(places) < len(skeleton):
        for bone, (child, parent) in enumerate(skeleton.bones):
            if parent in places:
                places[child] = places[parent] + lengths[bone] * directions[bone]
    return torch.stack([places[joint] for joint in range(len(skeleton))])


@pytest.mark.parametrize("skeleton", SKELETONS, ids=lambda skeleton: skeleton.name)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_joints_taken_apart_and_assembled_are_the_same(skeleton, dtype, generator):
    tree = KinematicTree(skeleton)
    joints = sample_joints(skeleton, 3, 4, generator=generator, dtype=dtype)
    again = tree.assemble(root_of(joints, skeleton), tree.directions(joints), tree.bone_lengths(joints))
    assert again.dtype == dtype
    torch.testing.assert_close(again, joints, rtol=0, atol=1e-5 if dtype == torch.float32 else 1e-12)


@pytest.mark.parametrize("skeleton", [*SKELETONS, ROPE], ids=lambda skeleton: skeleton.name)
def test_assembling_equals_the_slow_twin(skeleton, generator):
    tree = KinematicTree(skeleton)
    joints = sample_joints(skeleton, generator=generator)
    parts = root_of(joints, skeleton), tree.directions(joints), tree.bone_lengths(joints) * 1.7
    torch.testing.assert_close(tree.assemble(*parts), assembled_twin(skeleton, *parts))


def test_vectors_lengths_and_directions_by_hand():
    tree = KinematicTree(ROPE)
    joints = torch.tensor([[3.0, 4.0, 2.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
    assert tree.bone_vectors(joints).tolist() == [[3, 4, 0], [0, 0, 2]]
    assert tree.bone_lengths(joints).tolist() == [5, 2]
    torch.testing.assert_close(tree.directions(joints), torch.tensor([[0.6, 0.8, 0.0], [0.0, 0.0, 1.0]]))


def test_joints_of_two_dimensions_are_fine(generator):
    tree = KinematicTree(H36M_17)
    joints = torch.randn(5, 17, 2, generator=generator, dtype=torch.float64)
    again = tree.assemble(root_of(joints, H36M_17), tree.directions(joints), tree.bone_lengths(joints))
    torch.testing.assert_close(again, joints)


def test_one_set_of_lengths_serves_a_whole_batch(generator):
    tree = KinematicTree(H36M_17)
    joints = sample_joints(H36M_17, 6, generator=generator)
    lengths = torch.rand(1, 16, generator=generator, dtype=torch.float64) + 0.1
    built = tree.assemble(root_of(joints, H36M_17), tree.directions(joints), lengths)
    torch.testing.assert_close(tree.bone_lengths(built), lengths.expand(6, 16))
    torch.testing.assert_close(tree.directions(built), tree.directions(joints))


def test_batch_equals_one_by_one(generator):
    tree = KinematicTree(MPII_16)
    joints = sample_joints(MPII_16, 4, generator=generator)
    joints[1, MPII_16.index("l_wrist")] = joints[1, MPII_16.index("l_elbow")]
    directions, lengths = tree.directions(joints), tree.bone_lengths(joints)
    built = tree.assemble(root_of(joints, MPII_16), directions, lengths)
    for i, pose in enumerate(joints):
        torch.testing.assert_close(tree.directions(pose), directions[i], rtol=0, atol=0)
        alone = tree.assemble(root_of(pose, MPII_16), directions[i], lengths[i])
        torch.testing.assert_close(alone, built[i], rtol=0, atol=0)


def test_bones_of_no_length_take_the_direction_of_their_parent_bone(generator):
    tree = KinematicTree(H36M_17)
    joints = sample_joints(H36M_17, 2, generator=generator)
    hip, knee, ankle = H36M_17.indices("l_hip", "l_knee", "l_ankle")
    joints[:, knee] = joints[:, hip]
    joints[:, ankle] = joints[:, hip]
    directions = tree.directions(joints)
    wanted = directions[:, bone_to(H36M_17, "l_hip")]
    for joint in ("l_knee", "l_ankle"):
        torch.testing.assert_close(directions[:, bone_to(H36M_17, joint)], wanted, rtol=0, atol=0)
    torch.testing.assert_close(directions.norm(dim=-1), torch.ones(2, 16, dtype=torch.float64))


def test_empty_bone_at_the_root_has_no_direction_and_hurts_nobody(generator):
    tree = KinematicTree(H36M_17)
    joints = sample_joints(H36M_17, generator=generator)
    joints[H36M_17.index("l_hip")] = joints[H36M_17.index("pelvis")]
    directions = tree.directions(joints)
    assert directions[bone_to(H36M_17, "l_hip")].tolist() == [0, 0, 0]
    again = tree.assemble(root_of(joints, H36M_17), directions, tree.bone_lengths(joints))
    torch.testing.assert_close(again, joints)


def test_pose_in_a_single_point_stays_finite():
    joints = torch.zeros(17, 3, dtype=torch.float64, requires_grad=True)
    tree = KinematicTree(H36M_17)
    directions = tree.directions(joints)
    assert not directions.any()
    (tree.bone_lengths(joints).sum() + directions.sum()).backward()
    assert joints.grad is not None and joints.grad.isfinite().all()


def test_scale_does_not_change_directions(generator):
    tree = KinematicTree(H36M_17)
    joints = sample_joints(H36M_17, generator=generator)
    for factor in (1e-9, 1e9):
        torch.testing.assert_close(tree.directions(joints * factor), tree.directions(joints))


def test_gradients_are_right(generator):
    tree = KinematicTree(ROPE)
    joints = sample_joints(ROPE, 2, generator=generator).requires_grad_()
    assert torch.autograd.gradcheck(tree.directions, joints)
    assert torch.autograd.gradcheck(tree.bone_lengths, joints)
    parts = root_of(joints, ROPE), tree.directions(joints), tree.bone_lengths(joints)
    assert torch.autograd.gradcheck(tree.assemble, tuple(part.detach().requires_grad_() for part in parts))


def test_joints_on_another_device_stay_there():
    tree = KinematicTree(H36M_17)
    joints = torch.empty(2, 17, 3, device="meta")
    built = tree.assemble(root_of(joints, H36M_17), tree.directions(joints), tree.bone_lengths(joints))
    assert built.device.type == "meta" and built.shape == joints.shape
