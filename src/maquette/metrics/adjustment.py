"""What some published evaluations do to predicted poses before judging them, by name: maps from pairs to pairs."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float

from maquette.body.catalog import MUPOTS_17
from maquette.errors import ConventionError
from maquette.metrics.matching import MUPOTS_TREE, with_bones_of
from maquette.metrics.pairs import Pairs

SUMMED_BONES: tuple[tuple[str, str], ...] = (
    ("r_ankle", "r_knee"), ("r_knee", "r_hip"), ("r_hip", "pelvis"), ("pelvis", "l_hip"), ("l_hip", "l_knee"),
    ("l_knee", "l_ankle"), ("r_wrist", "r_elbow"), ("r_elbow", "r_shoulder"), ("r_shoulder", "thorax"),
    ("thorax", "l_shoulder"), ("l_shoulder", "l_elbow"), ("l_elbow", "l_wrist"), ("pelvis", "thorax"),
    ("thorax", "head_top"),
)  # fmt: skip
"""The fourteen straight lines whose lengths Zhou et al. add up; the thorax stands where they say neck."""

HUMAN36M_SUM_M = 4.29699233013
"""Sum of the `SUMMED_BONES` of Human3.6M's mean skeleton, metres, as the code of Zhou et al. has it."""

HIP_SHIFT = 0.2
"""Share of the way from pelvis to neck by which Zhou et al. raise hips that were learnt on Human3.6M, before they judge
them on MPI-INF-3DHP: the two data sets put hips in different places."""


class _Space(NamedTuple):
    """Joints in space of pairs that have them."""

    predicted: Float[np.ndarray, "N J 3"]
    truth: Float[np.ndarray, "N J 3"]
    known: Bool[np.ndarray, "N J"]


def scale_to_mean_sum(pairs: Pairs) -> Pairs:
    """Predicted poses scaled about the pelvis until their `SUMMED_BONES` add up to `HUMAN36M_SUM_M`.

    So does the code of Zhou et al. (ICCV 2017), whose network knows no size. Poses of which one of these bones is
    unknown have no known joint then.

    Raises:
        ConventionError: The pairs have no joints in space, or their skeleton lacks one of these.
    """
    space = _space(pairs)
    lengths, is_known = _summed_bones(space.predicted, space.known, pairs)
    wanted_m = np.where(is_known.all(axis=1), HUMAN36M_SUM_M, 0.0)
    return _scale(pairs, wanted_m, lengths.sum(axis=1))


def scale_to_true_sum(pairs: Pairs) -> Pairs:
    """Predicted poses scaled about the pelvis until their `SUMMED_BONES` add up to what those of the true pose do.

    Bones of which an end is unknown are left out of both sums; poses without any have no known joint then.

    Raises:
        ConventionError: The pairs have no joints in space, or their skeleton lacks one of these.
    """
    space = _space(pairs)
    lengths, is_known = _summed_bones(space.predicted, space.known, pairs)
    true_lengths, _ = _summed_bones(space.truth, space.known, pairs)
    return _scale(pairs, (true_lengths * is_known).sum(axis=1), (lengths * is_known).sum(axis=1))


def raise_hips(pairs: Pairs) -> Pairs:
    """Predicted pelvis and hips moved towards the predicted neck by `HIP_SHIFT` of the way from pelvis to neck.

    Where the pelvis or the neck is unknown, pelvis and hips are unknown then.

    Raises:
        ConventionError: The pairs have no joints in space, or their skeleton lacks one of these.
    """
    space = _space(pairs)
    pelvis, neck = pairs.skeleton.indices("pelvis", "thorax")
    moved = pairs.skeleton.indices("pelvis", "l_hip", "r_hip")
    shift = HIP_SHIFT * (space.predicted[:, neck] - space.predicted[:, pelvis])
    predicted, known = space.predicted.copy(), space.known.copy()
    predicted[:, moved] += shift[:, None]
    known[:, moved] &= (space.known[:, pelvis] & space.known[:, neck])[:, None]
    return replace(pairs, predicted_m=predicted, known_m=known)


def centre_spine(pairs: Pairs) -> Pairs:
    """The predicted spine put half-way between predicted pelvis and thorax; unknown where one of these is.

    Raises:
        ConventionError: The pairs have no joints in space, or their skeleton lacks one of these.
    """
    space = _space(pairs)
    spine, ends = pairs.skeleton.index("spine"), pairs.skeleton.indices("pelvis", "thorax")
    predicted, known = space.predicted.copy(), space.known.copy()
    predicted[:, spine] = space.predicted[:, ends].mean(axis=1)
    known[:, spine] &= space.known[:, ends].all(axis=1)
    return replace(pairs, predicted_m=predicted, known_m=known)


def equalise_bones(pairs: Pairs) -> Pairs:
    """Predicted poses with every bone as long as the true one (see `maquette.metrics.matching.with_bones_of`).

    Raises:
        ConventionError: The pairs have no joints in space.
    """
    space = _space(pairs)
    tree = MUPOTS_TREE if pairs.skeleton == MUPOTS_17 else pairs.skeleton
    predicted, truth = torch.from_numpy(space.predicted).double(), torch.from_numpy(space.truth).double()
    equal = with_bones_of(truth, predicted, tree, mask=torch.from_numpy(space.known)).numpy()
    return replace(pairs, predicted_m=np.where(pairs.is_missed[:, None, None], 0.0, equal))


ADJUSTMENTS: Mapping[str, Callable[[Pairs], Pairs]] = {
    "summed bones of human3.6m": scale_to_mean_sum,
    "summed bones of the truth": scale_to_true_sum,
    "hips towards the neck": raise_hips,
    "spine half-way": centre_spine,
    "bones of the truth": equalise_bones,
}
"""By the name that protocols call them."""


def _space(pairs: Pairs) -> _Space:
    if pairs.predicted_m is None or pairs.truth_m is None or pairs.known_m is None:
        raise ConventionError("poses are adjusted in space, but these pairs have no joints there")
    return _Space(pairs.predicted_m, pairs.truth_m, pairs.known_m)


def _summed_bones(
    joints: Float[np.ndarray, "N J 3"], known: Bool[np.ndarray, "N J"], pairs: Pairs
) -> tuple[Float[np.ndarray, "N 14"], Bool[np.ndarray, "N 14"]]:
    """Lengths of the `SUMMED_BONES`, and which have two known ends."""
    here, there = (pairs.skeleton.indices(*ends) for ends in zip(*SUMMED_BONES, strict=True))
    return np.linalg.norm(joints[:, here] - joints[:, there], axis=-1), known[:, here] & known[:, there]


def _scale(pairs: Pairs, wanted_m: Float[np.ndarray, " N"], sums_m: Float[np.ndarray, " N"]) -> Pairs:
    """Predicted poses scaled about the pelvis; those whose sum is nothing or wanted to be nothing become unknown."""
    space = _space(pairs)
    is_scaled = (wanted_m > 0) & (sums_m > 0)
    factors = np.where(is_scaled, wanted_m / np.where(is_scaled, sums_m, 1.0), 1.0)
    pelvis = space.predicted[:, [pairs.skeleton.index("pelvis")]]
    predicted = pelvis + factors[:, None, None] * (space.predicted - pelvis)
    return replace(pairs, predicted_m=predicted, known_m=space.known & (is_scaled | pairs.is_missed)[:, None])
