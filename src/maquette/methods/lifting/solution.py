"""The chosen hypothesis worked out: scale, place, joints and how sure each joint is, one hypothesis a person."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from maquette.methods.lifting.hypotheses import Forms, best_inverse_scale, cost_at_best_scale
from maquette.methods.lifting.weighted_views import joint_precision
from maquette.priors.mixture.model import MixturePrior


class Solution(NamedTuple):
    """One hypothesis for each of N persons, solved."""

    joints: Float[Tensor, "N L 3"]
    """Camera frame (x right, y down, z forward), model units, the prior's centre at the origin."""
    scale: Float[Tensor, " N"]
    """Picture units for one model unit."""
    offset: Float[Tensor, "N 2"]
    """Where the origin of ``joints`` lies in the picture; projected = scale * joints[..., :2] + offset."""
    deviation: Float[Tensor, "N L"]
    """Standard deviation of each joint relative to the skeleton's root, in model units, out of the posterior."""
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
    """The most probable pose of each person under the given component and view.

    Args:
        points: In the unit of the picture; only joints of positive weight count.
        weights: 0 hidden, 1 seen with the 2D variance ``noise`` (squared model units).
        component: Which Gaussian of the prior.
        view: ``camera_from_world`` rotation.
    """
    shapes = view[:, None] @ torch.cat([prior.basis[component], prior.mean[component][:, None]], dim=1).mT
    precision = joint_precision(prior.noise, weights, noise)[torch.arange(len(points)), component]
    equations = _equations(shapes, points, precision)
    basis, target = equations.design[..., :-1], equations.target
    lower = torch.linalg.cholesky(basis.mT @ basis + torch.diag_embed(1 / prior.variance[component]))
    unlower = torch.linalg.solve_triangular(lower, torch.eye(lower.shape[-1], dtype=lower.dtype), upper=False)
    reduced = unlower @ (basis.mT @ target)
    left = target.mT @ target - reduced.mT @ reduced
    forms = Forms(left[:, 1, 1], left[:, 0, 1], left[:, 0, 0], _log_volume(prior, component, lower, precision))
    freedom = 2 * (weights > 0).sum(dim=-1) - 2.0
    inverse_scale = best_inverse_scale(forms, freedom)
    pull = reduced @ torch.stack([-torch.ones_like(inverse_scale), inverse_scale], dim=-1)[..., None]
    mixed = torch.cat([unlower.mT @ pull, torch.ones_like(pull[:, :1])], dim=1)
    projected_centre = (equations.centre @ mixed).squeeze(-1)
    return Solution(
        joints=(mixed[..., None] * shapes).sum(dim=1).mT,
        scale=1 / inverse_scale,
        offset=equations.middle - projected_centre / inverse_scale[:, None],
        deviation=_deviation(
            shapes[:, :-1], unlower, prior.noise[component], prior.skeleton.index(prior.skeleton.root)
        ),
        cost=cost_at_best_scale(forms, freedom) - prior.weight[component].log(),
    )


class _Equations(NamedTuple):
    """The whitened least-squares problem of each person, centred so that the translation is gone."""

    design: Float[Tensor, "N 2L C"]
    """Projected deformations and, last, the mean."""
    target: Float[Tensor, "N 2L 2"]
    """Projected mean and points."""
    centre: Float[Tensor, "N 2 C"]
    """What was taken from the projected shapes."""
    middle: Float[Tensor, "N 2"]
    """What was taken from the points."""


def _equations(
    shapes: Float[Tensor, "N C 3 L"], points: Float[Tensor, "N L 2"], precision: Float[Tensor, "N L"]
) -> _Equations:
    share = (precision / precision.sum(dim=-1, keepdim=True))[..., None]
    root = precision.sqrt()[..., None]
    middle = (share * points).sum(dim=1)
    projected = shapes[:, :, :2].permute(0, 3, 2, 1)
    centre = (share[..., None] * projected).sum(dim=1)
    design = ((projected - centre[:, None]) * root[..., None]).flatten(1, 2)
    seen = ((points - middle[:, None]) * root).flatten(1)
    return _Equations(design, torch.stack([design[..., -1], seen], dim=-1), centre, middle)


def _log_volume(
    prior: MixturePrior, component: Int[Tensor, " N"], lower: Float[Tensor, "N J J"], precision: Float[Tensor, "N L"]
) -> Float[Tensor, " N"]:
    """Log-determinant of the covariance of the seen coordinates, the unknown translation taken out."""
    pivots = 2 * lower.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1)
    seen = torch.where(precision > 0, precision, 1.0).log().sum(dim=-1)
    return pivots + prior.variance[component].log().sum(-1) - 2 * seen + 2 * precision.sum(-1).log()


def _deviation(
    basis: Float[Tensor, "N J 3 L"], unlower: Float[Tensor, "N J J"], noise: Float[Tensor, " N"], root: int
) -> Float[Tensor, "N L"]:
    """From the posterior of the coefficients and the noise of the joint and of the root; zero for the root."""
    spread = (unlower @ (basis - basis[..., root, None]).flatten(2)).unflatten(2, basis.shape[2:])
    is_other = torch.arange(basis.shape[-1]) != root
    return (spread.square().sum(dim=(1, 2)) + 6 * noise[:, None] * is_other).sqrt()
