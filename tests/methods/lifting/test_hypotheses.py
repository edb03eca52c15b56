"""The cost of a hypothesis, made three ways: for equally sure points, for unsure ones, and slowly."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.linalg import null_space
from scipy.optimize import minimize_scalar

from maquette.geometry.rotation import camera_from_level, heading_rotation, roll_rotation, tilt_rotation
from maquette.methods.lifting.fixed_views import FixedViews
from maquette.methods.lifting.hypotheses import Forms, best_inverse_scale, cost_at_best_scale
from maquette.methods.lifting.solution import solve
from maquette.methods.lifting.weighted_views import WeightedViews, joint_precision

NOISE = 6e-4
CLOSE = {"rtol": 0, "atol": 5e-3}
"""Costs are natural logarithms in the tens, computed in float32."""


def sample_views(count, generator):
    turn, tilt, roll = torch.randn(3, count, generator=generator, dtype=torch.float64)
    return roll_rotation(0.2 * roll) @ tilt_rotation(0.3 * tilt) @ camera_from_level() @ heading_rotation(3 * turn)


def sample_points(prior, views, generator):
    """One person a view, of about unit size, about the origin."""
    poses = prior.sample_poses(len(views), generator=generator)
    points = (poses @ views.mT)[..., :2]
    points = points + 0.03 * torch.randn(points.shape, generator=generator, dtype=torch.float64)
    points = points - points.mean(dim=1, keepdim=True)
    return points / points.square().sum(dim=(1, 2), keepdim=True).sqrt()


def sample_weights(count, generator):
    """Unsure and hidden joints, at least half of them seen."""
    weights = 0.05 + 0.95 * torch.rand(count, 17, generator=generator, dtype=torch.float64)
    for row in weights:
        row[torch.randperm(17, generator=generator)[:5]] = 0.0
    return weights


def slow_cost(prior, points, weights, component, view):
    """Cost of one hypothesis of one person, out of the covariance of all contrasts that no translation changes."""
    seen = (weights > 0).numpy()
    mean = (prior.mean[component] @ view.T)[:, :2].numpy()[seen].ravel()
    basis = (prior.basis[component] @ view.T)[..., :2].numpy()[:, seen].reshape(prior.basis_count, -1)
    noise = np.repeat((prior.noise[component] + NOISE / weights[weights > 0]).numpy(), 2)
    covariance = basis.T @ np.diag(prior.variance[component].numpy()) @ basis + np.diag(noise)
    contrasts = null_space(np.tile(np.eye(2), seen.sum())).T
    spread = contrasts @ covariance @ contrasts.T
    target, expected = contrasts @ points.numpy()[seen].ravel(), contrasts @ mean

    def cost(log_inverse_scale):
        off = math.exp(log_inverse_scale) * target - expected
        misfit = off @ np.linalg.solve(spread, off)
        return 0.5 * (misfit + np.linalg.slogdet(spread)[1]) - len(target) * log_inverse_scale

    best = minimize_scalar(cost, bounds=(-6, 6), method="bounded", options={"xatol": 1e-9})
    return best.fun - math.log(prior.weight[component])


def slow_costs(prior, points, weights, views):
    table = [
        [[slow_cost(prior, y, w, k, view) for view in views] for k in range(prior.component_count)]
        for y, w in zip(points, weights, strict=True)
    ]
    return torch.tensor(table)


def differences(costs):
    """Costs of each person less the lowest of them: what a constant per person does not change."""
    costs = costs.double()
    return costs - costs.flatten(1).amin(dim=1)[:, None, None]


def assert_same_ranking_costs(found, wanted):
    likely = differences(wanted) < 100
    torch.testing.assert_close(differences(found)[likely], differences(wanted)[likely], **CLOSE)
    torch.testing.assert_close(differences(found), differences(wanted), rtol=1e-4, atol=5e-3)


class TestBestScale:
    @pytest.fixture
    def forms(self, generator):
        yy, mm = (0.01 + 10 * torch.rand(2, 40, generator=generator, dtype=torch.float64)).unbind()
        return Forms(yy, 5 * torch.randn(40, generator=generator, dtype=torch.float64), mm, torch.zeros(40).double())

    def test_it_is_the_minimiser(self, forms):
        freedom = torch.tensor(32.0, dtype=torch.float64)
        for u, yy, ym in zip(best_inverse_scale(forms, freedom), forms.yy, forms.ym, strict=True):

            def cost(log_u, yy=yy, ym=ym):
                return float(0.5 * (math.exp(2 * log_u) * yy - 2 * math.exp(log_u) * ym) - 32 * log_u)

            wanted = minimize_scalar(cost, bounds=(-9, 9), method="bounded", options={"xatol": 1e-10}).x
            assert math.log(u) == pytest.approx(wanted, abs=1e-6)

    def test_it_is_positive_also_for_points_that_are_upside_down(self, forms):
        upside_down = forms._replace(ym=-forms.ym.abs())
        assert (best_inverse_scale(upside_down, torch.tensor(32.0)) > 0).all()

    def test_a_larger_picture_costs_every_hypothesis_the_same_more(self, forms):
        larger = forms._replace(yy=9 * forms.yy, ym=3 * forms.ym)
        freedom = torch.tensor(32.0, dtype=torch.float64)
        more = cost_at_best_scale(larger, freedom) - cost_at_best_scale(forms, freedom)
        torch.testing.assert_close(more, torch.full_like(more, 32 * math.log(3)))


class TestCosts:
    def test_fixed_views_equal_the_slow_twin(self, prior, generator):
        views = sample_views(5, generator)
        points = sample_points(prior, views[:4], generator)
        wanted = slow_costs(prior, points, torch.ones(4, 17, dtype=torch.float64), views)
        assert_same_ranking_costs(FixedViews(prior, views, NOISE).costs(points), wanted)

    def test_weighted_views_equal_the_slow_twin(self, prior, generator):
        views = sample_views(5, generator)
        points, weights = sample_points(prior, views[:4], generator), sample_weights(4, generator)
        wanted = slow_costs(prior, points, weights, views)
        assert_same_ranking_costs(WeightedViews(prior, views, NOISE).costs(points, weights), wanted)

    def test_solved_hypotheses_cost_what_the_slow_twin_says(self, prior, generator):
        """In float64, and to the last digits that a numerical minimum has."""
        views = sample_views(5, generator)
        points, weights = sample_points(prior, views[:4], generator), sample_weights(4, generator)
        person, component, view = torch.cartesian_prod(torch.arange(4), torch.arange(2), torch.arange(5)).unbind(1)
        solution = solve(prior, points[person], weights[person], component, views[view], noise=NOISE)
        wanted = slow_costs(prior, points, weights, views)
        torch.testing.assert_close(differences(solution.cost.view(4, 2, 5)), differences(wanted), rtol=1e-9, atol=1e-7)

    def test_a_tight_prior_and_sure_points_equal_the_slow_twin_too(self, prior, generator):
        prior = replace(
            prior, noise=prior.noise / 20, variance=prior.variance * torch.tensor([1, 1, 0.1, 0.1, 1e-3, 1e-5])
        )
        views = sample_views(4, generator)
        points, weights = sample_points(prior, views[:3], generator), sample_weights(3, generator)
        wanted = slow_costs(prior, points, weights, views)
        assert_same_ranking_costs(WeightedViews(prior, views, NOISE).costs(points, weights), wanted)

    def test_equal_weights_of_one_are_fixed_views(self, prior, generator):
        views = sample_views(30, generator)
        points = sample_points(prior, views[:10], generator)
        fixed = FixedViews(prior, views, NOISE).costs(points)
        weighted = WeightedViews(prior, views, NOISE).costs(points, torch.ones(10, 17))
        assert fixed.shape == weighted.shape == (10, prior.component_count, 30)
        assert_same_ranking_costs(weighted, fixed.double())

    def test_hidden_joints_do_not_matter_wherever_they_are(self, prior, generator):
        views = sample_views(6, generator)
        points, weights = sample_points(prior, views, generator), sample_weights(6, generator)
        moved = torch.where(weights[..., None] > 0, points, torch.randn(points.shape, generator=generator).double())
        search = WeightedViews(prior, views, NOISE)
        torch.testing.assert_close(search.costs(points, weights), search.costs(moved, weights), rtol=0, atol=2e-3)

    def test_a_joint_of_little_weight_matters_little(self, prior, generator):
        views, wrist = sample_views(6, generator), prior.skeleton.index("l_wrist")
        points = sample_points(prior, views, generator)
        wrong = points.clone()
        wrong[:, wrist] += 0.3
        search = WeightedViews(prior, views, NOISE)

        def change(weight):
            weights = torch.ones(6, 17, dtype=torch.float64)
            weights[:, wrist] = weight
            return (differences(search.costs(wrong, weights)) - differences(search.costs(points, weights))).abs().mean()

        assert change(1.0) > 1.5 * change(0.2) > 5 * change(0.01)

    def test_batches_equal_one_by_one(self, prior, generator):
        views = sample_views(6, generator)
        points, weights = sample_points(prior, views, generator), sample_weights(6, generator)
        search = WeightedViews(prior, views, NOISE)
        together = search.costs(points, weights)
        for row in range(6):
            alone = search.costs(points[row : row + 1], weights[row : row + 1])
            torch.testing.assert_close(together[row : row + 1], alone, rtol=0, atol=2e-3)


def test_precision_by_hand():
    found = joint_precision(torch.tensor([0.2]), torch.tensor([[0.0, 0.5, 1.0]]), 0.1)
    torch.testing.assert_close(found, torch.tensor([[[0.0, 1 / 0.4, 1 / 0.3]]]))
