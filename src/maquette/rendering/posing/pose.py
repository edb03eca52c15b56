"""BodyPose: how Anny bodies are bent and where they stand, one pose a row, for any shape of body."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float, Float32, Int

from maquette.errors import ConventionError
from maquette.rendering.posing import rig
from maquette.rendering.posing.turn import invert, rotate

_FLIP = np.diag([-1.0, 1.0, 1.0]).astype(np.float32)
_LIMBS = {"arm": "shoulder01", "leg": "upperleg01"}


@dataclass(frozen=True, eq=False)
class BodyPose:
    """Poses of Anny bodies; rows may be frames that follow each other or poses of their own.

    Raises:
        ConventionError: The arrays differ in their number of rows.
    """

    bone_rotations: Float32[np.ndarray, "N 104 3 3"]
    """Each bone's rotation against its parent, in the axes of the reference pose ("local-ref")."""
    root_rotation: Float32[np.ndarray, "N 3 3"]
    """``world_from_body``, world z up."""
    root_translation: Float32[np.ndarray, "N 3"]
    """Place of the root in the world, metres, for legs of `rig.LEG_LENGTH_M`; scale it with the body's."""

    def __post_init__(self) -> None:
        if not len(self.bone_rotations) == len(self.root_rotation) == len(self.root_translation):
            raise ConventionError(
                f"a body pose needs as many bones' rotations ({len(self.bone_rotations)}) as root rotations "
                f"({len(self.root_rotation)}) and root translations ({len(self.root_translation)})"
            )

    def __len__(self) -> int:
        return len(self.bone_rotations)

    def select(self, rows: np.ndarray | slice) -> "BodyPose":
        """Some of the poses (indices, a mask or a slice)."""
        return BodyPose(self.bone_rotations[rows], self.root_rotation[rows], self.root_translation[rows])

    def mirror(self) -> "BodyPose":
        """What a mirror shows: left and right swapped, the world's x turned round."""
        return BodyPose(
            _FLIP @ self.bone_rotations[:, rig.MIRROR] @ _FLIP,
            _FLIP @ self.root_rotation @ _FLIP,
            self.root_translation * np.diag(_FLIP),
        )

    def turn(self, heading_rad: Float[np.ndarray, "#N"]) -> "BodyPose":
        """The same poses turned about the world's vertical through its origin, counter-clockwise seen from above."""
        cosine, sine, zero = np.cos(heading_rad), np.sin(heading_rad), np.zeros(len(heading_rad))
        rows = [[cosine, -sine, zero], [sine, cosine, zero], [zero, zero, zero + 1]]
        turn = np.moveaxis(np.array(rows, np.float32), -1, 0)
        return BodyPose(
            self.bone_rotations,
            (turn @ self.root_rotation).astype(np.float32),
            rotate(turn, self.root_translation).astype(np.float32),
        )

    def with_limbs_of(self, other: "BodyPose", *limbs: str) -> "BodyPose":
        """The same poses with some limbs (``arm``, ``leg``, both sides of each) bent as in ``other``."""
        rotations = self.bone_rotations.copy()
        for limb in limbs:
            for side in "LR":
                below = descendants(rig.bone(f"{_LIMBS[limb]}.{side}"))
                rotations[:, below] = other.bone_rotations[:, below]
        return BodyPose(rotations, self.root_rotation, self.root_translation)

    def world_rotations(self) -> Float[np.ndarray, "N 104 3 3"]:
        """Each bone's rotation in the world against the reference pose."""
        turns = np.empty(self.bone_rotations.shape, np.float64)
        turns[:, 0] = self.root_rotation.astype(np.float64) @ self.bone_rotations[:, 0]
        for level in rig.LEVELS[1:]:
            turns[:, level] = turns[:, rig.PARENTS[level]] @ self.bone_rotations[:, level]
        return turns

    def bone_heads(self) -> Float[np.ndarray, "N 104 3"]:
        """Where each bone starts in the world on the average adult's body, metres."""
        turns = self.world_rotations()
        heads = np.empty((*turns.shape[:2], 3))
        heads[:, 0] = self.root_translation
        for level in rig.LEVELS[1:]:
            parents = rig.PARENTS[level]
            steps = rig.HEADS_M[level] - rig.HEADS_M[parents]
            heads[:, level] = heads[:, parents] + rotate(turns[:, parents], steps)
        return heads


@cache
def descendants(top: int) -> Int[np.ndarray, " bones"]:
    """The bone itself and all that hang from it."""
    hangs = np.zeros(len(rig.BONES), bool)
    hangs[top] = True
    for level in rig.LEVELS[1:]:
        hangs[level] |= hangs[rig.PARENTS[level]]
    return np.flatnonzero(hangs)


def local_rotations(world: Float[np.ndarray, "N 104 3 3"]) -> Float[np.ndarray, "N 104 3 3"]:
    """Each bone's rotation against its parent, out of rotations in the world; the root's own becomes no turn."""
    local = invert(world[:, rig.PARENTS]) @ world
    local[:, 0] = np.eye(3)
    return local


def rest_pose(count: int) -> BodyPose:
    """``count`` bodies in the reference pose, the root at the world's origin, facing -y."""
    eye = np.eye(3, dtype=np.float32)
    return BodyPose(
        np.tile(eye, (count, len(rig.BONES), 1, 1)), np.tile(eye, (count, 1, 1)), np.zeros((count, 3), np.float32)
    )


def concatenate_poses(poses: list[BodyPose]) -> BodyPose:
    """All the poses, one after the other."""
    if not poses:
        return rest_pose(0)
    return BodyPose(
        np.concatenate([pose.bone_rotations for pose in poses]),
        np.concatenate([pose.root_rotation for pose in poses]),
        np.concatenate([pose.root_translation for pose in poses]),
    )
