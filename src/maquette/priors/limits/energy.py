"""How far joints bend: poses drawn from ranges (`maquette.priors.limits.bend_range`), and poses judged by them."""

from math import cos, pi, radians, sin

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.anatomy import bone_ratios, without_side
from maquette.body.catalog import KUNDU_17
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, InputError, SettingError
from maquette.geometry.canonical import canonical_from_world
from maquette.geometry.local_frame import least_turn, unit
from maquette.geometry.local_pose import RESTING_DIRECTIONS, LocalPose, LocalTree
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, BendRange, Limits

POLE_DEG = 15.0
"""A limb that is less far than this from going straight on or straight back may be turned any way."""
_SLACK_RAD = 2e-5
"""Walls stand so far outside the ranges, a thousandth of a degree, so that rounding leaves the samples inside."""
_LEAST_SINE = 0.1
"""Walls nearer to a pole would make the energy too steep."""
_FLIPPED, _TURNING_ROOM = 1e-4, 0.1
"""Distance of a cosine from -1 up to which theta does not count, and over which it comes to count wholly."""
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
    ranges = {**limits.ranges, "shoulder": _opposable(limits.ranges["shoulder"])}
    bounds = torch.tensor(
        [[*ranges[without_side(limb)].gamma, *ranges[without_side(limb)].theta] for limb in tree.limbs]
    )
    low, span = torch.deg2rad(bounds.to(dtype)).unflatten(-1, (2, 2)).unbind(dim=-1)
    span = span - low
    is_left = torch.tensor([limb.startswith("l_") for limb in tree.limbs])
    left, right = tree.limbs.index("l_shoulder"), tree.limbs.index("r_shoulder")
    poses = []
    for start in range(0, max(count, 1), _BLOCK):
        size = min(_BLOCK, count - start)
        draw = torch.rand((size, len(tree.limbs), 2), dtype=dtype, generator=generator)
        gamma, theta = (low + draw * span).unbind(dim=-1)
        theta = torch.where(is_left, pi - theta, theta)
        gamma[:, left], theta[:, left] = pi - gamma[:, right], pi + theta[:, right]
        tilt = (2 * torch.rand(size, dtype=dtype, generator=generator) - 1) * radians(limits.hip_tilt_deg)
        poses.append(tree.assemble(tree.from_angles(gamma, theta, tilt), lengths))
    return torch.cat(poses)


def random_rotated(
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


def bend_angles(
    joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton = KUNDU_17
) -> tuple[Float[Tensor, "*batch L"], Float[Tensor, "*batch L"]]:
    """Gamma and theta of every limb in degrees, as the ranges count them: those of left limbs are their mirror image's.

    Arguments and errors as for `within_limits`; L are the limbs of `LocalTree.limbs`.
    """
    check_joints(joints, skeleton)
    tree = LocalTree(skeleton)
    local = as_right_limbs(tree, _localised(tree, joints))
    gamma, theta = tree.angles(local)
    return torch.rad2deg(gamma), torch.rad2deg(theta)


def hip_tilt(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton = KUNDU_17) -> Float[Tensor, "*batch"]:
    """By how much the hip line is turned about canonical X, in radians; positive lifts the left hip.

    Arguments and errors as for `within_limits`.
    """
    check_joints(joints, skeleton)
    return _localised(LocalTree(skeleton), joints).hip_tilt_rad


def within_limits(
    joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton = KUNDU_17, limits: Limits = DEFAULT_LIMITS
) -> Bool[Tensor, "*batch J"]:
    """Whether the limb that ends at each joint lies in its range; pelvis and thorax always do.

    A pose keeps to the limits where all its joints do. Inside means exactly that `limits_energy` is zero.

    Args:
        joints: Right-handed, any position, heading and size. A body whose hips and trunk span no plane faces nowhere
            and counts as at rest: `maquette.geometry.canonical.to_canonical` refuses it.
        skeleton: `KUNDU_17` or `MPI_15`.
        limits: The ranges.

    Raises:
        ConventionError: The skeleton has other limbs, or the joints are not its joints.
        InputError: A joint is not finite.
    """
    return (_excess(joints, skeleton, limits) <= 0).all(dim=-1)


def limits_energy(
    joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton = KUNDU_17, limits: Limits = DEFAULT_LIMITS
) -> Float[Tensor, "*batch J"]:
    """How far the limb that ends at each joint has gone beyond its range: zero inside, growing and smooth outside.

    It is a^2 + b^2 + c^2 of three excesses, each in radians on the sphere next to its wall and less than that farther
    away, so that all turns flat where the farthest point is reached:

    - a = (cos gamma - cos gamma_1) / sin gamma_1 beyond the wall of folding,
    - b = (cos gamma_2 - cos gamma) / sin gamma_2 beyond the wall of stretching,
    - c = w (cos h - cos(theta - m)) / sin h beyond the walls of turning, theta's range being m - h to m + h.

    All are nought where negative, and up to a thousandth of a degree outside; no sine that is divided by counts as less
    than 0.1. The weight w rises with sin gamma, from 0 at `POLE_DEG` from either pole, where theta has no meaning, to 1
    at a right angle; and it fades to 0 where the parent limb points opposite to where it points at rest, for there the
    frame flips. The hips have the like of c with their tilt: (cos tilt_most - cos tilt) / sin tilt_most.

    The gradient is finite everywhere, also at limbs of no length. Arguments and errors as for `within_limits`.
    """
    return _excess(joints, skeleton, limits).square().sum(dim=-1)


def as_right_limbs(tree: LocalTree, local: LocalPose) -> LocalPose:
    """The same with every left limb as its mirror image, so that both sides can be held against the same ranges."""
    signs = [[-1.0 if limb.startswith("l_") else 1.0, 1.0, 1.0] for limb in tree.limbs]
    return local._replace(directions=local.directions * local.directions.new_tensor(signs))


def check_joints(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> None:
    """Refuses poses of another skeleton and those that are not finite.

    Raises:
        ConventionError: The joints are not as many as the skeleton has.
        InputError: A joint is not finite.
    """
    if joints.shape[-2] != len(skeleton):
        raise ConventionError(
            f"the poses have {joints.shape[-2]} joints and {skeleton} is said to be their skeleton; give the right one"
        )
    if not joints.isfinite().all():
        raise InputError("some joints are not finite; leave out the poses that lack joints, or fill them in first")


def _localised(tree: LocalTree, joints: Float[Tensor, "*batch J 3"]) -> LocalPose:
    pelvis = joints[..., tree.skeleton.index("pelvis"), None, :]
    return tree.localise((joints - pelvis) @ canonical_from_world(joints, tree.skeleton).mT)


def _excess(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton, limits: Limits) -> Float[Tensor, "*batch J 3"]:
    """By how much each limb is folded, stretched and turned too far (`limits_energy`); nought inside."""
    check_joints(joints, skeleton)
    tree = LocalTree(skeleton)
    canonical = joints @ canonical_from_world(joints, skeleton).mT
    local = as_right_limbs(tree, tree.localise(canonical))
    walls = [_walls(limits.ranges[without_side(limb)]) for limb in tree.limbs]
    folded, stretched, turned = _beyond(local.directions, joints.new_tensor(walls))
    turned = turned * _turning_room(tree, canonical)
    most = radians(limits.hip_tilt_deg)
    tilted = _outside((cos(most) - local.hip_tilt_rad.cos()) * _slope(most))
    hips = torch.stack([tilted, tilted], dim=-1)
    columns = torch.tensor(skeleton.indices(*tree.limbs, "l_hip", "r_hip"), device=joints.device)
    found = torch.stack([folded, stretched, turned], dim=-1)
    found = torch.cat([found, torch.stack([torch.zeros_like(hips), torch.zeros_like(hips), hips], dim=-1)], dim=-2)
    return torch.zeros_like(joints).index_copy(-2, columns, found)


def _beyond(
    directions: Float[Tensor, "*batch L 3"], walls: Float[Tensor, "L 7"]
) -> tuple[Float[Tensor, "*batch L"], Float[Tensor, "*batch L"], Float[Tensor, "*batch L"]]:
    """By how much directions of right limbs are folded, stretched and turned beyond their `_walls`."""
    x, y, z = directions.unbind(dim=-1)
    most_folded, folding, most_stretched, stretching, width, ahead_x, ahead_y = walls.unbind(dim=-1)
    pole = sin(radians(POLE_DEG))
    across = (x.square() + y.square()).clamp_min(torch.finfo(x.dtype).tiny ** 0.5).sqrt()
    counted = (across - pole).clamp_min(0) / (across.clamp_min(pole) * (1 - pole))
    turned = (width * across - ahead_x * x - ahead_y * y) * counted
    return _outside((z - most_folded) * folding), _outside((most_stretched - z) * stretching), _outside(turned)


def _walls(bend: BendRange) -> tuple[float, ...]:
    """Cosines of the walls of gamma, each with its slope; then cosine of theta's half width, and theta's middle.

    All of theta's are divided by the sine of the half width, so that `_beyond` counts in radians.
    """
    least, most = (radians(bound) for bound in bend.gamma)
    low, high = (radians(bound) for bound in bend.theta)
    middle, half = (low + high) / 2, (high - low) / 2
    slope = _slope(half)
    turning = (cos(half) * slope, cos(middle) * slope, sin(middle) * slope)
    return (cos(least), _slope(least), cos(most), _slope(most), *turning)


def _slope(wall_rad: float) -> float:
    """What makes a difference of cosines one of angles, near the wall."""
    return 1 / max(sin(wall_rad), _LEAST_SINE)


def _outside(excess: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    return (excess - _SLACK_RAD).clamp_min(0)


def _turning_room(tree: LocalTree, canonical: Float[Tensor, "*batch J 3"]) -> Float[Tensor, "*batch L"]:
    """How much theta counts: wholly, but for limbs whose parent limb points about opposite to where it does at rest."""
    names, parents = tree.skeleton.joint_names, tree.skeleton.parents
    starts = [parents[tree.skeleton.index(limb)] for limb in tree.limbs]
    resting = [RESTING_DIRECTIONS[without_side(names[start])] for start in starts]
    signs = [[1.0, -1.0 if names[start].startswith("l_") else 1.0, 1.0] for start in starts]
    along = unit(canonical[..., starts, :] - canonical[..., [parents[start] for start in starts], :])
    cosine = (along * along.new_tensor(resting) * along.new_tensor(signs)).sum(dim=-1)
    return ((1 + cosine - _FLIPPED) / _TURNING_ROOM).clamp(0, 1)


def _opposable(bend: BendRange) -> BendRange:
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
