"""Posing Anny bodies like others: from joints of any skeleton, helped by rotations where a source has them.

Directions of limbs are taken over exactly. What joints leave open (twists of straight limbs, hands) comes from known
rotations if there are any, else stays neutral.
"""

import numpy as np
from jaxtyping import Float

from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.rendering.posing import rig
from maquette.rendering.posing.limb import (
    LIMBS,
    Limb,
    guess_upper,
    limb_turns,
    split_lower,
    split_upper,
    twist_towards,
)
from maquette.rendering.posing.pose import BodyPose, descendants, local_rotations
from maquette.rendering.posing.trunk import (
    JointPlaces,
    SegmentTurns,
    collar_turns,
    spread_trunk,
    trunk_turns,
    wanted_line,
)
from maquette.rendering.posing.turn import cross, frame_along, invert, limit_turn, normalise, rotate

_NEEDED = [f"{side}_{joint}" for side in "lr" for joint in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")]
_HELPFUL = ["spine", "nose", "head_top"]
_TOES = ("foot", "big_toe", "toe_end")
_MOST_FOOT_TURN_RAD = np.radians(55.0)
_MOST_WRIST_TURN_RAD = np.radians(90.0)
_BALL_OF_FOOT = {side: rig.HEADS_M[rig.bones(*(rig.bone_on_side(f"toe{i}-1", side) for i in (2, 3)))].mean(axis=0)
                 for side in "lr"}  # fmt: skip


def pose_from_joints(
    joints: Float[np.ndarray, "N J 3"],
    skeleton: Skeleton,
    *,
    toes: Float[np.ndarray, "N 2 3"] | None = None,
    known: SegmentTurns | None = None,
    lean_rad: float = 0.0,
    leg_length: Float[np.ndarray, " N"] | None = None,
) -> BodyPose:
    """Bodies that stand as the joints do: every limb points the same way.

    Args:
        joints: World, z up, any unit; hips, knees, ankles, shoulders, elbows and wrists are needed, and spine, nose,
            crown and toes are used where the skeleton has them.
        skeleton: Names of the joints.
        toes: Balls of the left and right foot, NaN where unknown; else taken from the skeleton if it has them.
        known: World rotations of segments against the reference pose that are known better than joints tell, such
            as `maquette.rendering.posing.rotations.segment_turns` gives.
        lean_rad: How far the source's line from hips to shoulders leans back, upright, beyond that of Anny.
        leg_length: Thigh and shin of the source, in the joints' unit; else the median over all rows.

    Raises:
        ConventionError: The skeleton lacks a joint that is needed, or a needed joint is not finite.
    """
    points = _points(joints, skeleton, toes)
    turns = trunk_turns(points, dict(known or {}), lean_rad)
    collars = {side: collar_turns(points, turns, side) for side in "lr"}
    all_turns = np.empty((len(joints), len(rig.BONES), 3, 3))
    for name, turn in spread_trunk(turns, collars, wanted_line(points, turns, lean_rad)).items():
        all_turns[:, rig.bone(name)] = turn
    for limb in LIMBS:
        _place_limb(all_turns, points, turns, limb)
    if leg_length is None:
        leg_length = np.full(len(joints), np.median(leg_lengths(joints, skeleton)) if len(joints) else 1.0)
    return BodyPose(
        local_rotations(all_turns).astype(np.float32),
        turns["pelvis"].astype(np.float32),
        _root_places(points, turns["pelvis"], leg_length).astype(np.float32),
    )


def _points(joints: np.ndarray, skeleton: Skeleton, toes: np.ndarray | None) -> JointPlaces:
    """The joints that are used, by name, with pelvis and thorax in the middle of hips and shoulders."""
    missing = [name for name in _NEEDED if name not in skeleton]
    if missing:
        raise ConventionError(f"posing a body needs the joints {', '.join(missing)}, which {skeleton} lacks")
    names = [*_NEEDED, *(name for name in _HELPFUL if name in skeleton)]
    points = {name: joints[:, skeleton.index(name)].astype(np.float64) for name in names}
    if not all(np.isfinite(place).all() for place in points.values()):
        raise ConventionError("posing a body needs finite joints; leave out the frames in which any is unknown")
    points["pelvis"] = (points["l_hip"] + points["r_hip"]) / 2
    points["thorax"] = (points["l_shoulder"] + points["r_shoulder"]) / 2
    toe = next((name for name in _TOES if f"l_{name}" in skeleton), None)
    if toes is not None:
        points |= {"l_toe": toes[:, 0].astype(np.float64), "r_toe": toes[:, 1].astype(np.float64)}
    elif toe is not None:
        points |= {f"{side}_toe": joints[:, skeleton.index(f"{side}_{toe}")].astype(np.float64) for side in "lr"}
    return points


def leg_lengths(joints: Float[np.ndarray, "N J 3"], skeleton: Skeleton) -> Float[np.ndarray, " N"]:
    """Thigh and shin of each row, the mean of both legs, in the joints' unit."""
    pairs = [(f"{side}_{a}", f"{side}_{b}") for side in "lr" for a, b in (("hip", "knee"), ("knee", "ankle"))]
    bones = [joints[:, skeleton.index(a)] - joints[:, skeleton.index(b)] for a, b in pairs]
    return np.linalg.norm(bones, axis=-1).sum(axis=0) / 2


def _root_places(
    points: JointPlaces, pelvis: Float[np.ndarray, "N 3 3"], leg_length: Float[np.ndarray, " N"]
) -> Float[np.ndarray, "N 3"]:
    """The root in the world, lengths scaled so that the source's legs would be as long as the average adult's."""
    mid_hips = rig.HEADS_M[rig.bones("upperleg01.L", "upperleg01.R")].mean(axis=0)
    scale = rig.LEG_LENGTH_M / np.maximum(leg_length, 1e-9)
    return points["pelvis"] * scale[:, None] - rotate(pelvis, mid_hips)


def _place_limb(world: np.ndarray, points: JointPlaces, turns: SegmentTurns, name: str) -> None:
    """Fill in the world rotations of an arm or a leg with its hand or foot."""
    limb, (side, kind) = LIMBS[name], name.split("_")
    joints = ("shoulder", "elbow", "wrist") if kind == "arm" else ("hip", "knee", "ankle")
    start, middle, end = (points[f"{side}_{joint}"] for joint in joints)
    upper, lower = normalise(middle - start), normalise(end - middle)
    parent = world[:, rig.PARENTS[limb.bones[0]]]
    guess = turns.get(f"{side}_{'upper_arm' if kind == 'arm' else 'thigh'}")
    if guess is None:
        guess = guess_upper(turns["chest" if kind == "arm" else "pelvis"], limb, upper)
        guess = _with_toes(guess, limb, points, side) if kind == "leg" else guess
    halves = limb_turns(limb, upper, lower, guess)
    tip = _foot_turn(halves.lower, points, turns, side) if kind == "leg" else _hand_turn(halves.lower, turns, side)
    first, second, third, last = limb.bones
    world[:, first], world[:, second] = split_upper(limb, parent, halves.upper)
    world[:, third], world[:, third + 1] = halves.lower, split_lower(halves.lower, tip, limb)
    world[:, descendants(last)] = tip[:, None]


def _with_toes(guess: np.ndarray, limb: Limb, points: JointPlaces, side: str) -> np.ndarray:
    """A thigh's guess whose knee follows the toes, where they are known and stand off the shin."""
    if f"{side}_toe" not in points:
        return guess
    hip, knee, ankle = (points[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
    hint = cross(points[f"{side}_toe"] - ankle, ankle - knee)
    hint = np.where(np.isfinite(hint), hint, rotate(guess, limb.axis))
    return twist_towards(guess, limb, normalise(knee - hip), normalise(hint), most_rad=np.radians(50.0))


def _foot_turn(shin: np.ndarray, points: JointPlaces, turns: SegmentTurns, side: str) -> np.ndarray:
    """World rotation of a foot, at most so far from the shin as an ankle lets it."""
    foot = turns.get(f"{side}_foot")
    if foot is None:
        own = _BALL_OF_FOOT[side] - rig.HEADS_M[rig.bone(rig.bone_on_side("foot", side))]
        toe = points.get(f"{side}_toe")
        if toe is None:
            return shin
        wanted = toe - points[f"{side}_ankle"]
        wanted = np.where(np.isfinite(wanted), wanted, rotate(shin, own))
        across = np.array([1.0, 0.0, 0.0])
        foot = frame_along(wanted, rotate(shin, across)) @ frame_along(own, across).T
    return shin @ limit_turn(invert(shin) @ foot, _MOST_FOOT_TURN_RAD)


def _hand_turn(forearm: np.ndarray, turns: SegmentTurns, side: str) -> np.ndarray:
    """World rotation of a hand: as known within what a wrist allows, else straight on from the forearm."""
    hand = turns.get(f"{side}_hand")
    if hand is None:
        return forearm
    return forearm @ limit_turn(invert(forearm) @ hand, _MOST_WRIST_TURN_RAD)
