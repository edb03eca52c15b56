"""What the network learns from: windows of various motion before cameras, as a detector that errs would find them."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.data.filming.camera import CameraSpread, film_windows
from maquette.data.filming.keypoint_errors import KeypointErrorSpread, sample_keypoint_errors
from maquette.data.filming.recombination import (
    exchange_legs,
    lean_trunks,
    mirror_windows,
    reshape_bones,
    sample_bone_factors,
    straighten_legs,
)
from maquette.data.filming.windows import MotionWindows
from maquette.data.motion.mocap import MotionCapture
from maquette.geometry.kinematics import KinematicTree
from maquette.methods.track_lifting.config import MotionVariety, TrackLiftingConfig

_NEAREST_M = 0.3
"""Joints nearer to the camera are seen as if they were there."""


class TrackBatch(NamedTuple):
    """Windows of 2D tracks and the poses that should come out."""

    points: Float[Tensor, "N W K 2"]
    """In the camera's plane at distance 1."""
    is_known: Bool[Tensor, "N W K"]
    joints_m: Float[Tensor, "N J 3"]
    """Camera frame, relative to the root, every person's bones together as long as `TrackExamples.size_m`."""
    up: Float[Tensor, "N 3"]


class TrackExamples:
    """Windows without end.

    Args:
        capture: Motion capture.
        config: Times of the windows.
        seen: Indices of the joints that detectors find.
        variety: How various motion is made.
        errors: How detectors err.

    Raises:
        InputError: No pose is known.
    """

    def __init__(
        self,
        capture: MotionCapture,
        config: TrackLiftingConfig,
        seen: list[int],
        *,
        variety: MotionVariety,
        errors: KeypointErrorSpread,
    ) -> None:
        self._windows = MotionWindows(capture, torch.tensor(config.offsets_s), kinds=config.kinds)
        self.skeleton = capture.skeleton
        self._tree = KinematicTree(self.skeleton)
        self._seen, self._variety, self._errors = seen, variety, errors
        self._current = config.poses // 2
        self.size_m = self._sizes(self._windows.poses).mean().item()
        """Summed bone lengths of a person on average."""

    def sample(self, count: int, *, generator: torch.Generator) -> TrackBatch:
        """Some windows; what is random about them comes from ``generator``."""
        filmed = film_windows(self._vary(count, generator), CameraSpread(), generator=generator)
        seen = filmed.joints_m[:, :, self._seen]
        points = seen[..., :2] / seen[..., 2:].clamp_min(_NEAREST_M)
        found = sample_keypoint_errors(points, self._errors, generator=generator)
        pose = filmed.joints_m[:, self._current]
        pose = pose - pose[:, [self.skeleton.index(self.skeleton.root)]]
        pose = pose * (self.size_m / self._sizes(pose))[:, None, None]
        return TrackBatch(found.points, found.is_known, pose, filmed.up)

    def _vary(self, count: int, generator: torch.Generator) -> Float[Tensor, "N W J 3"]:
        """Windows of motion in the world, no two alike."""
        variety, skeleton = self._variety, self.skeleton

        def is_one_of(share: float) -> Bool[Tensor, " N"]:
            return torch.rand(count, generator=generator) < share

        windows, others = (
            self._windows.sample(count, even_share=variety.even_share, generator=generator) for _ in range(2)
        )
        windows = exchange_legs(windows, others, skeleton, is_one_of(variety.exchanged_share))
        straight = is_one_of(variety.straight_share) * torch.rand(count, generator=generator).sqrt()
        windows = straighten_legs(windows, skeleton, straight)
        angle = variety.leaning_rad * torch.randn(count, generator=generator)
        windows = lean_trunks(windows, skeleton, is_one_of(variety.leaning_share) * angle)
        windows = mirror_windows(windows, skeleton, is_one_of(0.5))
        factors = sample_bone_factors(count, skeleton, spread=variety.bone_spread, generator=generator)
        size = (variety.size_spread * torch.randn(count, 1, generator=generator)).exp()
        return reshape_bones(windows, skeleton, factors * size)

    def _sizes(self, poses: Float[Tensor, "N J 3"]) -> Float[Tensor, " N"]:
        return self._tree.bone_lengths(poses).sum(dim=-1)
