"""How a mixture is learned: greedy seeds, then expectation maximisation in float64."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.body.skeleton import Skeleton
from maquette.priors.mixture.model import MixturePrior

SMALLEST_VARIANCE = 1e-8
"""Floor of every variance, in squared normalised units (about 0.1 mm of an adult)."""


_POSES_AT_ONCE = 8192


class LearnedMixture(NamedTuple):
    """A learned mixture and how its learning went."""

    prior: MixturePrior
    log_likelihood: list[float]
    """Mean log density of a pose after every round; it never falls."""


def sample_seeds(
    poses: Float[Tensor, "N D"], count: int, *, candidates: int = 1500, generator: torch.Generator | None = None
) -> Int[Tensor, " K"]:
    """Indices of up to ``count`` poses that serve as first centres, one for each mode of the data.

    Greedy facility location: always the candidate that most lowers the sum over poses of the distance to the nearest
    centre. Candidates nearer to a centre than half the median distance between poses are no longer considered, so the
    result may hold fewer than ``count``.
    """
    drawn = torch.randperm(len(poses), generator=generator)[:candidates]
    distance = torch.cdist(poses[drawn], poses)
    too_near = 0.5 * distance.median()
    nearest = (poses - poses.mean(dim=0)).norm(dim=-1)
    open_candidates = torch.ones(len(drawn), dtype=torch.bool)
    seeds: list[int] = []
    while len(seeds) < count and open_candidates.any():
        gain = (nearest - distance).clamp_min(0).sum(dim=1).masked_fill(~open_candidates, -1)
        best = int(gain.argmax())
        seeds.append(int(drawn[best]))
        nearest = torch.minimum(nearest, distance[best])
        open_candidates &= distance[best][drawn] > too_near
    return torch.tensor(seeds)


def learn_mixture(
    poses: Float[Tensor, "N L 3"],
    skeleton: Skeleton,
    seeds: Int[Tensor, " K"],
    *,
    bases: int,
    rounds: int = 60,
    progress: Progress = no_progress,
) -> LearnedMixture:
    """The mixture of PPCA that expectation maximisation reaches from the seeds (Tipping and Bishop 1999).

    Args:
        poses: Aligned and normalised poses.
        seeds: Indices of the poses that start as centres; every pose belongs to the nearest one at first.
        bases: Deformations of each component.
    """
    exact = poses.double()
    flat = exact.flatten(1)
    share = torch.nn.functional.one_hot(torch.cdist(flat, flat[seeds]).argmin(dim=1), len(seeds)).double()
    prior = _maximise(flat, share, skeleton, bases)
    history: list[float] = []
    for step in range(rounds):
        log_joint = torch.cat([prior.log_density(chunk) for chunk in exact.split(_POSES_AT_ONCE)])
        log_total = log_joint.logsumexp(dim=1, keepdim=True)
        history.append(log_total.mean().item())
        progress(step + 1, rounds)
        if len(history) > 1 and history[-1] - history[-2] < 1e-5:
            break
        prior = _maximise(flat, (log_joint - log_total).exp(), skeleton, bases)
    return LearnedMixture(prior, history)


def _maximise(flat: Float[Tensor, "N D"], share: Float[Tensor, "N K"], skeleton: Skeleton, bases: int) -> MixturePrior:
    """The M step: weighted mean and covariance of each component, and the PPCA of that covariance."""
    mass = share.sum(dim=0).clamp_min(1e-9)
    mean = share.T @ flat / mass[:, None]
    square = torch.stack([(flat * part[:, None]).mT @ flat for part in share.mT]) / mass[:, None, None]
    covariance = square - mean[:, :, None] * mean[:, None, :]
    values, vectors = torch.linalg.eigh(covariance)
    values, vectors = values.flip(-1).clamp_min(SMALLEST_VARIANCE), vectors.flip(-1)
    noise = values[:, bases:].mean(dim=1)
    components, joints = len(mass), len(skeleton)
    return MixturePrior(
        skeleton,
        weight=mass / mass.sum(),
        mean=mean.view(components, joints, 3),
        basis=vectors[..., :bases].transpose(1, 2).reshape(components, bases, joints, 3).contiguous(),
        variance=(values[:, :bases] - noise[:, None]).clamp_min(SMALLEST_VARIANCE),
        noise=noise,
    )
