"""How far limbs have gone beyond their ranges (`maquette.priors.limits.bend_range`): inside or not, and by how much."""

from math import cos, radians, sin

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.anatomy import without_side
from maquette.body.catalog import KUNDU_17
from maquette.body.skeleton import Skeleton
from maquette.geometry.canonical import canonical_from_world
from maquette.geometry.local_frame import unit
from maquette.geometry.local_pose import RESTING_DIRECTIONS, LocalTree
from maquette.priors.limits.angle import POLE_DEG, as_right_limbs, check_joints
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, BendRange, Limits

_SLACK_RAD = 2e-5
"""Walls stand so far outside the ranges, a thousandth of a degree, so that rounding leaves the samples inside."""
_LEAST_SINE = 0.1
"""Walls nearer to a pole would make the energy too steep."""
_FLIPPED, _TURNING_ROOM = 1e-4, 0.1
"""Distance of a cosine from -1 up to which theta does not count, and over which it comes to count wholly."""


def is_within_limits(
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

    The gradient is finite everywhere, also at limbs of no length. Arguments and errors as for `is_within_limits`.
    """
    return _excess(joints, skeleton, limits).square().sum(dim=-1)


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
