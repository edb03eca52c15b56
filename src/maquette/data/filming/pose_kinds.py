"""Kinds of pose: clusters of motion capture, to draw from evenly, since most of any recording is standing."""

import numpy as np
import torch
from jaxtyping import Float, Int64
from scipy.cluster.vq import kmeans2
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.geometry.rotation import heading_rotation

_SAMPLED = 8_000
"""Poses that the clusters are made from."""
_ROUNDS = 15


def find_headings(poses: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> Float[Tensor, "*batch"]:
    """The angle in radians by which the line from right to left hip is turned about z."""
    left, right = skeleton.indices("l_hip", "r_hip")
    line = poses[..., left, :] - poses[..., right, :]
    return torch.atan2(line[..., 1], line[..., 0])


class PoseKinds:
    """Poses by their kind, whatever their place and heading.

    Args:
        poses: World frame with z up.
        skeleton: Of the poses.
        count: How many kinds there are, at most.
    """

    def __init__(self, poses: Float[Tensor, "P J 3"], skeleton: Skeleton, *, count: int) -> None:
        root = skeleton.index(skeleton.root)
        turned = (poses - poses[:, [root]]) @ heading_rotation(-find_headings(poses, skeleton)).mT
        flat = turned.flatten(1).double().numpy()
        sampled = np.random.default_rng(0).permutation(len(flat))[:_SAMPLED]
        middles, _ = kmeans2(flat[sampled], min(count, len(sampled)), iter=_ROUNDS, minit="++", rng=0)
        distances = -2 * flat @ middles.T + np.square(middles).sum(axis=1)
        kind = torch.from_numpy(distances.argmin(axis=1))
        counts = torch.bincount(kind, minlength=len(middles))
        self._order = torch.argsort(kind, stable=True)
        self._used = counts.nonzero()[:, 0]
        self._counts, self._starts = counts, counts.cumsum(dim=0) - counts

    def __len__(self) -> int:
        return len(self._used)

    def sample(self, count: int, *, even_share: float, generator: torch.Generator) -> Int64[Tensor, " N"]:
        """Rows of the poses: a share of them even over the kinds, the others over the poses.

        Args:
            count: How many.
            even_share: 0 to 1.
            generator: Of the choice.
        """
        kinds = self._used[torch.randint(len(self._used), (count,), generator=generator)]
        place = (torch.rand(count, generator=generator) * self._counts[kinds]).long()
        even = self._order[self._starts[kinds] + place.minimum(self._counts[kinds] - 1)]
        plain = torch.randint(len(self._order), (count,), generator=generator)
        return torch.where(torch.rand(count, generator=generator) < even_share, even, plain)
