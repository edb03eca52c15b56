"""The most probable pose of a mixture, given joints of which some are noisy and others unknown.

With s, R, t the size, turn and place of a body, its joints are y = s R (m + B a + r) + t + noise, with m and B the mean
and deformations of a component, a its coefficients and r what lies beyond them. Given s, R and t, the most probable a
and r are those of a linear Gaussian model, and the density of y follows with a and r integrated out; given the pose,
s, R and t are the best similarity. The two take turns.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.anatomy import BONE_RATIOS
from maquette.body.mapping import source_to_target
from maquette.body.skeleton import Skeleton
from maquette.geometry.procrustes import align
from maquette.priors.mixture.model import MixturePrior

_ROUNDS = 6


class MixturePosterior(NamedTuple):
    """What a mixture says of poses."""

    joints: Float[Tensor, "N J 3"]
    """The most probable pose of each component, averaged with the components' probabilities."""
    log_density: Float[Tensor, " N"]
    """Natural logarithm of the density of the known joints in the prior's unit, up to a constant of their number."""


class _Explanation(NamedTuple):
    """Poses as each component explains them."""

    poses: Float[Tensor, "N K L 3"]
    log_density: Float[Tensor, "N K"]


def infer_from_mixture(
    joints: Float[Tensor, "N J 3"],
    known: Bool[Tensor, "N J"],
    skeleton: Skeleton,
    prior: MixturePrior,
    *,
    noise: float,
    rounds: int = _ROUNDS,
) -> MixturePosterior:
    """The most probable poses, where the prior lies best.

    Args:
        joints: Facing about x, z about upwards, any place and size; unknown ones filled in somehow.
        known: Which joints count.
        skeleton: Of the joints.
        prior: The mixture; joints are taken to its skeleton by name.
        noise: Standard deviation of a coordinate, in lengths of the head.
        rounds: How often pose and place take turns.

    Returns:
        Joints where they were seen. Those that the prior lacks are as far from the next joint towards the root as they
        were.
    """
    prior = prior.to(joints.dtype)
    mapping = source_to_target(skeleton, prior.skeleton, exact_only=True)
    seen = torch.einsum("ts,nsd->ntd", torch.from_numpy(mapping.weights).to(joints), joints)
    is_seen = torch.from_numpy(mapping.mask(known.cpu().numpy())).to(known.device)
    shape = (len(joints), prior.component_count)
    target = seen[:, None].expand(*shape, -1, -1)
    counted = is_seen[:, None].expand(*shape, -1)
    deviation = noise / _heads_per_unit(prior)
    found = _Explanation(prior.mean.expand(*shape, -1, -1), prior.mean.new_zeros(shape))
    place = align(found.poses, target, mask=counted)
    for _ in range(rounds):
        moved = (target - place.translation[..., None, :]) @ place.rotation / place.scale[..., None, None]
        found = _explain(moved, is_seen, prior, deviation**2)
        place = align(found.poses, target, mask=counted)
    share = found.log_density.softmax(dim=-1)[..., None, None]
    joined = (share * place.apply(found.poses)).sum(dim=1)
    return MixturePosterior(_back(joined, joints, skeleton, prior.skeleton), found.log_density.logsumexp(dim=-1))


def _explain(
    moved: Float[Tensor, "N K L 3"], is_seen: Bool[Tensor, "N L"], prior: MixturePrior, noise: float
) -> _Explanation:
    """The most probable poses of the components, given noisy joints in their own frame."""
    off = torch.where(is_seen[:, None, :, None], moved - prior.mean, 0.0)
    total = prior.noise + noise
    seen = is_seen.to(moved)
    inner = torch.einsum("kild,kjld,nl->nkij", prior.basis, prior.basis, seen) / total[:, None, None]
    precision = inner + torch.diag_embed(1 / prior.variance)
    factor = torch.linalg.cholesky(precision)
    pulled = torch.einsum("kjld,nkld->nkj", prior.basis, off) / total[:, None]
    amount = torch.cholesky_solve(pulled[..., None], factor)[..., 0]
    explained = torch.einsum("nkj,kjld->nkld", amount, prior.basis)
    beyond = (off - explained) * seen[:, None, :, None] * (prior.noise / total)[:, None, None]
    misfit = off.square().sum(dim=(-1, -2)) / total - (pulled * amount).sum(dim=-1)
    volume = 2 * factor.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1) + prior.variance.log().sum(dim=-1)
    volume = volume + 3 * seen.sum(dim=-1, keepdim=True) * total.log()
    return _Explanation(prior.mean + explained + beyond, prior.weight.log() - (misfit + volume) / 2)


def _heads_per_unit(prior: MixturePrior) -> float:
    """How long the prior's unit is, in heads: the trunk of its mean pose says so."""
    pelvis, thorax = prior.skeleton.indices("pelvis", "thorax")
    mean = (prior.weight[:, None, None] * prior.mean).sum(dim=0)
    return BONE_RATIOS["thorax"] / float((mean[thorax] - mean[pelvis]).norm())


def _back(
    own_joints: Float[Tensor, "N L 3"], joints: Float[Tensor, "N J 3"], skeleton: Skeleton, own: Skeleton
) -> Float[Tensor, "N J 3"]:
    """The prior's joints on the other skeleton; what it lacks moves along with the next joint towards the root."""
    carriers = [_carrier(skeleton, own, at) for at in range(len(skeleton))]
    columns = own.indices(*(skeleton.joint_names[at] for at in carriers))
    return joints + own_joints[:, columns] - joints[:, carriers]


def _carrier(skeleton: Skeleton, own: Skeleton, at: int) -> int:
    """The joint itself, or the nearest on the way to the root that the prior has."""
    while skeleton.joint_names[at] not in own:
        at = skeleton.parents[at]
    return at
