"""How limbs are turned against the trunk, and the trunk against hips and gravity, in the style of the ISB.

Everything is written for the person's left; the right is the left of the mirrored person. Axes are built of joint
centres alone, in a right-handed frame: l to the person's left, f forward, u up along the trunk, f = l x u. A limb in
the neutral pose points to -u and its front to f, where the front is the side to which an elbow bends, and opposite to
which a knee bends. Each function takes the points that its constant names, along the axis before the last, in any unit.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

LEAST_SINE = float(np.sin(np.deg2rad(20.0)))
"""Axes closer together than 20 degrees are not told apart by joint centres: what hangs on them is undefined."""

TRUNK_POINTS = ("l_hip", "r_hip", "l_shoulder", "r_shoulder")
"""Of `trunk_rotation` and `trunk_lean`."""
HIP_POINTS = (*TRUNK_POINTS, "l_knee", "l_ankle")
"""Of `hip_turns`."""
SHOULDER_POINTS = (*TRUNK_POINTS, "l_elbow", "l_wrist")
"""Of `shoulder_turns`."""

_Vectors = Float[np.ndarray, "*batch 3"]


class Turns(NamedTuple):
    """Angles that are measured together, in the order that the function says."""

    values_rad: Float[np.ndarray, "*batch A"]
    is_defined: Bool[np.ndarray, "*batch A"]
    """Whether the axes that the angle hangs on are told apart."""


class _Axes(NamedTuple):
    left: _Vectors
    front: _Vectors
    up: _Vectors
    is_defined: Bool[np.ndarray, "*batch"]


def hip_turns(points: Float[np.ndarray, "*batch 6 3"]) -> Turns:
    """Flexion, abduction and internal rotation of the hip: Cardan angles in the order of Wu et al. 2002 (hip).

    Flexion turns about the line of the hips, rotation about the thigh, abduction about the axis between. Against the
    ISB's pelvis, which needs points that are no joints, upward is to the middle of the shoulders: bending the back
    counts as flexion. The front of the thigh follows from the plane in which the knee bends.
    """
    hip, knee, ankle = (points[..., at, :] for at in (0, 4, 5))
    pelvis = _pelvis(points)
    thigh = _unit(knee - hip)
    forward, outward, down = (_dot(thigh, axis) for axis in (pelvis.front, pelvis.left, -pelvis.up))
    upright = np.hypot(forward, down)
    flexion = np.arctan2(forward, down)
    neutral_front = np.cos(flexion)[..., None] * pelvis.front + np.sin(flexion)[..., None] * pelvis.up
    rotation, is_bent = _rotation(thigh, neutral_front, knee - ankle)
    is_steep = pelvis.is_defined & (upright >= LEAST_SINE)
    return Turns(
        np.stack([flexion, np.arctan2(outward, upright), rotation], axis=-1),
        np.stack([is_steep, pelvis.is_defined & (_length(thigh) > 0), is_steep & is_bent], axis=-1),
    )


def shoulder_turns(points: Float[np.ndarray, "*batch 6 3"]) -> Turns:
    """Flexion, abduction and internal rotation of the shoulder, from the elevation of Wu et al. 2005 (thorax, humerus).

    The elevation, by which the upper arm is raised from the trunk, is shared out to the front and to the side by the
    plane in which it is raised, as the parts of one turn about one axis: its square is flexion^2 + abduction^2. So no
    angle jumps where the arm hangs or is level, unlike Cardan angles and the ISB's own plane of elevation. Rotation is
    about the upper arm, against the arm as it is raised without turning. Undefined near straight overhead.
    """
    shoulder, elbow, wrist = (points[..., at, :] for at in (2, 4, 5))
    thorax = _thorax(points)
    arm = _unit(elbow - shoulder)
    forward, outward, down = (_dot(arm, axis) for axis in (thorax.front, thorax.left, -thorax.up))
    raised = np.hypot(forward, outward)
    is_hanging = raised < np.finfo(np.float64).eps
    share = np.where(is_hanging, 1.0, np.arctan2(raised, down) / np.where(is_hanging, 1.0, raised))
    # What turns -u to the arm by the shortest way takes f to the front of an arm that is raised without turning.
    below = np.maximum(1 + down, np.finfo(np.float64).eps)
    neutral_front = thorax.front - (forward / below)[..., None] * (arm - thorax.up)
    rotation, is_bent = _rotation(arm, neutral_front, wrist - elbow)
    is_told = thorax.is_defined & (_length(arm) > 0) & (down >= -np.sqrt(1 - LEAST_SINE**2))
    return Turns(
        np.stack([share * forward, share * outward, rotation], axis=-1),
        np.stack([is_told, is_told, is_told & is_bent], axis=-1),
    )


def trunk_rotation(points: Float[np.ndarray, "*batch 4 3"]) -> Turns:
    """The turn of the line of the shoulders against that of the hips about the trunk, to the person's left."""
    l_hip, r_hip, l_shoulder, r_shoulder = np.moveaxis(points, -2, 0)
    up = _unit(l_shoulder + r_shoulder - (l_hip + r_hip))
    hips, shoulders = np.cross(up, _unit(l_hip - r_hip)), np.cross(up, _unit(l_shoulder - r_shoulder))
    rotation = np.arctan2(_dot(up, np.cross(hips, shoulders)), _dot(hips, shoulders))
    is_told = (_length(hips) >= LEAST_SINE) & (_length(shoulders) >= LEAST_SINE)
    return Turns(rotation[..., None], is_told[..., None])


def trunk_lean(points: Float[np.ndarray, "*batch 4 3"], upright: Float[np.ndarray, " 3"]) -> Turns:
    """Lean of the trunk forward and to the left, and how far the left hip is lower than the right one.

    Forward is level and at right angles to the line of the hips; undefined where that line is steep.

    Args:
        points: Of `TRUNK_POINTS`.
        upright: Unit vector against gravity.
    """
    l_hip, r_hip, l_shoulder, r_shoulder = np.moveaxis(points, -2, 0)
    trunk, hips = _unit(l_shoulder + r_shoulder - (l_hip + r_hip)), _unit(l_hip - r_hip)
    rise = _dot(hips, upright)
    level = hips - rise[..., None] * upright
    left = _unit(level)
    forward, leftward, up = (_dot(trunk, axis) for axis in (np.cross(left, upright), left, upright))
    steep = np.hypot(forward, up)
    is_level = (_length(level) >= LEAST_SINE) & (_length(trunk) > 0)
    return Turns(
        np.stack([np.arctan2(forward, up), np.arctan2(leftward, steep), np.arctan2(-rise, _length(level))], axis=-1),
        np.stack([is_level & (steep >= LEAST_SINE), is_level, _length(hips) > 0], axis=-1),
    )


def _pelvis(points: Float[np.ndarray, "*batch T 3"]) -> _Axes:
    """Axes that keep the line of the hips."""
    l_hip, r_hip, l_shoulder, r_shoulder = np.moveaxis(points[..., :4, :], -2, 0)
    left, trunk = _unit(l_hip - r_hip), _unit(l_shoulder + r_shoulder - (l_hip + r_hip))
    across = np.cross(left, trunk)
    front = _unit(across)
    return _Axes(left, front, np.cross(front, left), _length(across) >= LEAST_SINE)


def _thorax(points: Float[np.ndarray, "*batch T 3"]) -> _Axes:
    """Axes that keep the line from the middle of the hips to the middle of the shoulders."""
    l_hip, r_hip, l_shoulder, r_shoulder = np.moveaxis(points[..., :4, :], -2, 0)
    shoulders, up = _unit(l_shoulder - r_shoulder), _unit(l_shoulder + r_shoulder - (l_hip + r_hip))
    across = np.cross(shoulders, up)
    front = _unit(across)
    return _Axes(np.cross(up, front), front, up, _length(across) >= LEAST_SINE)


def _rotation(
    limb: _Vectors, neutral_front: _Vectors, bent_to: _Vectors
) -> tuple[Float[np.ndarray, "*batch"], Bool[np.ndarray, "*batch"]]:
    """The turn inward about a limb, from its neutral front to where it bends to, and whether it is bent enough."""
    direction = _unit(bent_to)
    front = direction - _dot(direction, limb)[..., None] * limb
    inward = np.cross(limb, neutral_front)
    return np.arctan2(_dot(front, inward), _dot(front, neutral_front)), _length(front) >= LEAST_SINE


def _dot(a: _Vectors, b: Float[np.ndarray, "... 3"]) -> Float[np.ndarray, "*batch"]:
    return np.einsum("...i,...i->...", a, np.broadcast_to(b, a.shape))


def _length(vectors: _Vectors) -> Float[np.ndarray, "*batch"]:
    return np.sqrt(_dot(vectors, vectors))


def _unit(vectors: _Vectors) -> _Vectors:
    """Of length one; zeros stay zeros."""
    lengths = _length(vectors)[..., None]
    return vectors / np.where(lengths == 0, 1.0, lengths)
