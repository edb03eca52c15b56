"""Functions looked up on the sphere: exact on the grid, right between, continuous over its folds, with gradients."""

import pytest
import torch

from maquette.priors.limits.sphere_map import SphereMap, grid_directions


def smooth(directions):
    """Two functions of two values each."""
    x, y, z = directions.unbind(dim=-1)
    return torch.stack([torch.stack([x * y, z + 2], dim=-1), torch.stack([x.exp(), y * z], dim=-1)])


def scattered(count, generator):
    directions = torch.randn((count, 3), dtype=torch.float64, generator=generator)
    return directions / directions.norm(dim=-1, keepdim=True)


@pytest.fixture(scope="module")
def table():
    return SphereMap(smooth(grid_directions()))


def first(count):
    return torch.zeros(count, dtype=torch.long)


def test_the_grid_covers_the_sphere(generator):
    grid = grid_directions()
    assert torch.allclose(grid.norm(dim=-1), torch.ones(len(grid)).double())
    nearest = (scattered(300, generator) @ grid.mT).amax(dim=-1).clamp_max(1).acos()
    assert nearest.max() < 0.0175


def test_values_on_the_grid_are_exact(table):
    grid = grid_directions()[::7]
    for function in range(2):
        found = table(grid, first(len(grid)) + function)
        assert torch.allclose(found, smooth(grid)[function], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_values_between_are_near(table, generator, dtype):
    directions = scattered(2000, generator).to(dtype)
    for function in range(2):
        found = table(directions, first(2000) + function)
        off = (found - smooth(directions)[function]).abs()
        assert found.dtype == dtype and off.max() < 5e-3 and off.mean() < 2e-4


def test_each_direction_may_have_its_own_function(table, generator):
    directions = scattered(6, generator).reshape(3, 2, 3)
    found = table(directions, torch.tensor([0, 1]))
    assert found.shape == (3, 2, 2)
    for function in range(2):
        assert torch.equal(found[:, function], table(directions[:, function], first(3) + function))
    assert table(directions[:0], torch.tensor([0, 1])).shape == (0, 2, 2)


def test_nothing_jumps_at_the_folds(table):
    around = torch.linspace(0, 2 * torch.pi, 200, dtype=torch.float64)
    for height in (0.0, -0.5):
        for axis in (0, 1, 2):
            ring = torch.stack([around.cos(), around.sin(), torch.full_like(around, height)], dim=-1).roll(
                axis, dims=-1
            )
            beside = [ring + side * 1e-7 * torch.eye(3).double().sum(dim=0) for side in (-1, 1)]
            values = [table(side / side.norm(dim=-1, keepdim=True), first(200)) for side in beside]
            assert torch.allclose(*values, atol=1e-5)


def test_gradients_lead_uphill_and_are_finite_at_the_corners(table, generator):
    corners = torch.cat([torch.eye(3), -torch.eye(3)]).double()
    directions = torch.cat([corners, scattered(500, generator)]).requires_grad_()
    (gradient,) = torch.autograd.grad(table(directions, first(len(directions)))[..., 1].sum(), directions)
    assert gradient.isfinite().all()
    inside = directions[6:]
    wanted = torch.tensor([0.0, 0.0, 1.0]) - inside[:, 2:] * inside
    assert (gradient[6:] - wanted).norm(dim=-1).mean() < 0.05
