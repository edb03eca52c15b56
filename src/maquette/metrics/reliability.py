"""Whether confidence means what it says: how often what is said with it is right, and the curve that makes it so."""

import math
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.optimize import minimize
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

_EDGE = 1e-6


class ReliabilityCurve(NamedTuple):
    """What is said with so much confidence, and how often that is right, by bins of equal width; NaN in empty ones."""

    confidence: Float[Tensor, " K"]
    """Mean in the bin."""
    right: Float[Tensor, " K"]
    """Share of what is in the bin."""
    number: Int[Tensor, " K"]


class Calibration(NamedTuple):
    """A curve from what a network says to how likely it is right: a straight line between logits."""

    slope: float = 1.0
    offset: float = 0.0


AS_IT_IS = Calibration()


def reliability_curve(
    confidence: Float[Tensor, "*batch"], is_right: Float[Tensor, "*batch"], *, bins: int = 10
) -> ReliabilityCurve:
    """How often what is said is right, by the confidence with which it is said.

    Args:
        confidence: 0 to 1.
        is_right: 1 or 0, and NaN for what does not count.
        bins: How many, of equal width.
    """
    counts = ~is_right.isnan()
    said, right = confidence[counts].double(), is_right[counts].double()
    place = (said * bins).long().clamp(0, bins - 1)
    count = torch.bincount(place, minlength=bins)
    sums = [torch.bincount(place, weights=values, minlength=bins) for values in (said, right)]
    return ReliabilityCurve(sums[0] / count, sums[1] / count, count)


def calibration_error(curve: ReliabilityCurve) -> Float[Tensor, ""]:
    """Mean distance between confidence and how often it is right, by how much is said so (Guo et al., ICML 2017)."""
    off = (curve.confidence - curve.right).abs().nan_to_num()
    return (off * curve.number).sum() / curve.number.sum().clamp_min(1)


def calibrate(confidence: Float[Tensor, "*batch"], calibration: Calibration) -> Float[Tensor, "*batch"]:
    """Confidence that means how likely it is to be right; 0, which is nothing at all, stays 0.

    Args:
        confidence: As a network says it, 0 to 1.
        calibration: The curve.
    """
    curved = (calibration.offset + calibration.slope * confidence.logit(eps=_EDGE)).sigmoid()
    return torch.where(confidence > 0, curved, torch.zeros_like(curved))


def fit_calibration(confidence: Float[Tensor, "*batch"], is_right: Float[Tensor, "*batch"]) -> Calibration:
    """The curve of the greatest likelihood (Platt, 1999): as it is, if nothing counts.

    Its slope is never negative. As Platt proposes, right and wrong are taken for a little less than sure, so that few
    examples make no steep curve.

    Args:
        confidence: As a network says it, 0 to 1.
        is_right: 1 or 0, and NaN for what does not count.
    """
    counts = ~is_right.isnan()
    said, right = confidence[counts].double().logit(eps=_EDGE), is_right[counts].double()
    if not len(said):
        return AS_IT_IS
    many, few = right.sum(), (1 - right).sum()
    target = torch.where(right > 0.5, (many + 1) / (many + 2), 1 / (few + 2))

    def unlikeliness(line: np.ndarray) -> float:
        logits = line[1] + math.exp(line[0]) * said
        return float(binary_cross_entropy_with_logits(logits, target))

    found = minimize(unlikeliness, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-9}).x
    return Calibration(round(math.exp(found[0]), 4), round(float(found[1]), 4))
