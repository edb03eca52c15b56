"""Local joint rotations of another rig as world rotations of a body's segments, by way of that rig's rest pose.

A bone's turn since its rest pose, G inverse(G_rest), means the same on every rig. What it is applied to is an Anny
body put into that rest pose first; so both bodies point their limbs the same way in every frame.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.transform import Rotation

from maquette.body.catalog import H36M_17
from maquette.errors import ConventionError
from maquette.rendering.posing import rig
from maquette.rendering.posing.retarget import pose_from_joints
from maquette.rendering.posing.trunk import SegmentTurns
from maquette.rendering.posing.turn import invert, rotate, turn_about

_PREFIXES = ("cc_base_", "def-", "neo_", "mixamorig:", "bip01_")
_SIDED = {
    "collar": ("{side}collar {s}collar {s}clavicle {s}_clavicle clavicle_{s} shoulder.{s} {side}shoulder"),
    "upper_arm": "{s}humerus {side}arm {s}shldr {s}_upperarm upperarm_{s} upper_arm.{s} {side}shoulder",
    "forearm": "{s}radius {side}forearm {side}elbow {s}forearm {s}_forearm lowerarm_{s} forearm.{s}",
    "hand": "{s}wrist {side}hand {side}wrist {s}hand {s}_hand hand_{s} hand.{s}",
    "thigh": "{s}femur {side}upleg {side}hip {s}thigh {s}_thigh thigh_{s} thigh.{s}",
    "shin": "{s}tibia {side}leg {side}knee {s}shin {s}_calf calf_{s} shin.{s}",
    "foot": "{s}foot {side}foot {side}ankle {s}_foot foot_{s} foot.{s}",
    "toe": "{s}toes {side}toebase {side}toe {s}_toebase {s}foot_end ball_{s} toe.{s}",
}
"""How rigs call the bone of each segment (that starts at its upper joint), lower case, after any prefix."""
_BONE_OF_SEGMENT = {
    "collar": "shoulder01", "upper_arm": "upperarm02", "forearm": "lowerarm01", "hand": "wrist",
    "thigh": "upperleg02", "shin": "lowerleg01", "foot": "foot",
}  # fmt: skip
_JOINT_OF_SEGMENT = {
    "upper_arm": "shoulder", "forearm": "elbow", "hand": "wrist", "thigh": "hip", "shin": "knee", "foot": "ankle",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class SourceRig:
    """A rig that motion was recorded on, with its neutral pose: z up, facing -y."""

    names: tuple[str, ...]
    parents: Int[np.ndarray, " B"]
    """Index of each bone's parent, which comes before it; -1 for the root."""
    rest_rotations: Float[np.ndarray, "B 3 3"]
    """Local rotations of the neutral pose."""

    def segments(self) -> dict[str, int]:
        """Index of the bone that carries each segment: ``pelvis``, ``chest``, ``head``, ``l_thigh``, ...

        Raises:
            ConventionError: A limb's bone has a name that is not known.
        """
        plain = [_plain(name) for name in self.names]
        found = {"pelvis": plain.index("pelvis") if "pelvis" in plain else 0}
        if "head" in plain:
            found["head"] = plain.index("head")
        for side, word in (("l", "left"), ("r", "right")):
            for segment, patterns in _SIDED.items():
                aliases = patterns.format(s=side, side=word).split()
                at = next((plain.index(alias) for alias in aliases if alias in plain), None)
                if at is not None:
                    found[f"{side}_{segment}"] = at
                elif segment in _JOINT_OF_SEGMENT:
                    raise ConventionError(
                        f"no bone of this rig is known as the {segment} on the {word}; it has {', '.join(self.names)}"
                    )
        found["chest"] = int(self.parents[found.get("l_collar", found["l_upper_arm"])])
        return found

    def world_rotations(self, local: Float[np.ndarray, "N B 3 3"]) -> Float[np.ndarray, "N B 3 3"]:
        """Each bone's rotation in the world, out of rotations against its parent."""
        world = np.empty_like(local)
        for index, parent in enumerate(self.parents):
            world[:, index] = local[:, index] if parent < 0 else world[:, parent] @ local[:, index]
        return world

    def joint_places(
        self, world: Float[np.ndarray, "#N B 3 3"], offsets: Float[np.ndarray, "N B 3"]
    ) -> Float[np.ndarray, "N B 3"]:
        """Where each bone starts, the root at the origin, in the unit of ``offsets`` (in their parents' frames)."""
        places = np.zeros(offsets.shape)
        for index, parent in enumerate(self.parents):
            if parent >= 0:
                places[:, index] = places[:, parent] + rotate(world[:, parent], offsets[:, index])
        return places


def rotations_of(quaternions: Float[np.ndarray, "*batch 4"]) -> Float[np.ndarray, "*batch 3 3"]:
    """Rotation matrices of quaternions (w, x, y, z), which need not be normalised."""
    flat = quaternions.reshape(-1, 4).astype(np.float64)
    return Rotation.from_quat(flat, scalar_first=True).as_matrix().reshape(*quaternions.shape[:-1], 3, 3)


def turns_at_rest(source: SourceRig, offsets: Float[np.ndarray, "C B 3"]) -> SegmentTurns:
    """World rotations, against Anny's reference pose, of the segments of Anny bodies in the rig's neutral pose.

    Args:
        source: The rig; its neutral pose must be one.
        offsets: Place of each bone in its parent's frame, for C people.
    """
    found = source.segments()
    places = source.joint_places(source.world_rotations(source.rest_rotations[None]), offsets)
    world = _bodies_at_rest(places, found)
    turns = {name: np.tile(np.eye(3), (len(offsets), 1, 1)) for name in ("pelvis", "chest", "head") if name in found}
    for side in "lr":
        for segment, bone in _BONE_OF_SEGMENT.items():
            if f"{side}_{segment}" in found:
                turns[f"{side}_{segment}"] = world[:, rig.bone(rig.bone_on_side(bone, side))]
    return turns


def segment_turns(
    source: SourceRig, local: Float[np.ndarray, "N B 3 3"], at_rest: SegmentTurns, *, with_hands: bool
) -> SegmentTurns:
    """World rotations of a body's segments against Anny's reference pose, for `retarget.pose_from_joints`.

    Args:
        source: The rig.
        local: Rotations of its bones against their parents.
        at_rest: One of its people's, as `turns_at_rest` gives them.
        with_hands: Whether the source's hands are to be believed.
    """
    since_rest = source.world_rotations(local) @ invert(source.world_rotations(source.rest_rotations[None]))
    found = source.segments()
    kept = [name for name in at_rest if with_hands or not name.endswith("_hand")]
    return {name: since_rest[:, found[name]] @ at_rest[name] for name in kept}


def _plain(name: str) -> str:
    lower = name.lower()
    return next((lower.removeprefix(prefix) for prefix in _PREFIXES if lower.startswith(prefix)), lower)


def _bodies_at_rest(places: Float[np.ndarray, "C B 3"], found: dict[str, int]) -> Float[np.ndarray, "C 104 3 3"]:
    """World rotations of Anny bodies that stand in the rig's neutral pose: upright, facing -y, feet flat."""
    joints = np.zeros((len(places), len(H36M_17), 3))
    eye = np.tile(np.eye(3), (len(places), 1, 1))
    known: SegmentTurns = {"pelvis": eye, "chest": eye, "head": eye, "l_collar": eye, "r_collar": eye}
    for side in "lr":
        for segment, joint in _JOINT_OF_SEGMENT.items():
            joints[:, H36M_17.index(f"{side}_{joint}")] = places[:, found[f"{side}_{segment}"]]
        known[f"{side}_foot"] = _flat_feet(places, found, side)
    return pose_from_joints(joints, H36M_17, known=known).world_rotations()


def _flat_feet(places: Float[np.ndarray, "C B 3"], found: dict[str, int], side: str) -> Float[np.ndarray, "C 3 3"]:
    """Feet flat on the floor that point where the rig's do."""
    if f"{side}_toe" not in found:
        return np.tile(np.eye(3), (len(places), 1, 1))
    ahead = places[:, found[f"{side}_toe"]] - places[:, found[f"{side}_foot"]]
    own = rig.offset_m(rig.bone_on_side("foot", side), rig.bone_on_side("toe2-1", side))
    heading = np.arctan2(ahead[:, 1], ahead[:, 0]) - np.arctan2(own[1], own[0])
    return turn_about(np.array([0.0, 0.0, 1.0]), heading)
