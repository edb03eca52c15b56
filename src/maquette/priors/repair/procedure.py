"""What every repair does: rows of poses, left-right swaps undone, and the rest repaired in the canonical frame.

All repairs take noisy joints, missing ones, and arms or legs that were swapped left for right, and need not know which
of these there are. They differ in what they know of bodies. Each first chooses between the four ways in which arms and
legs may have been swapped, then looks for the pose that agrees best with joints and knowledge.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.geometry.canonical import from_canonical, to_canonical
from maquette.priors.repair.partial_pose import PartialPoses, gather_partial_poses
from maquette.priors.repair.swap import undo_swaps

USUAL_NOISE = 0.1
"""How far off a coordinate of a known joint is taken to be, in lengths of the head: 22 mm on an adult."""
_ROWS = 1_024
"""Poses at a time."""


class Knowledge(NamedTuple):
    """What a repair knows of bodies."""

    strain: Callable[[PartialPoses], Float[Tensor, " N"]]
    """How little poses are like bodies."""
    swap_gain: float
    """How much strain a swap of arms or of legs must spare to be undone."""
    repair: Callable[[PartialPoses], Float[Tensor, "N J 3"]]
    """The poses that agree best with joints and knowledge; in the canonical frame."""


@torch.no_grad()
def repair_poses(
    poses: Float[Tensor, "*batch J 3"], skeleton: Skeleton, knowledge: Knowledge, mask: Bool[Tensor, "*batch J"] | None
) -> Float[Tensor, "*batch J 3"]:
    """The poses repaired, where they were.

    Args:
        poses: Right-handed, any place, heading and size.
        skeleton: `KUNDU_17` or `MPI_15`.
        knowledge: Of bodies.
        mask: Joints that are known, all by default. Pelvis, thorax and hips must be.

    Raises:
        InputError: A known joint is not finite, or a pose's pelvis, thorax or hips are not known or span no plane.
        ConventionError: The skeleton has other limbs, the joints are not its joints, or the frame is left-handed.
    """
    people = gather_partial_poses(poses, skeleton, mask)
    repaired = [people.joints[:0]]
    for part in zip(people.joints.split(_ROWS), people.known.split(_ROWS), strict=True):
        own = undo_swaps(PartialPoses(*part), skeleton, knowledge.strain, knowledge.swap_gain)
        placed = to_canonical(own.joints, skeleton)
        joints = knowledge.repair(PartialPoses(placed.joints, own.known))
        repaired.append(from_canonical(placed._replace(joints=joints)))
    return torch.cat(repaired).reshape(poses.shape)
