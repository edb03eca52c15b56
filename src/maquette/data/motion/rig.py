"""Which joint of a rig is which: recordings of any maker's rig as seventeen named joints in metres, z up.

Rigs are told by the names of their joints: CMU's ASF and its BVH conversions, MotionBuilder and Mixamo, Poser,
Character Creator, Unreal, Rigify and their like. Nose and crown, which no rig holds, are put at fixed places before and
above the shoulder line of the neutral pose and follow the head joint.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from maquette.body.catalog import H36M_17
from maquette.data.motion.recording import RigRecording
from maquette.errors import InputError

_WORDS: dict[str, tuple[str, ...]] = {
    "hip": ("upleg", "upperleg", "thigh", "femur", "hip"),
    "knee": ("lowerleg", "leg", "calf", "shin", "tibia", "knee"),
    "ankle": ("ankle", "foot"),
    "shoulder": ("upperarm", "arm", "humerus", "shldr", "shoulder"),
    "elbow": ("forearm", "lowerarm", "radius", "elbow"),
    "wrist": ("wrist", "hand"),
    "toe": ("toebase", "toes", "toe", "ball"),
}
"""What makers call the joints of a side; the first that a rig has counts."""
_HEAD = ("head",)
_SPINE = ("upperback", "chest", "spine", "spine01", "defspine002", "spine02")
_PREFIX = re.compile(r"^(.*:|cc_base_|neo_|def-|bip0?1[ _]?|valvebiped[._])", re.IGNORECASE)
_UNITS_M = (1.0, 0.01, 0.001, 0.0254, 0.0254 / 0.45)
"""Metre, centimetre, millimetre, inch, and the unit of the CMU database."""
_LEG_M, _SHORTEST_M, _LONGEST_M = 0.86, 0.45, 1.15
_STANDING = 0.5
"""Least rise of hips over ankles and of head over hips, in legs, of a person who stands."""
_NOSE, _CROWN = (0.195, 0.10), (0.335, 0.015)
"""Above the shoulder line and before the head joint, for a leg of `_LEG_M`."""


@dataclass(frozen=True, eq=False)
class Joints:
    """A recording as named joints."""

    joints: Float[np.ndarray, "N 17 3"]
    """In the order of h36m_17; metres, z up."""
    toes: Float[np.ndarray, "N 2 3"]
    """Left and right toe joint; NaN where the rig has none."""
    fps: float


def joints_of(recording: RigRecording, path: Path) -> Joints:
    """The recording's joints in metres with z up; units and the upright axis are told from the body itself.

    Args:
        recording: Of any rig.
        path: Named in errors.

    Raises:
        InputError: A joint is not found, or the legs have no human length in any usual unit.
    """
    at = _places(recording.joint_names, path)
    world = recording.positions()
    turn = _up_turn(world, at)
    unit_m = _unit(world, at, path)
    world = unit_m * (world + _root_offset(recording, world, turn)) @ turn.T
    head_turns = turn @ recording.world_rotations[:, at["head"]]
    neutral, frame = _neutral(recording, at, turn, unit_m)
    head_turn = turn if frame is None else head_turns[frame]
    joints = np.empty((len(world), 17, 3))
    for name in H36M_17.joint_names:
        if name in at:
            joints[:, H36M_17.index(name)] = world[:, at[name]]
    middle = {"pelvis": ("l_hip", "r_hip"), "thorax": ("l_shoulder", "r_shoulder")}
    for name, (left, right) in middle.items():
        joints[:, H36M_17.index(name)] = (world[:, at[left]] + world[:, at[right]]) / 2
    if not _is_middle_of_trunk(neutral, at):
        pelvis, thorax = (joints[:, H36M_17.index(name)] for name in middle)
        joints[:, H36M_17.index("spine")] = (pelvis + thorax) / 2
    for name, place in zip(("nose", "head_top"), _face(neutral, at), strict=True):
        joints[:, H36M_17.index(name)] = world[:, at["head"]] + head_turns @ (head_turn.T @ place)
    toes = [world[:, at[f"{side}_toe"]] if f"{side}_toe" in at else np.full((len(world), 3), np.nan) for side in "lr"]
    return Joints(joints, np.stack(toes, axis=1), recording.fps)


def _places(names: tuple[str, ...], path: Path) -> dict[str, int]:
    """Index of every joint that is found, by the name it has here."""
    plain = {_plain(name): place for place, name in reversed(list(enumerate(names)))}
    found: dict[str, int] = {}
    for side, word in (("l", "left"), ("r", "right")):
        for joint, words in _WORDS.items():
            spellings = [form for name in words for form in (word + name, side + name, name + word, name + side)]
            place = next((plain[form] for form in spellings if form in plain), None)
            if place is not None:
                found[f"{side}_{joint}"] = place
            elif joint != "toe":
                raise InputError(f"'{path}': no {word} {joint} is found among its joints ({_shorten(names)})")
    for joint, words in (("head", _HEAD), ("spine", _SPINE)):
        place = next((plain[name] for name in words if name in plain), None)
        if place is not None:
            found[joint] = place
    if "head" not in found:
        raise InputError(f"'{path}': no head is found among its joints ({_shorten(names)})")
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _PREFIX.sub("", name).lower())


def _shorten(names: tuple[str, ...]) -> str:
    shown = ", ".join(name[:24] for name in names[:12])
    return f"{shown}, ..." if len(names) > 12 else shown


def _up_turn(world: np.ndarray, at: dict[str, int]) -> Float[np.ndarray, "3 3"]:
    """Rotation from the file's axes to ours: z is up already, or y is."""
    hips = (world[:, at["l_hip"]] + world[:, at["r_hip"]]) / 2
    rise = np.abs(np.median(world[:, at["head"]] - hips, axis=0))
    return np.eye(3) if rise[2] > rise[1] else np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


def _unit(world: np.ndarray, at: dict[str, int], path: Path) -> float:
    """Metres of the file's unit: the one that makes the legs most like an adult's."""
    bones = [(f"{side}_{a}", f"{side}_{b}") for side in "lr" for a, b in (("hip", "knee"), ("knee", "ankle"))]
    leg = sum(np.median(np.linalg.norm(world[:, at[a]] - world[:, at[b]], axis=-1)) for a, b in bones) / 2
    fitting = [unit for unit in _UNITS_M if _SHORTEST_M <= leg * unit <= _LONGEST_M]
    if not fitting:
        raise InputError(f"'{path}': its legs are {leg:.3g} units long, which is no human's in m, cm, mm or inches")
    return min(fitting, key=lambda unit: abs(np.log(leg * unit / _LEG_M)))


def _root_offset(recording: RigRecording, world: np.ndarray, turn: np.ndarray) -> Float[np.ndarray, " 3"]:
    """The root's own offset where its places are given from there: if it brings the lowest joint nearer the floor."""
    offset = recording.offsets[0]
    lowest = float(np.median((world @ turn[2]).min(axis=1)))
    return offset if abs(lowest + offset @ turn[2]) < abs(lowest) else np.zeros(3)


def _neutral(
    recording: RigRecording, at: dict[str, int], turn: np.ndarray, unit_m: float
) -> tuple[Float[np.ndarray, "J 3"], int | None]:
    """The joints of a person who stands, metres in our axes, and the frame they are from (None: nothing is turned).

    Rigs whose bones do not stand while nothing is turned stand in the most upright frame.
    """
    zero = unit_m * recording.zero_pose() @ turn.T
    if _rise(zero[None], at)[0] > _STANDING * _LEG_M:
        return zero, None
    world = unit_m * recording.positions() @ turn.T
    frame = int(_rise(world, at).argmax())
    return world[frame], frame


def _rise(joints: Float[np.ndarray, "N J 3"], at: dict[str, int]) -> Float[np.ndarray, " N"]:
    """How far the hips are above the ankles, or the head above the hips, whichever is less."""
    height = joints[..., 2]
    hips, ankles = (height[:, [at[f"l_{name}"], at[f"r_{name}"]]].mean(axis=1) for name in ("hip", "ankle"))
    return np.minimum(hips - ankles, height[:, at["head"]] - hips)


def _is_middle_of_trunk(neutral: Float[np.ndarray, "J 3"], at: dict[str, int]) -> bool:
    """Whether the rig's spine joint lies about halfway from the hips to the shoulder line."""
    if "spine" not in at:
        return False
    height = neutral[:, 2]
    hips, shoulders = (height[[at[f"l_{name}"], at[f"r_{name}"]]].mean() for name in ("hip", "shoulder"))
    return bool(0.4 <= (height[at["spine"]] - hips) / max(shoulders - hips, 1e-6) <= 0.6)


def _face(neutral: Float[np.ndarray, "J 3"], at: dict[str, int]) -> Float[np.ndarray, "2 3"]:
    """Nose and crown from the head joint in the neutral pose, in metres."""
    hip = neutral[at["l_hip"]] - neutral[at["r_hip"]]
    shoulders = (neutral[at["l_shoulder"]] + neutral[at["r_shoulder"]]) / 2
    up = np.array([0.0, 0.0, 1.0])
    ahead = np.cross(hip, up)
    ahead /= max(float(np.linalg.norm(ahead)), 1e-9)
    leg = sum(
        float(np.linalg.norm(neutral[at[f"l_{a}"]] - neutral[at[f"l_{b}"]]))
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    )
    scale, head = leg / _LEG_M, neutral[at["head"]]
    rise = shoulders[2] - head[2]
    return np.array([(rise + scale * above) * up + scale * before * ahead for above, before in (_NOSE, _CROWN)])
