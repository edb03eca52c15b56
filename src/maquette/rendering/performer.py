"""Performers: dressed bodies that can take any pose, and the persons they are in a scene."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32
from scipy.spatial.transform import Rotation

from maquette.rendering.bodies.body import AnnyBody, RestBody
from maquette.rendering.bodies.skinning import pose_surface, skin_vertices
from maquette.rendering.mesh import RestingSurface, Surface
from maquette.rendering.placing import places_apart
from maquette.rendering.posing.pose import BodyPose
from maquette.rendering.posing.rig import LEG_LENGTH_M

_FLESH_M = np.float32(0.12)
"""How far a body reaches beyond its joints."""
_OUTLINED = 40
"""Every so manieth vertex of the skin shows where a person is."""
_CROWDING = 0.8
"""People may stand nearer than the circles around their boxes: bodies are no cylinders."""


class Actor(NamedTuple):
    """One person of a scene, as they stand in the world."""

    surfaces: tuple[Surface, ...]
    joints_m: Float32[np.ndarray, "J 3"]
    """World; joints of `labelled.RENDERED_SKELETON`."""
    identity: int
    phenotypes: Float32[np.ndarray, " K"]
    bone_rotations: Float32[np.ndarray, "B 4"]
    """Unit quaternions (x, y, z, w); the root's is world from body."""


@dataclass(frozen=True, eq=False)
class Performer:
    """A dressed body."""

    body: AnnyBody
    rest: RestBody
    surfaces: Sequence[RestingSurface]
    """Skin first."""
    identity: int

    def transforms(self, pose: BodyPose) -> Float32[np.ndarray, "F B 3 4"]:
        """World from rest of every bone for every row of a pose; paths are stretched by the length of the legs."""
        path = pose.root_translation * np.float32(self._leg_m / LEG_LENGTH_M)
        return self.body.bone_transforms(self.rest, pose.bone_rotations, pose.root_rotation, path)

    @property
    def _leg_m(self) -> float:
        heads = self.rest.bone_heads[[self.body.bone(name) for name in ("upperleg01.L", "lowerleg01.L", "foot.L")]]
        return float(np.linalg.norm(np.diff(heads, axis=0), axis=-1).sum())

    def lowest_m(self, transforms: Float32[np.ndarray, "F B 3 4"]) -> Float32[np.ndarray, " F"]:
        """Height of the lowest point of body and clothes in every pose, to within a few millimetres."""
        picked = [(item.vertices[::4], item.bones[::4], item.bone_weights[::4]) for item in self.surfaces]
        lowest = [min(skin_vertices(*one, frame)[:, 2].min() for one in picked if len(one[0])) for frame in transforms]
        return np.array(lowest, np.float32)


@dataclass(frozen=True, eq=False)
class Motion:
    """A performer in a row of poses at a place in the world."""

    performer: Performer
    pose: BodyPose
    transforms: Float32[np.ndarray, "F B 3 4"]

    @classmethod
    def of(cls, performer: Performer, pose: BodyPose) -> "Motion":
        """The performer where the pose puts them."""
        return cls(performer, pose, performer.transforms(pose))

    @cached_property
    def joints_m(self) -> Float32[np.ndarray, "F J 3"]:
        """World positions of the joints of `labelled.RENDERED_SKELETON`."""
        return self.performer.body.joints(self.performer.rest, self.transforms)

    @property
    def box_m(self) -> Float32[np.ndarray, "2 3"]:
        """Low and high corner of the space they take in all frames."""
        points = self.joints_m.reshape(-1, 3)
        return np.stack([points.min(axis=0) - _FLESH_M, points.max(axis=0) + _FLESH_M]).astype(np.float32)

    @property
    def outline_m(self) -> Float32[np.ndarray, "N 3"]:
        """Points all over the skin in every frame, enough to frame a picture by."""
        skin = self.performer.surfaces[0]
        some = (skin.vertices[::_OUTLINED], skin.bones[::_OUTLINED], skin.bone_weights[::_OUTLINED])
        return np.concatenate([skin_vertices(*some, frame) for frame in self.transforms])

    def move(self, by_m: Float32[np.ndarray, " 3"]) -> "Motion":
        """The same motion elsewhere."""
        transforms = self.transforms.copy()
        transforms[..., 3] += by_m
        return replace(self, transforms=transforms)

    def ground(self) -> "Motion":
        """The same motion, raised or sunk as a whole until its lowest moment touches the floor."""
        lowest = self.performer.lowest_m(self.transforms).min()
        return self.move(np.array([0, 0, -lowest], np.float32))

    def centre(self) -> "Motion":
        """The same motion around the world's vertical through its origin."""
        low, high = self.box_m
        middle = (low + high) / 2
        return self.move(np.array([-middle[0], -middle[1], 0], np.float32))

    def actor(self, frame: int, person: int) -> Actor:
        """The person ``person`` (1, 2, ...) of a scene as they are in one frame."""
        turns = self.pose.bone_rotations[frame].copy()
        turns[0] = self.pose.root_rotation[frame] @ turns[0]
        one, here = self.performer, self.transforms[frame]
        return Actor(
            surfaces=tuple(pose_surface(surface, here, person=person) for surface in one.surfaces),
            joints_m=self.joints_m[frame],
            identity=one.identity,
            phenotypes=one.rest.phenotypes,
            bone_rotations=Rotation.from_matrix(turns).as_quat().astype(np.float32),
        )


def place_apart(motions: Sequence[Motion], generator: np.random.Generator) -> list[Motion]:
    """Centred motions, moved to places where they do not run into each other."""
    boxes = np.stack([motion.box_m for motion in motions])
    radii = np.linalg.norm((boxes[:, 1] - boxes[:, 0])[:, :2], axis=-1) / 2
    places = places_apart((radii * _CROWDING).astype(np.float32), generator)
    return [motion.move(np.array([*place, 0], np.float32)) for motion, place in zip(motions, places, strict=True)]
