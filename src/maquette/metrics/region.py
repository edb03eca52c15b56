"""How well regions of a picture cover each other: boxes of persons, and maps of persons and their parts."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from maquette.errors import ConventionError


def keypoint_box(
    points: Float[Tensor, "*batch J 2"], mask: Bool[Tensor, "*batch J"] | None = None
) -> Float[Tensor, "*batch 4"]:
    """The smallest upright box around the known points, as (x, y, width, height); NaN where none is known."""
    known = torch.ones_like(points[..., 0], dtype=torch.bool) if mask is None else mask
    hidden = ~known[..., None]
    least = points.masked_fill(hidden, torch.inf).amin(dim=-2)
    most = points.masked_fill(hidden, -torch.inf).amax(dim=-2)
    box = torch.cat([least, most - least], dim=-1)
    return box.masked_fill(~known.any(dim=-1, keepdim=True), torch.nan)


def box_iou(predicted: Float[Tensor, "*batch 4"], truth: Float[Tensor, "*batch 4"]) -> Float[Tensor, "*batch"]:
    """Intersection over union of boxes (x, y, width, height), pair by pair; NaN for two boxes without area.

    Raises:
        ConventionError: The shapes disagree.
    """
    if predicted.shape != truth.shape:
        raise ConventionError(f"boxes of the shapes {tuple(predicted.shape)} and {tuple(truth.shape)} are no pairs")
    least = torch.maximum(predicted[..., :2], truth[..., :2])
    most = torch.minimum(predicted[..., :2] + predicted[..., 2:], truth[..., :2] + truth[..., 2:])
    shared = (most - least).clamp(min=0).prod(dim=-1)
    return shared / (predicted[..., 2:].prod(dim=-1) + truth[..., 2:].prod(dim=-1) - shared)


class Overlap(NamedTuple):
    """Pixels of each label that two maps share, and pixels that either of them gives it."""

    shared: Int[Tensor, "*batch labels"]
    either: Int[Tensor, "*batch labels"]

    def pooled(self) -> "Overlap":
        """All maps taken as one, as tables of data sets do."""
        labels = self.shared.shape[-1]
        return Overlap(self.shared.reshape(-1, labels).sum(dim=0), self.either.reshape(-1, labels).sum(dim=0))

    def iou(self) -> Float[Tensor, "*batch labels"]:
        """Intersection over union of every label; NaN for labels that neither map has."""
        return self.shared.double() / self.either


def overlap(
    predicted: UInt8[Tensor, "*batch H W"],
    truth: UInt8[Tensor, "*batch H W"],
    *,
    labels: int,
    mask: Bool[Tensor, "*batch H W"] | None = None,
) -> Overlap:
    """Pixels in common between label maps, map by map.

    Args:
        labels: How many labels there are, 0 (no person) included.
        mask: Pixels that count, all by default.

    Raises:
        ConventionError: The shapes disagree, or a map holds a label that there is not.
    """
    if predicted.shape != truth.shape:
        raise ConventionError(f"maps of the shapes {tuple(predicted.shape)} and {tuple(truth.shape)} are no pairs")
    highest = max(int(predicted.max()), int(truth.max())) if predicted.numel() else 0
    if highest >= labels:
        raise ConventionError(f"a map holds the label {highest}; with {labels} labels the highest is {labels - 1}")
    batch = predicted.shape[:-2]
    counts = torch.ones_like(predicted, dtype=torch.float64) if mask is None else mask.double()
    cell = (predicted.long() * labels + truth.long()).reshape(*batch, -1)
    table = torch.zeros(*batch, labels * labels, dtype=torch.float64, device=predicted.device)
    table = table.scatter_add(-1, cell, counts.reshape(*batch, -1)).reshape(*batch, labels, labels).long()
    shared = table.diagonal(dim1=-2, dim2=-1)
    return Overlap(shared, table.sum(dim=-1) + table.sum(dim=-2) - shared)


def mean_iou(overlaps: Overlap, *, with_background: bool = False) -> Float[Tensor, "*batch"]:
    """Mean intersection over union of the labels that occur.

    For person against background count both labels (``with_background=True``); for body parts the mean over the
    parts is usual, without the background.
    """
    return overlaps.iou()[..., 0 if with_background else 1 :].nanmean(dim=-1)
