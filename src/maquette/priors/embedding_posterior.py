"""The most probable pose of an embedding, given joints of which some are noisy and others unknown.

Codes are taken for normal numbers of the variance that evenly drawn ones have, a third. The code is bettered by damped
Gauss-Newton steps, as `maquette.priors.embedding.PoseEmbedding.nearest` does, which asks for the nearest pose however
rare its code.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.geometry.procrustes import align
from maquette.priors.embedding import PoseEmbedding

_ROUNDS = 10
_CODE_VARIANCE = 1 / 3
_MOST_CODE = 0.999
_FIRST_DAMPING, _SMALL = 1e-2, 2e-3


class _Reached(NamedTuple):
    """How far a search has come."""

    codes: Float[Tensor, "N code"]
    points: Float[Tensor, "N J 3"]
    off: Float[Tensor, "N J 3"]
    """How far the points are from the known joints, where these lie best."""
    cost: Float[Tensor, " N"]


@torch.no_grad()
def most_probable_decode(
    joints: Float[Tensor, "N J 3"],
    known: Bool[Tensor, "N J"],
    embedding: PoseEmbedding,
    lengths: Float[Tensor, "N B"],
    *,
    noise: float,
) -> Float[Tensor, "N J 3"]:
    """The most probable poses with these bone lengths, where they were seen.

    Args:
        joints: Canonical; unknown ones filled in somehow.
        known: Which joints count.
        embedding: Whose skeleton it is.
        lengths: Of the bones, left and right hip alike.
        noise: Standard deviation of a coordinate, in lengths of the head.
    """
    size = (lengths.sum(dim=-1) / embedding.ratios.sum()).to(embedding.ratios)[:, None, None]
    target, bones = joints.to(size) / size, lengths.to(size) / size[..., 0]
    pull = noise**2 / _CODE_VARIANCE

    def reached(codes: Float[Tensor, "N code"]) -> _Reached:
        points = embedding.decode(codes, bones)
        moved = align(target, points, mask=known, scale=False).apply(target)
        off = (points - moved) * known[..., None]
        return _Reached(codes, points, off, off.square().sum(dim=(1, 2)) + pull * codes.square().sum(dim=-1))

    best = reached(embedding.encode(joints).clamp(-_MOST_CODE, _MOST_CODE))
    damping = torch.full_like(best.cost, _FIRST_DAMPING)
    for _ in range(_ROUNDS):
        slopes = _slopes(best, embedding, bones) * known.repeat_interleave(3, dim=-1)[..., None]
        normal = slopes.mT @ slopes + torch.diag_embed((damping + pull)[:, None].expand_as(best.codes))
        downhill = slopes.mT @ best.off.flatten(1)[..., None] + pull * best.codes[..., None]
        step = torch.linalg.solve(normal, downhill)[..., 0]
        trial = reached((best.codes - step).clamp(-_MOST_CODE, _MOST_CODE))
        is_better = trial.cost < best.cost
        best = _Reached(*(torch.where(_like(is_better, new), new, old) for new, old in zip(trial, best, strict=True)))
        damping = torch.where(is_better, damping / 3, damping * 10)
    laid = align(best.points, target, mask=known, scale=False).apply(best.points)
    return (laid * size).to(joints)


def _slopes(at: _Reached, embedding: PoseEmbedding, bones: Float[Tensor, "N B"]) -> Float[Tensor, "N coordinates code"]:
    """How the points move with each number of the code, by small steps."""
    axes = torch.eye(embedding.sizes.code).to(at.codes)
    beside = embedding.decode(at.codes[:, None] + _SMALL * axes, bones[:, None])
    return ((beside - at.points[:, None]) / _SMALL).flatten(2).mT


def _like(rows: Bool[Tensor, " N"], values: Float[Tensor, "N ..."]) -> Bool[Tensor, "N ..."]:
    """One value for each row, to be broadcast over the rest."""
    return rows.reshape(-1, *[1] * (values.ndim - 1))
