"""The chosen hypothesis worked out: scale, place, joints and how sure each joint is, one hypothesis a person."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from maquette.methods.lifting.hypotheses import Forms, best_inverse_scale, cost_at_best_scale
from maquette.methods.lifting.weighted_views import joint_precision
from maquette.priors.mixture import MixturePrior


class Solution(NamedTuple):
    """One hypothesis for each of N persons, solved."""

    joints: Float[Tensor, "N L 3"]
    """Camera frame (x right, y down, z forward), model units, the prior's centre at the origin."""
    scale: Float[Tensor, " N"]
    """Picture units for one model unit."""
    offset: Float[Tensor, "N 2"]
    """Where the origin of ``joints`` lies in the picture; projected = scale * joints[..., :2] + offset."""
    deviation: Float[Tensor, "N L"]
    """Standard deviation of each joint's position in model units, out of the posterior."""
    cost: Float[Tensor, " N"]
    """Negative log density of the points, comparable between hypotheses."""


def solve(
    prior: MixturePrior,
    points: Float[Tensor, "N L 2"],
    weights: Float[Tensor, "N L"],
    component: Int[Tensor, " N"],
    view: Float[Tensor, "N 3 3"],
    *,
    noise: float,
) -> Solution:
    """The most probable pose of each person under the given component and view (specification 2.2).

    Args:
        points: In the unit of the picture; only joints of positive weight count.
        weights: 0 hidden, 1 seen with the 2D variance ``noise`` (squared model units).
        component: Which Gaussian of the prior.
        view: ``camera_from_world`` rotation.
    """
    turned = view[:, None] @ torch.cat([prior.basis[component], prior.mean[component][:, None]], dim=1).mT
    precision = joint_precision(prior.noise, weights, noise)[torch.arange(len(points)), component]
    total = precision.sum(dim=-1)
    share = (precision / total[:, None])[..., None]
    middle = (share * points).sum(dim=1)
    design = turned[:, :, :2].permute(0, 3, 2, 1)
    centre = (share[..., None] * design).sum(dim=1)
    root = precision.sqrt()[..., None]
    design_whitened = ((design - centre[:, None]) * root[..., None]).flatten(1, 2)
    target = torch.cat([design_whitened[..., -1:], ((points - middle[:, None]) * root).flatten(1)[..., None]], dim=-1)
    basis = design_whitened[..., :-1]
    lower = torch.linalg.cholesky(basis.mT @ basis + torch.diag_embed(1 / prior.variance[component]))
    inverse_lower = torch.linalg.solve_triangular(lower, torch.eye(lower.shape[-1], dtype=lower.dtype), upper=False)
    reduced = inverse_lower @ (basis.mT @ target)
    left = target.mT @ target - reduced.mT @ reduced
    log_volume = _log_volume(prior, component, lower, precision)
    forms = Forms(left[:, 1, 1], left[:, 0, 1], left[:, 0, 0], log_volume)
    freedom = 2 * (weights > 0).sum(dim=-1) - 2.0
    inverse = best_inverse_scale(forms, freedom)
    half = reduced @ torch.stack([-torch.ones_like(inverse), inverse], dim=-1)[..., None]
    coefficients = (inverse_lower.mT @ half).squeeze(-1)
    joints = turned[:, -1].mT + torch.einsum("nj,njal->nla", coefficients, turned[:, :-1])
    projected_centre = centre[..., -1] + (centre[..., :-1] @ coefficients[..., None]).squeeze(-1)
    return Solution(
        joints=joints,
        scale=1 / inverse,
        offset=middle - projected_centre / inverse[:, None],
        deviation=_deviation(turned[:, :-1], inverse_lower, prior.noise[component]),
        cost=cost_at_best_scale(forms, freedom) - prior.weight[component].log(),
    )


def _log_volume(
    prior: MixturePrior, component: Int[Tensor, " N"], lower: Float[Tensor, "N J J"], precision: Float[Tensor, "N L"]
) -> Float[Tensor, " N"]:
    """Log-determinant of the covariance of the seen coordinates, the unknown translation taken out."""
    pivots = 2 * lower.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1)
    seen = torch.where(precision > 0, precision, 1.0).log().sum(dim=-1)
    return pivots + prior.variance[component].log().sum(-1) - 2 * seen + 2 * precision.sum(-1).log()


def _deviation(
    basis: Float[Tensor, "N J 3 L"], inverse_lower: Float[Tensor, "N J J"], noise: Float[Tensor, " N"]
) -> Float[Tensor, "N L"]:
    spread = (inverse_lower @ basis.flatten(2)).unflatten(2, basis.shape[2:])
    return (spread.square().sum(dim=(1, 2)) + 3 * noise[:, None]).sqrt()
