"""Hands: shapes that fingers take, and wrists that are not held quite straight."""

import numpy as np
from jaxtyping import Float, Float32

from maquette.rendering.posing import rig
from maquette.rendering.posing.pose import BodyPose
from maquette.rendering.posing.turn import cross, normalise, turn_about

HAND_SHAPES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "relaxed": ((8, 10, 10), (10, 20, 12), (14, 24, 15), (18, 27, 16), (22, 30, 18)),
    "flat": ((2, 0, 0), (-12, -10, -8), (-16, -14, -10), (-16, -14, -10), (-14, -12, -8)),
    "fist": ((22, 35, 40), (68, 92, 55), (72, 95, 58), (74, 95, 58), (76, 92, 58)),
    "pointing": ((20, 30, 40), (-6, -6, -4), (70, 92, 55), (74, 95, 58), (76, 92, 58)),
    "grip": ((12, 20, 25), (38, 50, 30), (42, 52, 32), (45, 54, 32), (48, 52, 30)),
}
"""Bend of the three joints of each finger, thumb first, in degrees beyond the reference pose."""
_SHARES = {"relaxed": 0.62, "flat": 0.1, "fist": 0.12, "pointing": 0.04, "grip": 0.12}
_SPREAD_DEG = 5.0
_WRIST_DEG = (10.0, 6.0)
"""Standard deviation of the wrist's bending and of its leaning to thumb or little finger."""
_FOREARM_DEG = 18.0
"""Standard deviation of the forearm's twist."""

_LEFT_FINGERS = tuple(f"finger{finger}-{joint}.L" for finger in range(1, 6) for joint in (1, 2, 3))
_LEFT_BONES = np.array(rig.bones(*_LEFT_FINGERS))
_FOREARM = normalise(rig.offset_m("lowerarm01.L", "wrist.L"))
_FLIP = np.diag([-1.0, 1.0, 1.0])


def _palm_axes() -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """The left wrist's axes: it bends towards the palm about the first, towards the thumb about the second."""
    across = normalise(rig.offset_m("finger5-1.L", "finger2-1.L"))
    ahead = normalise(rig.offset_m("wrist.L", "finger3-1.L"))
    out_of_back = normalise(cross(across, ahead))
    return normalise(cross(ahead, -out_of_back)), out_of_back


_BEND_AXIS, _LEAN_AXIS = _palm_axes()


def _finger_axes() -> Float[np.ndarray, "15 3"]:
    """The axis that each left finger joint bends about: towards the palm; the thumb's towards the other fingers."""
    axes = []
    for finger in range(1, 6):
        along = normalise(rig.offset_m(f"finger{finger}-1.L", f"finger{finger}-3.L"))
        inwards = rig.offset_m("finger1-3.L", "finger4-1.L") if finger == 1 else -_LEAN_AXIS
        axes += [normalise(cross(along, inwards))] * 3
    return np.array(axes)


_FINGER_AXES = _finger_axes()


def hand_turns(bends_rad: Float[np.ndarray, "N 15"], side: str) -> Float32[np.ndarray, "N 15 3 3"]:
    """Rotations of the fifteen finger bones, thumb first, of the side ``l`` or ``r`` that bend by those angles."""
    turns = turn_about(_FINGER_AXES, bends_rad)
    return (turns if side == "l" else _FLIP @ turns @ _FLIP).astype(np.float32)


def set_hands(pose: BodyPose, shape: str = "relaxed") -> BodyPose:
    """The same poses with the fingers of both hands in one of `HAND_SHAPES`."""
    bends = np.radians(np.array(HAND_SHAPES[shape], np.float64).reshape(1, 15))
    return _with_fingers(pose, dict.fromkeys("lr", np.repeat(bends, len(pose), axis=0)))


def sample_hands(pose: BodyPose, generator: np.random.Generator, *, is_clip: bool = False) -> BodyPose:
    """The same poses with hands drawn at random: shapes of fingers, and some turn of wrists and forearms.

    Args:
        pose: Its wrists keep what turn they have and get the new one on top.
        generator: Source of randomness.
        is_clip: Whether the poses are frames of one clip; all then get the same hands.
    """
    count = 1 if is_clip else len(pose)
    shapes = np.radians(np.array([np.ravel(HAND_SHAPES[name]) for name in _SHARES]))
    bends = {}
    for side in "lr":
        chosen = generator.choice(len(shapes), size=count, p=list(_SHARES.values()))
        noise = np.radians(_SPREAD_DEG) * generator.standard_normal((count, 15))
        bends[side] = np.broadcast_to(shapes[chosen] + noise, (len(pose), 15))
    return _with_sampled_wrists(_with_fingers(pose, bends), generator, count)


def _with_fingers(pose: BodyPose, bends_rad: dict[str, np.ndarray]) -> BodyPose:
    rotations = pose.bone_rotations.copy()
    for side, bones in (("l", _LEFT_BONES), ("r", rig.MIRROR[_LEFT_BONES])):
        rotations[:, bones] = hand_turns(bends_rad[side], side)
    return BodyPose(rotations, pose.root_rotation, pose.root_translation)


def _with_sampled_wrists(pose: BodyPose, generator: np.random.Generator, count: int) -> BodyPose:
    rotations = pose.bone_rotations.copy()
    for side in "LR":
        bend, lean = (np.radians(spread) * generator.standard_normal(count) for spread in _WRIST_DEG)
        twist = np.radians(_FOREARM_DEG) * generator.standard_normal(count)
        wrist = turn_about(_BEND_AXIS, bend) @ turn_about(_LEAN_AXIS, lean)
        forearm = turn_about(_FOREARM, twist)
        for name, turn in ((f"lowerarm02.{side}", forearm), (f"wrist.{side}", wrist)):
            own = turn if side == "L" else _FLIP @ turn @ _FLIP
            rotations[:, rig.bone(name)] = (rotations[:, rig.bone(name)] @ own).astype(np.float32)
    return BodyPose(rotations, pose.root_rotation, pose.root_translation)
