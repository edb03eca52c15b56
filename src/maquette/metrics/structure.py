"""Whether bodies hold together: limbs alike left and right, bones of one length, joints bent the way they can.

Nothing here needs a true pose. Lengths are in the unit of the joints; what needs an unknown joint is NaN.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.anatomy import LIMB_BONES
from maquette.body.skeleton import Skeleton
from maquette.geometry.limbs import bend_products, bends_known, sided_lengths, sides_known


def limb_lengths(
    joints: Float[Tensor, "*batch J D"], skeleton: Skeleton, *, mask: Bool[Tensor, "*batch J"] | None = None
) -> Float[Tensor, "*batch 2 4"]:
    """Lengths of the `LIMB_BONES`, of the left side and of the right; NaN where an end is unknown.

    Raises:
        ConventionError: The skeleton lacks one of the joints.
    """
    lengths = sided_lengths(joints, skeleton, LIMB_BONES)
    return lengths if mask is None else lengths.masked_fill(~sides_known(mask, skeleton, LIMB_BONES), torch.nan)


def left_right_difference(
    joints: Float[Tensor, "*batch J D"], skeleton: Skeleton, *, mask: Bool[Tensor, "*batch J"] | None = None
) -> Float[Tensor, "*batch 4"]:
    """By how much each of the `LIMB_BONES` is longer on one side than on the other. Errors as for `limb_lengths`."""
    left, right = limb_lengths(joints, skeleton, mask=mask).unbind(dim=-2)
    return (left - right).abs()


def bone_length_deviation(
    joints: Float[Tensor, "*batch F J D"], skeleton: Skeleton, *, mask: Bool[Tensor, "*batch F J"] | None = None
) -> Float[Tensor, "*batch 4"]:
    """Standard deviation of the length of the `LIMB_BONES` over the frames of a clip, mean of both sides.

    The deviation is that of the frames themselves (divided by their number). Errors as for `limb_lengths`.
    """
    lengths = limb_lengths(joints, skeleton, mask=mask)
    about_mean = lengths - lengths.nanmean(dim=-3, keepdim=True)
    return about_mean.square().nanmean(dim=-3).sqrt().nanmean(dim=-2)


def illegal_bends(
    joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton, *, mask: Bool[Tensor, "*batch J"] | None = None
) -> Float[Tensor, "*batch 4"]:
    """1 where an elbow or a knee bends the wrong way, 0 where it does not, NaN where it is unknown.

    The test is that of the sign alone and so an approximation: about one elbow in twenty of true motion fails it, with
    the arm raised. A straight limb is legal. The frame must be right-handed, as all of this library's are.

    Raises:
        ConventionError: The skeleton lacks one of the joints.
    """
    is_illegal = (bend_products(joints, skeleton) < 0).to(joints.dtype)
    return is_illegal if mask is None else is_illegal.masked_fill(~bends_known(mask, skeleton), torch.nan)


def jitter(
    joints: Float[Tensor, "*batch F J 3"], *, fps: float = 1.0, mask: Bool[Tensor, "*batch F J"] | None = None
) -> Float[Tensor, "*batch steps"]:
    """Mean jerk of the joints, one value for each of the F - 3 groups of four frames (Yi et al., TransPose, 2021).

    Args:
        fps: Frames per second of evenly spaced frames; by default the result is in units per frame cubed.
    """
    jerk = torch.linalg.vector_norm(joints.diff(n=3, dim=-3), dim=-1) * fps**3
    if mask is not None:
        known = mask[..., 3:, :] & mask[..., 2:-1, :] & mask[..., 1:-2, :] & mask[..., :-3, :]
        jerk = jerk.masked_fill(~known, torch.nan)
    return jerk.nanmean(dim=-1)
