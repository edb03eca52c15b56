"""Joints that are not where they should be, in the picture, in depth or in space: mean squares, one number a pose."""

from jaxtyping import Bool, Float
from torch import Tensor

from maquette.losses.masking import known_mean, require_same_shape, zero_hidden


def location_error(
    predicted: Float[Tensor, "*batch J 2"],
    truth: Float[Tensor, "*batch J 2"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch"]:
    """The mean square of the joints' distances in the picture, over the known joints; zero where none is known.

    Raises:
        ConventionError: The shapes disagree.
    """
    return _mean_square(predicted, truth, mask)


def depth_error(
    predicted: Float[Tensor, "*batch J"],
    truth: Float[Tensor, "*batch J"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch"]:
    """The mean square of the joints' errors in depth (Zhou et al., ICCV 2017), as `location_error` otherwise."""
    return _mean_square(predicted[..., None], truth[..., None], mask)


def depth_distance(
    predicted: Float[Tensor, "*batch J"],
    truth: Float[Tensor, "*batch J"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch"]:
    """The mean of the joints' distances in depth, otherwise as `depth_error`; single large ones count less."""
    require_same_shape(predicted[..., None], truth[..., None])
    off = zero_hidden(predicted[..., None], mask, inner=1) - zero_hidden(truth[..., None], mask, inner=1)
    return known_mean(off[..., 0].abs(), mask)


def position_error(
    predicted: Float[Tensor, "*batch J 3"],
    truth: Float[Tensor, "*batch J 3"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch"]:
    """The mean square of the joints' distances in space, as `location_error` otherwise."""
    return _mean_square(predicted, truth, mask)


def _mean_square(
    predicted: Float[Tensor, "*batch J D"], truth: Float[Tensor, "*batch J D"], mask: Bool[Tensor, "*batch J"] | None
) -> Float[Tensor, "*batch"]:
    require_same_shape(predicted, truth)
    error = zero_hidden(predicted, mask, inner=1) - zero_hidden(truth, mask, inner=1)
    return known_mean(error.square().sum(dim=-1), mask)
