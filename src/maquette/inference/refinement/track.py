"""The track of one person as the fit sees it: the frames in which the person is there, and what is known of them."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from maquette.body.people import Poses2d, Poses3d
from maquette.body.propagation import own_variances
from maquette.body.skeleton import Skeleton
from maquette.geometry.camera import PinholeCamera
from maquette.inference.refinement.config import RefinementConfig

FEET = ("ankle", "heel", "foot", "big_toe", "small_toe")
"""Joints that may stand on the ground, without their sides."""
_ASSUMED_DEVIATION_M = 0.03
"""Of a bone along each axis, where the method gives no uncertainty."""
_LEAST_DEVIATION_M = 0.01


@dataclass(frozen=True)
class Track:
    """What is known of one person, in the frames in which the person is there."""

    skeleton: Skeleton
    times: Float[np.ndarray, " F"]
    """Seconds, rising."""
    share: Float[np.ndarray, " F"]
    """How many frames each frame counts for; see `RefinementConfig.frame_s`."""
    is_known: Bool[np.ndarray, "F J"]
    bones_m: Float[np.ndarray, "F B 3"]
    """Lifted, from parent to child, in the camera frame."""
    deviations_m: Float[np.ndarray, "F B"]
    """Of these along one axis."""
    rays: Float[np.ndarray, "F J 2"]
    """Of the keypoints, in the plane at distance 1."""
    confidence: Float[np.ndarray, "F J"]
    """Of the keypoints; 0 where there is none."""

    @cached_property
    def children(self) -> Int[np.ndarray, " B"]:
        """The joint at the end of every bone."""
        return np.array([child for child, _ in self.skeleton.bones])

    @cached_property
    def parents(self) -> Int[np.ndarray, " B"]:
        """The joint at the start of every bone."""
        return np.array([parent for _, parent in self.skeleton.bones])

    @cached_property
    def feet(self) -> Int[np.ndarray, " N"]:
        """The joints that may stand on the ground: those of the left, then their twins."""
        both = [joint for joint in FEET if f"l_{joint}" in self.skeleton and f"r_{joint}" in self.skeleton]
        return np.array([self.skeleton.index(f"{side}_{joint}") for side in "lr" for joint in both], np.int64)

    @cached_property
    def is_bone_known(self) -> Bool[np.ndarray, "F B"]:
        """Whether both ends of a bone are."""
        return self.is_known[:, self.children] & self.is_known[:, self.parents]

    def part(self, frames: slice) -> "Track":
        """The same in some of the frames."""
        names = ("times", "share", "is_known", "bones_m", "deviations_m", "rays", "confidence")
        return replace(self, **{name: getattr(self, name)[frames] for name in names})


def make_track(
    poses: Poses3d,
    keypoints: Poses2d,
    lens: PinholeCamera,
    person: int,
    config: RefinementConfig,
) -> Track:
    """The track of one person of whom something is known in some frame.

    Args:
        poses: As they were lifted, in metres, with bones that keep their length, relative to the root.
        keypoints: Of the same frames and persons, for the joints of the poses; only those that were measured.
        lens: That they were lifted with.
        person: Whose track it is.
        config: The numbers.
    """
    frames = np.flatnonzero(poses.present[:, person])
    alone = poses.select_persons(np.array([person])).select_frames(frames)
    seen = keypoints.select_persons(np.array([person])).select_frames(frames)
    rays, is_in_view = lens.rays_in_view(torch.from_numpy(seen.joints[:, 0]).double())
    confidence = np.where(seen.mask[:, 0] & alone.mask[:, 0] & is_in_view.numpy(), seen.confidence[:, 0], 0.0)
    joints = alone.joints[:, 0].astype(np.float64)
    children, parents = (list(ends) for ends in zip(*poses.skeleton.bones, strict=True))
    own = own_variances(alone)
    deviations = np.full(joints.shape[:2], _ASSUMED_DEVIATION_M) if own is None else np.sqrt(own[:, 0])
    return Track(
        skeleton=poses.skeleton,
        times=alone.times,
        share=_time_shares(alone.times, config),
        is_known=alone.mask[:, 0],
        bones_m=joints[:, children] - joints[:, parents],
        deviations_m=np.maximum(deviations[:, children], _LEAST_DEVIATION_M),
        rays=rays.numpy(),
        confidence=confidence.astype(np.float64),
    )


def _time_shares(times: Float[np.ndarray, " F"], config: RefinementConfig) -> Float[np.ndarray, " F"]:
    """The time that each frame stands for, at most `RefinementConfig.apart_s` and one frame at least when alone."""
    if len(times) == 1:
        return np.ones(1)
    return np.minimum(np.gradient(times), config.apart_s) / config.frame_s
