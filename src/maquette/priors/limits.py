"""How far joints bend: a box of two angles for every bone, poses drawn from the boxes, and poses judged by them.

The ranges are those of clinical tables (AAOS, AMA), widened where motion capture goes beyond; the angles are those of
`maquette.geometry.local_frame`, measured in frames carried by the parent bone. Bone lengths are in units of the head's.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.catalog import KUNDU_17
from maquette.geometry.local_frame import (
    angles_to_direction,
    canonical_from_world,
    direction_to_angles,
    transported_frame,
    unit,
)

BONE_RATIOS: dict[str, float] = {
    "thorax": 2.375, "shoulder": 0.685, "elbow": 1.4, "wrist": 1.2, "head_top": 1.0,
    "hip": 0.525, "knee": 2.1, "ankle": 1.8, "foot": 1.0,
}  # fmt: skip
"""Length of the bone from its parent to each joint, the head's being one (left and right alike)."""
MOST_HIP_TILT_DEG = 12.0
"""The hip line tilts so far against the trunk's normal, to either side."""
_POLE_DEG = 165.0


@dataclass(frozen=True)
class BendRange:
    """What a right joint's bone may do against its parent bone, in degrees."""

    gamma: tuple[float, float]
    """Angle between the bones: 180 goes straight on."""
    theta: tuple[float, float]
    """The way it bends; the second may exceed 180, angles wrap around."""


BEND_RANGES: dict[str, BendRange] = {
    "shoulder": BendRange((70.0, 110.0), (120.0, 240.0)),
    "head_top": BendRange((125.0, 180.0), (-180.0, 180.0)),
    "elbow": BendRange((45.0, 180.0), (-15.0, 250.0)),
    "wrist": BendRange((30.0, 180.0), (0.0, 180.0)),
    "knee": BendRange((60.0, 140.0), (50.0, 210.0)),
    "ankle": BendRange((30.0, 180.0), (-140.0, -40.0)),
    "foot": BendRange((60.0, 170.0), (30.0, 150.0)),
}
"""By the joint at the bone's end; the left side is the mirror image."""

_RIGHT, _UP, _DOWN = (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, -1.0)
_RESTING_PARENT = {
    "shoulder": _UP, "head_top": _UP, "elbow": _RIGHT, "wrist": _RIGHT, "knee": _RIGHT, "ankle": _DOWN, "foot": _DOWN,
}  # fmt: skip
"""Where the parent bone of each right joint points in the resting T pose."""
_LEVELS = (("elbow", "knee"), ("wrist", "ankle"), ("foot",))
_PARENT = {"elbow": "shoulder", "wrist": "elbow", "knee": "hip", "ankle": "knee", "foot": "ankle"}


def sample_limited_poses(count: int, *, generator: torch.Generator | None = None) -> Float[Tensor, "N 17 3"]:
    """Poses whose every angle is drawn evenly and independently from its range.

    Returns:
        Joints of `KUNDU_17` in the canonical frame, pelvis at the origin, bones of `BONE_RATIOS`.
    """
    tilt = torch.deg2rad((2 * torch.rand(count, dtype=torch.float64, generator=generator) - 1) * MOST_HIP_TILT_DEG)
    to_left = torch.stack([torch.zeros_like(tilt), tilt.cos(), tilt.sin()], dim=-1)
    up = torch.tensor(_UP, dtype=torch.float64).expand(count, 3)
    collar = _drawn(up[:, None], ["shoulder"], generator)[:, 0]
    directions = {"thorax": up, "head_top": _drawn(up[:, None], ["head_top"], generator)[:, 0]}
    for side, sign in (("r", -1.0), ("l", 1.0)):
        own = {"shoulder": _right_of(collar * -sign, side), "hip": _right_of(to_left * sign, side)}
        for level in _LEVELS:
            parents = torch.stack([own[_PARENT[joint]] for joint in level], dim=1)
            own |= dict(zip(level, _drawn(parents, list(level), generator).unbind(dim=1), strict=True))
        directions |= {f"{side}_{joint}": _right_of(direction, side) for joint, direction in own.items()}
    return _assembled(directions)


def within_limits(poses: Float[Tensor, "N 17 3"]) -> Bool[Tensor, "N 17"]:
    """Whether the bone that ends at each joint lies in its range; pelvis and thorax always do.

    Args:
        poses: Joints of `KUNDU_17`, right-handed, any position, size and heading.
    """
    canonical = poses @ canonical_from_world(poses, KUNDU_17).mT
    inside = torch.ones(poses.shape[:2], dtype=torch.bool)
    inside[:, KUNDU_17.index("head_top")] = _is_inside(
        "head_top", _bone(canonical, "head_top", "r"), _bone(canonical, "thorax", "r")
    )
    for side in "rl":
        hip = _bone(canonical, "hip", side)
        tilt = torch.rad2deg(torch.atan2(hip[:, 2], -hip[:, 1])).abs()
        inside[:, KUNDU_17.index(f"{side}_hip")] = tilt <= MOST_HIP_TILT_DEG + 1e-3
        for joint in ("shoulder", *_PARENT):
            parent = _bone(canonical, _PARENT.get(joint, "thorax"), side)
            inside[:, KUNDU_17.index(f"{side}_{joint}")] = _is_inside(joint, _bone(canonical, joint, side), parent)
    return inside


def bend_angles(
    joint: str, direction: Float[Tensor, "N 3"], parent: Float[Tensor, "N 3"]
) -> tuple[Float[Tensor, " N"], Float[Tensor, " N"]]:
    """Gamma and theta, in degrees, of a right bone that ends at ``joint`` (such as ``elbow``).

    Args:
        joint: Its name without the side.
        direction: Unit vectors along the bone, canonical frame.
        parent: Unit vectors along its parent bone.
    """
    frame = transported_frame(parent, parent.new_tensor(_RESTING_PARENT[joint]))
    gamma, theta = direction_to_angles(frame, direction)
    return torch.rad2deg(gamma), torch.rad2deg(theta)


def _drawn(
    parents: Float[Tensor, "N K 3"], joints: list[str], generator: torch.Generator | None
) -> Float[Tensor, "N K 3"]:
    """Directions of K right bones, drawn evenly from the ranges of their joints."""
    ranges = [(*BEND_RANGES[joint].gamma, *BEND_RANGES[joint].theta) for joint in joints]
    gamma_low, gamma_high, theta_low, theta_high = torch.deg2rad(parents.new_tensor(ranges)).unbind(dim=-1)
    draw = torch.rand((2, *parents.shape[:2]), dtype=parents.dtype, generator=generator)
    resting = parents.new_tensor([_RESTING_PARENT[joint] for joint in joints])
    return angles_to_direction(
        transported_frame(parents, resting.expand_as(parents)),
        gamma_low + draw[0] * (gamma_high - gamma_low),
        theta_low + draw[1] * (theta_high - theta_low),
    )


def _is_inside(joint: str, direction: Float[Tensor, "N 3"], parent: Float[Tensor, "N 3"]) -> Bool[Tensor, " N"]:
    gamma, theta = bend_angles(joint, direction, parent)
    low, high = BEND_RANGES[joint].theta
    beyond = torch.remainder(theta - low, 360.0)
    turned = (beyond <= high - low + 1e-3) | (beyond >= 360.0 - 1e-3) | (gamma > _POLE_DEG)
    least, most = BEND_RANGES[joint].gamma
    return turned & (gamma >= least - 1e-3) & (gamma <= most + 1e-3)


def _right_of(directions: Float[Tensor, "N 3"], side: str) -> Float[Tensor, "N 3"]:
    """Directions of a side as the right side's, and back: left ones are reflected."""
    return directions * directions.new_tensor([1.0, -1.0 if side == "l" else 1.0, 1.0])


def _bone(canonical: Float[Tensor, "N 17 3"], joint: str, side: str) -> Float[Tensor, "N 3"]:
    """Unit vectors along the bone that ends at a joint, the left side's reflected to the right."""
    at = KUNDU_17.index(joint if joint in KUNDU_17 else f"{side}_{joint}")
    return _right_of(unit(canonical[:, at] - canonical[:, KUNDU_17.parents[at]]), side)


def _assembled(directions: dict[str, Tensor]) -> Float[Tensor, "N 17 3"]:
    """Joints from the pelvis outwards along unit vectors by joint."""
    poses = directions["thorax"].new_zeros((len(directions["thorax"]), len(KUNDU_17), 3))
    for level in KUNDU_17.levels[1:]:
        for at in level.tolist():
            name = KUNDU_17.joint_names[at]
            length = BONE_RATIOS[name.removeprefix("l_").removeprefix("r_")]
            poses[:, at] = poses[:, KUNDU_17.parents[at]] + length * directions[name]
    return poses
