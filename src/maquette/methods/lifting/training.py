"""How the pose prior is learned from motion capture: read, normalise, align, seed, maximise."""

import time
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.body.skeleton import Skeleton
from maquette.data.identity import identify
from maquette.data.motion.mocap import read_mocap
from maquette.errors import InputError
from maquette.methods.lifting import config as presets
from maquette.methods.lifting.config import LiftingConfig
from maquette.methods.lifting.options import LiftingPriorOptions
from maquette.methods.lifting.weights import prior_to_bytes
from maquette.methods.presets import find_preset
from maquette.plain_text import count_of
from maquette.priors.alignment import align_headings, mirror_poses, normalise_poses
from maquette.priors.mixture.learning import learn_mixture, sample_seeds
from maquette.priors.mixture.model import MixturePrior
from maquette.training.card import Trained
from maquette.training.context import TrainingContext
from maquette.training.fingerprint import take_fingerprint
from maquette.training.record import RunRecord

_SEED_POSES = 12_000
_ALIGNMENT_BASES = 10
_FEWEST_POSES = 200


class TrainedPrior(NamedTuple):
    """A learned prior and what its card says of the learning."""

    prior: MixturePrior
    pose_count: int
    """Poses learned from, mirrored ones not counted."""
    log_likelihood: list[float]
    """Mean log density after every round."""


def train(options: LiftingPriorOptions, context: TrainingContext) -> Trained:
    """The prior as a user asks for it; it takes seconds and starts anew each time.

    Raises:
        InputError: The motion capture cannot be read or is too little.
    """
    config = find_preset(presets, LiftingConfig, options.preset)
    fingerprint = take_fingerprint(
        context.name,
        config,
        preset=options.preset,
        seed=options.seed,
        threads=options.threads,
        data=identify(options.data),
    )
    capture, began = read_mocap(options.data), time.monotonic()
    trained = train_prior(
        torch.from_numpy(capture.joints), capture.skeleton, config, seed=options.seed, progress=context.progress
    )
    rounds = len(trained.log_likelihood)
    record = RunRecord(fingerprint=fingerprint).begun(rounds)
    about = {
        "kind": "mixture of probabilistic PCA over poses (Lifting from the Deep)",
        "skeleton": capture.skeleton.name,
        "unit": "squared bone lengths of a pose add to one",
        "frame": "z up, mean pose facing +x, heading removed, centred on the mean joint",
        "components": trained.prior.component_count,
        "bases": trained.prior.basis_count,
        "poses": trained.pose_count,
        "mean_log_density": round(trained.log_likelihood[-1], 4),
    }
    seconds = time.monotonic() - began
    return Trained(prior_to_bytes(trained.prior), about, record.after(rounds, trained.pose_count, seconds))


def train_prior(
    joints: Float[Tensor, "N J 3"],
    skeleton: Skeleton,
    config: LiftingConfig,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
) -> TrainedPrior:
    """The mixture of probable poses of some motion capture (Tome et al., CVPR 2017).

    Args:
        joints: World frame with z up, any unit, any heading; poses that are not finite or have no size are left out.
        skeleton: Of the joints.
        config: Number of components and bases.
        seed: Of the random choice of seeds.

    Raises:
        InputError: Fewer than 200 usable poses.
    """
    poses = normalise_poses(joints.double(), skeleton)
    size = poses.square().sum(dim=(1, 2))
    usable = poses[torch.isfinite(size) & (size > 0)]
    if len(usable) < _FEWEST_POSES:
        few = count_of(len(usable), "usable pose is", "usable poses are")
        raise InputError(f"{few} too few to learn from; give at least {_FEWEST_POSES}")
    poses = align_headings(torch.cat([usable, mirror_poses(usable, skeleton)]), skeleton, bases=_ALIGNMENT_BASES)
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randperm(len(poses), generator=generator)[:_SEED_POSES]
    seeds = drawn[sample_seeds(poses[drawn].flatten(1), config.components, generator=generator)]
    learned = learn_mixture(poses, skeleton, seeds, bases=config.bases, progress=progress)
    return TrainedPrior(learned.prior, len(usable), learned.log_likelihood)
