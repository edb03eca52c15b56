"""Arms and legs that were swapped left for right: found by how little the poses are like bodies, and put right."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from maquette.body.anatomy import without_side
from maquette.body.skeleton import Skeleton
from maquette.priors.repair.partial_pose import PartialPoses, fill_in_limbs

ARMS, LEGS = ("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle", "foot")
"""Joints that change sides when arms or legs are swapped."""
_SWAPS = ((), ARMS, LEGS, ARMS + LEGS)


def undo_swaps(
    people: PartialPoses, skeleton: Skeleton, strain: Callable[[PartialPoses], Float[Tensor, " N"]], gain: float
) -> PartialPoses:
    """The poses with arms and legs swapped left for right where that helps, and unknown limbs filled in.

    Args:
        people: As they came.
        skeleton: Of the poses.
        strain: How little poses are like bodies.
        gain: What the swap of arms or of legs must spare of it.
    """
    orders = swap_orders(skeleton).to(people.joints.device)
    tried = PartialPoses(people.joints[:, orders].flatten(0, 1), people.known[:, orders].flatten(0, 1))
    tried = fill_in_limbs(tried, skeleton)
    strains = strain(tried).unflatten(0, (-1, len(orders)))
    strains = strains + gain * strains.new_tensor([0.0, 1.0, 1.0, 2.0])
    chosen = torch.arange(len(strains), device=strains.device) * len(orders) + strains.argmin(dim=-1)
    return PartialPoses(tried.joints[chosen], tried.known[chosen])


def swap_orders(skeleton: Skeleton) -> Int[Tensor, "ways J"]:
    """Where every joint is to be taken from if nothing, arms, legs or both were swapped."""
    names, mirror = skeleton.joint_names, skeleton.mirror.tolist()
    rows = [[mirror[at] if without_side(name) in swap else at for at, name in enumerate(names)] for swap in _SWAPS]
    return torch.tensor(rows)
