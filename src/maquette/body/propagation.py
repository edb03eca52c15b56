"""How errors of joints go on into what is measured between them: lengths of segments and angles where two meet.

A result says how unsure each joint is relative to the root, not how joints err together. Errors are taken to grow from
joint to joint along the skeleton's tree: a joint shares its parent's error and adds one of its own, the same in all
directions and independent of the others'. So a forearm is much surer than its ends are relative to the pelvis. On from
there it is propagation to first order, in closed form where there is one.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from maquette.body.people import Poses3d
from maquette.body.skeleton import Skeleton

_STEP = 1e-5
"""By which points are moved to see how angles change, in sizes of the body."""
_BLOCK = 256
"""Bodies that are moved at a time."""

LEAST_OWN_SHARE = 0.25
"""Of a joint's standard deviation, what is its own at the least, however unsure its parent is."""


def own_variances(poses: Poses3d) -> Float[np.ndarray, "F P J"] | None:
    """Variance along one axis of the error that each joint adds to its parent's, in the unit of the poses squared.

    None where the poses hold no uncertainty.
    """
    if poses.uncertainty is None:
        return None
    total = poses.uncertainty.astype(np.float64) ** 2
    parents = np.array(poses.skeleton.parents)
    of_parent = np.where(parents >= 0, total[..., parents], 0.0)
    return np.maximum(total - of_parent, LEAST_OWN_SHARE**2 * total) / 3


def downstream(skeleton: Skeleton, weights: Float[np.ndarray, "J *several"]) -> Float[np.ndarray, "J *several"]:
    """For each joint the sum of the weights of itself and all joints beyond it: what its own error moves.

    Args:
        skeleton: Whose tree it is.
        weights: How a vector, or several, are summed up of joints, such as 1 at the end of a segment and -1 at its
            start.
    """
    parents = np.array(skeleton.parents)
    step = np.zeros((len(parents), len(parents)))
    children = np.flatnonzero(parents >= 0)
    step[parents[children], children] = 1.0
    return np.linalg.solve(np.eye(len(parents)) - step, weights)


def length_deviation(own: Float[np.ndarray, "*batch J"], reach: Float[np.ndarray, " J"]) -> Float[np.ndarray, "*batch"]:
    """Standard deviation of the length of a segment.

    Args:
        own: Of `own_variances`.
        reach: Of `downstream`, for the segment.
    """
    return np.sqrt(own @ reach**2)


def angle_deviation(
    own: Float[np.ndarray, "*batch J"],
    first: tuple[Float[np.ndarray, " J"], Float[np.ndarray, "*batch"]],
    second: tuple[Float[np.ndarray, " J"], Float[np.ndarray, "*batch"]],
    angle: Float[np.ndarray, "*batch"],
) -> Float[np.ndarray, "*batch"]:
    """Standard deviation in radians of the angle between two segments; at most a right angle.

    An error across a segment turns it by its size over the segment's length; what moves both turns the one against
    the other. With A and B of `downstream`, a and b the lengths and t the angle, the variance is the sum over joints of
    own (A^2 / a^2 + B^2 / b^2 - 2 A B cos t / (a b)).

    Args:
        own: Of `own_variances`.
        first: `downstream` and lengths of the one segment, in the unit of the poses.
        second: The same of the other.
        angle: Between them, in radians.
    """
    (reach_a, a), (reach_b, b) = first, second
    smallest = np.finfo(np.float64).tiny ** 0.25  # its square can still be divided by
    a, b = np.maximum(a, smallest), np.maximum(b, smallest)
    together = -2 * (own @ (reach_a * reach_b)) * np.cos(angle) / (a * b)
    variance = (own @ reach_a**2) / a**2 + (own @ reach_b**2) / b**2 + together
    return np.minimum(np.sqrt(np.maximum(variance, 0.0)), np.pi / 2)


def measured_deviation(
    measure: Callable[[Float[np.ndarray, "*batch T 3"]], Float[np.ndarray, "*batch A"]],
    points: Float[np.ndarray, "N T 3"],
    own: Float[np.ndarray, "N J"],
    reach: Float[np.ndarray, "J T"],
) -> Float[np.ndarray, "N A"]:
    """Standard deviation in radians of any angles that are measured between points; at most a right angle.

    How angles change with points is found by central differences, for there is no closed form.

    Args:
        measure: Angles in radians of points, for bodies of any batch; full turns make no difference.
        points: Of N bodies, in any unit.
        own: Of `own_variances`, for the N bodies, in the same unit squared.
        reach: Of `downstream`, for each of the points.
    """
    blocks = [
        _block_deviation(measure, points[start : start + _BLOCK], own[start : start + _BLOCK], reach)
        for start in range(0, max(len(points), 1), _BLOCK)
    ]
    return np.concatenate(blocks)


def _block_deviation(
    measure: Callable[..., np.ndarray],
    points: Float[np.ndarray, "N T 3"],
    own: Float[np.ndarray, "N J"],
    reach: Float[np.ndarray, "J T"],
) -> Float[np.ndarray, "N A"]:
    """`measured_deviation` of some bodies at once."""
    size = np.ptp(points, axis=1).max(axis=-1, initial=0.0)
    step = _STEP * np.where(size == 0, 1.0, size)[:, None, None, None]
    moves = np.eye(points.shape[1] * 3).reshape(-1, points.shape[1], 3) * step
    change = measure(points[:, None] + moves) - measure(points[:, None] - moves)
    change -= 2 * np.pi * np.round(change / (2 * np.pi))
    slopes = (change / (2 * step[..., 0])).reshape(len(points), points.shape[1], 3, change.shape[-1])
    moved = np.einsum("jt,ntca->njca", reach, slopes)
    return np.minimum(np.sqrt(np.einsum("nj,njca->na", own, moved**2)), np.pi / 2)
