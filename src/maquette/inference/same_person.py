"""Who is somebody once more: people found twice in one picture, told by where their joints lie."""

import numpy as np
from jaxtyping import Bool, Float, Int

from maquette.body.skeleton import Skeleton

_SAME_PLACE, _SAME_SHARE = 0.2, 0.5
"""People are the same if so large a share of the joints known of both are this near, as a share of the scale."""
_SAME_BOX = 0.7
"""Boxes are nearly the same if they share so much of what they cover together."""
_TORSO_OF_SHOULDERS = 1.6
_LEAST_TORSO = 0.2
"""People whose torso is shorter than this share of their extent are measured by that share: they bend to the camera."""


def drop_twins(
    joints: Float[np.ndarray, "P J 2"],
    known: Bool[np.ndarray, "P J"],
    scales: Float[np.ndarray, " P"],
    rank: Float[np.ndarray, " P"],
) -> np.ndarray:
    """Indices of people without those who are somebody of higher rank once more, the highest rank first.

    Args:
        joints: In pixels.
        known: Which of them count.
        scales: How large people are, in pixels.
        rank: Whom to prefer.
    """
    both = known[:, None] & known[None]
    reach = _SAME_PLACE * np.minimum(scales[:, None], scales[None])[..., None]
    near = (np.linalg.norm(joints[:, None] - joints[None], axis=-1) < reach) & both
    fewer = np.minimum(known.sum(axis=1)[:, None], known.sum(axis=1)[None])
    is_same = near.sum(axis=-1) >= np.maximum(_SAME_SHARE * fewer, 1)
    return _first_of_each(is_same, np.argsort(-rank, kind="stable"))


def find_own_boxes(
    joints: Float[np.ndarray, "P J 2"], known: Bool[np.ndarray, "P J"], firsts: int
) -> Int[np.ndarray, " Q"]:
    """Indices of people whose box, around their known joints, is not nearly that of somebody before them.

    Args:
        joints: In pixels.
        known: Which of them count.
        firsts: So many of the people stay whatever their boxes are.
    """
    low = np.where(known[..., None], joints, np.inf).min(axis=1, initial=np.inf)
    high = np.where(known[..., None], joints, -np.inf).max(axis=1, initial=-np.inf)
    area = np.maximum(high - low, 0).prod(axis=-1)
    shared = np.maximum(np.minimum(high[:, None], high) - np.maximum(low[:, None], low), 0).prod(axis=-1)
    is_same = shared > _SAME_BOX * (area[:, None] + area - shared)
    is_same[:firsts] = False
    return _first_of_each(is_same, np.arange(len(joints)))


def measure_scales(
    joints: Float[np.ndarray, "P J 2"], known: Bool[np.ndarray, "P J"], skeleton: Skeleton
) -> Float[np.ndarray, " P"]:
    """How large people are, in the unit of the joints: the longer diagonal of the torso, or a share of their extent.

    Where hips are unknown, the shoulders' width tells how long the torso is.
    """
    ends = np.array([skeleton.indices("l_shoulder", "r_hip"), skeleton.indices("r_shoulder", "l_hip")])
    torsos = _lengths(joints, known, ends).max(axis=1)
    shoulders = _lengths(joints, known, np.array([skeleton.indices("l_shoulder", "r_shoulder")]))[:, 0]
    torsos = np.where(torsos > 0, torsos, _TORSO_OF_SHOULDERS * shoulders)
    low = np.where(known[..., None], joints, np.inf).min(axis=1)
    high = np.where(known[..., None], joints, -np.inf).max(axis=1)
    extent = np.where(known.any(axis=1), np.nan_to_num(high - low, posinf=0, neginf=0).max(axis=1), 0)
    return np.maximum(np.maximum(torsos, _LEAST_TORSO * extent), 1.0)


def _first_of_each(is_same: Bool[np.ndarray, "P P"], order: Int[np.ndarray, " P"]) -> Int[np.ndarray, " Q"]:
    """Indices in that order, without those who are the same as one kept before them."""
    kept: list[int] = []
    for person in order.tolist():
        if not is_same[person, kept].any():
            kept.append(person)
    return np.array(kept, np.int64)


def _lengths(
    joints: Float[np.ndarray, "P J 2"], known: Bool[np.ndarray, "P J"], ends: Int[np.ndarray, "L 2"]
) -> Float[np.ndarray, "P L"]:
    """From one end to the other; 0 where one of them is unknown."""
    lengths = np.linalg.norm(joints[:, ends[:, 0]] - joints[:, ends[:, 1]], axis=-1)
    return np.where(known[:, ends].all(axis=-1), lengths, 0.0)
