"""The similarity that lays one set of points best upon another, and never a mirror image."""

from typing import NamedTuple

import roma
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.errors import ConventionError


class Similarity(NamedTuple):
    """A rotation, one scale for all axes and a translation: ``target_from_source``."""

    rotation: Float[Tensor, "*batch D D"]
    """Proper: the determinant is +1."""
    scale: Float[Tensor, "*batch"]
    """Never negative."""
    translation: Float[Tensor, "*batch D"]
    """In the unit of the target."""

    def apply(self, points: Float[Tensor, "*batch N D"]) -> Float[Tensor, "*batch N D"]:
        """The points ``scale * rotation @ point + translation``; any number of them for each member of the batch."""
        rotated = torch.einsum("...ab,...nb->...na", self.rotation, points)
        return self.scale[..., None, None] * rotated + self.translation[..., None, :]


def align(
    source: Float[Tensor, "*batch J D"],
    target: Float[Tensor, "*batch J D"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
    scale: bool = True,
) -> Similarity:
    """The similarity that brings ``source`` nearest to ``target`` in the sum of squared distances (Umeyama 1991).

    Where points do not determine it, the result is still finite. Without any known point it is the identity. With one
    known point, or all source points in one place, it only moves. Points on one line leave a turn about that line
    open, and one of the best rotations is taken. If all target points lie in one place, the best scale is zero.

    Args:
        mask: Points that count, all by default; the others may hold anything, NaN too.
        scale: Whether lengths may change; if not, the scale is one.

    Raises:
        ConventionError: The shapes disagree.
    """
    if source.shape != target.shape or (mask is not None and mask.shape != source.shape[:-1]):
        shapes = [tuple(part.shape) for part in (source, target, mask) if part is not None]
        raise ConventionError(f"source, target and mask must describe the same points; their shapes are {shapes}")
    known = torch.ones_like(source[..., 0], dtype=torch.bool) if mask is None else mask
    source_centre, source_size, source_shape = _centre_size_shape(source, known)
    target_centre, target_size, target_shape = _centre_size_shape(target, known)
    covariance = target_shape.mT @ source_shape
    identity = torch.eye(source.shape[-1], dtype=source.dtype, device=source.device)
    is_open = (source_size == 0) | (target_size == 0)
    rotation: Tensor = roma.special_procrustes(torch.where(is_open[..., None, None], identity, covariance))  # type: ignore[assignment]
    factor = torch.ones_like(source_size)
    if scale:
        likeness = (rotation * covariance).sum(dim=(-2, -1)).clamp(min=0)
        ratio = likeness * target_size / torch.where(source_size == 0, 1.0, source_size)
        factor = torch.where(source_size == 0, factor, ratio)
    turned_centre = torch.einsum("...ab,...b->...a", rotation, source_centre)
    return Similarity(rotation, factor, target_centre - factor[..., None] * turned_centre)


def _centre_size_shape(
    points: Float[Tensor, "*batch J D"], known: Bool[Tensor, "*batch J"]
) -> tuple[Float[Tensor, "*batch D"], Float[Tensor, "*batch"], Float[Tensor, "*batch J D"]]:
    """Mean, Frobenius norm about the mean, and the points centred and divided by that norm.

    A norm within rounding error of zero is zero, and the shape is then zeros.
    """
    points = torch.where(known[..., None], points, 0.0)
    centre = points.sum(dim=-2) / known.sum(dim=-1).clamp(min=1)[..., None]
    centred = torch.where(known[..., None], points - centre[..., None, :], 0.0)
    square = centred.square().sum(dim=(-2, -1))
    rounding = 8 * torch.finfo(points.dtype).eps
    has_size = square > rounding**2 * points.square().sum(dim=(-2, -1))
    size = torch.where(has_size, torch.where(has_size, square, 1.0).sqrt(), 0.0)
    shape = torch.where(has_size[..., None, None], centred, 0.0) / torch.where(has_size, size, 1.0)[..., None, None]
    return centre, size, shape
