"""Heatmaps: how a picture says where joints are, written from points and read back to a fraction of a cell.

Points are (x, y) in pixels of the picture; a cell covers ``stride`` x ``stride`` pixels. Maps are either Gaussians of
height 1 (Newell et al.; see `maquette.fields.belief`) or, before a softmax over the cells, logits.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import avg_pool2d

from maquette.fields.belief import belief_maps


def picture_to_cells(points_px: Float[Tensor, "*batch 2"], stride: int) -> Float[Tensor, "*batch 2"]:
    """Points of the picture as points of the map: both count from the centre of their first cell."""
    return (points_px + 0.5) / stride - 0.5


def cells_to_picture(points: Float[Tensor, "*batch 2"], stride: int) -> Float[Tensor, "*batch 2"]:
    """Points of the map as points of the picture, the inverse of `picture_to_cells`."""
    return (points + 0.5) * stride - 0.5


def gaussian_heatmaps(
    points_px: Float[Tensor, "*batch J 2"],
    mask: Bool[Tensor, "*batch J"],
    size: tuple[int, int],
    *,
    stride: int,
    sigma: float = 1.0,
) -> Float[Tensor, "*batch J H W"]:
    """A Gaussian of height 1 at every joint, nothing for those that are unknown.

    Args:
        points_px: Joints; they may lie outside the picture.
        mask: Which are known.
        size: (rows, columns) of the maps.
        stride: Pixels of the picture between cells.
        sigma: Width in cells.
    """
    cells = torch.where(mask[..., None], picture_to_cells(points_px, stride), 0.0)
    return belief_maps(cells, size, sigma=sigma) * mask[..., None, None]


def cell_offsets(
    points_px: Float[Tensor, "*batch J 2"], size: tuple[int, int], *, stride: int
) -> Float[Tensor, "*batch J 2 H W"]:
    """From every cell to a point, (x, y) in cells.

    Args:
        points_px: In pixels of the picture.
        size: (rows, columns) of the maps.
        stride: Pixels of the picture between cells.
    """
    x, y = picture_to_cells(points_px, stride)[..., None, None].unbind(dim=-3)
    rows, columns = (torch.arange(n, dtype=points_px.dtype, device=points_px.device) for n in size)
    across, down = (x - columns).expand(*x.shape[:-2], *size), (y - rows[:, None]).expand(*y.shape[:-2], *size)
    return torch.stack([across, down], dim=-3)


def spread_evenly(maps: Float[Tensor, "*batch H W"]) -> Float[Tensor, "*batch H W"]:
    """Every map divided by its sum, so that it says how likely each cell is; a map of zeros stays one."""
    return maps / maps.sum(dim=(-2, -1), keepdim=True).clamp_min(1e-12)


def softmax_cells(logits: Float[Tensor, "*batch H W"]) -> Float[Tensor, "*batch H W"]:
    """The softmax over the cells of each map."""
    return logits.flatten(-2).softmax(dim=-1).reshape(logits.shape)


def soft_argmax(probabilities: Float[Tensor, "*batch H W"], *, stride: int) -> Float[Tensor, "*batch 2"]:
    """The mean place of each map of probabilities (soft-argmax), in pixels of the picture; it can be trained through.

    Args:
        probabilities: Maps that sum to one.
        stride: Pixels of the picture between cells.
    """
    rows, columns = (
        torch.arange(n, dtype=probabilities.dtype, device=probabilities.device) for n in probabilities.shape[-2:]
    )
    x, y = probabilities.sum(dim=-2) @ columns, probabilities.sum(dim=-1) @ rows
    return cells_to_picture(torch.stack([x, y], dim=-1), stride)


def quarter_points(maps: Float[Tensor, "*batch H W"], *, stride: int) -> Float[Tensor, "*batch 2"]:
    """The brightest cell of each map, moved by a quarter towards the brighter neighbour (Newell et al.), in pixels.

    At the map's edge, where there is but one neighbour, it is not moved.
    """
    columns, rows = _brightest(maps)
    moved = [
        points + 0.25 * (_at(maps, rows + dr, columns + dc) - _at(maps, rows - dr, columns - dc)).sign() * is_inner
        for points, dr, dc, is_inner in (
            (columns, 0, 1, (columns > 0) & (columns < maps.shape[-1] - 1)),
            (rows, 1, 0, (rows > 0) & (rows < maps.shape[-2] - 1)),
        )
    ]
    return cells_to_picture(torch.stack(moved, dim=-1).to(maps.dtype), stride)


def refine_points(
    probabilities: Float[Tensor, "*batch H W"], *, stride: int, reach: int = 2
) -> Float[Tensor, "*batch 2"]:
    """The mean place near the brightest spot of each map, in pixels of the picture: other spots do not draw it away.

    It is that of a Gaussian to an eighth of a cell. Nearer than a cell to the map's edge, where half a Gaussian is cut
    off, it lies too far inside, by up to 0.9 cells.

    Args:
        probabilities: Maps without negative values.
        stride: Pixels of the picture between cells.
        reach: Cells to each side of the brightest one that count.
    """
    return soft_argmax(spread_evenly(_near_brightest(probabilities, reach)), stride=stride)


def vote_points(
    probabilities: Float[Tensor, "*batch H W"], offsets: Float[Tensor, "*batch 2 H W"], *, stride: int, reach: int = 2
) -> Float[Tensor, "*batch 2"]:
    """Where the cells near the brightest spot of each map say that the point is, in pixels of the picture.

    Args:
        probabilities: Maps without negative values; they say how much each cell's vote counts.
        offsets: From every cell to the point, (x, y) in cells.
        stride: Pixels of the picture between cells.
        reach: Cells to each side of the brightest one that count.
    """
    near = spread_evenly(_near_brightest(probabilities, reach))
    return soft_argmax(near, stride=stride) + stride * (offsets * near[..., None, :, :]).sum(dim=(-2, -1))


def certainty(probabilities: Float[Tensor, "*batch H W"]) -> Float[Tensor, "*batch"]:
    """How much of each map of probabilities lies in its brightest cell and the eight around that: 0 to 1."""
    columns, rows = _brightest(probabilities)
    nine = 9 * avg_pool2d(probabilities.unsqueeze(0).flatten(0, -3).unsqueeze(1), 3, stride=1, padding=1)
    return _at(nine.reshape(probabilities.shape), rows, columns).clamp(0.0, 1.0)


def read_at(values: Float[Tensor, "*batch H W"], probabilities: Float[Tensor, "*batch H W"]) -> Float[Tensor, "*batch"]:
    """The mean of each map of values, weighted by a map of probabilities."""
    return (values * probabilities).sum(dim=(-2, -1))


def _near_brightest(maps: Float[Tensor, "*batch H W"], reach: int) -> Float[Tensor, "*batch H W"]:
    """The maps, zero but for the brightest cell and so many to each side of it."""
    columns, rows = _brightest(maps)
    height, width = maps.shape[-2:]
    is_near_row = (torch.arange(height, device=maps.device) - rows[..., None]).abs() <= reach
    is_near_column = (torch.arange(width, device=maps.device) - columns[..., None]).abs() <= reach
    return maps * is_near_row[..., :, None] * is_near_column[..., None, :]


def _brightest(maps: Float[Tensor, "*batch H W"]) -> tuple[Tensor, Tensor]:
    index, width = maps.flatten(-2).argmax(dim=-1), maps.shape[-1]
    return index % width, index // width


def _at(maps: Float[Tensor, "*batch H W"], rows: Tensor, columns: Tensor) -> Float[Tensor, "*batch"]:
    """Values of cells; beyond the edge those of the edge."""
    height, width = maps.shape[-2:]
    index = rows.clamp(0, height - 1) * width + columns.clamp(0, width - 1)
    return maps.flatten(-2).gather(-1, index[..., None])[..., 0]
