"""Keypoints counted from a person's middle: how maps for anybody's joints are read for the one person in the middle.

As MoveNet does it: the likeliest middle near that of the picture says roughly where the joints are, and the likeliest
cells near there say where exactly. Places are (x, y); maps hold pairs as (y, x), in cells, one pair after another.
MoveNet counts places from the outer corner of the first cell, so that a joint's cell is its place rounded down.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.fields.heatmaps import cells_to_picture

NEARNESS_CELLS = 1.8
"""What is added to a distance that a map is divided by: so near, distance hardly counts (MoveNet)."""


class CentredKeypoints(NamedTuple):
    """The joints of the person in the middle."""

    keypoints_px: Float[Tensor, "B J 2"]
    confidence: Float[Tensor, "B J"]
    """Height of the map there, 0 to 1."""


def guess_joints(centre: Float[Tensor, "B 1 H W"], regress: Float[Tensor, "B two_J H W"]) -> Float[Tensor, "B J 2"]:
    """Roughly where the joints are of the person nearest the picture's middle, in cells from the first one's corner.

    Args:
        centre: How likely somebody's middle is in each cell, 0 to 1.
        regress: From a person's middle to the joints.
    """
    height, width = centre.shape[-2:]
    middle = centre.new_tensor([[width - 1.0, height - 1.0]]) / 2
    likely = centre[:, 0] / (_distances(middle, (height, width)) + NEARNESS_CELLS)
    index = likely.flatten(1).argmax(dim=-1)
    steps = _pairs_at(regress, index)
    return torch.stack([index % width, index // width], dim=-1)[:, None] + steps


def near_guess(heatmaps: Float[Tensor, "B J H W"], guess: Float[Tensor, "B J 2"]) -> Float[Tensor, "B J H W"]:
    """The maps, lower the farther from the guess: at the guess as they are.

    Args:
        heatmaps: How likely a joint is in each cell, 0 to 1.
        guess: Where it should be, in cells.
    """
    size = (heatmaps.shape[-2], heatmaps.shape[-1])
    return heatmaps * (NEARNESS_CELLS / (_distances(guess, size) + NEARNESS_CELLS))


def read_centred(
    heatmaps: Float[Tensor, "B J H W"],
    guess: Float[Tensor, "B J 2"],
    offset: Float[Tensor, "B two_J H W"],
    *,
    stride: int,
) -> CentredKeypoints:
    """The joints near a guess, to a fraction of a cell.

    Args:
        heatmaps: How likely a joint is in each cell, 0 to 1.
        guess: As `guess_joints` gives it.
        offset: From a cell's outer corner to the joint: from 0 to 1 where the joint is in that cell.
        stride: Pixels of the picture between cells.
    """
    width = heatmaps.shape[-1]
    index = near_guess(heatmaps, guess).flatten(2).argmax(dim=-1)
    moved = offset.flatten(2).unflatten(1, (-1, 2)).gather(-1, index[..., None, None].expand(-1, -1, 2, 1))[..., 0]
    cells = torch.stack([index % width, index // width], dim=-1) + moved.flip(-1)
    height_there = heatmaps.flatten(2).gather(-1, index[..., None])[..., 0]
    return CentredKeypoints(cells_to_picture(cells - 0.5, stride), height_there)


def _pairs_at(maps: Float[Tensor, "B two_J H W"], index: Tensor) -> Float[Tensor, "B J 2"]:
    """The pairs in one cell of each picture, as (x, y)."""
    found = maps.flatten(2).gather(-1, index[:, None, None].expand(-1, maps.shape[1], 1))[..., 0]
    return found.unflatten(1, (-1, 2)).flip(-1)


def _distances(points: Float[Tensor, "*batch 2"], size: tuple[int, int]) -> Float[Tensor, "*batch H W"]:
    """From every cell to a point, in cells."""
    rows, columns = (torch.arange(n, dtype=points.dtype, device=points.device) for n in size)
    x, y = points[..., 0, None, None], points[..., 1, None, None]
    return ((columns - x).square() + (rows[:, None] - y).square()).sqrt()  # ONNX has no hypot
