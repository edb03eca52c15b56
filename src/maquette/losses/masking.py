"""What every loss does with shapes and masks: nothing is broadcast silently, and what is hidden does not count.

Hidden entries may hold anything, NaN too: they change neither the value nor the gradient of what is known.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError


def require_same_shape(predicted: Tensor, truth: Tensor) -> None:
    """Refuse what would otherwise be broadcast.

    Raises:
        ConventionError: The shapes differ.
    """
    if predicted.shape != truth.shape:
        raise ConventionError(
            f"the prediction has the shape {tuple(predicted.shape)} and the truth {tuple(truth.shape)}; a loss wants "
            "both alike"
        )


def zero_hidden(
    values: Float[Tensor, "..."], mask: Bool[Tensor, "..."] | None, *, inner: int = 0
) -> Float[Tensor, "..."]:
    """The values with zeros where hidden.

    Args:
        inner: How many of the last axes of ``values`` the mask lacks; what it hides, it hides all along them.

    Raises:
        ConventionError: The mask has other axes than that.
    """
    if mask is None:
        return values
    wanted = values.shape[: values.ndim - inner]
    if mask.shape != wanted:
        raise ConventionError(
            f"the mask has the shape {tuple(mask.shape)}, but values of the shape {tuple(values.shape)} want "
            f"{tuple(wanted)}"
        )
    return values.masked_fill(~mask.reshape(*wanted, *[1] * inner), 0.0)


def known_mean(errors: Float[Tensor, "*batch N"], mask: Bool[Tensor, "*batch N"] | None) -> Float[Tensor, "*batch"]:
    """The mean of the known errors along the last axis; zero where none is known."""
    if mask is None:
        return errors.mean(dim=-1)
    return zero_hidden(errors, mask).sum(dim=-1) / mask.sum(dim=-1).clamp_min(1)


def require_joints(joints: Tensor, skeleton: Skeleton) -> None:
    """Refuse joints of another skeleton.

    Raises:
        ConventionError: There are more or fewer joints than the skeleton has.
    """
    if joints.ndim < 2 or joints.shape[-2] != len(skeleton):
        raise ConventionError(
            f"joints of the shape {tuple(joints.shape)} are not those of {skeleton}; its joints must be the last axis "
            "but one"
        )


def weighted_mean(
    errors: Float[Tensor, "*shape"], weights: Bool[Tensor, "*shape"] | Float[Tensor, "*shape"]
) -> Float[Tensor, ""]:
    """The mean of all errors, each counting so much or not at all; 0 if none does.

    Args:
        errors: Where the weight is zero they may hold anything.
        weights: Zero or more.
    """
    weights = weights.to(errors.dtype)
    return (torch.where(weights > 0, errors, 0.0) * weights).sum() / weights.sum().clamp_min(1e-6)
