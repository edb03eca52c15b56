"""A Recording: a rig's tree of joints and how every joint turned over the frames, as motion files hold it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording:
    """Rotations of a rig over time, in the file's own units and axes."""

    joint_names: tuple[str, ...]
    parents: Int[np.ndarray, " J"]
    """Index of each joint's parent, which comes before it; -1 for the root."""
    offsets: Float[np.ndarray, "J 3"]
    """From the parent to the joint while nothing is turned; that of the root is part of ``root``."""
    rotations: Float[np.ndarray, "N J 3 3"]
    """Parent from joint."""
    root: Float[np.ndarray, "N 3"]
    """Place of the root."""
    fps: float

    def positions(self) -> Float[np.ndarray, "N J 3"]:
        """Where the joints are."""
        return posed(self.parents, self.offsets, self.rotations, self.root)

    def zero_pose(self) -> Float[np.ndarray, "J 3"]:
        """Where the joints are while nothing is turned, the root at the origin."""
        still = np.broadcast_to(np.eye(3), (1, len(self.parents), 3, 3))
        return posed(self.parents, self.offsets, still, np.zeros((1, 3)))[0]


def posed(
    parents: Int[np.ndarray, " J"],
    offsets: Float[np.ndarray, "J 3"],
    rotations: Float[np.ndarray, "N J 3 3"],
    root: Float[np.ndarray, "N 3"],
) -> Float[np.ndarray, "N J 3"]:
    """Forward kinematics of a tree whose parents come before their children, one level after the other."""
    world = rotations.astype(np.float64)
    places = np.repeat(root[:, None].astype(np.float64), len(parents), axis=1)
    level = np.flatnonzero(np.isin(parents, np.flatnonzero(parents < 0)))
    while level.size:
        above = parents[level]
        places[:, level] = places[:, above] + np.einsum("njab,jb->nja", world[:, above], offsets[level])
        world[:, level] = world[:, above] @ world[:, level]
        level = np.flatnonzero(np.isin(parents, level))
    return places
