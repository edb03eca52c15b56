"""Ranges of angles measured on people by a fixed rule, and ranges put together."""

from math import ceil, floor, radians

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.anatomy import without_side
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError, SettingError
from maquette.geometry.local_pose import LocalTree
from maquette.priors.limits.angle import POLE_DEG, bend_angles, check_joints, hip_tilt
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, BendRange, Limits

_BLOCK = 16_384
_WHOLE = BendRange((0.0, 180.0), (-180.0, 180.0))


def fit_limits(poses: Float[Tensor, "N J 3"], skeleton: Skeleton, share: float = 0.999) -> Limits:
    """The ranges that each hold a share of people, the two sides taken together as mirror images.

    Gamma loses as many to either side; theta is the shortest arc that holds the share of those limbs that are farther
    than `POLE_DEG` from going straight on or straight back, and goes once round where there is none. The tilt loses the
    greatest.

    Args:
        poses: Right-handed, any place, heading and size.
        skeleton: `KUNDU_17` or `MPI_15`. Joints that it lacks keep the range of `DEFAULT_LIMITS`.
        share: Of the poses, in each range.

    Raises:
        SettingError: The share is not within 0 and 1.
        InputError: There is no pose, or a joint is not finite.
        ConventionError: The skeleton has other limbs, or the joints are not its joints.
    """
    if not 0 < share <= 1:
        raise SettingError(f"a share of {share} of the poses cannot be held; give a number above 0 and up to 1")
    check_joints(poses, skeleton)
    if not len(poses):
        raise InputError("no range can be measured on no pose; give some thousands")
    found = [(*bend_angles(part, skeleton), hip_tilt(part, skeleton)) for part in poses.double().split(_BLOCK)]
    gamma, theta, tilt = (torch.cat(column).cpu().numpy() for column in zip(*found, strict=True))
    kinds = np.array([without_side(limb) for limb in LocalTree(skeleton).limbs])
    ranges = {kind: _range(gamma[:, kinds == kind].ravel(), theta[:, kinds == kind].ravel(), share) for kind in kinds}
    return Limits({**DEFAULT_LIMITS.ranges, **ranges}, float(np.rad2deg(np.quantile(np.abs(tilt), share))))


def unite_limits(first: Limits, second: Limits) -> Limits:
    """The narrowest ranges that hold those of both."""
    ranges = {joint: _unite(bend, second.ranges[joint]) for joint, bend in first.ranges.items()}
    return Limits(ranges, max(first.hip_tilt_deg, second.hip_tilt_deg))


def round_limits(limits: Limits) -> Limits:
    """The ranges with every bound moved outwards to a whole degree."""
    ranges = {joint: _round(bend) for joint, bend in limits.ranges.items()}
    return Limits(ranges, float(ceil(limits.hip_tilt_deg)))


def _range(gamma: Float[np.ndarray, " n"], theta: Float[np.ndarray, " n"], share: float) -> BendRange:
    low, high = np.quantile(gamma, [(1 - share) / 2, (1 + share) / 2])
    turned = theta[np.sin(np.deg2rad(gamma)) > np.sin(radians(POLE_DEG))]
    bounds = _shortest_arc(turned, share) if len(turned) else _WHOLE.theta
    return BendRange((float(low), float(high)), bounds)


def _shortest_arc(angles_deg: Float[np.ndarray, " n"], share: float) -> tuple[float, float]:
    """The shortest arc that holds so many of the angles, from within -180 to 180 degrees upwards."""
    around = np.sort((angles_deg + 180) % 360 - 180)
    held = ceil(share * len(around))
    ends = np.concatenate([around, around + 360])[held - 1 : held - 1 + len(around)]
    first = int((ends - around).argmin())
    return float(around[first]), float(ends[first])


def _unite(first: BendRange, second: BendRange) -> BendRange:
    gamma = (min(first.gamma[0], second.gamma[0]), max(first.gamma[1], second.gamma[1]))
    arcs = [_both(*pair) for pair in ((first.theta, second.theta), (second.theta, first.theta))]
    low, high = min(arcs, key=lambda arc: arc[1] - arc[0])
    return BendRange(gamma, (low, high) if high - low < 360 else _WHOLE.theta)


def _both(first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
    """The arc from the beginning of the first that holds both."""
    lag = (second[0] - first[0]) % 360
    return first[0], max(first[1], first[0] + lag + second[1] - second[0])


def _round(bend: BendRange) -> BendRange:
    low, high = float(floor(bend.theta[0])), float(ceil(bend.theta[1]))
    theta = (low, high) if high - low < 360 else _WHOLE.theta
    return BendRange((float(floor(bend.gamma[0])), float(ceil(bend.gamma[1]))), theta)
