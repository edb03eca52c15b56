"""What readers of a report want to know of a body: lengths of its parts and angles of its joints, left beside right.

How sure the numbers are follows from the uncertainty of the joints (see `maquette.body.propagation`).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.joint_angles import ANGLES, AngleDefinition, JointAngles, joint_angles
from maquette.body.people import Poses3d
from maquette.body.propagation import downstream, length_deviation, own_variances


@dataclass(frozen=True)
class BodyMeasure:
    """One quantity of every person in every frame, on the person's left and on the right, or of the whole body."""

    name: str
    hint: str
    """What the number means, in a few words."""
    values: Float[np.ndarray, "F P S"]
    """Left and right, or one number where there are no sides; zero where unknown."""
    mask: Bool[np.ndarray, "F P S"]
    deviation: Float[np.ndarray, "F P S"] | None = None
    """Standard deviation in the unit of the values; None where the poses do not say how sure they are."""


class _Segment(NamedTuple):
    """A way between the middles of two groups of joints."""

    vector: Float[np.ndarray, "F P 3"]
    known: Bool[np.ndarray, "F P"]
    """Whether all of the joints are."""
    reach: Float[np.ndarray, " J"]
    """How far the own error of each joint moves it (see `downstream`)."""

    @property
    def length(self) -> Float[np.ndarray, "F P"]:
        return np.linalg.norm(self.vector, axis=-1)


_Group = tuple[str, ...]
"""Joints whose middle is meant; ``{side}`` stands for l and r."""

_LENGTHS: tuple[tuple[str, str, _Group, _Group], ...] = (
    ("Upper arm", "lr", ("{side}_shoulder",), ("{side}_elbow",)),
    ("Forearm", "lr", ("{side}_elbow",), ("{side}_wrist",)),
    ("Thigh", "lr", ("{side}_hip",), ("{side}_knee",)),
    ("Shank", "lr", ("{side}_knee",), ("{side}_ankle",)),
    ("Shoulder width", "l", ("l_shoulder",), ("r_shoulder",)),
    ("Hip width", "l", ("l_hip",), ("r_hip",)),
    ("Trunk", "l", ("l_shoulder", "r_shoulder"), ("l_hip", "r_hip")),
)


def limb_lengths_m(poses: Poses3d) -> tuple[BodyMeasure, ...]:
    """Lengths of arms, legs and trunk in metres, as far as the skeleton has them; trunk and widths have no sides."""
    poses = poses.in_unit("m")
    own, found = own_variances(poses), []
    for name, sides_measured, start, end in _LENGTHS:
        if not _has_joints(poses, start, end):
            continue
        sides = [_segment(poses, start, end, side) for side in sides_measured]
        deviations = None if own is None else [length_deviation(own, side.reach) for side in sides]
        found.append(_measure(name, "", [side.length for side in sides], [side.known for side in sides], deviations))
    return tuple(found)


def angle_measures_rad(poses: Poses3d) -> tuple[BodyMeasure, ...]:
    """The angles of `joint_angles` in radians, those that are known of anybody in any of the frames."""
    angles = joint_angles(poses)
    measures = (_angle_measure(angles, angle) for angle in ANGLES if angle.columns[0] in angles.names)
    return tuple(measure for measure in measures if measure.mask.any())


def _angle_measure(angles: JointAngles, angle: AngleDefinition) -> BodyMeasure:
    columns = [angles.names.index(name) for name in angle.columns]
    deviation = None if angles.deviation_rad is None else angles.deviation_rad[..., columns]
    name, hint = angle.name.replace("_", " ").capitalize(), f"0°: {angle.zero} · +: {angle.positive}"
    return BodyMeasure(name, hint, angles.values_rad[..., columns], angles.mask[..., columns], deviation)


def _measure(
    name: str, hint: str, values: list[np.ndarray], known: list[np.ndarray], deviations: list[np.ndarray] | None
) -> BodyMeasure:
    """The measure of both sides, or of the one there is."""
    mask = np.stack(known, axis=-1)
    deviation = None if deviations is None else np.where(mask, np.stack(deviations, axis=-1), 0.0)
    return BodyMeasure(name, hint, np.where(mask, np.stack(values, axis=-1), 0.0), mask, deviation)


def _has_joints(poses: Poses3d, *groups: _Group) -> bool:
    return all(joint.format(side=side) in poses.skeleton for group in groups for joint in group for side in "lr")


def _segment(poses: Poses3d, start: _Group, end: _Group, side: str) -> _Segment:
    at_start, at_end = (poses.skeleton.indices(*(joint.format(side=side) for joint in part)) for part in (start, end))
    vector = poses.joints[:, :, at_end].mean(axis=2) - poses.joints[:, :, at_start].mean(axis=2)
    weights = np.zeros(len(poses.skeleton))
    weights[at_end] += 1 / len(at_end)
    weights[at_start] -= 1 / len(at_start)
    known = np.all(poses.mask[:, :, at_start + at_end], axis=2, keepdims=False)
    return _Segment(vector.astype(np.float64), known, downstream(poses.skeleton, weights))
