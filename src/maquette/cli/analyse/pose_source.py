"""The poses that limits and embeddings are held against: those of a file, or likely ones."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.data.motion.complete_poses import read_complete_poses
from maquette.data.motion.prior_poses import sample_prior_poses
from maquette.errors import ConventionError
from maquette.methods.lifting.weights import read_bundled_prior

FROM_PRIOR = "drawn from the bundled pose prior"
"""Where poses are from that no file gave."""


class PoseSource(NamedTuple):
    """Poses, and where they are from."""

    poses: Float[Tensor, "N J 3"]
    skeleton: Skeleton
    name: str
    """In a few words."""

    def numbers(self) -> dict[str, object]:
        """Source, number and skeleton as JSON can hold them."""
        return {"source": self.name, "count": len(self.poses), "skeleton": self.skeleton.name}


def read_pose_source(path: Path | None, skeletons: tuple[Skeleton, ...], *, seed: int) -> PoseSource:
    """The poses of motion capture with the first of the skeletons whose joints it has, or likely poses with the last.

    Raises:
        InputError: The file cannot be read.
        ConventionError: It lacks joints of all the skeletons.
    """
    *better, last = skeletons
    if path is None:
        return PoseSource(sample_prior_poses(read_bundled_prior(), last, np.random.default_rng(seed)), last, FROM_PRIOR)
    for skeleton in better:
        try:
            return PoseSource(torch.from_numpy(read_complete_poses(path, skeleton)), skeleton, path.name)
        except ConventionError:
            continue
    return PoseSource(torch.from_numpy(read_complete_poses(path, last)), last, path.name)
