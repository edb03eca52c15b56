"""Bones that cannot belong to one body: limbs unlike left and right, lengths out of proportion."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.anatomy import BONE_GROUPS, LIMB_BONES, BoneGroup, Bones
from maquette.body.skeleton import Skeleton
from maquette.geometry.limbs import bone_lengths, both_sides, chains_known, sided_lengths, sides_known
from maquette.losses.masking import require_joints, zero_hidden


def bone_asymmetry(
    joints: Float[Tensor, "*batch J D"],
    skeleton: Skeleton,
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
    bones: Bones = LIMB_BONES,
) -> Float[Tensor, "*batch bones"]:
    """By how much each bone is longer on one side than on the other (Dabral et al., ECCV 2018: the symmetry loss).

    In the unit of the joints. Where both sides are alike the gradient is zero; at bones of no length it is finite.

    Args:
        mask: Joints that are known, all by default; a pair of bones with an unknown end has no asymmetry.
        bones: Joints at both ends, without ``l_`` and ``r_``: upper arm, forearm, thigh and shin by default. Add
            `maquette.body.anatomy.GIRDLE_BONES` for collar bones and hips.

    Raises:
        ConventionError: The skeleton lacks one of the joints, or the shapes disagree.
    """
    require_joints(joints, skeleton)
    lengths = sided_lengths(zero_hidden(joints, mask, inner=1), skeleton, bones)
    return _differences(lengths, None if mask is None else sides_known(mask, skeleton, bones))


def bone_ratio_variance(
    joints: Float[Tensor, "*batch J D"],
    skeleton: Skeleton,
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
    groups: tuple[BoneGroup, ...] = BONE_GROUPS,
) -> Float[Tensor, "*batch groups"]:
    """The variance in each group of the bones' lengths, weighted to be alike (Zhou et al., ICCV 2017: L_geo).

    In the square of the joints' unit: half as large a person has a quarter of the variance. The mean is over the bones
    of a group of which both ends are known.

    Args:
        mask: Joints that are known, all by default; a group with fewer than two known bones has no variance.
        groups: Legs, arms, hips and shoulders by default. Leave those out whose joints a skeleton lacks
            (``groups=BONE_GROUPS[:2]``), or give bones and ratios of your own.

    Raises:
        ConventionError: The skeleton lacks one of the joints, or the shapes disagree.
    """
    require_joints(joints, skeleton)
    bones = _bones_of(groups)
    lengths = bone_lengths(zero_hidden(joints, mask, inner=1), skeleton, bones)
    return _variances(lengths, None if mask is None else chains_known(mask, skeleton, bones), groups)


def asymmetry_and_variance(
    joints: Float[Tensor, "*batch J D"], skeleton: Skeleton, *, mask: Bool[Tensor, "*batch J"] | None = None
) -> tuple[Float[Tensor, "*batch bones"], Float[Tensor, "*batch groups"]]:
    """What `bone_asymmetry` and `bone_ratio_variance` say by default, from one look at the joints. Errors as there."""
    require_joints(joints, skeleton)
    limbs, grouped = both_sides(LIMB_BONES), _bones_of(BONE_GROUPS)
    lengths = bone_lengths(zero_hidden(joints, mask, inner=1), skeleton, limbs + grouped)
    sided = lengths[..., : len(limbs)].unflatten(-1, (2, len(LIMB_BONES)))
    if mask is None:
        return _differences(sided, None), _variances(lengths[..., len(limbs) :], None, BONE_GROUPS)
    known = sides_known(mask, skeleton, LIMB_BONES), chains_known(mask, skeleton, grouped)
    return _differences(sided, known[0]), _variances(lengths[..., len(limbs) :], known[1], BONE_GROUPS)


def _bones_of(groups: tuple[BoneGroup, ...]) -> Bones:
    return tuple(bone for group in groups for bone in group.bones)


def _differences(
    lengths: Float[Tensor, "*batch 2 bones"], known: Bool[Tensor, "*batch 2 bones"] | None
) -> Float[Tensor, "*batch bones"]:
    left, right = lengths.unbind(dim=-2)
    asymmetry = (left - right).abs()
    return asymmetry if known is None else zero_hidden(asymmetry, known.all(dim=-2))


def _variances(
    lengths: Float[Tensor, "*batch bones"], known: Bool[Tensor, "*batch bones"] | None, groups: tuple[BoneGroup, ...]
) -> Float[Tensor, "*batch groups"]:
    lengths = lengths * lengths.new_tensor([weight for group in groups for weight in group.weights])
    variances, start = [], 0
    for group in groups:
        part = slice(start, start := start + len(group.bones))
        variances.append(_variance(lengths[..., part], None if known is None else known[..., part]))
    return torch.stack(variances).movedim(0, -1)


def _variance(
    values: Float[Tensor, "*batch bones"], known: Bool[Tensor, "*batch bones"] | None
) -> Float[Tensor, "*batch"]:
    """About the mean of the known values, all by default; zero where none is known."""
    if known is None:
        return (values - values.mean(dim=-1, keepdim=True)).square().mean(dim=-1)
    share = known / known.sum(dim=-1, keepdim=True).clamp_min(1)
    return ((values - (values * share).sum(dim=-1, keepdim=True)).square() * share).sum(dim=-1)
