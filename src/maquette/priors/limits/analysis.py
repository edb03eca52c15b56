"""What ranges of angles are worth: how many people they hold, and how many of their samples are implausible."""

from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.anatomy import LEGAL_BENDS, without_side
from maquette.body.skeleton import Skeleton
from maquette.priors.limits.bend_range import Limits
from maquette.priors.limits.energy import is_within_limits
from maquette.priors.limits.plausibility import is_illegal_bend, sample_plausible, self_intersections
from maquette.priors.limits.sampling import sample_limited_poses

_FREE = ("pelvis", "thorax")


class HeldShares(NamedTuple):
    """Shares of poses that keep to limits."""

    joints: dict[str, float]
    """By the joint at the limb's end, both sides together; ``hip`` is the tilt."""
    whole: float
    """In every joint."""


class ImplausibleShares(NamedTuple):
    """Shares of poses that no living body takes, by the tests of `maquette.priors.limits.plausibility`."""

    bends: dict[str, float]
    """By the elbow or knee that bends the wrong way."""
    self_intersection: float
    """Two limbs pass through each other."""
    either: float
    """One of all these or more."""


class LimitsFigures(NamedTuple):
    """What limits are worth."""

    held: HeldShares
    """Of the poses given."""
    samples: Float[Tensor, "N J 3"]
    """Drawn from the limits, evenly and independently."""
    sampled: ImplausibleShares
    """Of these."""
    kept: Float[Tensor, "N J 3"]
    """Drawn with the implausible ones left out."""
    after_rejection: ImplausibleShares
    """Of these: nought."""


def judge_limits(
    limits: Limits,
    poses: Float[Tensor, "M J 3"],
    skeleton: Skeleton,
    *,
    count: int,
    generator: torch.Generator | None = None,
) -> LimitsFigures:
    """How limits fare with poses of people, and how their own samples do.

    Args:
        limits: The ranges.
        poses: Of people, right-handed, any place, heading and size.
        skeleton: `KUNDU_17` or `MPI_15`.
        count: How many samples to draw.
        generator: Where the randomness comes from.

    Raises:
        ConventionError: The skeleton has other limbs, or the joints are not its joints.
        InputError: A joint is not finite.
        SettingError: The limits allow no sample, or hardly a plausible one.
    """
    draw = partial(sample_limited_poses, generator=generator, limits=limits, skeleton=skeleton, dtype=torch.float32)
    samples, kept = draw(count), sample_plausible(count, draw, skeleton)
    return LimitsFigures(
        held_shares(poses, skeleton, limits),
        samples,
        implausible_shares(samples, skeleton),
        kept,
        implausible_shares(kept, skeleton),
    )


def held_shares(poses: Float[Tensor, "N J 3"], skeleton: Skeleton, limits: Limits) -> HeldShares:
    """Which share of poses keeps to the limits; arguments and errors as for `judge_limits`."""
    inside = is_within_limits(poses, skeleton, limits)
    kinds = [without_side(joint) for joint in skeleton.joint_names]
    joints = {
        kind: inside[:, [at for at, own in enumerate(kinds) if own == kind]].double().mean().item()
        for kind in dict.fromkeys(kinds)
        if kind not in _FREE
    }
    return HeldShares(joints, inside.all(dim=-1).double().mean().item())


def implausible_shares(poses: Float[Tensor, "N J 3"], skeleton: Skeleton) -> ImplausibleShares:
    """Which share of poses no living body takes; arguments and errors as for `judge_limits`."""
    bends, meets = is_illegal_bend(poses, skeleton), self_intersections(poses, skeleton).any(dim=-1)
    shares = bends.double().mean(dim=0).tolist()
    named = {chain[2]: share for (chain, _), share in zip(LEGAL_BENDS, shares, strict=True)}
    either = (bends.any(dim=-1) | meets).double().mean().item()
    return ImplausibleShares(named, meets.double().mean().item(), either)
