"""How errors of joints go on into what is measured between them: lengths of segments and angles where two meet.

A result says how unsure each joint is relative to the root, not how joints err together. Errors are taken to grow from
joint to joint along the skeleton's tree: a joint shares its parent's error and adds one of its own, the same in all
directions and independent of the others'. So a forearm is much surer than its ends are relative to the pelvis. On from
there it is propagation to first order, in closed form.
"""

import numpy as np
from jaxtyping import Float

from maquette.body.people import Poses3d
from maquette.body.skeleton import Skeleton

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


def downstream(skeleton: Skeleton, weights: Float[np.ndarray, " J"]) -> Float[np.ndarray, " J"]:
    """For each joint the sum of the weights of itself and all joints beyond it: what its own error moves.

    Args:
        skeleton: Whose tree it is.
        weights: How a vector is summed up of joints, such as 1 at the end of a segment and -1 at its start.
    """
    parents = np.array(skeleton.parents)
    step = np.zeros((len(parents), len(parents)))
    children = np.flatnonzero(parents >= 0)
    step[parents[children], children] = 1.0
    return np.linalg.solve(np.eye(len(parents)) - step, weights)


def length_deviation(own: Float[np.ndarray, "F P J"], reach: Float[np.ndarray, " J"]) -> Float[np.ndarray, "F P"]:
    """Standard deviation of the length of a segment.

    Args:
        own: Of `own_variances`.
        reach: Of `downstream`, for the segment.
    """
    return np.sqrt(own @ reach**2)


def angle_deviation(
    own: Float[np.ndarray, "F P J"],
    first: tuple[Float[np.ndarray, " J"], Float[np.ndarray, "F P"]],
    second: tuple[Float[np.ndarray, " J"], Float[np.ndarray, "F P"]],
    angle: Float[np.ndarray, "F P"],
) -> Float[np.ndarray, "F P"]:
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
