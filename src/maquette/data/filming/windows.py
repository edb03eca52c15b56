"""Windows of motion capture: what a person does around a moment, at given times before and after it."""

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from maquette.data.filming.pose_kinds import PoseKinds
from maquette.data.motion.mocap import MotionCapture
from maquette.errors import InputError

_PACE_SPREAD = 0.35
"""Standard deviation of the logarithm of how fast a motion is played."""


class MotionWindows:
    """Motion to cut windows from.

    Args:
        capture: World frame with z up, metres; clips with poses that are not finite are cut there.
        offsets_s: Times of a window's poses, from the current one on, in seconds and rising.
        kinds: How many kinds of pose are told apart.

    Raises:
        InputError: No pose is known.
    """

    def __init__(self, capture: MotionCapture, offsets_s: Float[Tensor, " W"], *, kinds: int = 160) -> None:
        is_known = np.isfinite(capture.joints).all(axis=(1, 2))
        if not is_known.any():
            raise InputError("no pose of the motion capture is known; there is nothing to learn from")
        clip = np.repeat(np.arange(len(capture.lengths)), capture.lengths)
        piece = np.cumsum(np.concatenate([[True], np.diff(clip) != 0]) | ~is_known)[is_known]
        self.skeleton = capture.skeleton
        self.poses = torch.from_numpy(capture.joints[is_known]).float()
        _, starts, lengths = np.unique(piece, return_index=True, return_counts=True)
        self._first = torch.from_numpy(np.repeat(starts, lengths))
        self._last = torch.from_numpy(np.repeat(starts + lengths - 1, lengths))
        self._steps = offsets_s * capture.fps
        self._root = self.skeleton.index(self.skeleton.root)
        self._kinds = PoseKinds(self.poses, self.skeleton, count=kinds)

    def __len__(self) -> int:
        return len(self.poses)

    def sample(self, count: int, *, even_share: float, generator: torch.Generator) -> Float[Tensor, "N W J 3"]:
        """Windows around random poses, played slower or faster; the root of the current pose is the origin.

        Before the first pose of a clip and after its last one people stand still.

        Args:
            count: How many.
            even_share: How many are even over the kinds of pose, as a share.
            generator: Of all choices.
        """
        rows = self._kinds.sample(count, even_share=even_share, generator=generator)
        return self.at(rows, (_PACE_SPREAD * torch.randn(count, generator=generator)).exp())

    def at(self, rows: Int64[Tensor, " N"], pace: Float[Tensor, " N"]) -> Float[Tensor, "N W J 3"]:
        """The windows around these poses, so many times as fast as they were captured."""
        first, last = self._first[rows, None], self._last[rows, None]
        place = (rows[:, None] + self._steps * pace[:, None]).maximum(first).minimum(last)
        before = place.floor().long()
        share = (place - before)[..., None, None]
        after = (before + 1).minimum(last)
        windows = self.poses[before] * (1 - share) + self.poses[after] * share
        return windows - self.poses[rows][:, None, [self._root]]
