"""Joint angles as biomechanists name them, of poses on any skeleton, with how sure each is.

Angles are between segments that are built of joint centres, in the style of the ISB (Wu et al. 2002 and 2005, Journal
of Biomechanics 35 and 38), whose own axes need points of the skin. Signs are anatomical: a mirrored person has left
and right exchanged. `ANGLES` says for each what 0 and positive are. Axial rotations are approximate: nothing but the
plane in which knee or elbow bends tells them, and where these are nearly straight they are unknown. So is all that
hangs on axes closer together than 20 degrees (`maquette.body.limb_turn`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.limb_turn import (
    HIP_POINTS,
    SHOULDER_POINTS,
    TRUNK_POINTS,
    Turns,
    hip_turns,
    shoulder_turns,
    trunk_lean,
    trunk_rotation,
)
from maquette.body.mapping import source_to_target
from maquette.body.people import Poses3d
from maquette.body.propagation import angle_deviation, downstream, measured_deviation, own_variances
from maquette.body.skeleton import Skeleton


class AngleDefinition(NamedTuple):
    """An angle of the body, and how to read it."""

    name: str
    """Without ``l_`` and ``r_`` where it has sides."""
    has_sides: bool
    zero: str
    """What 0 is, in a few words."""
    positive: str
    """What positive is, in a few words."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Its names in `JointAngles`: left and right, or one."""
        return (f"l_{self.name}", f"r_{self.name}") if self.has_sides else (self.name,)


ANGLES: tuple[AngleDefinition, ...] = (
    AngleDefinition("hip_flexion", True, "thigh in line with the trunk", "forward"),
    AngleDefinition("hip_abduction", True, "thigh straight below or before its hip", "outward"),
    AngleDefinition("hip_internal_rotation", True, "knee points ahead", "inward"),
    AngleDefinition("knee_flexion", True, "straight", "bent (never negative)"),
    AngleDefinition("ankle_dorsiflexion", True, "sole at a right angle to the shin", "toes up"),
    AngleDefinition("shoulder_elevation", True, "upper arm hangs along the trunk", "raised (never negative)"),
    AngleDefinition("shoulder_flexion", True, "not raised forward", "forward"),
    AngleDefinition("shoulder_abduction", True, "not raised sideways", "outward"),
    AngleDefinition("shoulder_internal_rotation", True, "elbow bends ahead", "forearm inward"),
    AngleDefinition("elbow_flexion", True, "straight", "bent (never negative)"),
    AngleDefinition("trunk_forward_lean", False, "upright", "forward"),
    AngleDefinition("trunk_left_lean", False, "upright", "to the person's left"),
    AngleDefinition("trunk_left_rotation", False, "shoulders in line with the hips", "to the person's left"),
    AngleDefinition("pelvis_left_drop", False, "hips level", "left hip lower"),
)
"""All angles, in the order of files and pages. What leans and drops is against gravity."""


@dataclass(frozen=True)
class JointAngles:
    """Angles of every person in every frame."""

    names: tuple[str, ...]
    """Those of `ANGLES` for which the skeleton has the joints, with ``l_`` and ``r_`` where there are sides."""
    values_rad: Float[np.ndarray, "F P A"]
    """In radians; zero where unknown."""
    mask: Bool[np.ndarray, "F P A"]
    """Whether the joints are known and the angle is defined."""
    deviation_rad: Float[np.ndarray, "F P A"] | None = None
    """Standard deviation, at most a right angle; zero where unknown, None where poses do not say how sure they are."""


class _Segment(NamedTuple):
    start: tuple[str, ...]
    """Points whose middle is meant."""
    end: tuple[str, ...]


class _Column(NamedTuple):
    values: Float[np.ndarray, " N"]
    mask: Bool[np.ndarray, " N"]
    deviation: Float[np.ndarray, " N"] | None


_SIDED = ("hip", "knee", "ankle", "heel", "foot", "shoulder", "elbow", "wrist")
_POINTS = Skeleton(
    "angle_points", tuple(f"{side}_{name}" for side in "lr" for name in _SIDED), (-1, *[0] * (2 * len(_SIDED) - 1))
)
"""The joints that angles are made of."""

_DOWN = _Segment(("l_shoulder", "r_shoulder"), ("l_hip", "r_hip"))
_BENDS: dict[str, tuple[_Segment, _Segment]] = {
    "knee_flexion": (_Segment(("l_hip",), ("l_knee",)), _Segment(("l_knee",), ("l_ankle",))),
    "elbow_flexion": (_Segment(("l_shoulder",), ("l_elbow",)), _Segment(("l_elbow",), ("l_wrist",))),
    "shoulder_elevation": (_DOWN, _Segment(("l_shoulder",), ("l_elbow",))),
    "ankle_dorsiflexion": (_Segment(("l_ankle",), ("l_knee",)), _Segment(("l_heel",), ("l_foot",))),
}
"""Angles between two segments."""
_FROM_RIGHT_ANGLE = ("ankle_dorsiflexion",)
"""Of these it is counted how far they are smaller than a right angle."""

_Measure = Callable[[Float[np.ndarray, "*batch T 3"]], Turns]
_TURNS: tuple[tuple[tuple[str, ...], _Measure, tuple[str, ...]], ...] = (
    (("hip_flexion", "hip_abduction", "hip_internal_rotation"), hip_turns, HIP_POINTS),
    (("shoulder_flexion", "shoulder_abduction", "shoulder_internal_rotation"), shoulder_turns, SHOULDER_POINTS),
)
"""Angles of the left, how they are measured, and between which points."""
_LEANS = ("trunk_forward_lean", "trunk_left_lean", "pelvis_left_drop")


@dataclass(frozen=True)
class _Bodies:
    """N bodies as the points of `_POINTS`."""

    points: Float[np.ndarray, "N T 3"]
    known: Bool[np.ndarray, "N T"]
    reach: Float[np.ndarray, "J T"]
    """How far the own error of each joint of the skeleton moves each point (see `downstream`)."""
    own: Float[np.ndarray, "N J"] | None
    missing: tuple[str, ...]
    """Points that the skeleton cannot give."""

    def mirrored(self) -> "_Bodies":
        """The same bodies in a mirror, where right is left."""
        twins = _POINTS.mirror
        points = self.points[:, twins] * np.array([-1.0, 1.0, 1.0])
        return replace(self, points=points, known=self.known[:, twins], reach=self.reach[:, twins])

    def has(self, *points: str) -> bool:
        return not set(points) & set(self.missing)


def joint_angles(poses: Poses3d) -> JointAngles:
    """The angles of all persons in all frames, those of `ANGLES` for which the skeleton has the joints.

    Turning or moving a person changes none of them but those against gravity, which are unknown where poses do not say
    where up is: in the canonical frame, and in that of a camera whose tilt is unknown. Deviations follow from the
    ``uncertainty`` of the joints to first order (`maquette.body.propagation`); how unsure up is is not in them.
    """
    frames, persons = np.nonzero(poses.present)
    bodies = _bodies(poses, frames, persons)
    columns = _trunk_columns(bodies, _upright(poses))
    for side, seen in (("l", bodies), ("r", bodies.mirrored())):
        columns |= {f"{side}_{name}": column for name, column in _sided_columns(seen).items()}
    names = tuple(name for angle in ANGLES for name in angle.columns if name in columns)
    chosen = [columns[name] for name in names]
    mask = _spread([column.mask for column in chosen], poses, frames, persons, bool)
    values = _spread([column.values for column in chosen], poses, frames, persons, float)
    deviation = None
    if bodies.own is not None:
        deviation = _spread([column.deviation for column in chosen], poses, frames, persons, float)
    return JointAngles(names, np.where(mask, values, 0.0), mask, None if deviation is None else deviation * mask)


def _bodies(poses: Poses3d, frames: np.ndarray, persons: np.ndarray) -> _Bodies:
    mapping, own = source_to_target(poses.skeleton, _POINTS), own_variances(poses)
    return _Bodies(
        points=mapping.joints(poses.joints[frames, persons].astype(np.float64)),
        known=mapping.mask(poses.mask[frames, persons]),
        reach=downstream(poses.skeleton, mapping.weights.T.astype(np.float64)),
        own=None if own is None else own[frames, persons],
        missing=mapping.missing,
    )


def _upright(poses: Poses3d) -> Float[np.ndarray, " 3"] | None:
    """Unit vector against gravity; None where poses do not say."""
    if poses.frame == "world":
        return np.array([0.0, 0.0, 1.0])
    return np.array(poses.up) if poses.frame == "camera" and poses.up is not None else None


def _sided_columns(bodies: _Bodies) -> dict[str, _Column]:
    """Angles of the left."""
    columns = {}
    for name, (first, second) in _BENDS.items():
        if bodies.has(*first.start, *first.end, *second.start, *second.end):
            columns[name] = _bend(bodies, first, second, from_right_angle=name in _FROM_RIGHT_ANGLE)
    for names, measure, points in _TURNS:
        if bodies.has(*points):
            columns |= dict(zip(names, _turns(bodies, measure, points), strict=True))
    return columns


def _trunk_columns(bodies: _Bodies, upright: Float[np.ndarray, " 3"] | None) -> dict[str, _Column]:
    if not bodies.has(*TRUNK_POINTS):
        return {}
    measure: _Measure = trunk_rotation
    columns = {"trunk_left_rotation": _turns(bodies, measure, TRUNK_POINTS)[0]}
    lean = partial(trunk_lean, upright=np.array([0.0, 0.0, 1.0]) if upright is None else upright)
    columns |= dict(zip(_LEANS, _turns(bodies, lean, TRUNK_POINTS), strict=True))
    if upright is None:
        columns |= {name: columns[name]._replace(mask=np.zeros(len(bodies.points), bool)) for name in _LEANS}
    return columns


def _bend(bodies: _Bodies, first: _Segment, second: _Segment, *, from_right_angle: bool) -> _Column:
    """The angle between two segments."""
    weights = np.stack([_weights(first), _weights(second)])
    a, b = np.einsum("st,ntc->snc", weights, bodies.points)
    long_a, long_b = np.linalg.norm(a, axis=-1), np.linalg.norm(b, axis=-1)
    angle = np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1))
    known = np.all(bodies.known[:, np.any(weights != 0, axis=0)], axis=-1) & (long_a > 0) & (long_b > 0)
    deviation = None
    if bodies.own is not None:
        reach_a, reach_b = (bodies.reach @ row for row in weights)
        deviation = angle_deviation(bodies.own, (reach_a, long_a), (reach_b, long_b), angle)
    return _Column(np.pi / 2 - angle if from_right_angle else angle, known, deviation)


def _weights(segment: _Segment) -> Float[np.ndarray, " T"]:
    """How the segment is summed up of the points."""
    weights = np.zeros(len(_POINTS))
    weights[_POINTS.indices(*segment.end)] += 1 / len(segment.end)
    weights[_POINTS.indices(*segment.start)] -= 1 / len(segment.start)
    return weights


def _turns(bodies: _Bodies, measure: _Measure, points: tuple[str, ...]) -> list[_Column]:
    at = _POINTS.indices(*points)
    values, is_defined = measure(bodies.points[:, at])
    mask = is_defined & np.all(bodies.known[:, at], axis=1, keepdims=True)
    if bodies.own is None:
        return [_Column(value, known, None) for value, known in zip(values.T, mask.T, strict=True)]
    deviation = measured_deviation(
        lambda moved: measure(moved).values_rad, bodies.points[:, at], bodies.own, bodies.reach[:, at]
    )
    return [_Column(*column) for column in zip(values.T, mask.T, deviation.T, strict=True)]


def _spread(rows: list, poses: Poses3d, frames: np.ndarray, persons: np.ndarray, kind: type) -> np.ndarray:
    """Rows of the bodies that are there as an array over frames, persons and angles."""
    spread = np.zeros((*poses.present.shape, len(rows)), kind)
    if rows:
        spread[frames, persons] = np.stack(rows, axis=-1)
    return spread
