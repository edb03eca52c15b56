"""Turns between directions: rotation matrices, many at a time, as posing bones needs them."""

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

_TINY = 1e-9


def normalise(vectors: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
    """The vectors at length one; those of no length stay zero."""
    return vectors / np.maximum(np.sqrt(dot(vectors, vectors)), _TINY)[..., None]


def dot(first: Float[np.ndarray, "*#batch 3"], second: Float[np.ndarray, "*#batch 3"]) -> Float[np.ndarray, "*batch"]:
    """The scalar product."""
    return np.asarray(np.einsum("...a,...a->...", first, second))


def cross(
    first: Float[np.ndarray, "*#batch 3"], second: Float[np.ndarray, "*#batch 3"]
) -> Float[np.ndarray, "*batch 3"]:
    """The vector product; for few vectors several times as quick as numpy's."""
    (a, b, c), (d, e, f) = np.moveaxis(first, -1, 0), np.moveaxis(second, -1, 0)
    return np.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=-1)


def rotate(turns: Float[np.ndarray, "*a 3 3"], vectors: Float[np.ndarray, "*b 3"]) -> Float[np.ndarray, "*c 3"]:
    """The vectors after the turns; leading axes broadcast."""
    return np.einsum("...ab,...b->...a", turns, vectors)


def invert(turns: Float[np.ndarray, "*batch 3 3"]) -> Float[np.ndarray, "*batch 3 3"]:
    """The turns undone."""
    return np.swapaxes(turns, -1, -2)


def frame_along(
    first: Float[np.ndarray, "*batch 3"], second: Float[np.ndarray, "*batch 3"]
) -> Float[np.ndarray, "*batch 3 3"]:
    """The right-handed frame whose first column lies along ``first`` and whose second lies as near ``second`` as may.

    Where the two are parallel any direction across serves as the second column, and where ``first`` has no length x.
    """
    x = normalise(first)
    is_empty = dot(x, x) < 0.5
    if is_empty.any():
        x = np.where(is_empty[..., None], np.array([1.0, 0.0, 0.0]), x)
    across = second - dot(second, x)[..., None] * x
    is_lost = dot(across, across) <= 1e-12 * dot(second, second)
    if is_lost.any():
        across = np.where(is_lost[..., None], _any_across(x), across)
    y = normalise(across)
    return np.stack([x, y, cross(x, y)], axis=-1)


def _any_across(directions: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
    """A unit vector at right angles to each direction: from the coordinate axis least along it."""
    axes = np.eye(3)[np.argmin(np.abs(directions), axis=-1)]
    return normalise(cross(directions, axes))


def smallest_turn(
    start: Float[np.ndarray, "*#batch 3"], end: Float[np.ndarray, "*#batch 3"]
) -> Float[np.ndarray, "*batch 3 3"]:
    """The smallest rotation that brings each ``start`` onto the direction of ``end``.

    Opposite directions are turned half round about some axis across.
    """
    a, b = np.broadcast_arrays(normalise(start), normalise(end))
    spin = _cross_matrix(cross(a, b))
    cosine = dot(a, b)
    turn = np.eye(3) + spin + spin @ spin / np.maximum(1.0 + cosine, _TINY)[..., None, None]
    is_opposite = cosine < -1.0 + 1e-7
    if is_opposite.any():
        flip = _any_across(a)
        half_round = 2.0 * flip[..., :, None] * flip[..., None, :] - np.eye(3)
        turn = np.where(is_opposite[..., None, None], half_round, turn)
    return turn


def _cross_matrix(axis: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3 3"]:
    """The matrix that multiplies as the cross product with ``axis`` does."""
    matrix = np.zeros((*axis.shape, 3))
    matrix[..., 2, 1], matrix[..., 0, 2], matrix[..., 1, 0] = axis[..., 0], axis[..., 1], axis[..., 2]
    return matrix - np.swapaxes(matrix, -1, -2)


def turn_about(
    axis: Float[np.ndarray, "*#batch 3"], angle_rad: Float[np.ndarray, "*#batch"] | float
) -> Float[np.ndarray, "*batch 3 3"]:
    """The right-handed rotation by an angle about a unit axis."""
    spin = _cross_matrix(axis)
    angle = np.asarray(angle_rad)[..., None, None]
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.eye(3) + sine * spin + (1.0 - cosine) * (spin @ spin)


def angle_about(
    axis: Float[np.ndarray, "*#batch 3"], start: Float[np.ndarray, "*#batch 3"], end: Float[np.ndarray, "*#batch 3"]
) -> Float[np.ndarray, "*batch"]:
    """The angle in (-pi, pi] about a unit axis from ``start`` to ``end``, both seen along the axis."""
    sine = dot(axis, cross(start, end))
    return np.arctan2(sine, dot(start, end) - dot(start, axis) * dot(end, axis))


def to_vectors(turns: Float[np.ndarray, "*batch 3 3"]) -> Float[np.ndarray, "*batch 3"]:
    """Rotation vectors: axis times angle in radians, the angle at most pi."""
    return Rotation.from_matrix(turns.reshape(-1, 3, 3), assume_valid=True).as_rotvec().reshape(turns.shape[:-1])


def from_vectors(vectors: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3 3"]:
    """The rotations of rotation vectors."""
    angle = np.sqrt(dot(vectors, vectors))
    return turn_about(vectors / np.maximum(angle, _TINY)[..., None], angle)


def limit_turn(turns: Float[np.ndarray, "*batch 3 3"], most_rad: float) -> Float[np.ndarray, "*batch 3 3"]:
    """The same turns, those beyond ``most_rad`` held there."""
    vectors = to_vectors(turns)
    angle = np.sqrt(dot(vectors, vectors))[..., None]
    return from_vectors(vectors * np.minimum(1.0, most_rad / np.maximum(angle, _TINY)))


def nearest_rotations(matrices: Float[np.ndarray, "*batch 3 3"]) -> Float[np.ndarray, "*batch 3 3"]:
    """The proper rotation nearest to each matrix."""
    left, _, right = np.linalg.svd(matrices)
    sign = np.linalg.det(left @ right)
    left = np.concatenate([left[..., :2], left[..., 2:] * sign[..., None, None]], axis=-1)
    return left @ right
