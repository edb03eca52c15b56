"""How large a person is in a picture: the measure in which distances between keypoints are judged."""

import numpy as np
from jaxtyping import Bool, Float

FEWEST_JOINTS = 3
"""Two people must both show so many joints for their sizes to be compared."""


def person_size(
    joints: Float[np.ndarray, "*batch J 2"], mask: Bool[np.ndarray, "*batch J"]
) -> Float[np.ndarray, "*batch"]:
    """Diagonal of the box around a person's known joints, in the unit of ``joints``; 0 where none is known."""
    known = mask[..., None]
    lowest = np.where(known, joints, np.inf).min(axis=-2, initial=np.inf)
    highest = np.where(known, joints, -np.inf).max(axis=-2, initial=-np.inf)
    anything = known.any(axis=-2)
    sides = np.where(anything, highest, 0) - np.where(anything, lowest, 0)
    return np.asarray(np.linalg.norm(sides, axis=-1))


def size_ratios(
    joints: Float[np.ndarray, "D J 2"],
    others: Float[np.ndarray, "T J 2"],
    common: Bool[np.ndarray, "D T J"],
    least: float,
) -> Float[np.ndarray, "D T"]:
    """Natural logarithm of how many times as large each of the ones is as each other, by the joints that both know.

    Args:
        joints: Of the ones.
        others: Of the others.
        common: Which joints both know; where they are too few to tell, the ratio is taken to be 1.
        least: Whoever is smaller counts as this large.
    """
    shape = (*common.shape, 2)
    one = np.maximum(person_size(np.broadcast_to(joints[:, None], shape), common), least)
    other = np.maximum(person_size(np.broadcast_to(others[None], shape), common), least)
    return np.where(common.sum(axis=-1) >= FEWEST_JOINTS, np.log(one / other), 0.0)
