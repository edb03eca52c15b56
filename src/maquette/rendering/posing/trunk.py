"""Pelvis, chest, head and collars: how the trunk turns, from joints or from rotations that are known."""

import numpy as np
from jaxtyping import Float

from maquette.rendering.posing import rig
from maquette.rendering.posing.turn import (
    cross,
    frame_along,
    from_vectors,
    invert,
    limit_turn,
    normalise,
    rotate,
    smallest_turn,
    to_vectors,
    turn_about,
)

JointPlaces = dict[str, np.ndarray]
"""(N, 3) places of joints by name."""
SegmentTurns = dict[str, np.ndarray]
"""(N, 3, 3) world rotations against the reference pose by segment: ``pelvis``, ``chest``, ``l_forearm``, ..."""

_MID_HIPS = rig.HEADS_M[rig.bones("upperleg01.L", "upperleg01.R")].mean(axis=0)
_MID_SHOULDERS = rig.HEADS_M[rig.bones("upperarm01.L", "upperarm01.R")].mean(axis=0)
_TRUNK = _MID_SHOULDERS - _MID_HIPS
_LEFT, _BACK = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
_SHARE_OF_BEND = 0.5
"""Share of the bend seen at a source's ``spine`` joint; sources place it so differently that more would mislead."""
_MOST_COLLAR_RAD = np.radians(25.0)
_RAISED_RAD = np.radians(50.0)
_RHYTHM = {True: 0.08, False: 0.16}
"""Share of an arm's raising that its collar takes beyond `_RAISED_RAD`, if the collar is known and if it is not."""
_SPINE = {"spine05": 0.12, "spine04": 0.35, "spine03": 0.6, "spine02": 0.85, "spine01": 1.0}
_NECK = {"neck01": 0.25, "neck02": 0.5, "neck03": 0.75, "head": 1.0, "eye.L": 1.0, "eye.R": 1.0}
_MOST_AMENDED_RAD = np.radians(25.0)
_COLLAR = {"clavicle": 0.6, "shoulder01": 1.0}


def trunk_turns(points: JointPlaces, known: SegmentTurns, lean_rad: float) -> SegmentTurns:
    """World rotations of ``pelvis``, ``chest`` and ``head``; those in ``known`` are taken as they are.

    The trunk's line, from hips to shoulders, of a source that stands upright leans back by ``lean_rad`` more than
    Anny's own.
    """
    upright = rotate(turn_about(-_LEFT, lean_rad), _TRUNK)
    trunk = normalise(points["thorax"] - points["pelvis"])
    low = high = trunk
    if "spine" in points:
        low = trunk + _SHARE_OF_BEND * (normalise(points["spine"] - points["pelvis"]) - trunk)
        high = trunk + _SHARE_OF_BEND * (normalise(points["thorax"] - points["spine"]) - trunk)
    hips, shoulders = points["l_hip"] - points["r_hip"], points["l_shoulder"] - points["r_shoulder"]
    turns = dict(known)
    if "pelvis" not in turns:
        turns["pelvis"] = frame_along(hips, low) @ frame_along(_LEFT, upright).T
    if "chest" not in turns:
        turns["chest"] = frame_along(high, shoulders) @ frame_along(upright, _LEFT).T
    if "head" not in turns:
        turns["head"] = _head_turn(points, turns["chest"])
    return turns


def _head_turn(points: JointPlaces, chest: Float[np.ndarray, "N 3 3"]) -> Float[np.ndarray, "N 3 3"]:
    """The head follows the line from nose to crown and the plane of both with the neck; without a nose, the crown."""
    if "head_top" not in points:
        return chest
    crown = points["head_top"] - points["thorax"]
    if "nose" not in points:
        return smallest_turn(rotate(chest, rig.HEAD_TOP_M - _MID_SHOULDERS), crown) @ chest
    rise, forward = points["head_top"] - points["nose"], points["nose"] - points["thorax"]
    own = frame_along(rig.HEAD_TOP_M - rig.NOSE_M, _LEFT)
    return frame_along(rise, cross(crown, forward)) @ own.T


def collar_turns(points: JointPlaces, turns: SegmentTurns, side: str) -> Float[np.ndarray, "N 3 3"]:
    """How a collar stands against the chest: as measured, and higher the more the arm is raised."""
    chest = turns["chest"]
    is_known = f"{side}_collar" in turns
    if is_known:
        turn = invert(chest) @ turns[f"{side}_collar"]
    else:
        line = rotate(invert(chest), points["l_shoulder"] - points["r_shoulder"])
        turn = smallest_turn(_LEFT, line)
    arm = rotate(invert(chest), normalise(points[f"{side}_elbow"] - points[f"{side}_shoulder"]))
    raised = np.arccos(np.clip(-arm[:, 2], -1.0, 1.0))
    lift = _RHYTHM[is_known] * np.maximum(0.0, raised - _RAISED_RAD)
    return turn_about(-_BACK if side == "l" else _BACK, lift) @ limit_turn(turn, _MOST_COLLAR_RAD)


def spread_trunk(turns: SegmentTurns, collars: dict[str, np.ndarray], line: Float[np.ndarray, "N 3"]) -> SegmentTurns:
    """World rotations of every bone from root to head and of the collars, bends shared evenly along spine and neck.

    Args:
        turns: ``pelvis``, ``chest`` and ``head``.
        collars: Turn of each side's collar against the chest.
        line: Where the line from the middle of the hips to that of the shoulders shall point.
    """
    pelvis, chest = turns["pelvis"], turns["chest"]
    world = {"root": pelvis, "pelvis.L": pelvis, "pelvis.R": pelvis}
    world |= _in_shares(pelvis, invert(pelvis) @ chest, _SPINE)
    amend = limit_turn(smallest_turn(_trunk_line(world), line), _MOST_AMENDED_RAD)
    world |= {name: amend @ world[name] for name in _SPINE if name != "spine01"}
    world |= _in_shares(chest, invert(chest) @ turns["head"], _NECK)
    for side, turn in collars.items():
        world |= _in_shares(chest, turn, {rig.bone_on_side(name, side): share for name, share in _COLLAR.items()})
    return world


def _trunk_line(world: SegmentTurns) -> Float[np.ndarray, "N 3"]:
    """From the middle of the hips to that of the shoulders, the root being at the origin."""
    ends = [*list(_SPINE)[1:], None]
    line = -rotate(world["root"], _MID_HIPS)
    for name, end in zip(_SPINE, ends, strict=True):
        step = (_MID_SHOULDERS if end is None else rig.HEADS_M[rig.bone(end)]) - rig.HEADS_M[rig.bone(name)]
        line = line + rotate(world[name], step)
    return line


def wanted_line(points: JointPlaces, turns: SegmentTurns, lean_rad: float) -> Float[np.ndarray, "N 3"]:
    """Where the line from hips to shoulders of an Anny body shall point, that of the source leaning back too far."""
    across = normalise(rotate(turns["pelvis"], _LEFT) + rotate(turns["chest"], _LEFT))
    return rotate(turn_about(across, np.full(len(across), lean_rad)), points["thorax"] - points["pelvis"])


def _in_shares(
    start: Float[np.ndarray, "N 3 3"], turn: Float[np.ndarray, "N 3 3"], shares: dict[str, float]
) -> SegmentTurns:
    """World rotations of bones that go parts of a turn."""
    vectors = to_vectors(turn)
    return {name: start @ from_vectors(share * vectors) for name, share in shares.items()}
