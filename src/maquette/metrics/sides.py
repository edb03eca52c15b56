"""Left and right told apart: whether the joints of a pair lie on their own side, and nearness that ignores sides.

People are measured by their torso, as sports poses are. What is hidden, or has no torso, is NaN.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.metrics.correct import TORSO_SHARE
from maquette.metrics.position import joint_distances

SEPARATED_SHARE = TORSO_SHARE
"""Pairs farther apart than this share of the torso have a left and a right that can be told apart."""

FEWEST_PAIRS = 2
"""People of whom fewer pairs are separated are neither mirrored nor not."""
MIRRORED_SHARE = (2, 3)
"""People are mirrored from this share of exchanged pairs on, as a fraction that is exact."""

_TORSOS = (("l_shoulder", "r_hip"), ("r_shoulder", "l_hip"))


def torso_length(
    joints: Float[Tensor, "*batch J D"], skeleton: Skeleton, *, mask: Bool[Tensor, "*batch J"] | None = None
) -> Float[Tensor, "*batch"]:
    """From the left shoulder to the right hip, or where that is unknown from the right one to the left; else NaN.

    Raises:
        ConventionError: The skeleton lacks one of the joints.
    """
    ends = torch.tensor([skeleton.indices(*way) for way in _TORSOS], device=joints.device)
    lengths = torch.linalg.vector_norm(joints[..., ends[:, 0], :] - joints[..., ends[:, 1], :], dim=-1)
    if mask is None:
        return lengths[..., 0]
    first, second = mask[..., ends].all(dim=-1).unbind(dim=-1)
    length = torch.where(first, lengths[..., 0], lengths[..., 1])
    return length.masked_fill(~(first | second), torch.nan)


def sides_right(
    predicted: Float[Tensor, "*batch J D"],
    truth: Float[Tensor, "*batch J D"],
    skeleton: Skeleton,
    torsos: Float[Tensor, "*batch"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch pairs 2"]:
    """1 where a predicted joint is nearer to its own true place than to that of its twin, 0 where it is not.

    Pairs are in the order of `Skeleton.pairs`, left before right. Both are NaN where the pair is not separated in
    truth, by more than `SEPARATED_SHARE` of the torso, or is not known as a whole.

    Args:
        torsos: Of every pose (see `torso_length`), in the unit of the joints.
        mask: Joints that count, all by default.

    Raises:
        ConventionError: The shapes disagree.
    """
    pairs = torch.tensor(skeleton.pairs, device=truth.device)
    own = joint_distances(predicted, truth, mask=mask)[..., pairs]
    other = joint_distances(predicted, truth[..., _twins(skeleton, truth), :], mask=mask)[..., pairs]
    gaps = torch.linalg.vector_norm(truth[..., pairs[:, 0], :] - truth[..., pairs[:, 1], :], dim=-1)
    is_separated = (gaps > SEPARATED_SHARE * torsos[..., None]) & ~own.isnan().any(dim=-1)
    return (own < other).to(truth.dtype).masked_fill(~is_separated[..., None], torch.nan)


def side_accuracy(
    predicted: Float[Tensor, "*batch J D"],
    truth: Float[Tensor, "*batch J D"],
    skeleton: Skeleton,
    torsos: Float[Tensor, "*batch"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch"]:
    """Share of each pose's joints in separated pairs that lie on their own side; NaN where no pair is separated.

    Guessing gives a half, and so does putting both joints of a pair in one place. Arguments and errors as for
    `sides_right`, of which this is the mean.
    """
    return sides_right(predicted, truth, skeleton, torsos, mask=mask).flatten(start_dim=-2).nanmean(dim=-1)


def are_mirrored(sides: Float[Tensor, "*batch pairs 2"]) -> Float[Tensor, "*batch"]:
    """1 where a whole person is taken for their mirror image, 0 where not, NaN where it cannot be said.

    A pair is exchanged if both of its joints are nearer to the true place of their twin than to their own, and right if
    neither is; if one is, both were put on one side, which is another mistake and decides nothing. A person is mirrored
    if `FEWEST_PAIRS` pairs or more are exchanged, and at least `MIRRORED_SHARE` of those that are exchanged or right.
    Of people with fewer than `FEWEST_PAIRS` separated pairs it cannot be said. The definition is ours.

    Args:
        sides: As `sides_right` gives them.
    """
    separated = (~sides.isnan().any(dim=-1)).sum(dim=-1)
    exchanged, right = ((sides == side).all(dim=-1).sum(dim=-1) for side in (0, 1))
    parts, of = MIRRORED_SHARE
    is_mirrored = (exchanged >= FEWEST_PAIRS) & (of * exchanged >= parts * (exchanged + right))
    return is_mirrored.to(sides.dtype).masked_fill(separated < FEWEST_PAIRS, torch.nan)


def unsided_distances(
    predicted: Float[Tensor, "*batch J D"],
    truth: Float[Tensor, "*batch J D"],
    skeleton: Skeleton,
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch J"]:
    """Distance of every joint from its true place or that of its twin, whichever is nearer; NaN where it is unknown.

    With `maquette.metrics.correct.near` it gives the PCK that ignores sides. Errors as for `joint_distances`.
    """
    twins = _twins(skeleton, truth)
    has_twin = None if mask is None else mask & mask[..., twins]
    own = joint_distances(predicted, truth, mask=mask)
    return torch.fmin(own, joint_distances(predicted, truth[..., twins, :], mask=has_twin))


def _twins(skeleton: Skeleton, like: Tensor) -> Tensor:
    return torch.from_numpy(skeleton.mirror).to(like.device)
