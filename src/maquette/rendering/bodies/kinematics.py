"""How Anny's bones carry a body: rotations in, one transform per bone out, a whole batch level by level."""

from functools import cached_property

import numpy as np
from jaxtyping import Float32, Int, Int32


class BoneTree:
    """The tree of Anny's bones and the fixed A-pose that rotations start from; bone 0 is the root.

    A bone's rotation is Anny's `local-ref` delta: it turns the bone and all that hangs from it about the bone's head,
    and is written in the body's axes (x its left, y its back, z up) as they stand when all bones above it are in the
    reference A-pose. The same numbers thus mean the same motion for bodies of every shape.
    """

    def __init__(self, parents: Int32[np.ndarray, " B"], reference_orientations: Float32[np.ndarray, "B 3 3"]) -> None:
        self.parents = parents
        self.reference_orientations = reference_orientations

    @cached_property
    def levels(self) -> tuple[Int[np.ndarray, " bones"], ...]:
        """Bones by depth below the root, whose own level is left out; parents lie one level before."""
        found, level = [], np.flatnonzero(self.parents == 0)
        while level.size:
            found.append(level)
            level = np.flatnonzero(np.isin(self.parents, level))
        return tuple(found)

    @cached_property
    def ancestry(self) -> Float32[np.ndarray, "B B"]:
        """1 where the column's bone lies on the way from the root to the row's bone, both included."""
        ancestry = np.eye(len(self.parents), dtype=np.float32)
        for level in self.levels:
            ancestry[level] += ancestry[self.parents[level]]
        return ancestry

    def transforms(
        self,
        heads: Float32[np.ndarray, "B 3"],
        orientations: Float32[np.ndarray, "B 3 3"],
        bone_rotations: Float32[np.ndarray, "F B 3 3"],
        root_rotation: Float32[np.ndarray, "F 3 3"],
        root_translation: Float32[np.ndarray, "F 3"],
    ) -> Float32[np.ndarray, "F B 3 4"]:
        """World from rest for every bone.

        Args:
            heads: Where the bones of the resting body begin.
            orientations: How they are turned there.
            bone_rotations: `local-ref` rotations; the root's own comes before ``root_rotation``.
            root_rotation: World from body.
            root_translation: Where the root bone's head stands in the world.
        """
        turned = bone_rotations.copy()
        turned[:, 0] = root_rotation @ turned[:, 0]
        for level in self.levels:
            turned[:, level] = turned[:, self.parents[level]] @ turned[:, level]
        rotations = turned @ (self.reference_orientations @ orientations.transpose(0, 2, 1))
        above = np.maximum(self.parents, 0)
        offsets = (rotations[:, above] @ (heads - heads[above])[:, :, None])[..., 0]
        posed_heads = self.ancestry @ offsets + root_translation[:, None]
        translations = posed_heads - (rotations @ heads[:, :, None])[..., 0]
        return np.concatenate([rotations, translations[..., None]], axis=-1)
