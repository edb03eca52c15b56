"""What a hypothesis costs: how badly one component, seen from one side, explains a person's 2D points.

For one hypothesis the person's points are y = s (m + B a) + t + noise with the projected mean m and deformations B of
the pose prior, a ~ N(0, variance), noise of precision p per coordinate, and unknown scale s > 0 and translation t
(Tome et al., CVPR 2017, with the noise made explicit). Integrating a out leaves y/s ~ N(m, C), so with u = 1/s

    -log p(y) = (u^2 y'C^-1 y - 2 u y'C^-1 m + m'C^-1 m + log|C|) / 2 - D log u,

whose best scale solves a quadratic; the result does not depend on the unit of the picture. D is the number of
coordinates less the two of t. Three quadratic forms and a determinant are all a hypothesis needs.

`FixedViews` and `WeightedViews` make these forms for all hypotheses at once; `solve` goes on from the chosen one.
Letters: N persons, K components, J deformations, L joints, V views (tilts x headings).
"""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor


class Forms(NamedTuple):
    """The quadratic forms of a set of hypotheses, and the log-determinant of their covariance."""

    yy: Float[Tensor, "*hypotheses"]
    ym: Float[Tensor, "*hypotheses"]
    mm: Float[Tensor, "*#hypotheses"]
    log_volume: Float[Tensor, "*#hypotheses"]


def best_inverse_scale(forms: Forms, freedom: Float[Tensor, "*#hypotheses"]) -> Float[Tensor, "*hypotheses"]:
    """The positive u = 1/s, model units for one picture unit, that makes each hypothesis most probable."""
    return (forms.ym + (forms.ym.square() + 4 * forms.yy * freedom).sqrt()) / (2 * forms.yy)


def cost_at_best_scale(forms: Forms, freedom: Float[Tensor, "*#hypotheses"]) -> Float[Tensor, "*hypotheses"]:
    """Negative log density of the points at the best scale, up to a constant shared by all hypotheses."""
    inverse = best_inverse_scale(forms, freedom)
    misfit = inverse * (inverse * forms.yy - 2 * forms.ym) + forms.mm
    return 0.5 * (misfit + forms.log_volume) - freedom * inverse.log()
