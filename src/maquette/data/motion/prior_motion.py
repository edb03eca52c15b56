"""Motion that needs no file: bodies that change slowly and without end from one likely pose to the next."""

import math

import numpy as np
import torch

from maquette.data.motion.mocap import MotionCapture
from maquette.geometry.kinematics import KinematicTree
from maquette.priors.mixture.model import METRES_PER_UNIT, MixturePrior

_WAVES = 8
_PACE_HZ = 0.4


def sample_prior_motion(
    prior: MixturePrior, generator: np.random.Generator, *, clips: int = 64, seconds: float = 4.0, fps: float = 25.0
) -> MotionCapture:
    """Clips in which every moment is a random pose of the mixture, and neighbouring moments are alike.

    Each clip belongs to one component; its coefficients are Gaussian processes of unit variance (sums of waves of
    random pace, 0.4 Hz in root mean square). Bones keep the mean length of their clip. Everybody faces about +x.
    """
    draws = torch.Generator().manual_seed(int(generator.integers(2**62)))
    prior = prior.to(torch.float64)
    frames = round(seconds * fps)
    chosen = torch.multinomial(prior.weight, clips, replacement=True, generator=draws)
    pace = (
        2 * math.pi * _PACE_HZ * torch.randn(clips, prior.basis_count, _WAVES, 1, dtype=torch.float64, generator=draws)
    )
    waves = torch.randn(2, clips, prior.basis_count, _WAVES, 1, dtype=torch.float64, generator=draws)
    phase = pace * torch.arange(frames) / fps
    course = (waves[0] * phase.cos() + waves[1] * phase.sin()).sum(dim=2) / math.sqrt(_WAVES)
    coefficients = course * prior.variance.sqrt()[chosen, :, None]
    poses = prior.mean[chosen, None] + torch.einsum("cjf,cjld->cfld", coefficients, prior.basis[chosen])
    tree = KinematicTree(prior.skeleton)
    lengths = tree.bone_lengths(poses).mean(dim=1, keepdim=True)
    root = poses[:, :, prior.skeleton.index(prior.skeleton.root)]
    joints = tree.assemble(root, tree.directions(poses), lengths).flatten(0, 1) * METRES_PER_UNIT
    names = tuple(f"prior_{clip:03d}" for clip in range(clips))
    return MotionCapture(prior.skeleton, joints.numpy(), np.full(clips, frames), fps, names)
