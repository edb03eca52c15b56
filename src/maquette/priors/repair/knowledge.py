"""Bad poses made better by what is known of bodies: joint limits, a mixture of poses, or an embedding.

All three take noisy joints, missing ones, and arms or legs that were taken for each other, without being told which of
these there are. They differ only in what they know. Each first chooses between the four ways in which arms and legs may
have been exchanged, then looks for the pose that agrees best with joints and knowledge.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.anatomy import bone_ratios
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.geometry.canonical import canonical_from_world, from_canonical, to_canonical
from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.local_frame import unit
from maquette.priors.embedding.model import PoseEmbedding
from maquette.priors.embedding.posterior import most_probable_decode
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, Limits
from maquette.priors.limits.energy import limits_energy
from maquette.priors.mixture.model import MixturePrior
from maquette.priors.mixture.posterior import most_probable
from maquette.priors.repair.partial_pose import PartialPoses, alike_lengths, on_their_sides, partial_poses

USUAL_NOISE = 0.1
"""How far off a coordinate of a known joint is taken to be, in lengths of the head: 22 mm on an adult."""
_LIMITS_SWAP, _MIXTURE_SWAP, _EMBEDDING_SWAP = 0.25, 5.0, 0.1
"""What an exchange must spare: square radians of limits, a density's logarithm, square lengths of the head."""
_WALL_RAD = 0.05
"""A limb that has gone so far beyond its range counts like a coordinate that is off by its usual noise."""
_STEPS, _RATE, _GENTLE = 80, 0.03, 10.0
_SCREENING_ROUNDS = 2
_ROWS = 1_024
"""Poses at a time."""


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
    ranges limbs are: missing ones stay as `maquette.priors.repair.partial_pose.standing_limbs` puts them, if that is in
    range.

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
        return _descended(people, skeleton, limits, noise)

    people = partial_poses(poses, skeleton, mask)
    return _repaired(people, skeleton, strain, _LIMITS_SWAP, repair).reshape(poses.shape)


def repair_by_mixture(
    poses: Float[Tensor, "*batch J 3"],
    skeleton: Skeleton,
    prior: MixturePrior,
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
    noise: float = USUAL_NOISE,
) -> Float[Tensor, "*batch J 3"]:
    """The most probable poses of a mixture, given the known joints with their noise.

    Joints are taken to the prior's skeleton by name and back; what cannot be had exactly (spine and nose, say) counts
    as unknown there. Joints that the prior lacks (feet) move along with the next joint towards the root. Turns and
    sizes are found along with the poses, starting from the canonical heading, so that leaning people are nothing
    special. Arguments and errors as for `repair_by_limits`; besides:

    Args:
        poses: As there.
        skeleton: As there.
        prior: The mixture, such as `maquette.methods.lifting.weights.bundled_prior`.
        mask: As there.
        noise: As there.
    """

    def strain(people: PartialPoses) -> Float[Tensor, " N"]:
        return -most_probable(*people, skeleton, prior, noise=noise, rounds=_SCREENING_ROUNDS).log_density

    def repair(people: PartialPoses) -> Float[Tensor, "N J 3"]:
        return most_probable(*people, skeleton, prior, noise=noise).joints

    people = partial_poses(poses, skeleton, mask)
    return _repaired(people, skeleton, strain, _MIXTURE_SWAP, repair).reshape(poses.shape)


def repair_by_embedding(
    poses: Float[Tensor, "*batch J 3"],
    skeleton: Skeleton,
    embedding: PoseEmbedding,
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
    noise: float = USUAL_NOISE,
) -> Float[Tensor, "*batch J 3"]:
    """The most probable poses of an embedding, given the known joints with their noise; left and right bones are alike.

    Arguments and errors as for `repair_by_limits`; besides:

    Args:
        poses: As there.
        skeleton: That of the embedding.
        embedding: Such as `maquette.methods.embedding.weights.bundled_embedding`.
        mask: As there.
        noise: As there.

    Raises:
        ConventionError: The embedding has another skeleton.
    """
    if embedding.skeleton != skeleton:
        raise ConventionError(f"the poses are of {skeleton} and the embedding is of {embedding.skeleton}; take another")

    def strain(people: PartialPoses) -> Float[Tensor, " N"]:
        return _distance_of_decode(people, embedding)

    def repair(people: PartialPoses) -> Float[Tensor, "N J 3"]:
        return most_probable_decode(*people, embedding, alike_lengths(people, skeleton), noise=noise)

    people = partial_poses(poses, skeleton, mask)
    return _repaired(people, skeleton, strain, _EMBEDDING_SWAP, repair).reshape(poses.shape)


@torch.no_grad()
def _repaired(
    people: PartialPoses,
    skeleton: Skeleton,
    strain: Callable[[PartialPoses], Float[Tensor, " N"]],
    least: float,
    repair: Callable[[PartialPoses], Float[Tensor, "N J 3"]],
) -> Float[Tensor, "N J 3"]:
    """Sides exchanged where that spares ``least`` of the strain, and what is left repaired in the canonical frame."""
    repaired = [people.joints[:0]]
    for part in zip(people.joints.split(_ROWS), people.known.split(_ROWS), strict=True):
        own = on_their_sides(PartialPoses(*part), skeleton, strain, least)
        placed = to_canonical(own.joints, skeleton)
        joints = repair(PartialPoses(placed.joints, own.known))
        repaired.append(from_canonical(placed._replace(joints=joints)))
    return torch.cat(repaired)


def _distance_of_decode(people: PartialPoses, embedding: PoseEmbedding) -> Float[Tensor, " N"]:
    """`PoseEmbedding.energy`, which refuses crowds of wrong sides; here they are what is looked for."""
    pelvis = people.joints[:, embedding.skeleton.index("pelvis"), None]
    canonical = (people.joints - pelvis) @ canonical_from_world(people.joints, embedding.skeleton).mT
    local = embedding.tree.localise(canonical.to(embedding.ratios))
    pose = embedding.tree.assemble(local, embedding.ratios)
    again = embedding.decode(embedding.encode_local(local))
    return (pose - again).square().sum(dim=-1).mean(dim=-1)


@torch.enable_grad()
def _descended(people: PartialPoses, skeleton: Skeleton, limits: Limits, noise: float) -> Float[Tensor, "N J 3"]:
    """The poses that agree best with known joints and limits, by Adam's steps along the gradient."""
    tree, lengths = KinematicTree(skeleton), alike_lengths(people, skeleton)
    size = lengths.sum(dim=-1, keepdim=True) / sum(bone_ratios(skeleton))
    root = people.joints[:, skeleton.index("pelvis")]
    weight = people.known / (noise * size).square()
    bones = tree.directions(people.joints).detach().requires_grad_()
    moved = torch.zeros_like(root).requires_grad_()

    def placed() -> Float[Tensor, "N J 3"]:
        return tree.assemble(root + size * moved, unit(bones), lengths)

    descent = torch.optim.Adam([bones, moved], _RATE, eps=_GENTLE)
    for step in range(_STEPS):
        descent.param_groups[0]["lr"] = _RATE * (1 - step / _STEPS)
        joints = placed()
        off = ((joints - people.joints).square().sum(dim=-1) * weight).sum()
        beyond = limits_energy(joints, skeleton, limits).sum() / _WALL_RAD**2
        descent.zero_grad()
        (off + beyond).backward()
        descent.step()
    return placed().detach()
