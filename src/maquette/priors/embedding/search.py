"""The code whose pose agrees best with given joints: damped Gauss-Newton steps, after Levenberg and Marquardt."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.geometry.procrustes import align

_MOST_CODE = 0.999
_FIRST_DAMPING, _SMALL = 1e-2, 2e-3


class FoundCodes(NamedTuple):
    """How far a search has come."""

    codes: Float[Tensor, "N code"]
    points: Float[Tensor, "N J 3"]
    """What the codes decode to."""
    off: Float[Tensor, "N J 3"]
    """How far the points are from those sought, where these lie best; zero for unknown joints."""
    cost: Float[Tensor, " N"]


def search_codes(
    decode: Callable[[Float[Tensor, "M code"]], Float[Tensor, "M J 3"]],
    start: Float[Tensor, "N code"],
    target: Float[Tensor, "N J 3"],
    known: Bool[Tensor, "N J"],
    *,
    rounds: int,
    pull: float = 0.0,
) -> FoundCodes:
    """The codes that make the squared distance from the known joints and the pull towards nought least.

    Joints may be turned and moved to fit. Slopes are taken by small steps.

    Args:
        decode: Codes to poses; M is N, or N times the numbers of a code, those of the first number's steps first.
        start: Codes to begin with.
        target: Joints sought, in the unit of the poses.
        known: Which of them count.
        rounds: Steps.
        pull: What a code's square counts beside squared distances.
    """

    def reach(codes: Float[Tensor, "N code"]) -> FoundCodes:
        points = decode(codes)
        moved = align(target, points, mask=known, scale=False).apply(target)
        off = (points - moved) * known[..., None]
        return FoundCodes(codes, points, off, off.square().sum(dim=(1, 2)) + pull * codes.square().sum(dim=-1))

    best = reach(start.clamp(-_MOST_CODE, _MOST_CODE))
    damping = torch.full_like(best.cost, _FIRST_DAMPING)
    for _ in range(rounds):
        slopes = _slopes(decode, best, known)
        normal = slopes.mT @ slopes + (damping + pull)[:, None, None] * torch.eye(start.shape[-1]).to(start)
        downhill = slopes.mT @ best.off.flatten(1)[..., None] + pull * best.codes[..., None]
        step = torch.linalg.solve(normal, downhill)[..., 0]
        trial = reach((best.codes - step).clamp(-_MOST_CODE, _MOST_CODE))
        is_better = trial.cost < best.cost
        best = FoundCodes(*(torch.where(_like(is_better, new), new, old) for new, old in zip(trial, best, strict=True)))
        damping = torch.where(is_better, damping / 3, damping * 10)
    return best


def _slopes(
    decode: Callable[[Float[Tensor, "M code"]], Float[Tensor, "M J 3"]], at: FoundCodes, known: Bool[Tensor, "N J"]
) -> Float[Tensor, "N coordinates code"]:
    """How the coordinates of known joints change with each number of the codes, by small steps."""
    axes = torch.eye(at.codes.shape[-1]).to(at.codes)
    beside = decode((at.codes + _SMALL * axes[:, None]).flatten(0, 1)).unflatten(0, (len(axes), len(at.codes)))
    return ((beside - at.points) * known[..., None] / _SMALL).flatten(2).permute(1, 2, 0)


def _like(rows: Bool[Tensor, " N"], values: Float[Tensor, "N ..."]) -> Bool[Tensor, "N ..."]:
    """One value for each row, to be broadcast over the rest."""
    return rows.reshape(-1, *[1] * (values.ndim - 1))
