"""What the network learns from: windows of various motion before cameras, as a detector that errs would find them."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.data.filming.camera import CameraSpread, film_windows
from maquette.data.filming.keypoint_errors import KeypointErrorSpread, sample_keypoint_errors
from maquette.data.filming.proportions import sample_body_factors, sample_bone_factors
from maquette.data.filming.recombination import (
    exchange_legs,
    hold_still,
    lean_trunks,
    mirror_windows,
    reshape_bones,
    straighten_legs,
    unbend_knees,
)
from maquette.data.filming.recorded_errors import RecordedErrors
from maquette.data.filming.windows import MotionWindows
from maquette.data.motion.mocap import MotionCapture
from maquette.geometry.kinematics import KinematicTree
from maquette.methods.track_lifting.config import MotionVariety, TrackLiftingConfig
from maquette.methods.track_lifting.view import TrackWindows

_NEAREST_M = 0.3
"""Joints nearer to the camera are seen as if they were there."""


class TrackBatch(NamedTuple):
    """Windows of 2D tracks and the poses that should come out."""

    windows: TrackWindows
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
        recorded: How one was seen to err; without it all errors are made up.

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
        recorded: RecordedErrors | None = None,
    ) -> None:
        self._windows = MotionWindows(capture, torch.tensor(config.offsets_s), kinds=config.kinds)
        self.skeleton = capture.skeleton
        self._tree = KinematicTree(self.skeleton)
        self._root = self.skeleton.index(self.skeleton.root)
        self._seen, self._variety = seen, variety
        self._errors, self._recorded = errors, recorded
        self._current = config.poses // 2
        self.size_m = self._sizes(self._windows.poses).mean().item()
        """Summed bone lengths of a person on average."""

    def sample(self, count: int, *, generator: torch.Generator) -> TrackBatch:
        """Some windows; what is random about them comes from ``generator``."""
        filmed = film_windows(self._vary(count, generator), CameraSpread(), generator=generator)
        root = filmed.joints_m[:, :, [self._root]]
        seen = filmed.joints_m[:, :, self._seen]
        points = seen[..., :2] / seen[..., 2:].clamp_min(_NEAREST_M)
        depths = (seen - root)[..., 2] / root[..., 2].clamp_min(_NEAREST_M)
        found = sample_keypoint_errors(points, depths, self._errors, recorded=self._recorded, generator=generator)
        has_depths = found.has_depths[:, None] & found.is_known.any(dim=2)
        pose = (filmed.joints_m - root)[:, self._current]
        pose = pose * (self.size_m / self._sizes(pose))[:, None, None]
        return TrackBatch(TrackWindows(found.points, found.is_known, found.depths, has_depths), pose, filmed.up)

    def _vary(self, count: int, generator: torch.Generator) -> Float[Tensor, "N W J 3"]:
        """Windows of motion in the world, no two alike."""
        variety, skeleton = self._variety, self.skeleton

        def is_one_of(share: float) -> Bool[Tensor, " N"]:
            return torch.rand(count, generator=generator) < share

        windows, others = (
            self._windows.sample(count, even_share=variety.even_share, generator=generator) for _ in range(2)
        )
        windows = exchange_legs(windows, others, skeleton, is_one_of(variety.exchanged_share))
        angle = variety.leaning_rad * torch.randn(count, generator=generator)
        windows = lean_trunks(windows, skeleton, is_one_of(variety.leaning_share) * angle)
        windows = mirror_windows(windows, skeleton, is_one_of(0.5))
        return self._reshape(self._straighten(windows, generator), generator)

    def _straighten(self, windows: Float[Tensor, "N W J 3"], generator: torch.Generator) -> Float[Tensor, "N W J 3"]:
        """The windows, some of them still, many with less bent knees."""
        variety, count = self._variety, len(windows)
        drawn = torch.rand(count, 5, generator=generator)
        is_still = drawn[:, 0] < variety.still_share
        windows = hold_still(windows, is_still)
        unbent = (drawn[:, 1] < variety.unbent_share) * variety.unbent_rad * drawn[:, 2]
        windows = unbend_knees(windows, self.skeleton, unbent)
        some = (drawn[:, 3] < variety.straight_share) * drawn[:, 4].sqrt()
        straight = torch.where(is_still, (drawn[:, 3] < variety.straight_still_share).float(), some)
        return straighten_legs(windows, self.skeleton, straight)

    def _reshape(self, windows: Float[Tensor, "N W J 3"], generator: torch.Generator) -> Float[Tensor, "N W J 3"]:
        """The windows with other proportions and sizes."""
        variety, count = self._variety, len(windows)
        factors = sample_bone_factors(count, self.skeleton, spread=variety.bone_spread, generator=generator)
        bodies = sample_body_factors(count, self.skeleton, generator=generator)
        is_another = torch.rand(count, 1, generator=generator) < variety.body_share
        size = (variety.size_spread * torch.randn(count, 1, generator=generator)).exp()
        return reshape_bones(windows, self.skeleton, factors * size * torch.where(is_another, bodies, 1.0))

    def _sizes(self, poses: Float[Tensor, "N J 3"]) -> Float[Tensor, " N"]:
        return self._tree.bone_lengths(poses).sum(dim=-1)
