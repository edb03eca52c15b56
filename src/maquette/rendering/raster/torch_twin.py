"""The z-buffer in torch: a portable twin of `raster`, for many pictures at once and for any device.

No loop runs over triangles. Triangles are gathered by the size of their boxes, powers of two up to 64 pixels; what is
larger is cut into tiles of 64. Each gives a square patch of candidates, and at every pixel the nearest wins by a
maximum over 64-bit keys: the bits of one over the depth, then the triangle's number, the lower first. Textures' alpha
is not looked at.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Float32, Int64
from torch import Tensor

from maquette.rendering.raster.kernel import NEAR_M

_LARGEST_PATCH = 64
_CANDIDATES_AT_ONCE = 1 << 22
_ON_THE_EDGE = {torch.float64: 1e-9, torch.float32: 1e-5}
_FAR_AWAY_PX = 1e7
_LOW_BITS = (1 << 31) - 1


class BatchMesh(NamedTuple):
    """What all pictures of a batch share: the triangles and how they are seen."""

    triangles: Int64[Tensor, "T 3"]
    keep: Float[Tensor, " V"]
    """What is below zero between the corners is cut away."""
    is_two_sided: Bool[Tensor, " T"]
    """Triangles whose inside is seen too."""


class DrawnBatch(NamedTuple):
    """What is seen at every pixel of every picture; as `kernel.Buffers`, for one mesh."""

    inverse_depth: Float32[Tensor, "B H W"]
    """1/m; 0 where there is nothing."""
    triangle: Int64[Tensor, "B H W"]
    """-1 where there is nothing."""
    weights: Float32[Tensor, "B H W 2"]
    """Shares of the triangle's corners 1 and 2, true in space."""


class _Planes(NamedTuple):
    """Triangles on the screen, N in all pictures together."""

    picture: Int64[Tensor, " N"]
    triangle: Int64[Tensor, " N"]
    corner: Float[Tensor, "N 2"]
    """Column and row of corner 0."""
    steps: Float[Tensor, "N 2 2"]
    """What the shares of corners 1 and 2 gain per column and per row."""
    w: Float[Tensor, "N 3"]
    keep: Float[Tensor, "N 3"]
    first: Int64[Tensor, "N 2"]
    """First column and row of the box, inside the picture."""
    last: Int64[Tensor, "N 2"]

    def select(self, rows: Tensor) -> "_Planes":
        return _Planes(*(values[rows] for values in self))


def draw_batch(
    vertices_camera: Float[Tensor, "B V 3"],
    mesh: BatchMesh,
    camera_matrices: Float[Tensor, "B 3 3"],
    size: tuple[int, int],
) -> DrawnBatch:
    """Draw one mesh, in as many places as there are pictures.

    Args:
        vertices_camera: Vertices in each picture's camera frame, metres.
        mesh: Triangles; all tensors on one device.
        camera_matrices: Intrinsic matrices in pixels.
        size: (rows, columns) of the pictures.
    """
    rows, columns = size
    screen = _project(vertices_camera, camera_matrices)
    planes = _planes(screen, mesh, size)
    keys = torch.zeros(len(screen) * rows * columns, dtype=torch.int64, device=screen.device)
    extent = (planes.last - planes.first + 1).amax(dim=1)
    patch = 1
    while patch < _LARGEST_PATCH:
        _compete(keys, planes.select((extent > patch // 2) & (extent <= patch)), patch, size)
        patch *= 2
    _compete(keys, _tiles(planes.select(extent > patch // 2), patch), patch, size)
    return _decode(keys, screen, mesh, size)


def _project(vertices: Float[Tensor, "B V 3"], matrices: Float[Tensor, "B 3 3"]) -> Float[Tensor, "B V 3"]:
    """Column, row and one over the depth; the last is 0 for vertices that are too near or not finite."""
    precise = torch.float32 if vertices.device.type == "mps" else torch.float64
    vertices, matrices = vertices.to(precise), matrices.to(precise)
    is_seen = torch.isfinite(vertices).all(dim=-1) & (vertices[..., 2] >= NEAR_M)
    vertices = torch.where(is_seen[..., None], vertices, 1.0)
    w = 1 / vertices[..., 2:]
    pixels = (vertices * w) @ matrices[:, :2].mT
    screen = torch.cat([pixels.clamp(-_FAR_AWAY_PX, _FAR_AWAY_PX), w * is_seen[..., None]], dim=-1)
    return screen.float().to(precise)


def _planes(screen: Float[Tensor, "B V 3"], mesh: BatchMesh, size: tuple[int, int]) -> _Planes:
    """The triangles that may be seen."""
    corners = screen[:, mesh.triangles]
    edge1, edge2 = (corners[..., 1:, :2] - corners[..., :1, :2]).unbind(dim=-2)
    area = edge1[..., 0] * edge2[..., 1] - edge2[..., 0] * edge1[..., 1]
    keep = mesh.keep.to(screen.dtype)[mesh.triangles]
    limit = torch.tensor([size[1] - 1, size[0] - 1], dtype=screen.dtype, device=screen.device)
    first = corners[..., :2].amin(dim=-2).clamp(min=0).ceil()
    last = torch.minimum(corners[..., :2].amax(dim=-2), limit).floor()
    is_seen = (corners[..., 2] > 0).all(dim=-1) & (first <= last).all(dim=-1) & (keep >= 0).any(dim=-1)
    is_seen &= (area < 0) | ((area > 0) & mesh.is_two_sided)
    picture, triangle = is_seen.nonzero(as_tuple=True)
    edge1, edge2, area = edge1[is_seen], edge2[is_seen], area[is_seen]
    steps = torch.stack([edge2[:, 1], -edge2[:, 0], -edge1[:, 1], edge1[:, 0]], dim=-1) / area[:, None]
    return _Planes(
        picture=picture,
        triangle=triangle,
        corner=corners[is_seen][:, 0, :2],
        steps=steps.unflatten(-1, (2, 2)),
        w=corners[is_seen][..., 2],
        keep=keep[triangle],
        first=first[is_seen].long(),
        last=last[is_seen].long(),
    )


def _tiles(planes: _Planes, side: int) -> _Planes:
    """The same triangles, each once for every tile of its box."""
    across, down = ((planes.last - planes.first) // side + 1).unbind(dim=1)
    owner = torch.repeat_interleave(across * down)
    start = (across * down).cumsum(dim=0) - across * down
    number = torch.arange(len(owner), device=owner.device) - start[owner]
    tile = torch.stack([number % across[owner], number // across[owner]], dim=1)
    tiled = planes.select(owner)
    first = tiled.first + tile * side
    return tiled._replace(first=first, last=torch.minimum(tiled.last, first + side - 1))


def _compete(keys: Int64[Tensor, " pixels"], planes: _Planes, side: int, size: tuple[int, int]) -> None:
    """Let the triangles' patches of ``side`` x ``side`` pixels compete for the pixels; changes ``keys`` in place."""
    steps = torch.arange(side, device=keys.device)
    offsets = torch.stack(torch.meshgrid(steps, steps, indexing="xy"), dim=-1).reshape(1, -1, 2)
    for rows in torch.arange(len(planes.picture), device=keys.device).split(max(1, _CANDIDATES_AT_ONCE // side**2)):
        some = planes.select(rows)
        pixels = some.first[:, None] + offsets
        shares = torch.einsum("nij,npj->npi", some.steps, pixels - some.corner[:, None])
        all_shares = torch.cat([1 - shares.sum(dim=-1, keepdim=True), shares], dim=-1)
        w = torch.einsum("npi,ni->np", all_shares, some.w).float()
        kept = torch.einsum("npi,ni->np", all_shares, some.keep) >= 0
        wins = (all_shares >= -_ON_THE_EDGE[shares.dtype]).all(dim=-1) & kept & (w > 0)
        wins &= (pixels <= some.last[:, None]).all(dim=-1)
        key = (w.view(torch.int32).long() << 32) | (_LOW_BITS - some.triangle[:, None])
        place = (some.picture[:, None] * size[0] + pixels[..., 1]) * size[1] + pixels[..., 0]
        keys.scatter_reduce_(0, place[wins], key[wins], "amax")


def _decode(
    keys: Int64[Tensor, " pixels"], screen: Float[Tensor, "B V 3"], mesh: BatchMesh, size: tuple[int, int]
) -> DrawnBatch:
    """The winners' depth and triangle, and where in the triangle each pixel lies."""
    keys = keys.view(len(screen), *size)
    is_seen = keys > 0
    inverse_depth = (keys >> 32).int().view(torch.float32)
    triangle = torch.where(is_seen, _LOW_BITS - (keys & _LOW_BITS), -1)
    picture, row, column = is_seen.nonzero(as_tuple=True)
    corners = screen[picture[:, None], mesh.triangles[triangle[is_seen]]]
    x, y = (corners[..., :2] - torch.stack([column, row], dim=-1)[:, None]).unbind(dim=-1)
    twice = torch.stack([x[:, 1] * y[:, 2] - x[:, 2] * y[:, 1], x[:, 2] * y[:, 0] - x[:, 0] * y[:, 2],
                         x[:, 0] * y[:, 1] - x[:, 1] * y[:, 0]], dim=-1)  # fmt: skip
    true = twice * corners[..., 2]
    weights = torch.zeros(*keys.shape, 2, device=keys.device)
    weights[is_seen] = (true / true.sum(dim=-1, keepdim=True))[:, 1:].float()
    return DrawnBatch(inverse_depth, triangle, weights)
