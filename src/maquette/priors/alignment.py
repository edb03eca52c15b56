"""Poses brought to one size, one centre and one heading, so that what is left is the pose itself.

Tome et al., CVPR 2017: limb lengths, left-right symmetry and the rotation in the ground plane are nuisances.
Poses live in a world with z up; N is the number of poses, L of joints.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.geometry.kinematics import KinematicTree

PoseArray = Float[Tensor, "N L 3"]


def normalise_poses(poses: PoseArray, skeleton: Skeleton) -> PoseArray:
    """Poses with their mean joint at the origin and squared bone lengths that add up to one."""
    norm = KinematicTree(skeleton).bone_lengths(poses).square().sum(dim=-1).sqrt()
    return (poses - poses.mean(dim=-2, keepdim=True)) / norm[:, None, None]


def mirror_poses(poses: PoseArray, skeleton: Skeleton) -> PoseArray:
    """The same people seen in a mirror: x negated and left and right joints exchanged."""
    twin = torch.from_numpy(skeleton.mirror)
    return poses[:, twin] * poses.new_tensor([-1.0, 1.0, 1.0])


def rotate_about_vertical(poses: PoseArray, heading_rad: Float[Tensor, "#N"]) -> PoseArray:
    """Poses turned counter-clockwise seen from above."""
    cos, sin = heading_rad.cos()[:, None], heading_rad.sin()[:, None]
    x, y, z = poses.unbind(dim=-1)
    return torch.stack([cos * x - sin * y, sin * x + cos * y, z], dim=-1)


def heading_towards(poses: PoseArray, targets: Float[Tensor, "#N L 3"]) -> Float[Tensor, " N"]:
    """The turn about the vertical that brings each pose nearest to its target, in closed form.

    theta = atan2(sum x_P y_T - y_P x_T, sum x_P x_T + y_P y_T) for a vertical z.
    """
    across = (poses[..., 0] * targets[..., 1] - poses[..., 1] * targets[..., 0]).sum(dim=-1)
    along = (poses[..., 0] * targets[..., 0] + poses[..., 1] * targets[..., 1]).sum(dim=-1)
    return torch.atan2(across, along)


def align_headings(poses: PoseArray, skeleton: Skeleton, *, bases: int, rounds: int = 6) -> PoseArray:
    """Poses turned about the vertical until a mean and ``bases`` principal deformations explain them best.

    Alternates the best turn of every pose in closed form with the best mean and bases, and lets the number of bases
    grow from none to ``bases``, so that no deformation is locked in that is really a rotation. In the end the mean
    faces +x with its left hip towards +y.
    """
    poses = rotate_about_vertical(poses, heading_towards(poses, _factorise_mean(poses)[None]))
    for count in range(bases + 1):
        for _ in range(rounds):
            poses = rotate_about_vertical(poses, heading_towards(poses, _explain(poses, count)))
    return _face_x(poses, skeleton)


def _factorise_mean(poses: PoseArray) -> Float[Tensor, "L 3"]:
    """A first mean from the rank-2 factorisation of all horizontal coordinates (Tomasi and Kanade's idea).

    The N stacked 2 x L blocks are A B with A of 2 columns; each 2 x 2 block of A is replaced by the nearest proper
    rotation and the poses are averaged after undoing it.
    """
    horizontal = poses[..., :2].transpose(1, 2)
    gram = torch.einsum("nal,nam->lm", horizontal, horizontal)
    shape = torch.linalg.eigh(gram).eigenvectors[:, -2:]
    blocks = horizontal @ shape
    if torch.linalg.det(blocks).median() < 0:  # the eigenvectors' signs made mirror images of the rotations
        blocks = blocks * blocks.new_tensor([1.0, -1.0])
    turn = torch.atan2(blocks[:, 1, 0] - blocks[:, 0, 1], blocks[:, 0, 0] + blocks[:, 1, 1])
    return rotate_about_vertical(poses, -turn).mean(dim=0)


def _explain(poses: PoseArray, count: int) -> Float[Tensor, "#N L 3"]:
    """What a mean and ``count`` principal components, shrunk as a probabilistic PCA shrinks, say of each pose."""
    flat = poses.flatten(1)
    mean = flat.mean(dim=0)
    if count == 0:
        return mean.view(1, *poses.shape[1:])
    values, vectors = torch.linalg.eigh(torch.cov(flat.T, correction=0))
    values = values.clamp_min(torch.finfo(values.dtype).tiny)  # poses may all be equal
    basis, values, rest = vectors[:, -count:], values[-count:], values[:-count].mean()
    shrunk = (flat - mean) @ basis * (1 - rest / values)
    return (mean + shrunk @ basis.T).view_as(poses)


def _face_x(poses: PoseArray, skeleton: Skeleton) -> PoseArray:
    left_hip, right_hip = skeleton.indices("l_hip", "r_hip")
    across = (poses[:, left_hip] - poses[:, right_hip]).mean(dim=0)
    return rotate_about_vertical(poses, (torch.pi / 2 - torch.atan2(across[1], across[0]))[None])
