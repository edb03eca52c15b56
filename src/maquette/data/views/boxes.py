"""Boxes of people: as the data give them, else around their joints; and the box around several."""

import numpy as np
from jaxtyping import Bool, Float32

from maquette.data.annotated import AnnotatedPeople

BEYOND_JOINTS = 0.1
"""How far bodies go on around their joints, on every side, as a share of the longer side of the joints' box."""

SMALLEST_BOX_PX = 8.0
"""People whose box is smaller along its longer side are too small to learn from."""


def find_person_boxes(people: AnnotatedPeople) -> Float32[np.ndarray, "N 4"]:
    """(x, y, width, height) of everybody in pixels; zeros for those who have neither a box nor two joints.

    Boxes that the data give count where they have an extent; the others go around all joints known in the picture,
    seen or not, and `BEYOND_JOINTS` further.
    """
    around = _enclose_joints(people.joints_px, people.known_px)
    given = people.boxes_px
    if given is None:
        return around
    has_extent = np.isfinite(given).all(axis=-1, keepdims=True) & (given[:, 2:] > 0).all(axis=-1, keepdims=True)
    return np.where(has_extent, given, around).astype(np.float32)


def unite_boxes(boxes_px: Float32[np.ndarray, "N 4"]) -> Float32[np.ndarray, "4"]:
    """The smallest box (x, y, width, height) around boxes; those of no extent do not count."""
    some = boxes_px[(boxes_px[:, 2:] > 0).all(axis=1)]
    if not len(some):
        return np.zeros(4, np.float32)
    low, high = some[:, :2].min(axis=0), (some[:, :2] + some[:, 2:]).max(axis=0)
    return np.concatenate([low, high - low])


def _enclose_joints(
    joints_px: Float32[np.ndarray, "N J 2"], known: Bool[np.ndarray, "N J"]
) -> Float32[np.ndarray, "N 4"]:
    low = np.where(known[..., None], joints_px, np.float32(np.inf)).min(axis=1)
    high = np.where(known[..., None], joints_px, np.float32(-np.inf)).max(axis=1)
    has_two = known.sum(axis=1, keepdims=True) > 1
    low, high = np.where(has_two, low, np.float32(0)), np.where(has_two, high, np.float32(0))
    more = np.float32(BEYOND_JOINTS) * (high - low).max(axis=1, keepdims=True)
    return np.concatenate([low - more, high - low + 2 * more], axis=1)
