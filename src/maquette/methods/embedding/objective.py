"""What the embedding is trained for: cycles that close, decoded codes that pass for poses, and nobody left out."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.methods.embedding.config import Distance


def cycle_error(again: Float[Tensor, "..."], first: Float[Tensor, "..."], kind: Distance) -> Float[Tensor, ""]:
    """L_cyc: how far what was mapped there and back is from where it was, on average over numbers."""
    off = again - first
    return off.abs().mean() if kind == "absolute" else off.square().mean()


def verdict_error(
    verdicts: Float[Tensor, "N V"], wanted: float, weights: Float[Tensor, " V"], kind: Distance
) -> Float[Tensor, ""]:
    """L_adv: how far verdicts are from the wanted one, weighted and on average over poses."""
    off = verdicts - wanted
    return ((off.abs() if kind == "absolute" else off.square()) * weights).sum(dim=-1).mean()


def is_believed(verdicts: Float[Tensor, "N V"], weights: Float[Tensor, " V"]) -> Bool[Tensor, " N"]:
    """Which bodies are taken for real poses by the weighted sum of their verdicts."""
    return (verdicts * weights).sum(dim=-1) > 0


def sliced_distance(
    first: Float[Tensor, "N D"], second: Float[Tensor, "N D"], slices: Float[Tensor, "D K"]
) -> Float[Tensor, ""]:
    """How far two clouds of equally many points are apart, seen along lines (sliced Wasserstein distance).

    Args:
        first: Points.
        second: Others.
        slices: Directions of the lines.
    """
    along, other = ((cloud @ slices).sort(dim=0).values for cloud in (first, second))
    return (along - other).abs().mean()


def sample_slices(
    dimensions: int, count: int, *, block: int = 1, share: float = 1.0, generator: torch.Generator
) -> Float[Tensor, "D K"]:
    """Random directions of length one.

    Args:
        dimensions: Of the space.
        count: How many directions.
        block: Coordinates that belong together, such as the three of a joint.
        share: Of the blocks that each direction runs through, so that few things at a time are looked at.
        generator: Of the choice.
    """
    across = torch.rand(dimensions // block, count, generator=generator) < share
    across[torch.randint(len(across), (count,), generator=generator), torch.arange(count)] = True
    slices = torch.randn(dimensions, count, generator=generator) * across.repeat_interleave(block, dim=0)
    return slices / slices.norm(dim=0)
