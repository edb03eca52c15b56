"""Whether bodies hold together: limbs alike left and right, bones of one length, joints bent the way they can.

Nothing here needs a true pose. Lengths are in the unit of the joints; what needs an unknown joint is NaN.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError

LIMB_BONES: tuple[tuple[str, str], ...] = (
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("hip", "knee"),
    ("knee", "ankle"),
)
"""Upper arm, forearm, thigh and shin, as the joints at their ends without ``l_`` and ``r_``."""

LEGAL_BENDS: tuple[tuple[tuple[str, str, str, str], float], ...] = (
    (("neck", "r_shoulder", "r_elbow", "r_wrist"), 1.0),
    (("neck", "l_shoulder", "l_elbow", "l_wrist"), -1.0),
    (("pelvis", "r_hip", "r_knee", "r_ankle"), -1.0),
    (("pelvis", "l_hip", "l_knee", "l_ankle"), 1.0),
)
"""Chains of four joints a, b, c, d and the sign that (ab x bc) . cd has when elbow or knee bend the right way, in
every right-handed frame (Dabral et al., ECCV 2018). The neck is the thorax, or else the upper neck: the sign agrees."""


def limb_lengths(
    joints: Float[Tensor, "*batch J D"], skeleton: Skeleton, *, mask: Bool[Tensor, "*batch J"] | None = None
) -> Float[Tensor, "*batch 2 4"]:
    """Lengths of the `LIMB_BONES`, of the left side and of the right; NaN where an end is unknown.

    Raises:
        ConventionError: The skeleton lacks one of the joints.
    """
    ends = [[skeleton.indices(f"{side}_{a}", f"{side}_{b}") for a, b in LIMB_BONES] for side in "lr"]
    first, second = torch.tensor(ends).unbind(dim=-1)
    lengths = torch.linalg.vector_norm(joints[..., second, :] - joints[..., first, :], dim=-1)
    return lengths if mask is None else lengths.masked_fill(~(mask[..., first] & mask[..., second]), torch.nan)


def bone_asymmetry(
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


def bend_products(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> Float[Tensor, "*batch 4"]:
    """The signed volume (ab x bc) . cd of the `LEGAL_BENDS` times its legal sign: negative bends the wrong way.

    Raises:
        ConventionError: The skeleton lacks one of the joints.
    """
    chains = torch.tensor([skeleton.indices(*_by_name(chain, skeleton)) for chain, _ in LEGAL_BENDS])
    bones = joints[..., chains, :].diff(dim=-2)
    first, second, third = bones.unbind(dim=-2)
    signs = joints.new_tensor([sign for _, sign in LEGAL_BENDS])
    return signs * (torch.linalg.cross(first, second) * third).sum(dim=-1)


def illegal_bends(
    joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton, *, mask: Bool[Tensor, "*batch J"] | None = None
) -> Float[Tensor, "*batch 4"]:
    """1 where an elbow or a knee bends the wrong way, 0 where it does not, NaN where it is unknown.

    The test is that of the sign alone and so an approximation: about one elbow in twenty of true motion fails it, with
    the arm raised. A straight limb is legal. The frame must be right-handed, as all of this library's are. Errors as
    for `bend_products`.
    """
    is_illegal = (bend_products(joints, skeleton) < 0).to(joints.dtype)
    if mask is None:
        return is_illegal
    chains = torch.tensor([skeleton.indices(*_by_name(chain, skeleton)) for chain, _ in LEGAL_BENDS])
    return is_illegal.masked_fill(~mask[..., chains].all(dim=-1), torch.nan)


def jitter(
    joints: Float[Tensor, "*batch F J 3"], *, fps: float = 1.0, mask: Bool[Tensor, "*batch F J"] | None = None
) -> Float[Tensor, "*batch steps"]:
    """Mean jerk of the joints, one value for each of the F - 3 groups of four frames (Yi et al., TransPose, 2021).

    Args:
        fps: Frames per second of evenly spaced frames; by default the answer is in units per frame cubed.
    """
    jerk = torch.linalg.vector_norm(joints.diff(n=3, dim=-3), dim=-1) * fps**3
    if mask is not None:
        known = mask[..., 3:, :] & mask[..., 2:-1, :] & mask[..., 1:-2, :] & mask[..., :-3, :]
        jerk = jerk.masked_fill(~known, torch.nan)
    return jerk.nanmean(dim=-1)


def _by_name(chain: tuple[str, ...], skeleton: Skeleton) -> list[str]:
    necks = [joint for joint in ("thorax", "upper_neck") if joint in skeleton]
    if not necks:
        raise ConventionError(
            f"{skeleton} has neither a thorax nor an upper neck; the bend of elbows is measured by it"
        )
    return [necks[0] if joint == "neck" else joint for joint in chain]
