"""A Recording: a rig's tree of joints and how every joint turned over the frames, as motion files hold it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True, kw_only=True, eq=False)
class RigRecording:
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
    moved: Float[np.ndarray, "N J 3"] | None = None
    """From the parent to the joint in every frame, in the parent's axes, where joints below the root move as well."""

    def positions(self) -> Float[np.ndarray, "N J 3"]:
        """Where the joints are."""
        offsets = self.offsets[None] if self.moved is None else self.moved
        return _places(self.parents, offsets, self.world_rotations, self.root)

    def zero_pose(self) -> Float[np.ndarray, "J 3"]:
        """Where the joints are while nothing is turned, the root at the origin."""
        still = np.broadcast_to(np.eye(3), (1, len(self.parents), 3, 3))
        return _places(self.parents, self.offsets[None], still, np.zeros((1, 3)))[0]

    @cached_property
    def world_rotations(self) -> Float[np.ndarray, "N J 3 3"]:
        """World from joint, in the file's own axes."""
        world = self.rotations.astype(np.float64)
        for level in _levels_below_roots(self.parents):
            world[:, level] = world[:, self.parents[level]] @ world[:, level]
        return world


def _places(
    parents: Int[np.ndarray, " J"],
    offsets: Float[np.ndarray, "_ J 3"],
    world_rotations: Float[np.ndarray, "N J 3 3"],
    root: Float[np.ndarray, "N 3"],
) -> Float[np.ndarray, "N J 3"]:
    """Each joint is where its parent is, plus its offset (of every frame, or one for all) turned as the parent is."""
    places = np.repeat(root[:, None].astype(np.float64), len(parents), axis=1)
    for level in _levels_below_roots(parents):
        above = parents[level]
        places[:, level] = places[:, above] + (world_rotations[:, above] @ offsets[:, level, :, None])[..., 0]
    return places


def _levels_below_roots(parents: Int[np.ndarray, " J"]) -> Iterator[Int[np.ndarray, " level"]]:
    """Joints by depth in the tree, from the children of the root on."""
    level = np.flatnonzero(np.isin(parents, np.flatnonzero(parents < 0)))
    while level.size:
        yield level
        level = np.flatnonzero(np.isin(parents, level))
