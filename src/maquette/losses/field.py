"""Maps and directions that say the wrong thing: heatmaps of joints, part maps, the way a body faces."""

import torch
from jaxtyping import Bool, Float, Integer, UInt8
from torch import Tensor
from torch.nn import functional

from maquette.errors import ConventionError
from maquette.losses.masking import known_mean, require_same_shape, zero_hidden

SHORTEST_DIRECTION = 0.01
"""A direction shorter than this is not lengthened to one: its gradient stays finite down to length zero."""

_IGNORED = -100


def heatmap_square_error(
    predicted: Float[Tensor, "*batch J H W"],
    target: Float[Tensor, "*batch J H W"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch J"]:
    """The mean square error of each joint's map over its cells; zero where the joint is hidden.

    Raises:
        ConventionError: The shapes disagree.
    """
    require_same_shape(predicted, target)
    error = zero_hidden(predicted, mask, inner=2) - zero_hidden(target, mask, inner=2)
    return error.square().mean(dim=(-2, -1))


def heatmap_cross_entropy(
    logits: Float[Tensor, "*batch J H W"],
    target: Float[Tensor, "*batch J H W"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch J"]:
    """The cross entropy of each joint's map, read as probabilities of its cells; zero where the joint is hidden.

    It is least, and then the entropy of the target, where the softmax of the logits equals the target.

    Args:
        target: Zero or more in every cell; brought to the sum one. A map of zeros says nothing and counts as hidden.

    Raises:
        ConventionError: The shapes disagree.
    """
    require_same_shape(logits, target)
    wanted = zero_hidden(target, mask, inner=2).flatten(start_dim=-2)
    total = wanted.sum(dim=-1, keepdim=True)
    probabilities = wanted / torch.where(total > 0, total, 1.0)
    return -(probabilities * zero_hidden(logits, mask, inner=2).flatten(start_dim=-2).log_softmax(dim=-1)).sum(dim=-1)


def part_cross_entropy(
    logits: Float[Tensor, "*batch C H W"],
    labels: UInt8[Tensor, "*batch H W"] | Integer[Tensor, "*batch H W"],
    *,
    mask: Bool[Tensor, "*batch H W"] | None = None,
) -> Float[Tensor, "*batch"]:
    """The mean cross entropy of a map of labels, over the known pixels of each picture; zero where none is known.

    Args:
        labels: For every pixel one of the ``C`` labels.

    Raises:
        ConventionError: The shapes disagree.
    """
    pixels = logits.movedim(-3, -1)
    if labels.shape != pixels.shape[:-1]:
        raise ConventionError(
            f"labels of the shape {tuple(labels.shape)} do not go with logits of the shape {tuple(logits.shape)}; one "
            "label is wanted for each pixel"
        )
    wanted = labels.long() if mask is None else labels.long().masked_fill(~mask, _IGNORED)
    flat = zero_hidden(pixels, mask, inner=1).movedim(-1, -3).reshape(-1, *logits.shape[-3:])
    losses = functional.cross_entropy(
        flat, wanted.reshape(-1, *labels.shape[-2:]), ignore_index=_IGNORED, reduction="none"
    )
    known = None if mask is None else mask.flatten(start_dim=-2)
    return known_mean(losses.reshape(labels.shape).flatten(start_dim=-2), known)


def direction_error(
    predicted: Float[Tensor, "*batch 2"],
    angle_rad: Float[Tensor, "*batch"],
    *,
    mask: Bool[Tensor, "*batch"] | None = None,
) -> Float[Tensor, "*batch"]:
    """One less the cosine between a direction (cosine, sine), of any length, and an angle: from 0 to 2.

    A direction of no length is off by 1. Below the `SHORTEST_DIRECTION` the error is linear in the direction, so that
    a prediction of exactly zero still learns.

    Args:
        mask: Directions that count, all by default; the error of the others is zero.

    Raises:
        ConventionError: The shapes disagree.
    """
    if predicted.shape != (*angle_rad.shape, 2):
        raise ConventionError(
            f"directions of the shape {tuple(predicted.shape)} do not go with angles of the shape "
            f"{tuple(angle_rad.shape)}; a cosine and a sine are wanted for each angle"
        )
    predicted, angle_rad = zero_hidden(predicted, mask, inner=1), zero_hidden(angle_rad, mask)
    length = predicted.square().sum(dim=-1).clamp_min(SHORTEST_DIRECTION**2).sqrt()
    along = predicted[..., 0] * angle_rad.cos() + predicted[..., 1] * angle_rad.sin()
    return zero_hidden(1 - along / length, mask)
