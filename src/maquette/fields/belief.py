"""Belief maps: one picture a landmark, bright where the landmark is; written from points, and points read from them.

Points are (x, y) in pixels of the map, with the origin at the centre of its top-left pixel. Both directions can be
trained through with the sub-gradients of Tome et al., CVPR 2017 (supplement); neither is the derivative of what it
computes.
"""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

_STEP_PX = 1.0
"""Half the distance of the two Gaussians whose difference stands for a derivative (the source's delta)."""


def belief_maps(
    landmarks: Float[Tensor, "*batch L 2"], size: tuple[int, int], *, sigma: float = 1.0
) -> Float[Tensor, "*batch L H W"]:
    """Maps with a Gaussian of height 1 around each landmark, wherever it lies, also outside the map.

    Backward, a landmark's derivative is the difference of the maps one pixel before and after it, halved (equation 9
    of the source's supplement). That still feels an error two or three pixels away, where the derivative has faded.

    Args:
        landmarks: (x, y) in pixels of the map.
        size: (rows, columns) of the maps.
        sigma: Width of the Gaussians in pixels.
    """
    return _Gaussians.apply(landmarks, size, sigma)  # type: ignore[return-value]


def landmarks_from_belief(
    maps: Float[Tensor, "*batch L H W"], *, k: float = 1.0, sigma: float = 1.0
) -> Float[Tensor, "*batch L 2"]:
    """The brightest pixel (x, y) of each map; of several equally bright ones the first, row by row.

    Backward, a step against the gradient darkens that pixel and brightens those on the side to which the landmark
    wants to move: by m at the pixel itself, by m times a Gaussian around it over the quadrant of the wanted motion,
    with m = ``k`` times the length of the incoming gradient (supplement of the source, "Updating B"). Ours, where the
    source is silent: the Gaussian has height 1 like those of `belief_maps`; a direction that is not wanted (zero) keeps
    its row or column; one that would leave the map is not wanted.

    Args:
        k: Strength of the step.
        sigma: Width in pixels of the Gaussian whose quarter is used.
    """
    return _Peaks.apply(maps, k, sigma)  # type: ignore[return-value]


class _Gaussians(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, landmarks: Tensor, size: tuple[int, int], sigma: float) -> Tensor:
        ctx.save_for_backward(landmarks)
        ctx.size, ctx.sigma = size, sigma
        x, y = landmarks.unbind(dim=-1)
        return _bell(y, size[0], sigma)[..., :, None] * _bell(x, size[1], sigma)[..., None, :]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None, None]:  # type: ignore[override]
        (landmarks,) = ctx.saved_tensors
        rows, columns = ctx.size
        x, y = landmarks.unbind(dim=-1)
        along_x = (gradients[0] * _bell(y, rows, ctx.sigma)[..., :, None]).sum(dim=-2)
        along_y = (gradients[0] * _bell(x, columns, ctx.sigma)[..., None, :]).sum(dim=-1)
        by_x = (along_x * _bell_slope(x, columns, ctx.sigma)).sum(dim=-1)
        by_y = (along_y * _bell_slope(y, rows, ctx.sigma)).sum(dim=-1)
        return torch.stack([by_x, by_y], dim=-1), None, None


class _Peaks(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, k: float, sigma: float) -> Tensor:
        index = maps.flatten(-2).argmax(dim=-1)
        ctx.save_for_backward(index)
        ctx.size, ctx.k, ctx.sigma = tuple(maps.shape[-2:]), k, sigma
        return _column_and_row(index, maps.shape[-1]).to(maps.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None, None]:  # type: ignore[override]
        (index,) = ctx.saved_tensors
        rows, columns = ctx.size
        peak = _column_and_row(index, columns).to(gradients[0].dtype)
        wanted = -gradients[0]
        last = wanted.new_tensor([columns - 1, rows - 1])
        stuck = ((peak == 0) & (wanted < 0)) | ((peak == last) & (wanted > 0))
        wanted = torch.where(stuck, 0.0, wanted)
        x, y = (_half_bell(peak[..., axis], wanted[..., axis], ctx.size[1 - axis], ctx.sigma) for axis in (0, 1))
        brighter = y[..., :, None] * x[..., None, :]
        brighter.flatten(-2).scatter_(-1, index[..., None], -1.0)
        return -ctx.k * wanted.norm(dim=-1)[..., None, None] * brighter, None, None


def _column_and_row(index: Int[Tensor, "*batch"], columns: int) -> Int[Tensor, "*batch 2"]:
    return torch.stack([index % columns, index // columns], dim=-1)


def _offsets(centre: Float[Tensor, "*batch"], count: int) -> Float[Tensor, "*batch count"]:
    return torch.arange(count, dtype=centre.dtype, device=centre.device) - centre[..., None]


def _bell(centre: Float[Tensor, "*batch"], count: int, sigma: float) -> Float[Tensor, "*batch count"]:
    return (-0.5 * (_offsets(centre, count) / sigma).square()).exp()


def _bell_slope(centre: Float[Tensor, "*batch"], count: int, sigma: float) -> Float[Tensor, "*batch count"]:
    ahead, behind = _bell(centre + _STEP_PX, count, sigma), _bell(centre - _STEP_PX, count, sigma)
    return (ahead - behind) / (2 * _STEP_PX)


def _half_bell(
    centre: Float[Tensor, "*batch"], wanted: Float[Tensor, "*batch"], count: int, sigma: float
) -> Float[Tensor, "*batch count"]:
    """The side of the Gaussian that lies in the wanted direction, its centre included; without one, the centre."""
    offsets, sign = _offsets(centre, count), wanted.sign()[..., None]
    return torch.where((offsets == 0) | (offsets * sign > 0), _bell(centre, count, sigma), 0.0)
