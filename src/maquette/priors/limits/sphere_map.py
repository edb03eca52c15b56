"""Directions spread over the sphere, and smooth functions on it looked up in a table.

The table is a grid on an octahedron, unfolded to a square: it has no pole, and its lines are 0.6 to 1.4 degrees
apart. Between them values go linearly, so that they are continuous everywhere and have gradients almost everywhere.
"""

from math import pi

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import embedding_bag

_SIDE = 193
"""Points along each side of the square."""


class SphereMap:
    """K functions on the sphere, each of C values, kept in single precision on a grid.

    Args:
        values: At the `grid_directions`, of which there are G.
    """

    def __init__(self, values: Float[Tensor, "K G C"]) -> None:
        with torch.inference_mode(False), torch.no_grad():
            self._table = values.flatten(0, 1).float().clone(memory_format=torch.contiguous_format)

    def __call__(self, directions: Float[Tensor, "*batch 3"], function: Int[Tensor, "*#batch"]) -> Tensor:
        """The values (\\*batch, C) of one of the functions in each direction, a unit vector."""
        corners, shares = _corners(directions)
        rows = (corners + function[..., None] * _SIDE**2).reshape(-1, 4)
        weights = shares.reshape(-1, 4).to(self._table.dtype)
        found = embedding_bag(rows, self._table.to(rows.device), per_sample_weights=weights, mode="sum")
        return found.reshape(*directions.shape[:-1], self._table.shape[-1]).to(directions.dtype)


def grid_directions() -> Float[Tensor, "G 3"]:
    """The unit vectors at the points of the grid, in the order in which `SphereMap` wants its values."""
    line = torch.linspace(-1, 1, _SIDE, dtype=torch.float64)
    across, along = torch.meshgrid(line, line, indexing="ij")
    height = 1 - across.abs() - along.abs()
    folded = torch.stack(_turn_over(across, along), dim=-1)
    flat = torch.where(height[..., None] < 0, folded, torch.stack([across, along], dim=-1))
    points = torch.cat([flat, height[..., None]], dim=-1).reshape(-1, 3)
    return points / points.norm(dim=-1, keepdim=True)


def lattice(count: int) -> Float[Tensor, "count 3"]:
    """Directions spread evenly over the sphere, each in the middle of an equal share of it (a Fibonacci lattice)."""
    number = torch.arange(count, dtype=torch.float64)
    height = 1 - (2 * number + 1) / count
    across, turned = (1 - height.square()).sqrt(), number * pi * (3 - 5**0.5)
    return torch.stack([across * turned.cos(), across * turned.sin(), height], dim=-1)


def _corners(directions: Float[Tensor, "*batch 3"]) -> tuple[Int[Tensor, "*batch 4"], Float[Tensor, "*batch 4"]]:
    """The four points of the grid about each direction, and the share of each."""
    x, y, z = (directions / directions.abs().sum(dim=-1, keepdim=True)).unbind(dim=-1)
    folded = _turn_over(x, y)
    places = [
        (torch.where(z < 0, over, upper) + 1) * ((_SIDE - 1) / 2) for over, upper in zip(folded, (x, y), strict=True)
    ]
    (row, column), (down, right) = zip(*(_cell(place) for place in places), strict=True)
    corner = row * _SIDE + column
    corners = torch.stack([corner, corner + 1, corner + _SIDE, corner + _SIDE + 1], dim=-1)
    shares = [(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right]
    return corners, torch.stack(shares, dim=-1)


def _cell(place: Float[Tensor, "*batch"]) -> tuple[Int[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    """The grid line below each place, and how far it lies beyond."""
    below = place.detach().long().clamp(0, _SIDE - 2)
    return below, place - below


def _turn_over(x: Float[Tensor, "*batch"], y: Float[Tensor, "*batch"]) -> tuple[Tensor, Tensor]:
    """Where the lower half of the octahedron lies when its corners are folded out, and back."""
    one = torch.ones_like(x)
    return (1 - y.abs()) * torch.copysign(one, x), (1 - x.abs()) * torch.copysign(one, y)
