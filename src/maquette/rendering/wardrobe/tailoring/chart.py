"""Where every base vertex lies on a person of mean shape: coordinates to cut clothes in, alike for all bodies."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int32

FLOOR_BELOW_TOES_M = 0.002
_SHOULDER_PLANE = (0.152, 0.25, 1.42)
"""Sideways distance of the arm's beginning, how much further it is each metre down, and at which height."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BodyChart:
    """Places on the mean adult (about 1.75 m tall, arms slanting down) of all base vertices, helper geometry included.

    Hips are at a height of about 0.93, waist 1.08, armpits 1.31, shoulders 1.40, neck 1.45, chin 1.52, crown 1.75.
    """

    side: Float32[np.ndarray, " V"]
    """Metres to the left of the middle."""
    back: Float32[np.ndarray, " V"]
    """Metres behind the middle of the hips."""
    height: Float32[np.ndarray, " V"]
    """Metres above the floor."""
    arm: Float32[np.ndarray, " V"]
    """Metres along the arm: 0 near the shoulder, 0.27 elbow, 0.48 wrist, 0.65 fingertips; below zero beyond the arm."""
    arm_turn: Float32[np.ndarray, " V"]
    """Angle around the arm's axis in radians; 0 on top."""
    leg_turn: Float32[np.ndarray, " V"]
    """Angle around the leg's axis in radians; 0 outside, positive to the back."""

    @property
    def places(self) -> Float32[np.ndarray, "V 3"]:
        """The three coordinates of every vertex: left, back, up."""
        return np.stack([self.side, self.back, self.height], axis=-1)

    def of(self, members: Int32[np.ndarray, " W"]) -> "BodyChart":
        """The chart of some of the vertices."""
        return BodyChart(**{name: field[members] for name, field in vars(self).items()})


def body_chart(
    mean_vertices: Float32[np.ndarray, "V 3"], mean_heads: Float[np.ndarray, "B 3"], bone_names: tuple[str, ...]
) -> BodyChart:
    """The chart, from the resting vertices and bone heads of a body of mean shape (body frame, metres)."""
    floor = mean_vertices[:13380, 2].min() - FLOOR_BELOW_TOES_M
    places = mean_vertices - np.array([0, 0, floor], np.float32)
    heads = mean_heads - np.array([0, 0, floor])
    joint = {name: heads[bone_names.index(name)] for name in bone_names}
    mirrored = places * np.array([-1, 1, 1], np.float32)
    folded = np.where(places[:, :1] < 0, mirrored, places)
    arm, arm_turn = _along_arm(folded, joint)
    hip, knee, ankle = joint["upperleg01.L"], joint["lowerleg01.L"], joint["foot.L"]
    heights = [ankle[2], knee[2], hip[2]]
    axis = np.stack(
        [np.interp(folded[:, 2], heights, [ankle[axis], knee[axis], hip[axis]]) for axis in range(2)], axis=-1
    )
    outward = folded[:, :2] - axis
    return BodyChart(
        side=np.ascontiguousarray(places[:, 0]),
        back=np.ascontiguousarray(places[:, 1]),
        height=np.ascontiguousarray(places[:, 2]),
        arm=arm,
        arm_turn=arm_turn,
        leg_turn=np.arctan2(outward[:, 1], outward[:, 0]).astype(np.float32),
    )


def _along_arm(
    places: Float32[np.ndarray, "V 3"], joint: dict[str, Float[np.ndarray, " 3"]]
) -> tuple[Float32[np.ndarray, " V"], Float32[np.ndarray, " V"]]:
    """Distance along the left arm, and angle around it, of points whose right half is mirrored onto the left."""
    shoulder, elbow, wrist = joint["upperarm01.L"], joint["lowerarm01.L"], joint["wrist.L"]
    upper, lower = elbow - shoulder, wrist - elbow
    upper_length, lower_length = np.linalg.norm(upper), np.linalg.norm(lower)
    upper, lower = upper / upper_length, lower / lower_length
    along_upper, along_lower = (places - shoulder) @ upper, (places - elbow) @ lower
    is_lower = along_upper - upper_length + along_lower > 0
    along = np.where(is_lower, upper_length + np.maximum(along_lower, 0), np.minimum(along_upper, upper_length))
    start, slant, level = _SHOULDER_PLANE
    beyond = places[:, 0] - (start + slant * (level - places[:, 2]))
    arm = np.minimum(along, 3 * beyond)
    outward = places - np.where(is_lower[:, None], elbow, shoulder)
    axis = np.where(is_lower[:, None], lower, upper)
    back = np.array([0.0, 1.0, 0.0])
    top = np.cross(upper, back)
    top *= np.sign(top[2])
    across = np.cross(axis, top)
    turn = np.arctan2(np.einsum("vk,vk->v", outward, across), outward @ top)
    return arm.astype(np.float32), turn.astype(np.float32)
