"""What readers of a report want to know of a body: lengths of its parts and bends of its joints, left beside right."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.people import Poses3d


@dataclass(frozen=True)
class BodyMeasure:
    """One quantity of every person in every frame, on the person's left and on the right, or of the whole body."""

    name: str
    hint: str
    """What the number means, in a few words."""
    values: Float[np.ndarray, "F P S"]
    """Left and right, or one number where there are no sides; zero where unknown."""
    mask: Bool[np.ndarray, "F P S"]


_Group = tuple[str, ...]
"""Joints whose middle is meant; ``{side}`` stands for l and r."""

_LENGTHS: tuple[tuple[str, str, _Group, _Group], ...] = (
    ("Upper arm", "lr", ("{side}_shoulder",), ("{side}_elbow",)),
    ("Forearm", "lr", ("{side}_elbow",), ("{side}_wrist",)),
    ("Thigh", "lr", ("{side}_hip",), ("{side}_knee",)),
    ("Shank", "lr", ("{side}_knee",), ("{side}_ankle",)),
    ("Shoulder width", "l", ("l_shoulder",), ("r_shoulder",)),
    ("Hip width", "l", ("l_hip",), ("r_hip",)),
    ("Trunk", "l", ("l_shoulder", "r_shoulder"), ("l_hip", "r_hip")),
)
_TRUNK = (("l_shoulder", "r_shoulder"), ("l_hip", "r_hip"))
_ANGLES = (
    ("Knee", "bend; 0° is straight", (("{side}_hip",), ("{side}_knee",)), (("{side}_knee",), ("{side}_ankle",))),
    ("Hip", "thigh against trunk; 0° is upright", _TRUNK, (("{side}_hip",), ("{side}_knee",))),
    (
        "Elbow",
        "bend; 0° is straight",
        (("{side}_shoulder",), ("{side}_elbow",)),
        (("{side}_elbow",), ("{side}_wrist",)),
    ),
    ("Shoulder", "upper arm against trunk; 0° hangs down", _TRUNK, (("{side}_shoulder",), ("{side}_elbow",))),
)


def limb_lengths_m(poses: Poses3d) -> tuple[BodyMeasure, ...]:
    """Lengths of arms, legs and trunk in metres, as far as the skeleton has them; trunk and widths have no sides."""
    poses = poses.in_unit("m")
    found = []
    for name, sides_measured, start, end in _LENGTHS:
        if not _has_joints(poses, start, end):
            continue
        sides = [_segment(poses, start, end, side) for side in sides_measured]
        values = np.stack([np.linalg.norm(vector, axis=-1) for vector, _ in sides], axis=-1)
        found.append(_measure(name, "", values, np.stack([known for _, known in sides], axis=-1)))
    return tuple(found)


def joint_angles_rad(poses: Poses3d) -> tuple[BodyMeasure, ...]:
    """Bends of knees, hips, elbows and shoulders in radians: angles between the two segments that meet there."""
    found = []
    for name, hint, first, second in _ANGLES:
        if not _has_joints(poses, *first, *second):
            continue
        sides = [(_segment(poses, *first, side), _segment(poses, *second, side)) for side in "lr"]
        values = np.stack([_angle(a, b) for (a, _), (b, _) in sides], axis=-1)
        known = np.stack([known_a & known_b for (_, known_a), (_, known_b) in sides], axis=-1)
        found.append(_measure(name, hint, values, known))
    return tuple(found)


def _measure(name: str, hint: str, values: np.ndarray, mask: np.ndarray) -> BodyMeasure:
    return BodyMeasure(name, hint, np.where(mask, values, 0.0), mask)


def _has_joints(poses: Poses3d, *groups: _Group) -> bool:
    return all(joint.format(side=side) in poses.skeleton for group in groups for joint in group for side in "lr")


def _segment(
    poses: Poses3d, start: _Group, end: _Group, side: str
) -> tuple[Float[np.ndarray, "F P 3"], Bool[np.ndarray, "F P"]]:
    """The vector between the middles of two groups of joints, and whether all of them are known."""
    at_start, at_end = (poses.skeleton.indices(*(joint.format(side=side) for joint in part)) for part in (start, end))
    vector = poses.joints[:, :, at_end].mean(axis=2) - poses.joints[:, :, at_start].mean(axis=2)
    return vector.astype(np.float64), np.all(poses.mask[:, :, at_start + at_end], axis=2, keepdims=False)


def _angle(a: Float[np.ndarray, "*batch 3"], b: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch"]:
    return np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1))
