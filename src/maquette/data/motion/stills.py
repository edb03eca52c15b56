"""Bodies in single poses without any file: postures by angles, within joint limits, out of a learned mixture."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch

from maquette.body.catalog import KUNDU_17
from maquette.priors.limits.sampling import sample_limited_poses
from maquette.priors.mixture.model import MixturePrior
from maquette.rendering.posing.pose import BodyPose
from maquette.rendering.posing.postures import sample_mixed_postures
from maquette.rendering.posing.retarget import pose_from_joints

_LEAN_RAD = np.radians(8.0)


@runtime_checkable
class Stills(Protocol):
    """An endless store of single poses."""

    @property
    def name(self) -> str:
        """What they are called."""
        ...

    def sample(self, count: int, generator: np.random.Generator) -> BodyPose:
        """``count`` random bodies, any heading."""
        ...


@dataclass(frozen=True)
class PostureStills:
    """Standing, sitting, kneeling, crouching, crawling, lying (`maquette.rendering.posing.postures`)."""

    name: str = "postures"

    def sample(self, count: int, generator: np.random.Generator) -> BodyPose:
        """``count`` random bodies that face -y."""
        return sample_mixed_postures(count, generator)


@dataclass(frozen=True)
class LimitStills:
    """Anything that joints allow, with trunk upright (`maquette.priors.limits.sampling`)."""

    name: str = "limits"

    def sample(self, count: int, generator: np.random.Generator) -> BodyPose:
        """``count`` random bodies that face +x."""
        poses = sample_limited_poses(count, generator=_torch_generator(generator))
        return pose_from_joints(poses.numpy(), KUNDU_17)


@dataclass(frozen=True)
class PriorStills:
    """Poses of a learned mixture."""

    prior: MixturePrior
    name: str = "prior"

    def sample(self, count: int, generator: np.random.Generator) -> BodyPose:
        """``count`` random bodies that face about +x."""
        poses = self.prior.sample_poses(count, generator=_torch_generator(generator))
        return pose_from_joints(poses.double().numpy(), self.prior.skeleton, lean_rad=_LEAN_RAD)


def _torch_generator(generator: np.random.Generator) -> torch.Generator:
    return torch.Generator().manual_seed(int(generator.integers(2**62)))
