"""Arms and legs: how two bones and the hinge between them turn so that they point where they should."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from maquette.rendering.posing import rig
from maquette.rendering.posing.turn import (
    angle_about,
    cross,
    dot,
    frame_along,
    invert,
    normalise,
    rotate,
    smallest_turn,
    turn_about,
)

_BONES_OF = {
    "arm": ("upperarm01", "upperarm02", "lowerarm01", "wrist"),
    "leg": ("upperleg01", "upperleg02", "lowerleg01", "foot"),
}
_STRAIGHT_RAD, _BENT_RAD = np.radians(6.0), np.radians(28.0)
"""Below the first bend the hinge is guessed, above the second it is measured, between it is something of both."""
_MOST_TWIST_OF_LEG_RAD = np.radians(75.0)
"""A knee's hinge that differs more from its guess is a straight leg with noise, or a knee bent backwards."""
_TWIST_AT_ROOT = 0.35
"""Share of the twist about an upper limb that its first bone takes; the second bone takes the rest."""


class Limb(NamedTuple):
    """One arm or leg in the reference pose."""

    is_leg: bool
    bones: tuple[int, int, int, int]
    """First and second bone of the upper half, first of the lower half, hand or foot."""
    upper: Float[np.ndarray, "3"]
    """Direction from shoulder or hip to elbow or knee."""
    lower: Float[np.ndarray, "3"]
    axis: Float[np.ndarray, "3"]
    """The hinge: the lower half bends further by turning right-handedly about it."""


class LimbTurns(NamedTuple):
    """World rotations, against the reference pose, of the halves of a limb."""

    upper: Float[np.ndarray, "N 3 3"]
    lower: Float[np.ndarray, "N 3 3"]


def _limb(kind: str, side: str) -> Limb:
    names = [rig.bone_on_side(name, side) for name in _BONES_OF[kind]]
    upper, lower = normalise(rig.offset_m(names[0], names[2])), normalise(rig.offset_m(names[2], names[3]))
    first, second, third, last = rig.bones(*names)
    return Limb(kind == "leg", (first, second, third, last), upper, lower, normalise(cross(upper, lower)))


LIMBS: dict[str, Limb] = {f"{side}_{kind}": _limb(kind, side) for kind in _BONES_OF for side in "lr"}
"""``l_arm``, ``r_arm``, ``l_leg``, ``r_leg``."""


def guess_upper(
    parent: Float[np.ndarray, "N 3 3"], limb: Limb, upper: Float[np.ndarray, "N 3"]
) -> Float[np.ndarray, "N 3 3"]:
    """World rotation of an upper half whose twist nobody knows: the least turn from where its parent would carry it."""
    return smallest_turn(rotate(parent, limb.upper), upper) @ parent


def limb_turns(
    limb: Limb,
    upper: Float[np.ndarray, "N 3"],
    lower: Float[np.ndarray, "N 3"],
    guess: Float[np.ndarray, "N 3 3"],
) -> LimbTurns:
    """The rotations that point both halves as wanted, with the hinge at right angles to them where the limb is bent.

    Args:
        limb: Which one.
        upper: Unit vectors from shoulder or hip to elbow or knee.
        lower: Unit vectors from there to wrist or ankle.
        guess: Rotation of the upper half that a straight limb takes its twist from.
    """
    guessed = frame_along(upper, rotate(guess, limb.axis))[..., 1]
    normal = cross(upper, lower)
    bend = np.arctan2(np.sqrt(dot(normal, normal)), dot(upper, lower))
    trust = _smooth_step((bend - _STRAIGHT_RAD) / (_BENT_RAD - _STRAIGHT_RAD))
    off = angle_about(upper, guessed, normalise(normal))
    if limb.is_leg:
        trust = np.where(np.abs(off) > _MOST_TWIST_OF_LEG_RAD, 0.0, trust)
    axis = rotate(turn_about(upper, trust * off), guessed)
    return LimbTurns(
        frame_along(upper, axis) @ frame_along(limb.upper, limb.axis).T,
        frame_along(lower, axis) @ frame_along(limb.lower, limb.axis).T,
    )


def twist_towards(
    guess: Float[np.ndarray, "N 3 3"],
    limb: Limb,
    upper: Float[np.ndarray, "N 3"],
    hint: Float[np.ndarray, "N 3"],
    most_rad: float,
) -> Float[np.ndarray, "N 3 3"]:
    """The guess turned about the upper half so that its hinge follows ``hint``, by ``most_rad`` at the very most."""
    off = angle_about(upper, rotate(guess, limb.axis), hint)
    return turn_about(upper, np.clip(off, -most_rad, most_rad)) @ guess


def split_upper(
    limb: Limb, parent: Float[np.ndarray, "N 3 3"], full: Float[np.ndarray, "N 3 3"]
) -> tuple[Float[np.ndarray, "N 3 3"], Float[np.ndarray, "N 3 3"]]:
    """World rotations of the two bones of an upper half: the first bends, the second twists.

    The bones do not lie quite on one line, so twisting one would move the joint at their end; a last small turn of
    both puts that joint where ``full`` would.
    """
    first, second, third, _ = limb.bones
    along = rotate(full, limb.upper)
    bent = guess_upper(parent, limb, along)
    twist = angle_about(along, rotate(bent, limb.axis), rotate(full, limb.axis))
    start = turn_about(along, _TWIST_AT_ROOT * twist) @ bent
    reached = rotate(start, rig.HEADS_M[second] - rig.HEADS_M[first]) + rotate(
        full, rig.HEADS_M[third] - rig.HEADS_M[second]
    )
    amend = smallest_turn(reached, along)
    return amend @ start, amend @ full


def split_lower(
    lower: Float[np.ndarray, "N 3 3"], end: Float[np.ndarray, "N 3 3"], limb: Limb
) -> Float[np.ndarray, "N 3 3"]:
    """World rotation of a lower half's second bone: it takes most of the twist of the hand or foot about the limb."""
    along = rotate(lower, limb.lower)
    relative = end @ invert(lower)
    carried = rotate(smallest_turn(rotate(relative, along), along) @ relative, rotate(lower, limb.axis))
    twist = angle_about(along, rotate(lower, limb.axis), carried)
    return turn_about(along, (0.3 if limb.is_leg else 0.65) * twist) @ lower


def _smooth_step(x: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)
