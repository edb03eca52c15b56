"""Poses repaired by joint limits: limbs are brought near their ranges."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.anatomy import bone_ratios
from maquette.body.skeleton import Skeleton
from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.local_frame import unit
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, Limits
from maquette.priors.limits.energy import limits_energy
from maquette.priors.repair.partial_pose import PartialPoses, symmetric_lengths
from maquette.priors.repair.procedure import USUAL_NOISE, Knowledge, repair_poses

_SWAP_GAIN = 0.25
"""Square radians."""
_WALL_RAD = 0.05
"""A limb that has gone so far beyond its range counts like a coordinate that is off by its usual noise."""
_STEPS, _RATE, _GENTLE = 80, 0.03, 10.0


def repair_by_limits(
    poses: Float[Tensor, "*batch J 3"],
    skeleton: Skeleton,
    limits: Limits = DEFAULT_LIMITS,
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
    noise: float = USUAL_NOISE,
) -> Float[Tensor, "*batch J 3"]:
    """Poses whose limbs were brought near their ranges by gradient descent, left and right bones being alike.

    What is made small is the squared distance from the known joints, in units of the noise, and the
    `maquette.priors.limits.energy.limits_energy`, one for each twentieth of a radian. Limits do not know where in their
    ranges limbs are: missing ones stay as `maquette.priors.repair.partial_pose.fill_in_standing` puts them, if that is
    in range.

    Args:
        poses: Right-handed, any place, heading and size.
        skeleton: `KUNDU_17` or `MPI_15`.
        limits: The ranges.
        mask: Joints that are known, all by default. Pelvis, thorax and hips must be.
        noise: Standard deviation of a coordinate of a known joint, in lengths of the head.

    Raises:
        InputError: A known joint is not finite, or a pose's pelvis, thorax or hips are not known or span no plane.
        ConventionError: The skeleton has other limbs, the joints are not its joints, or the frame is left-handed.
    """

    def strain(people: PartialPoses) -> Float[Tensor, " N"]:
        return limits_energy(people.joints, skeleton, limits).sum(dim=-1)

    def repair(people: PartialPoses) -> Float[Tensor, "N J 3"]:
        return _descend(people, skeleton, limits, noise)

    return repair_poses(poses, skeleton, Knowledge(strain, _SWAP_GAIN, repair), mask)


@torch.enable_grad()
def _descend(people: PartialPoses, skeleton: Skeleton, limits: Limits, noise: float) -> Float[Tensor, "N J 3"]:
    """The poses that agree best with known joints and limits, by Adam's steps along the gradient."""
    tree, lengths = KinematicTree(skeleton), symmetric_lengths(people, skeleton)
    size = lengths.sum(dim=-1, keepdim=True) / sum(bone_ratios(skeleton))
    root = people.joints[:, skeleton.index("pelvis")]
    weight = people.known / (noise * size).square()
    bones = tree.directions(people.joints).detach().requires_grad_()
    moved = torch.zeros_like(root).requires_grad_()

    def place() -> Float[Tensor, "N J 3"]:
        return tree.assemble(root + size * moved, unit(bones), lengths)

    descent = torch.optim.Adam([bones, moved], _RATE, eps=_GENTLE)
    for step in range(_STEPS):
        descent.param_groups[0]["lr"] = _RATE * (1 - step / _STEPS)
        joints = place()
        off = ((joints - people.joints).square().sum(dim=-1) * weight).sum()
        beyond = limits_energy(joints, skeleton, limits).sum() / _WALL_RAD**2
        descent.zero_grad()
        (off + beyond).backward()
        descent.step()
    return place().detach()
