"""All hypotheses of persons whose every joint is seen equally well: matrices made once, then one product a batch."""

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.methods.lifting.hypotheses import Forms, cost_at_best_scale
from maquette.priors.mixture.model import MixturePrior


class FixedViews:
    """The matrices of every component and view, for points whose joints are all equally sure.

    With one precision the covariance of a hypothesis and its inverse are fixed: C^-1 = (I - Q Q') / variance, with
    Q = B L^-T and L the Cholesky factor of B'B + variance diag(1 / prior variance).

    Args:
        prior: The pose prior.
        views: ``camera_from_world`` rotation of every view.
        noise: Variance of a 2D coordinate in squared model units, on top of the prior's own.
    """

    def __init__(self, prior: MixturePrior, views: Float[Tensor, "V 3 3"], noise: float) -> None:
        prior = prior.to(torch.float64)
        rows = views.double()[:, :2]
        mean = torch.einsum("vab,klb->kvla", rows, prior.mean).flatten(2)
        basis = torch.einsum("vab,kjlb->kvlaj", rows, prior.basis).flatten(2, 3)
        variance = prior.noise[:, None] + noise
        inner = basis.mT @ basis + torch.diag_embed(variance / prior.variance)[:, None]
        lower = torch.linalg.cholesky(inner)
        whitened = torch.linalg.solve_triangular(lower, basis.mT, upper=False)
        pull = (mean - (whitened.mT @ (whitened @ mean[..., None])).squeeze(-1)) / variance[..., None]
        self._freedom = 2 * len(prior.skeleton) - 2
        volume = lower.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1) * 2 + prior.variance.log().sum(-1, keepdim=True)
        self._log_volume = (volume + (self._freedom - prior.basis_count) * variance.log()).float()
        self._mm = (mean * pull).sum(dim=-1).float()
        self._variance = variance.float()
        self._log_weight = prior.weight.log()[:, None].float()
        self._shape = tuple(whitened.shape[:3])
        self._matrix = torch.cat([whitened.flatten(0, 2), pull.flatten(0, 1)]).mT.float().contiguous()

    def costs(self, points: Float[Tensor, "N L 2"]) -> Float[Tensor, "N K V"]:
        """Cost of every hypothesis; the points must be centred on their mean."""
        components, views, bases = self._shape
        flat = points.flatten(1).float()
        product = flat @ self._matrix
        along = product[:, : components * views * bases].view(len(points), components, views, bases)
        beside = flat.square().sum(dim=1)[:, None, None] - torch.linalg.vector_norm(along, dim=-1).square()
        forms = Forms(
            yy=beside / self._variance,
            ym=product[:, components * views * bases :].view(len(points), components, views),
            mm=self._mm,
            log_volume=self._log_volume,
        )
        return cost_at_best_scale(forms, torch.tensor(float(self._freedom))) - self._log_weight
