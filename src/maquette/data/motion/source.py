"""Poses and motion that analyses are held against: those of a file, or likely ones where no file is given."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.data.motion.complete_poses import read_complete_poses
from maquette.data.motion.mocap import MotionCapture, read_mocap
from maquette.data.motion.prior_motion import sample_prior_motion
from maquette.data.motion.prior_poses import sample_prior_poses
from maquette.errors import ConventionError
from maquette.priors.mixture.model import MixturePrior

_FROM_PRIOR = "drawn from the bundled pose prior"


class PoseSource(NamedTuple):
    """Poses, and where they are from."""

    poses: Float[Tensor, "N J 3"]
    """World frame, metres, z up."""
    skeleton: Skeleton
    name: str
    """In a few words."""

    def numbers(self) -> dict[str, object]:
        """Source, number and skeleton as JSON can hold them."""
        return {"source": self.name, "count": len(self.poses), "skeleton": self.skeleton.name}


class MotionSource(NamedTuple):
    """Motion, and where it is from."""

    capture: MotionCapture
    name: str
    """In a few words."""


def read_pose_source(
    path: Path | None, skeletons: tuple[Skeleton, ...], open_prior: Callable[[], MixturePrior], *, seed: int
) -> PoseSource:
    """The poses of motion capture with the first of the skeletons whose joints it has, or likely poses with the last.

    Args:
        path: Motion capture; None for likely poses.
        skeletons: Those that will do, the best first.
        open_prior: Reads the bundled prior, of which likely poses are drawn.
        seed: Of what is drawn.

    Raises:
        InputError: The file cannot be read.
        ConventionError: It lacks joints of all the skeletons.
    """
    *better, last = skeletons
    if path is None:
        return PoseSource(sample_prior_poses(open_prior(), last, np.random.default_rng(seed)), last, _FROM_PRIOR)
    for skeleton in better:
        try:
            return PoseSource(torch.from_numpy(read_complete_poses(path, skeleton)), skeleton, path.name)
        except ConventionError:
            continue
    return PoseSource(torch.from_numpy(read_complete_poses(path, last)), last, path.name)


def read_motion_source(path: Path | None, open_prior: Callable[[], MixturePrior], *, seed: int) -> MotionSource:
    """The motion of a file, or likely motion.

    Args:
        path: Motion capture; None for likely motion.
        open_prior: Reads the bundled prior, of which likely motion is drawn.
        seed: Of what is drawn.

    Raises:
        InputError: The file cannot be read.
    """
    if path is None:
        return MotionSource(sample_prior_motion(open_prior(), np.random.default_rng(seed)), _FROM_PRIOR)
    return MotionSource(read_mocap(path), path.name)
