"""What ranges of angles are worth: how many people they hold, and how many of their samples are implausible."""

from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.anatomy import LEGAL_BENDS, without_side
from maquette.body.skeleton import Skeleton
from maquette.priors.limits.bend_range import Limits
from maquette.priors.limits.border import LimbSphere, is_within_range, limb_spheres
from maquette.priors.limits.energy import is_within_limits
from maquette.priors.limits.plausibility import is_illegal_bend, is_implausible, sample_plausible, self_intersections
from maquette.priors.limits.sampling import sample_limited_poses

_FREE = ("pelvis", "thorax")
_SHOWN = 12


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
    """What some limits are worth."""

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


class SampledBodies(NamedTuple):
    """The first of some bodies drawn from limits."""

    limits: str
    """The name of the limits."""
    implausible_share: float | None
    """How many of all that were drawn are implausible; None where these were left out."""
    poses: Float[np.ndarray, "n J 3"]
    is_implausible: Bool[np.ndarray, " n"]


class LimitsAnalysis(NamedTuple):
    """What one or more limits, by name, are worth on the same people; the last are the ones in question."""

    skeleton: Skeleton
    limits: dict[str, Limits]
    figures: dict[str, LimitsFigures]
    spheres: dict[str, LimbSphere]
    """Where people's limbs point, by the joint at the limb's end, without side."""
    implausible_poses: ImplausibleShares
    """Of the poses given: the tests are crude, so it is not nought."""

    @property
    def held(self) -> dict[str, dict[str, float]]:
        """By the name of the limits and the joint, or ``whole pose``, the share of people within the range."""
        return {name: {**one.held.joints, "whole pose": one.held.whole} for name, one in self.figures.items()}

    @property
    def bodies(self) -> tuple[SampledBodies, ...]:
        """Samples of all limits, and those of the last with the implausible ones left out."""
        rows = [self._bodies(name, one.sampled.either, one.samples) for name, one in self.figures.items()]
        last, figures = list(self.figures.items())[-1]
        return (*rows, self._bodies(last, None, figures.kept))

    def is_outside(self, joint: str, directions: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Which directions of the right limb that ends at the joint are beyond the range of the last limits."""
        last = list(self.limits.values())[-1]
        return ~is_within_range(directions, joint, last.ranges[joint])

    def numbers(self) -> dict[str, object]:
        """The figures as JSON can hold them."""
        return {
            "implausible_poses": self.implausible_poses._asdict(),
            "samples": len(next(iter(self.figures.values())).samples),
            "limits": {name: self._numbers_of(name) for name in self.limits},
        }

    def _bodies(self, limits: str, share: float | None, poses: Float[Tensor, "N J 3"]) -> SampledBodies:
        first = poses[:_SHOWN]
        return SampledBodies(limits, share, first.numpy(), is_implausible(first, self.skeleton).numpy())

    def _numbers_of(self, name: str) -> dict[str, object]:
        limits, figures = self.limits[name], self.figures[name]
        ranges = {joint: {"gamma": bend.gamma, "theta": bend.theta} for joint, bend in limits.ranges.items()}
        return {
            "ranges_deg": {**ranges, "hip_tilt": limits.hip_tilt_deg},
            "held": figures.held._asdict(),
            "implausible_samples": figures.sampled._asdict(),
            "implausible_after_rejection": figures.after_rejection._asdict(),
        }


def analyse_limits(
    limits: dict[str, Limits],
    poses: Float[Tensor, "M J 3"],
    skeleton: Skeleton,
    *,
    count: int,
    generator: torch.Generator | None = None,
) -> LimitsAnalysis:
    """What limits, by name, are worth on the same people; arguments and errors as for `judge_limits`."""
    return LimitsAnalysis(
        skeleton,
        limits,
        {name: judge_limits(one, poses, skeleton, count=count, generator=generator) for name, one in limits.items()},
        limb_spheres(poses, skeleton, limits),
        implausible_shares(poses, skeleton),
    )


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
        measure_held_shares(poses, skeleton, limits),
        samples,
        implausible_shares(samples, skeleton),
        kept,
        implausible_shares(kept, skeleton),
    )


def measure_held_shares(poses: Float[Tensor, "N J 3"], skeleton: Skeleton, limits: Limits) -> HeldShares:
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
