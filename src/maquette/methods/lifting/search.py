"""The search over components, camera tilts and headings: which hypotheses deserve to be worked out."""

from functools import cached_property
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from maquette.geometry.rotation import camera_from_level, even_headings, heading_rotation
from maquette.methods.lifting.fixed_views import FixedViews
from maquette.methods.lifting.weighted_views import WeightedViews
from maquette.priors.mixture.model import MixturePrior

_CACHED_FLOATS = 1 << 20
"""Numbers that one chunk may hold at a time, so that they stay in the processor's cache."""


class Ranked(NamedTuple):
    """The best M hypotheses of each of N persons, most probable first."""

    component: Int[Tensor, "N M"]
    heading: Int[Tensor, "N M"]
    tilt: Int[Tensor, "N M"]
    bias: Float[Tensor, "N M"]
    """Negative log probability that each had before the points were looked at (camera, continuity)."""


class HypothesisSearch:
    """Costs of all components x tilts x headings for batches of persons, in chunks that fit the cache.

    Args:
        prior: The pose prior; its own number of deformations is used.
        tilts: Rotations of the level camera into the tilted one; one for all persons, or several to choose from.
        headings: Number of directions that a person may face.
        noise: Variance of a sure 2D coordinate, squared model units.
    """

    def __init__(self, prior: MixturePrior, tilts: Float[Tensor, "T 3 3"], headings: int, *, noise: float) -> None:
        level = camera_from_level() @ heading_rotation(even_headings(headings))
        self.views = tilts.double()[:, None] @ level
        self._prior, self._noise = prior, noise
        self._weighted = WeightedViews(prior, self.views.flatten(0, 1), noise)
        self._count = prior.component_count * len(tilts) * headings
        self._bases = prior.basis_count

    @cached_property
    def _fixed(self) -> FixedViews:
        """Made when the first person is met whose joints are all sure: it takes longer than lifting one picture."""
        return FixedViews(self._prior, self.views.flatten(0, 1), self._noise)

    def costs(self, points: Float[Tensor, "N L 2"], weights: Float[Tensor, "N L"]) -> Float[Tensor, "N K T H"]:
        """Negative log density of every hypothesis, up to a constant for each person (float32)."""
        seen = (weights > 0)[..., None]
        middle = (points * seen).sum(1, keepdim=True) / seen.sum(1, keepdim=True)
        spread = ((points - middle) * seen).square().sum((1, 2)).sqrt().clamp_min(1e-9)
        level_points = torch.where(seen, points - middle, 0.0) / spread[:, None, None]
        if (weights == 1).all():
            size = max(_CACHED_FLOATS // (self._count * self._bases), 1)
            parts = [self._fixed.costs(chunk) for chunk in level_points.split(size)]
        else:
            size = max(_CACHED_FLOATS // (self._count * self._bases**2), 1)
            chunks = zip(level_points.split(size), weights.split(size), strict=True)
            parts = [self._weighted.costs(*chunk) for chunk in chunks]
        return torch.cat(parts).unflatten(-1, self.views.shape[:2])


def rank_hypotheses(
    costs: Float[Tensor, "N K T H"], count: int, *, temperature: float = 1.0, bias: Float[Tensor, "#N #T #H"]
) -> Ranked:
    """The ``count`` most probable hypotheses of each person.

    Args:
        costs: Of `HypothesisSearch.costs`.
        count: How many to keep, M.
        temperature: Divides the costs.
        bias: What is known of each view beforehand, as a negative log probability.
    """
    persons, _, tilts, headings = costs.shape
    score = costs / temperature + bias[:, None].to(costs.dtype)
    index = score.flatten(1).topk(min(count, score[0].numel()), dim=1, largest=False).indices
    heading, tilt = index % headings, index // headings % tilts
    every = bias.expand(persons, tilts, headings).double()
    row = torch.arange(persons)[:, None]
    return Ranked(index // (tilts * headings), heading, tilt, every[row, tilt, heading])
