"""How large a person is in a picture: the measure in which distances between keypoints are judged."""

import numpy as np
from jaxtyping import Bool, Float

FEWEST_JOINTS = 3
"""Two people must both show so many joints for their sizes to be compared."""

STRAY = 0.75
"""Body sizes by which a stray joint moves otherwise than its person, ..."""

MOST_STRAYS = 0.25
"""... as not more than this share of the joints may; else they are of another person, or of a wild move."""


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


def find_strays(
    joints: Float[np.ndarray, "D J 2"],
    others: Float[np.ndarray, "T J 2"],
    common: Bool[np.ndarray, "D T J"],
) -> Bool[np.ndarray, "D T J"]:
    """Joints that a detector put far away: a few of those both know, far from where the median of all moves them.

    Sizes are those of the smaller of the two, for a stray joint makes the other larger.

    Args:
        joints: Of the ones.
        others: Of the others.
        common: Which joints both know.
    """
    shape = (*common.shape, 2)
    size = np.minimum(
        person_size(np.broadcast_to(joints[:, None], shape), common),
        person_size(np.broadcast_to(others[None], shape), common),
    )
    moves = joints[:, None] - others
    count = common.sum(axis=-1)
    rising = np.sort(np.where(common[..., None], moves, np.inf), axis=-2)
    middle = np.take_along_axis(rising, np.maximum(count - 1, 0)[..., None, None] // 2, axis=-2)
    middle = np.where(count[..., None, None] > 0, middle, 0.0)
    is_far = common & (np.linalg.norm(moves - middle, axis=-1) > STRAY * size[..., None])
    is_few = is_far.sum(axis=-1) <= MOST_STRAYS * count
    return is_far & is_few[..., None]


def pair_sizes(
    joints: Float[np.ndarray, "D J 2"], mask: Bool[np.ndarray, "D J"], is_stray: Bool[np.ndarray, "D T J"]
) -> Float[np.ndarray, "D T"]:
    """Size of each of the ones without what is stray beside each other."""
    return person_size(np.broadcast_to(joints[:, None], (*is_stray.shape, 2)), mask[:, None] & ~is_stray)


def person_middle(joints: Float[np.ndarray, "N J 2"], mask: Bool[np.ndarray, "N J"]) -> Float[np.ndarray, "N 2"]:
    """Mean of the known joints."""
    return np.where(mask[..., None], joints, 0).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)[:, None]
