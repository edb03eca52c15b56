"""From ranked hypotheses to one pose: each is solved, set right for perspective, and weighed by its probability."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.geometry.rotation import heading_rotation
from maquette.methods.lifting.config import LiftingConfig
from maquette.methods.lifting.search import Ranked
from maquette.methods.lifting.solution import Solution, solve
from maquette.priors.mixture.model import MixturePrior

_SOLVED_AT_ONCE = 4096


class Lifted(NamedTuple):
    """The 3D pose of each of N persons."""

    joints: Float[Tensor, "N L 3"]
    """Camera frame (x right, y down, z forward), model units, relative to the skeleton's root."""
    deviation: Float[Tensor, "N L"]
    """Standard deviation of each joint in model units: within the hypotheses and between them."""
    scale: Float[Tensor, " N"]
    """Unit of the points for one model unit at the person's depth."""


class HypothesisBlend:
    """The mean of each person's ranked hypotheses, weighed by their probability at the configured temperature.

    With one hypothesis this is the most probable pose itself. The uncertainty obeys the law of total variance.

    Args:
        prior: With all its deformations, in float64.
        config: Noise, temperature, rounds of refinement and of perspective.
        views: ``camera_from_world`` of every tilt and heading that hypotheses refer to.
        focal: Focal length in the unit of the points; None for weak perspective.
    """

    def __init__(
        self, prior: MixturePrior, config: LiftingConfig, views: Float[Tensor, "T H 3 3"], *, focal: float | None
    ) -> None:
        self._prior = prior
        self._config = config
        self._views = views
        self._focal = focal
        self._root = prior.skeleton.index(prior.skeleton.root)

    def lift(
        self,
        points: Float[Tensor, "N L 2"],
        weights: Float[Tensor, "N L"],
        found: Ranked,
        progress: Progress = no_progress,
    ) -> Lifted:
        """The poses of N persons whose points are relative to the principal point."""
        size = max(_SOLVED_AT_ONCE // found.component.shape[1], 1)
        ranks = map(Ranked._make, zip(*(part.split(size) for part in found), strict=True))
        rows = zip(points.split(size), weights.split(size), ranks, strict=True)
        parts = []
        for row in rows:
            parts.append(self._lift_chunk(*row))
            progress(min(size * len(parts), len(points)), len(points))
        return Lifted(*(torch.cat(part) for part in zip(*parts, strict=True)))

    def _lift_chunk(self, points: Float[Tensor, "N L 2"], weights: Float[Tensor, "N L"], found: Ranked) -> Lifted:
        shape = found.component.shape
        solution = self._solved(points, weights, found)
        share = torch.softmax(-solution.cost.view(shape) / self._config.temperature - found.bias, dim=1)
        joints = solution.joints.unflatten(0, shape)
        joints = joints - joints[..., self._root, None, :]
        mean = (share[..., None, None] * joints).sum(dim=1)
        between = (share[..., None, None] * (joints - mean[:, None]).square()).sum(dim=(1, 3))
        within = (share[..., None] * solution.deviation.unflatten(0, shape).square()).sum(dim=1)
        scale = (share * solution.scale.view(shape).log()).sum(dim=1).exp()
        return Lifted(mean, (between + within).sqrt(), scale)

    def _solved(self, points: Float[Tensor, "N L 2"], weights: Float[Tensor, "N L"], found: Ranked) -> Solution:
        """All hypotheses solved; the points moved to where a camera without perspective would see them.

        A point at depth Z + z appears (Z + z) / Z times nearer to the principal point than at the person's depth Z,
        and Z in model units is the focal length over the scale: no absolute size is needed.
        """
        count = found.component.shape[1]
        seen, certainty = points.repeat_interleave(count, dim=0), weights.repeat_interleave(count, dim=0)
        component, view = found.component.flatten(), self._views[found.tilt, found.heading].flatten(0, 1)
        noise = self._config.point_deviation**2
        view = self._refined(view, lambda turned: solve(self._prior, seen, certainty, component, turned, noise=noise))
        solution = solve(self._prior, seen, certainty, component, view, noise=noise)
        for _ in range(self._config.perspective_rounds if self._focal else 0):
            nearness = 1 + solution.joints[..., 2:] * solution.scale[:, None, None] / (self._focal or 1.0)
            solution = solve(self._prior, seen * nearness, certainty, component, view, noise=noise)
        return solution

    def _refined(
        self, view: Float[Tensor, "M 3 3"], solved: Callable[[Float[Tensor, "M 3 3"]], Solution]
    ) -> Float[Tensor, "M 3 3"]:
        """Views whose headings moved to the lowest point of the parabola through the costs on either side."""
        step = torch.pi / self._views.shape[1]
        for _ in range(self._config.refinement_rounds):
            before, here, after = (
                solved(view @ heading_rotation(view.new_tensor([angle]))).cost for angle in (-step, 0.0, step)
            )
            curvature = (before - 2 * here + after).clamp_min(torch.finfo(here.dtype).eps)
            moved = (0.5 * (before - after) / curvature).clamp(-1, 1)
            is_better = (before - 2 * here + after) > 0
            view = view @ heading_rotation(torch.where(is_better, moved * step, 0.0))
            step /= 3
        return view
