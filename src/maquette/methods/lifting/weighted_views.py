"""All hypotheses of persons with joints that are hidden or unsure, each person in its own way.

Every person and hypothesis has a covariance of its own here, so every one needs its own elimination. Two things keep
it fast: a view enters the normal equations only through six products of its camera rows, so that they come out of
one small matrix product; and all eliminations go side by side, one column at a time, in tensors whose last axis is
the hypotheses. The points and the mean ride along as two further rows, so that the three forms of `Forms` are simply
what is left in the corner when all deformations have been eliminated.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.methods.lifting.hypotheses import Forms, cost_at_best_scale
from maquette.priors.mixture.model import MixturePrior


class WeightedViews:
    """Every component and view of the prior, for points with a weight each.

    Args:
        prior: The pose prior.
        views: ``camera_from_world`` rotation of every view.
        noise: Variance in squared model units of a 2D coordinate of weight 1, on top of the prior's own.
    """

    def __init__(self, prior: MixturePrior, views: Float[Tensor, "V 3 3"], noise: float) -> None:
        self._prior = prior.to(torch.float32)
        self._noise = noise
        self._columns = (
            torch.cat([self._prior.basis, self._prior.mean[:, None]], dim=1).permute(0, 2, 3, 1).contiguous()
        )
        rows = views.float()[:, :2]
        upper = torch.triu_indices(3, 3)
        self._view_products = (rows[:, :, upper[0]] * rows[:, :, upper[1]]).sum(dim=1).mT.contiguous()
        self._view_rows = rows.flatten(1).mT.contiguous()
        self._upper = upper

    def costs(self, points: Float[Tensor, "N L 2"], weights: Float[Tensor, "N L"]) -> Float[Tensor, "N K V"]:
        """Cost of every hypothesis; a joint of weight 0 is hidden, one of weight 1 has the noise of the constructor."""
        precision = joint_precision(self._prior.noise, weights.float(), self._noise)
        total = precision.sum(dim=-1, keepdim=True)
        share = precision / total
        centred_points = points.float()[:, None] - (share[..., None] * points.float()[:, None]).sum(2, keepdim=True)
        centre = torch.einsum("nkl,klac->nkac", share, self._columns)
        columns = (self._columns - centre[:, :, None]) * precision.sqrt()[..., None, None]
        system = self._system(columns, centred_points * precision.sqrt()[..., None])
        pivots = _eliminate(system, self._prior.basis_count)
        bare = self._prior.variance.log().sum(-1) - 2 * _log_visible(precision) + 2 * total.squeeze(-1).log()
        forms = Forms(system[-1, -1], system[-1, -2], system[-2, -2], pivots + bare[..., None])
        freedom = 2 * (weights > 0).sum(dim=-1)[:, None, None] - 2.0
        return cost_at_best_scale(forms, freedom) - self._prior.weight.log()[:, None]

    def _system(
        self, columns: Float[Tensor, "N K L 3 C"], points: Float[Tensor, "N K L 2"]
    ) -> Float[Tensor, "C+1 C+1 N K V"]:
        """Normal equations of all hypotheses, bordered by the mean and the points."""
        persons, components, _, _, count = columns.shape
        stacked = columns.flatten(3).transpose(2, 3)
        gram = (stacked @ stacked.mT).view(persons, components, 3, count, 3, count)
        first, second = self._upper
        pairs = gram[:, :, first, :, second, :]
        pairs = pairs + torch.where(first == second, 0.0, 1.0)[:, None, None, None, None] * pairs.mT
        block = pairs.permute(3, 4, 1, 2, 0) @ self._view_products
        border = (stacked @ points).view(persons, components, 3, count, 2).permute(3, 0, 1, 4, 2).flatten(-2)
        system = block.new_empty(count + 1, count + 1, *block.shape[2:])
        system[:count, :count] = block
        system[:count, -1] = border @ self._view_rows
        system[-1, :count] = system[:count, -1]
        system[-1, -1] = points.square().sum(dim=(-1, -2))[..., None]
        ridge = (1 / self._prior.variance).mT[:, None, :, None]
        bases = self._prior.basis_count
        system.diagonal(dim1=0, dim2=1)[..., :bases].add_(ridge.permute(1, 2, 3, 0))
        return system


def joint_precision(
    prior_noise: Float[Tensor, " K"], weights: Float[Tensor, "N L"], noise: float
) -> Float[Tensor, "N K L"]:
    """Precision of every joint's coordinates in model units: one over the prior's noise plus the detector's."""
    weights = weights[:, None]
    return weights / (prior_noise[:, None] * weights + noise)


def _log_visible(precision: Float[Tensor, "N K L"]) -> Float[Tensor, "N K"]:
    return torch.where(precision > 0, precision, 1.0).log().sum(dim=-1)


def _eliminate(system: Float[Tensor, "S S *rest"], columns: int) -> Float[Tensor, "*rest"]:
    """Eliminate the first ``columns`` unknowns in place; returns the sum of the logarithms of the pivots."""
    log_pivots = torch.zeros_like(system[0, 0])
    for column in range(columns):
        pivot = system[column, column]
        log_pivots += pivot.log()
        below = system[column + 1 :, column]
        scaled = below / pivot
        system[column + 1 :, column + 1 :].addcmul_(below[:, None], scaled[None], value=-1)
    return log_pivots
