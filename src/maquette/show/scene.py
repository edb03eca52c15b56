"""Persons set up for drawing: up is up, lengths are metres, and nobody stands inside anybody else."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.estimate import PoseEstimate
from maquette.body.people import Poses3d

ViewName = Literal["camera", "side", "above"]
"""From where a scene is looked at."""

VIEW_TITLES: dict[ViewName, str] = {
    "camera": "from the camera",
    "side": "from the side, camera at left",
    "above": "from above, camera below",
}
"""What each view shows, in words that fit above it."""

_ROTATIONS = {
    "camera": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),
    "image": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),
    "world": np.eye(3),
    "canonical": np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
}
"""``scene_from_frame`` for every frame that poses may be in; a canonical person faces the viewer."""

_VIEWS: dict[ViewName, np.ndarray] = {
    "camera": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]),
    "side": np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]]),
    "above": np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]]),
}
"""Rows: right on the screen, up on the screen, away from the viewer."""

_OUTLIER_MARGIN_M = 0.5
_LEAST_HALF_SIZE_M, _LEAST_SHARE = 0.6, 1e-6
"""Half the size of the box: metres, or a share of the distance from the origin, where numbers have no finer steps."""
_STRAY_RATIO, _STRAY_M = 8.0, 2.0
"""A joint is stray so many times farther from the middle of its person than half of the joints, and so many metres."""
_GAP_M = 0.25


@dataclass(frozen=True)
class SkeletonScene:
    """Joints in the frame that all 3D drawings share: x right, y away from the camera, z up, in metres."""

    joints: Float[np.ndarray, "F P J 3"]
    mask: Bool[np.ndarray, "F P J"]
    is_observed: Bool[np.ndarray, "F P J"]
    """Joints that were seen; the other known ones are estimates alone."""
    is_doubtful: Bool[np.ndarray, "F P"]
    low: Float[np.ndarray, "3"]
    """Lower corner of the box that is drawn; the same for all frames, so that nothing swims. Its z is the floor."""
    high: Float[np.ndarray, "3"]
    lift: Float[np.ndarray, "F P"]
    """How far root-relative persons were raised to stand on the floor, in metres."""
    is_displaced: bool
    """Whether root-relative persons were moved apart; the distances between them then mean nothing."""

    @property
    def floor(self) -> float:
        """Height of the floor: the lowest joint of all frames."""
        return float(self.low[2])

    def focused_on(self, frame: int) -> "SkeletonScene":
        """The same scene, with the box around the persons of one frame; the floor stays where it is."""
        known = self.joints[frame][near_joints(self.joints[frame], self.mask[frame])]
        if not len(known):
            return self
        low, high = _box(known)
        return replace(self, low=np.append(low[:2], self.low[2]), high=high)


def estimate_to_scene(estimate: PoseEstimate) -> SkeletonScene:
    """The scene of an estimate.

    Root-relative persons have no place of their own: they stand on the floor with their lowest joint, side by side
    as they are in the picture.
    """
    poses = estimate.poses.in_unit("m").levelled()
    joints = poses.joints.astype(np.float64) @ _ROTATIONS[poses.frame].T
    lift = np.zeros(poses.mask.shape[:2])
    is_displaced = poses.root is not None and poses.person_count > 1
    if is_displaced:
        joints = joints + _side_by_side(estimate, joints)[None, :, None, :]
    if poses.root is not None:
        lift = _lift(poses, joints, near_joints(joints, poses.mask))
        joints = joints + lift[..., None, None] * np.array([0.0, 0.0, 1.0])
    low, high = _box(joints[near_joints(joints, poses.mask)])
    joints = np.where(poses.mask[..., None], joints, 0.0)
    return SkeletonScene(joints, poses.mask, poses.observed, poses.doubtful, low, high, lift, is_displaced)


def view_points(
    joints: Float[np.ndarray, "*batch 3"], view: ViewName
) -> tuple[Float[np.ndarray, "*batch 2"], Float[np.ndarray, "*batch"]]:
    """Where joints of a scene lie on the screen (right, up; metres) and how far away from the viewer."""
    seen = joints @ _VIEWS[view].T
    return seen[..., :2], seen[..., 2]


def near_joints(
    joints: Float[np.ndarray, "*batch J D"], mask: Bool[np.ndarray, "*batch J"], at_least: float = _STRAY_M
) -> Bool[np.ndarray, "*batch J"]:
    """The known joints of people but those that stray: far beyond the rest of their person.

    Args:
        at_least: How far from the person's middle every joint may lie, in the unit of the joints.
    """
    places = np.ma.array(joints.astype(np.float64), mask=np.broadcast_to(~mask[..., None], joints.shape))
    middle = np.ma.filled(np.ma.median(places, axis=-2, keepdims=True), 0.0)
    distance = np.linalg.norm(np.where(mask[..., None], joints - middle, 0.0), axis=-1)
    usual = np.ma.filled(np.ma.median(np.ma.array(distance, mask=~mask), axis=-1, keepdims=True), 0.0)
    return mask & (distance <= np.maximum(_STRAY_RATIO * usual, at_least))


def _box(known: Float[np.ndarray, "N 3"]) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """Corners of a box around the joints; a few that fly far off do not make it larger."""
    if not len(known):
        return np.array([-1.0, -1.0, 0.0]), np.array([1.0, 1.0, 2.0])
    near, far = np.percentile(known, [1.0, 99.0], axis=0)
    low = np.maximum(known.min(axis=0), near - _OUTLIER_MARGIN_M)
    high = np.minimum(known.max(axis=0), far + _OUTLIER_MARGIN_M)
    least = max(_LEAST_HALF_SIZE_M, _LEAST_SHARE * float(np.abs([low, high]).max()))
    missing = np.maximum(least - (high - low) / 2, 0.0)
    missing[2] = 0.0
    return low - missing, high + missing


def _lift(
    poses: Poses3d, joints: Float[np.ndarray, "F P J 3"], near: Bool[np.ndarray, "F P J"]
) -> Float[np.ndarray, "F P"]:
    """How far the root lies above the lowest joint that is near; where no ankle is, as far as it usually does."""
    lowest = np.where(near, joints[..., 2], np.inf).min(axis=2)
    ankles = [poses.skeleton.index(joint) for joint in ("l_ankle", "r_ankle") if joint in poses.skeleton]
    is_standing = near[:, :, ankles].any(axis=2)
    known = np.ma.array(-lowest, mask=~is_standing)
    usual = np.ma.filled(np.ma.median(known, axis=0).astype(np.float64), 0.0)
    return np.where(is_standing, -lowest, usual)


def _side_by_side(estimate: PoseEstimate, joints: Float[np.ndarray, "F P J 3"]) -> Float[np.ndarray, "P 3"]:
    """How far each person is moved: as far apart as in the picture, and at least as far as their arms reach."""
    mask, present = estimate.poses.mask, estimate.poses.present
    place = _place_in_picture(estimate, joints)
    reach = np.where(mask[..., None], np.abs(joints), 0.0).max(axis=(0, 2), initial=0.0)[:, 0]
    reach = np.clip(reach, 0.3, 1.0)
    meets = present.T.astype(int) @ present.astype(int) > 0
    order = np.argsort(place, kind="stable")
    for turn, person in enumerate(order):
        before = order[:turn][meets[person, order[:turn]]]
        needed = place[before] + reach[before] + reach[person] + _GAP_M
        place[person] = max([place[person], *needed.tolist()])
    moves = np.zeros((len(place), 3))
    moves[:, 0] = place - (place.min() + place.max()) / 2
    return moves


def _place_in_picture(estimate: PoseEstimate, joints: Float[np.ndarray, "F P J 3"]) -> Float[np.ndarray, " P"]:
    """Each person's usual place from left to right in the picture, in metres at the persons' own size."""
    keypoints = estimate.keypoints
    known = near_joints(keypoints.joints, keypoints.mask, 0.0) & near_joints(joints, estimate.poses.mask)
    count = np.maximum(known.sum(axis=2), 1)
    spread_px = _masked_spread(keypoints.joints.astype(np.float64), known)
    spread_m = _masked_spread(joints[..., [0, 2]], known)
    centre_px = np.where(known, keypoints.joints[..., 0], 0.0).sum(axis=2) / count
    usable = (spread_px > 0) & (spread_m > 0)
    if not usable.any():
        return np.zeros(keypoints.person_count)
    metres_per_px = np.median(spread_m[usable] / spread_px[usable])
    centre_px = np.ma.array(centre_px, mask=~known.any(axis=2))
    return np.ma.filled(np.ma.median(centre_px, axis=0).astype(np.float64), 0.0) * metres_per_px


def _masked_spread(points: Float[np.ndarray, "F P J D"], known: Bool[np.ndarray, "F P J"]) -> Float[np.ndarray, "F P"]:
    """Root mean square distance of the known points from their mean; zero where none is known."""
    weight = known[..., None] / np.maximum(known.sum(axis=2), 1)[..., None, None]
    mean = (weight * points).sum(axis=2, keepdims=True)
    return np.sqrt((weight * (points - mean) ** 2).sum(axis=(2, 3)))
