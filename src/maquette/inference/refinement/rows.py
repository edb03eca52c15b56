"""Weighted linear equations in the joints of a track, and their least-squares solution in time linear in the frames.

Each equation holds joints of at most four frames in a row, so that the normal matrix is banded.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float, Int

MOST_FRAMES = 4
"""That an equation spans."""


class Rows(NamedTuple):
    """N equations with K unknowns each: the sum of values times unknowns shall be the right-hand side."""

    places: Int[np.ndarray, "N K"]
    """Of the unknowns, in the joints of all frames laid out in a row."""
    values: Float[np.ndarray, "N K"]
    right: Float[np.ndarray, " N"]


def coordinate_places(joints: Float[np.ndarray, "F J 3"]) -> Int[np.ndarray, "F J 3"]:
    """The place of every coordinate among the unknowns."""
    return np.arange(joints.size).reshape(joints.shape)


def make_rows(
    places: Int[np.ndarray, "*batch K"], values: Float[np.ndarray, "*#batch K"], right: Float[np.ndarray, "*batch"]
) -> Rows:
    """The equations of arrays of any batch shape, without those that weigh nothing."""
    count = places.shape[-1]
    values = np.broadcast_to(values, places.shape).reshape(-1, count)
    is_used = values.any(axis=1)
    return Rows(places.reshape(-1, count)[is_used], values[is_used], right.ravel()[is_used])


def solve_rows(rows: Sequence[Rows], start: Float[np.ndarray, "F J 3"], damping_m: float) -> Float[np.ndarray, "F J 3"]:
    """The joints that satisfy all equations best, in least squares, near where they start.

    Args:
        rows: Each equation divided by its standard deviation.
        start: Where the joints are.
        damping_m: Standard deviation of each coordinate around it.
    """
    count = start.size
    sizes = [len(one.right) for one in rows]
    numbers = np.concatenate([np.repeat(np.arange(len(one.right)), one.places.shape[1]) for one in rows])
    numbers += np.repeat(np.cumsum([0, *sizes[:-1]]), [one.places.size for one in rows])
    places = np.concatenate([one.places.ravel() for one in rows])
    values = np.concatenate([one.values.ravel() for one in rows])
    matrix = scipy.sparse.csr_matrix((values, (numbers, places)), shape=(sum(sizes), count))
    right = matrix.T @ np.concatenate([one.right for one in rows]) + start.ravel() / damping_m**2
    normal = (matrix.T @ matrix).tocoo()
    width = min(MOST_FRAMES * start[0].size, count)
    banded = np.zeros((width, count))
    is_below = normal.row >= normal.col
    row, column = normal.row[is_below], normal.col[is_below]
    banded[row - column, column] = normal.data[is_below]
    banded[0] += 1 / damping_m**2
    solution = scipy.linalg.solveh_banded(banded, right, lower=True, overwrite_ab=True, check_finite=False)
    return solution.reshape(start.shape)
