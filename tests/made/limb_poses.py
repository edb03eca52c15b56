"""Poses for the tests of limits: people who stand but for some limbs, and spoiled samples."""

from dataclasses import replace

import torch
from torch import Tensor

from maquette.body.anatomy import BONE_RATIOS, without_side
from maquette.body.catalog import KUNDU_17
from maquette.geometry.local_frame import unit
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, BendRange, Limits
from maquette.priors.limits.sampling import sample_limited_poses

RIGHT, UP, DOWN, AHEAD, LEFT = (0, -1, 0), (0, 0, 1), (0, 0, -1), (1, 0, 0), (0, 1, 0)
STANDING = {
    "thorax": UP, "head_top": UP, "shoulder": RIGHT, "elbow": DOWN, "wrist": DOWN, "hip": RIGHT, "knee": DOWN,
    "ankle": DOWN, "foot": AHEAD,
}  # fmt: skip


def posed(**directions: tuple[float, float, float]) -> Tensor:
    """A person who stands, but for the bones that end at the joints named; directions are those of the right side."""
    pose = torch.zeros(17, 3, dtype=torch.float64)
    for level in KUNDU_17.levels[1:]:
        for at in level.tolist():
            name = KUNDU_17.joint_names[at]
            step = directions.get(name, STANDING[without_side(name)])
            sign = torch.tensor([1.0, -1.0 if name.startswith("l_") else 1.0, 1.0], dtype=torch.float64)
            step = unit(torch.tensor(step, dtype=torch.float64)) * sign
            pose[at] = pose[KUNDU_17.parents[at]] + BONE_RATIOS[without_side(name)] * step
    return pose


def with_range(**ranges: BendRange) -> Limits:
    return replace(DEFAULT_LIMITS, ranges={**DEFAULT_LIMITS.ranges, **ranges})


def spoiled(count: int, generator: torch.Generator, amount: float = 0.5, skeleton=KUNDU_17) -> Tensor:
    poses = sample_limited_poses(count, generator=generator, skeleton=skeleton)
    return poses + amount * torch.randn(poses.shape, dtype=poses.dtype, generator=generator)
