"""What is true of the people in a picture that follows from its maps: which joints are seen, and their boxes."""

import numpy as np
from jaxtyping import Bool, Float32, UInt8


def find_seen_joints(
    joints_px: Float32[np.ndarray, "P J 2"],
    joints_depth_m: Float32[np.ndarray, "P J"],
    maps: tuple[UInt8[np.ndarray, "H W"], UInt8[np.ndarray, "H W"], Float32[np.ndarray, "H W"]],
    allowed_parts: Bool[np.ndarray, "J labels"],
    slack_m: Float32[np.ndarray, " J"],
) -> Bool[np.ndarray, "P J"]:
    """Which joints are visible: the pixel there shows the joint's person, a part it belongs to, and close before it.

    Args:
        joints_px: Pixels of the joints of persons 1, 2, ... of the instance map, in order.
        joints_depth_m: Their depth along the camera's axis.
        maps: The instance, part and depth maps of the picture.
        allowed_parts: Which labels of the part map may lie before each joint.
        slack_m: How far behind the seen surface a visible joint may lie.
    """
    instances, parts, depth_m = maps
    height, width = instances.shape
    at = np.rint(np.clip(joints_px, -1e6, 1e6)).astype(np.int64)
    inside = (at >= 0).all(axis=-1) & (at[..., 0] < width) & (at[..., 1] < height) & (joints_depth_m > 0)
    column, row = np.where(inside, at[..., 0], 0), np.where(inside, at[..., 1], 0)
    persons = np.arange(1, len(joints_px) + 1)[:, None]
    is_own = instances[row, column] == persons
    is_part = allowed_parts[np.arange(joints_px.shape[1]), parts[row, column]]
    return inside & is_own & is_part & (joints_depth_m - depth_m[row, column] < slack_m)


def find_seen_boxes(instances: UInt8[np.ndarray, "H W"], people: int) -> Float32[np.ndarray, "P 4"]:
    """(x, y, width, height) around the pixels of each person; zeros for one of whom nothing is seen.

    Pixels have an extent of one: a box reaches from half a pixel before its first pixel's centre to half after its
    last.
    """
    is_theirs = instances[None] == np.arange(1, people + 1, dtype=np.uint8)[:, None, None]
    columns, rows = is_theirs.any(axis=1), is_theirs.any(axis=2)
    left, top = columns.argmax(axis=1), rows.argmax(axis=1)
    right, bottom = columns.shape[1] - columns[:, ::-1].argmax(axis=1), rows.shape[1] - rows[:, ::-1].argmax(axis=1)
    boxes = np.stack([left - 0.5, top - 0.5, right - left, bottom - top], axis=-1).astype(np.float32)
    return np.where(columns.any(axis=1)[:, None], boxes, np.float32(0))
