"""Gradients through the lifting: how the projected landmarks move when the landmarks they were lifted from move.

Section 1.1 of the supplement of Tome et al., CVPR 2017. Component and rotation stay those that the search chose;
what is left is a regularised linear fit, whose derivative is closed. Landmarks are written as vectors of D = 2L
numbers, x and y of one joint after the other (``landmarks.flatten(-2)``), and matrices multiply from the left.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from maquette.priors.mixture.model import MixturePrior


class ProjectionSystem(NamedTuple):
    """The linear fit of one hypothesis: landmarks = ``mean`` + ``basis`` @ a, with the penalty |``sigma`` * a|^2."""

    mean: Float[Tensor, "*batch D"]
    """The source's p."""
    basis: Float[Tensor, "*batch D C"]
    """The source's E."""
    sigma: Float[Tensor, "*batch C"]
    """Inverse standard deviation of each coefficient, for points of unit deviation; 0 leaves a column free."""


def projection_system(
    prior: MixturePrior,
    component: Int[Tensor, "*batch"],
    view: Float[Tensor, "*batch 3 3"],
    *,
    noise: float,
    scale: Float[Tensor, "*batch"] | None = None,
) -> ProjectionSystem:
    """The linear fit that a component of the prior, seen from a view, makes of equally sure points.

    The source's formulas lack the scale and the translation of the points. Here the coefficients are those of the
    deformations times the scale, which makes ``sigma`` the same at every scale; two free columns move all points in x
    and y; and a last free column is the mean shape, whose coefficient is the scale. With ``scale`` given that column
    is left out and the scale does not depend on the points: then the fit is that of `solve`.

    Args:
        component: Which Gaussian of the prior.
        view: ``camera_from_world`` rotation.
        noise: 2D variance of a point in squared model units, on top of the prior's own.
        scale: Picture units for one model unit, taken as fixed; None to fit it.
    """
    rows = view[..., None, :2, :]
    mean = (prior.mean[component] @ rows.squeeze(-3).mT).flatten(-2)
    basis = (prior.basis[component] @ rows.mT).flatten(-2).mT
    shifts = torch.eye(2, dtype=mean.dtype, device=mean.device).repeat(len(prior.skeleton), 1).expand(*mean.shape, 2)
    sigma = ((prior.noise[component] + noise)[..., None] / prior.variance[component]).sqrt()
    if scale is None:
        free = torch.cat([shifts, mean[..., None]], dim=-1)
        mean = torch.zeros_like(mean)
    else:
        free = shifts
        mean = scale[..., None] * mean
    sigma = torch.cat([sigma, torch.zeros_like(free[..., 0, :])], dim=-1)
    return ProjectionSystem(mean, torch.cat([basis, free], dim=-1), sigma)


def project_landmarks(
    landmarks: Float[Tensor, "*batch D"],
    mean: Float[Tensor, "*#batch D"],
    basis: Float[Tensor, "*#batch D C"],
    sigma: Float[Tensor, "*#batch C"],
) -> Float[Tensor, "*batch D"]:
    """``mean + basis @ a`` with the a that minimises |landmarks - mean - basis @ a|^2 + |sigma * a|^2.

    Only ``landmarks`` gets a gradient: the model is fixed, as in the source. See `ProjectionSystem` for the others.
    """
    return ProjectedLandmarks.apply(landmarks, mean, basis, sigma)  # type: ignore[return-value]


class ProjectedLandmarks(torch.autograd.Function):
    """Equations (4) to (8) of the source's supplement, as a differentiable step; called by `project_landmarks`.

    The derivative is H = E (E'E + diag(sigma^2))^-1 E', the first 2L columns of E times the pseudo-inverse of
    [E; diag(sigma)]. With U the left singular vectors of that tall matrix and U1 their first 2L rows, H = U1 U1', which
    is symmetric with eigenvalues between 0 and 1 whatever the rounding, and needs no inverse where columns repeat.
    """

    @staticmethod
    def forward(ctx: Any, landmarks: Tensor, mean: Tensor, basis: Tensor, sigma: Tensor) -> Tensor:
        """The projected landmarks; keeps U1."""
        upper = _upper_singular_vectors(basis, sigma)
        ctx.save_for_backward(upper)
        return mean + _through(upper, landmarks - mean)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None, None, None]:
        """H times the incoming gradient; linear, so that it can be differentiated again."""
        (upper,) = ctx.saved_tensors
        return _through(upper, gradients[0]), None, None, None


def _upper_singular_vectors(
    basis: Float[Tensor, "*batch D C"], sigma: Float[Tensor, "*batch C"]
) -> Float[Tensor, "*batch D C"]:
    """U1; columns brought to unit length first, which leaves their span as it is and makes the rank plain."""
    tall = torch.cat([basis, torch.diag_embed(sigma)], dim=-2)
    length = tall.norm(dim=-2, keepdim=True)
    left, values, _ = torch.linalg.svd(tall / torch.where(length > 0, length, 1.0), full_matrices=False)
    smallest = torch.finfo(values.dtype).eps * tall.shape[-2] * values[..., :1]
    counts = (values > smallest)[..., None, :]
    return torch.where(counts, left[..., : basis.shape[-2], :], 0.0)


def _through(upper: Float[Tensor, "*#batch D C"], vector: Float[Tensor, "*batch D"]) -> Float[Tensor, "*batch D"]:
    return (upper @ (upper.mT @ vector[..., None])).squeeze(-1)
