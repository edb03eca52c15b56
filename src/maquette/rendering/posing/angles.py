"""Anatomical joint angles as poses of Anny bodies: flexion, abduction and rotation of every joint, in degrees.

All angles zero is a person who stands straight, arms hanging, thumbs to the front. Names of limbs' angles start with
``l_`` or ``r_``; a positive angle means the same on both sides.
"""

import numpy as np
from jaxtyping import Float

from maquette.body.catalog import H36M_17
from maquette.errors import ConventionError
from maquette.rendering.posing import rig
from maquette.rendering.posing.pose import BodyPose
from maquette.rendering.posing.retarget import pose_from_joints
from maquette.rendering.posing.turn import rotate, turn_about

TRUNK_ANGLES = tuple(
    f"{segment}_{motion}" for segment in ("pelvis", "trunk", "neck") for motion in ("flexion", "lean", "rotation")
)
"""Bending forwards, leaning to the left and turning to the left: the pelvis in the world, the chest against the
pelvis, the head against the chest."""
LIMB_ANGLES = (
    "hip_flexion", "hip_abduction", "hip_rotation", "knee_flexion", "ankle_dorsiflexion", "ankle_inversion",
    "shoulder_flexion", "shoulder_abduction", "shoulder_rotation", "elbow_flexion", "forearm_pronation",
    "wrist_flexion", "collar_elevation",
)  # fmt: skip
"""Of each side; rotation is inward."""
ANGLES = (*TRUNK_ANGLES, *(f"{side}_{name}" for side in "lr" for name in LIMB_ANGLES))
"""All of them."""

_X, _Y, _Z = np.eye(3)
_DOWN = -_Z
_LENGTHS = {
    "thigh": ("upperleg01", "lowerleg01"), "shin": ("lowerleg01", "foot"),
    "upper_arm": ("upperarm01", "lowerarm01"), "forearm": ("lowerarm01", "wrist"),
}  # fmt: skip
_LENGTH_M = {
    name: float(np.linalg.norm(rig.offset_m(rig.bone_on_side(a, "l"), rig.bone_on_side(b, "l"))))
    for name, (a, b) in _LENGTHS.items()
}
_WAIST_M = rig.HEADS_M[rig.bone("spine03")]
"""Where the trunk bends on the whole."""
_RIGID = ("pelvis", "chest", "head", "foot", "collar")
"""Segments that stand as in the reference pose when all angles are zero."""
_ELBOW_AT_REST_DEG = 6.0
"""Arms that hang are never quite straight."""


def pose_from_angles(angles: dict[str, Float[np.ndarray, " N"]]) -> BodyPose:
    """Bodies that face -y with the root at the origin, bent by anatomical angles in degrees.

    Args:
        angles: By name, of `ANGLES`; those not named are zero. At least one is needed.

    Raises:
        ConventionError: A name is unknown, or none is given.
    """
    unknown = sorted(set(angles) - set(ANGLES))
    if unknown or not angles:
        raise ConventionError(f"joint angles {unknown} cannot be posed; known are {', '.join(ANGLES)}")
    count = len(next(iter(angles.values())))
    radians = {name: np.radians(np.broadcast_to(angles.get(name, np.zeros(1)), (count,))) for name in ANGLES}
    turns = _trunk(radians)
    for side in "lr":
        turns |= _leg(radians, turns["pelvis"], side) | _arm(radians, turns["chest"], side)
    pose = pose_from_joints(_joints(turns, count), H36M_17, known=_against_reference(turns))
    return BodyPose(pose.bone_rotations, pose.root_rotation, np.zeros_like(pose.root_translation))


def _trunk(angles: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    turns = {}
    below = np.eye(3)
    for segment, name in (("pelvis", "pelvis"), ("trunk", "chest"), ("neck", "head")):
        flexion, lean, rotation = (angles[f"{segment}_{motion}"] for motion in ("flexion", "lean", "rotation"))
        below = below @ turn_about(_Z, rotation) @ turn_about(_X, flexion) @ turn_about(_Y, lean)
        turns[name] = below
    return turns


def _leg(angles: dict[str, np.ndarray], pelvis: np.ndarray, side: str) -> dict[str, np.ndarray]:
    """World rotations against the pose of angles zero, in which thighs and shins hang straight down."""
    own = {name: angles[f"{side}_{name}"] for name in LIMB_ANGLES}
    mirror = 1.0 if side == "l" else -1.0
    thigh = (
        pelvis
        @ turn_about(-_X, own["hip_flexion"])
        @ turn_about(-_Y * mirror, own["hip_abduction"])
        @ turn_about(-_Z * mirror, own["hip_rotation"])
    )
    shin = thigh @ turn_about(_X, own["knee_flexion"])
    foot = shin @ turn_about(-_X, own["ankle_dorsiflexion"]) @ turn_about(_Y * mirror, own["ankle_inversion"])
    return {f"{side}_thigh": thigh, f"{side}_shin": shin, f"{side}_foot": foot}


def _arm(angles: dict[str, np.ndarray], chest: np.ndarray, side: str) -> dict[str, np.ndarray]:
    """World rotations against the pose of angles zero, in which arms hang straight down."""
    own = {name: angles[f"{side}_{name}"] for name in LIMB_ANGLES}
    mirror = 1.0 if side == "l" else -1.0
    collar = chest @ turn_about(-_Y * mirror, own["collar_elevation"])
    upper = (
        chest
        @ turn_about(-_X, own["shoulder_flexion"])
        @ turn_about(-_Y * mirror, own["shoulder_abduction"])
        @ turn_about(-_Z * mirror, own["shoulder_rotation"])
    )
    bend = own["elbow_flexion"] + np.radians(_ELBOW_AT_REST_DEG)
    forearm = upper @ turn_about(-_X, bend)
    hand = forearm @ turn_about(-_Z * mirror, own["forearm_pronation"])
    hand = hand @ turn_about(_Y * mirror, own["wrist_flexion"])
    return {f"{side}_collar": collar, f"{side}_upper_arm": upper, f"{side}_forearm": forearm, f"{side}_hand": hand}


def _joints(turns: dict[str, np.ndarray], count: int) -> Float[np.ndarray, "N 17 3"]:
    """Places of the joints that limbs with these rotations have; only their differences matter."""
    joints = np.zeros((count, len(H36M_17), 3))
    for side in "lr":
        for start, parent, limbs in (
            ("hip", "pelvis", (("knee", "thigh"), ("ankle", "shin"))),
            ("shoulder", "chest", (("elbow", "upper_arm"), ("wrist", "forearm"))),
        ):
            head = rig.HEADS_M[rig.bone(rig.bone_on_side("upperleg01" if start == "hip" else "upperarm01", side))]
            at = rotate(turns["pelvis"], _WAIST_M) + rotate(turns[parent], head - _WAIST_M)
            joints[:, H36M_17.index(f"{side}_{start}")] = at
            for joint, segment in limbs:
                at = at + _LENGTH_M[segment] * rotate(turns[f"{side}_{segment}"], _DOWN)
                joints[:, H36M_17.index(f"{side}_{joint}")] = at
    joints[:, H36M_17.index("spine")] = joints[:, H36M_17.indices("l_hip", "r_hip", "l_shoulder", "r_shoulder")].mean(1)
    return joints


def _zero_pose() -> dict[str, np.ndarray]:
    """World rotations against the reference pose of the segments of a body with all angles zero."""
    eye = np.eye(3)[None]
    turns = {"pelvis": eye, "chest": eye, "head": eye}
    turns |= {f"{side}_{name}": eye for side in "lr" for name in (*_LENGTHS, "collar", "foot", "hand")}
    bent = {f"{side}_forearm": turn_about(-_X, np.radians([30.0])) for side in "lr"}
    known = {name: turn for name, turn in turns.items() if name.split("_")[-1] in _RIGID}
    pose = pose_from_joints(_joints(turns | bent, 1), H36M_17, known=known)
    world = dict(zip(rig.BONES, pose.world_rotations()[0], strict=True))
    for side in "lr":
        thigh, arm, forearm = (
            world[rig.bone_on_side(name, side)] for name in ("upperleg02", "upperarm02", "lowerarm01")
        )
        straight = turn_about(_X, np.radians(30.0)) @ forearm
        known |= {f"{side}_thigh": thigh[None], f"{side}_upper_arm": arm[None], f"{side}_hand": straight[None]}
    return {name: turn[0] for name, turn in known.items()}


_ZERO = _zero_pose()


def _against_reference(turns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: turns[name] @ zero for name, zero in _ZERO.items()}
