"""Ranges of joints on the sphere of directions: their borders, what lies within, and where people's limbs point.

Directions are given as if the parent limb were at rest, in the canonical axes of a body in the T pose: (0, 0, 1) is up,
(1, 0, 0) ahead and (0, -1, 0) to the body's right. All are those of right limbs; left ones come as their mirror images.
"""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.anatomy import bone_ratios, without_side
from maquette.body.skeleton import Skeleton
from maquette.geometry.canonical import canonical_from_world
from maquette.geometry.local_frame import transport_axes
from maquette.geometry.local_pose import RESTING_DIRECTIONS, LocalTree
from maquette.priors.limits.angle import POLE_DEG, as_right_limbs, check_joints
from maquette.priors.limits.bend_range import BendRange, Limits

PARENT_LIMBS = {
    "shoulder": "thorax", "head_top": "thorax", "elbow": "shoulder", "wrist": "elbow", "knee": "hip", "ankle": "knee",
    "foot": "ankle",
}  # fmt: skip
"""By the joint at a limb's end the joint at which its parent limb ends."""
_STEP_DEG = 2.0

BorderLine = Float[np.ndarray, "points 3"]


class LimbSphere(NamedTuple):
    """Where people's right limbs of one kind point, and the borders of the ranges that they are held against."""

    back: Float[np.ndarray, "3"]
    """Along the parent limb at rest, towards where that begins."""
    directions: Float[np.ndarray, "M 3"]
    """Of people's limbs."""
    borders: dict[str, tuple[BorderLine, ...]]
    """Lines around the ranges, by the name of the limits."""


def limb_spheres(poses: Float[Tensor, "N J 3"], skeleton: Skeleton, limits: dict[str, Limits]) -> dict[str, LimbSphere]:
    """Where people's limbs point, by the joint at the limb's end, without sides. Errors as for `limb_directions`."""
    return {
        joint: LimbSphere(
            resting_axes(joint)[2],
            directions,
            {name: range_border(joint, one.ranges[joint]) for name, one in limits.items()},
        )
        for joint, directions in limb_directions(poses, skeleton).items()
    }


def limb_directions(poses: Float[Tensor, "N J 3"], skeleton: Skeleton) -> dict[str, Float[np.ndarray, "M 3"]]:
    """Where people's limbs point, by the joint at the limb's end, without sides; both sides one after the other.

    Raises:
        ConventionError: The skeleton has other limbs, or the joints are not its joints.
        InputError: A joint is not finite.
    """
    check_joints(poses, skeleton)
    tree = LocalTree(skeleton)
    canonical = (poses - poses[:, skeleton.index("pelvis"), None]) @ canonical_from_world(poses, skeleton).mT
    directions = as_right_limbs(tree, tree.localise(canonical)).directions.double().cpu().numpy()
    kinds = [without_side(limb) for limb in tree.limbs]
    return {
        kind: np.concatenate([directions[:, at] for at, own in enumerate(kinds) if own == kind]) @ resting_axes(kind)
        for kind in dict.fromkeys(kinds)
    }


def resting_pose(skeleton: Skeleton) -> Float[np.ndarray, "J 3"]:
    """A body in the T pose in which limbs are at rest, bones as long as `maquette.body.anatomy.BONE_RATIOS` says."""
    tree = LocalTree(skeleton)
    at_rest = tree.localise(torch.zeros(1, len(skeleton), 3, dtype=torch.float64))
    return tree.assemble(at_rest, torch.tensor(bone_ratios(skeleton)).double())[0].numpy()


def resting_axes(joint: str) -> Float[np.ndarray, "3 3"]:
    """Rows X_l, Y_l and Z_l of the frame of the right limb that ends at the joint, its parent limb being at rest."""
    resting = torch.tensor(RESTING_DIRECTIONS[PARENT_LIMBS[joint]], dtype=torch.float64)[:, None]
    return torch.stack(transport_axes(resting, resting))[..., 0].numpy()


def is_within_range(
    directions: Float[np.ndarray, "*batch 3"], joint: str, bend: BendRange
) -> Bool[np.ndarray, "*batch"]:
    """Whether directions of the right limb that ends at the joint lie in the range."""
    x, y, z = np.moveaxis(directions @ resting_axes(joint).T, -1, 0)
    gamma, theta = np.rad2deg(np.arccos(np.clip(z, -1, 1))), np.rad2deg(np.arctan2(y, x))
    is_turned = (theta - bend.theta[0]) % 360 <= bend.theta[1] - bend.theta[0]
    is_polar = (gamma < POLE_DEG) | (gamma > 180 - POLE_DEG)
    return (gamma >= bend.gamma[0]) & (gamma <= bend.gamma[1]) & (is_turned | is_polar)


def range_border(joint: str, bend: BendRange) -> tuple[BorderLine, ...]:
    """Lines around the range of the right limb that ends at the joint.

    Within `maquette.priors.limits.angle.POLE_DEG` of the poles a limb may be turned any way.
    """
    (low, high), (first, last) = bend.gamma, bend.theta
    is_round = last - first >= 360
    lines = [
        _circle(gamma, *((0.0, 360.0) if _is_polar(gamma) or is_round else (first, last)))
        for gamma, is_wall in ((low, low > 0), (high, high < 180))
        if is_wall
    ]
    if not is_round:
        ends = (max(low, POLE_DEG), min(high, 180 - POLE_DEG))
        lines += [_meridian(theta, *ends) for theta in (first, last) if ends[0] < ends[1]]
        lines += [_circle(pole, last, first + 360) for pole in (POLE_DEG, 180 - POLE_DEG) if low < pole < high]
    return tuple(line @ resting_axes(joint) for line in lines)


def _is_polar(gamma_deg: float) -> bool:
    return gamma_deg < POLE_DEG or gamma_deg > 180 - POLE_DEG


def _circle(gamma_deg: float, first_deg: float, last_deg: float) -> BorderLine:
    return _points(gamma_deg, np.linspace(first_deg, last_deg, _count(last_deg - first_deg)))


def _meridian(theta_deg: float, low_deg: float, high_deg: float) -> BorderLine:
    return _points(np.linspace(low_deg, high_deg, _count(high_deg - low_deg)), theta_deg)


def _count(degrees: float) -> int:
    return max(2, round(degrees / _STEP_DEG) + 1)


def _points(gamma_deg: float | Float[np.ndarray, " n"], theta_deg: float | Float[np.ndarray, " n"]) -> BorderLine:
    gamma, theta = np.deg2rad(gamma_deg), np.deg2rad(theta_deg)
    parts = (np.sin(gamma) * np.cos(theta), np.sin(gamma) * np.sin(theta), np.cos(gamma))
    return np.stack(np.broadcast_arrays(*parts), axis=-1)
