"""Poses drawn from ranges of angles (`maquette.priors.limits.bend_range`), and random headings for them."""

from math import cos, pi, radians

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.anatomy import bone_ratios, without_side
from maquette.body.catalog import KUNDU_17
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError
from maquette.geometry.local_frame import least_turn
from maquette.geometry.local_pose import LocalPose, LocalTree
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, BendRange, Limits

_BLOCK = 8_192
"""Poses drawn at a time: intermediate results of more would leave the processor's cache."""


def sample_limited_poses(
    count: int,
    *,
    generator: torch.Generator | None = None,
    limits: Limits = DEFAULT_LIMITS,
    skeleton: Skeleton = KUNDU_17,
    dtype: torch.dtype = torch.float64,
) -> Float[Tensor, "N J 3"]:
    """Poses whose every angle is drawn evenly and independently from its range.

    As in the source the left shoulder lies opposite the right one, as the hips do. Some of the poses are implausible
    as a whole; `maquette.priors.limits.plausibility.sample_plausible` leaves them out.

    Args:
        count: How many.
        generator: Where the randomness comes from.
        limits: The ranges.
        skeleton: `KUNDU_17` or `MPI_15`.
        dtype: Precision; single is about twice as fast.

    Returns:
        Joints in the canonical frame, pelvis at the origin, bones as long as `maquette.body.anatomy.BONE_RATIOS` says.

    Raises:
        SettingError: The shoulder's range holds no direction whose opposite is in the left shoulder's.
        ConventionError: The skeleton has other limbs.
    """
    tree = LocalTree(skeleton)
    lengths = torch.tensor(bone_ratios(skeleton), dtype=dtype)
    bounds = _bounds_rad(tree, limits).to(dtype)
    tilt = radians(limits.hip_tilt_deg)
    sizes = [min(_BLOCK, count - start) for start in range(0, max(count, 1), _BLOCK)]
    return torch.cat([tree.assemble(_sample_local(tree, bounds, tilt, size, generator), lengths) for size in sizes])


def _sample_local(
    tree: LocalTree, bounds: Float[Tensor, "L 2 2"], most_tilt: float, count: int, generator: torch.Generator | None
) -> LocalPose:
    """Local poses with angles within the bounds, left limbs as mirror images, the left shoulder opposite the right."""
    low, high = bounds.unbind(dim=-1)
    is_left = torch.tensor([limb.startswith("l_") for limb in tree.limbs])
    left, right = tree.limbs.index("l_shoulder"), tree.limbs.index("r_shoulder")
    draw = torch.rand((count, len(tree.limbs), 2), dtype=bounds.dtype, generator=generator)
    gamma, theta = (low + draw * (high - low)).unbind(dim=-1)
    theta = torch.where(is_left, pi - theta, theta)
    gamma[:, left], theta[:, left] = pi - gamma[:, right], pi + theta[:, right]
    tilt = (2 * torch.rand(count, dtype=bounds.dtype, generator=generator) - 1) * most_tilt
    return tree.from_angles(gamma, theta, tilt)


def _bounds_rad(tree: LocalTree, limits: Limits) -> Float[Tensor, "L 2 2"]:
    """Least and greatest (last axis) gamma and theta of every limb."""
    ranges = {**limits.ranges, "shoulder": _oppose(limits.ranges["shoulder"])}
    bends = [ranges[without_side(limb)] for limb in tree.limbs]
    return torch.deg2rad(torch.tensor([[bend.gamma, bend.theta] for bend in bends]))


def rotate_randomly(
    poses: Float[Tensor, "*batch J 3"],
    *,
    generator: torch.Generator | None = None,
    most_tilt_rad: float = pi,
) -> Float[Tensor, "*batch J 3"]:
    """The poses turned about their origin, each by another random rotation: root-relative poses out of canonical ones.

    Args:
        poses: Canonical, pelvis at the origin.
        generator: Where the randomness comes from.
        most_tilt_rad: The body's axis Z leans so far at most, in any direction alike often; the heading is always free.
            By default all rotations are equally likely.
    """
    shape, precision = poses.shape[:-2], poses.dtype
    draw = torch.rand((3, *shape), dtype=precision, generator=generator).to(poses.device)
    height = 1 - draw[0] * (1 - cos(most_tilt_rad))
    across, heading, leaning = (1 - height.square()).clamp_min(0).sqrt(), 2 * pi * draw[1], 2 * pi * draw[2]
    axis = torch.stack([across * leaning.cos(), across * leaning.sin(), height], dim=-1)
    tilt = least_turn(poses.new_tensor([0.0, 0.0, 1.0]), axis)
    zero, one = torch.zeros_like(heading), torch.ones_like(heading)
    rows = [heading.cos(), -heading.sin(), zero, heading.sin(), heading.cos(), zero, zero, zero, one]
    return poses @ (tilt @ torch.stack(rows, dim=-1).unflatten(-1, (3, 3))).mT


def _oppose(bend: BendRange) -> BendRange:
    """What is left of the shoulder's range if the left one is to lie opposite and in its own range."""
    least = max(bend.gamma[0], 180.0 - bend.gamma[1])
    half, middle = (bend.theta[1] - bend.theta[0]) / 2, sum(bend.theta) / 2
    half -= 0.0 if half >= 180.0 else abs(middle % 360.0 - 180.0)
    if least > 90.0 or half < 0:
        raise SettingError(
            "the shoulders lie opposite each other, which the range of the shoulder does not allow; let its gamma hold "
            "90 and its theta 180"
        )
    return BendRange((least, 180.0 - least), (180.0 - half, 180.0 + half))
