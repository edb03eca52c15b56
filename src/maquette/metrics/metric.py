"""Every metric that a table of results can have as a column, by name: what it is in, and how it follows from pairs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from maquette.errors import ConventionError
from maquette.geometry.procrustes import align
from maquette.metrics.correct import AUC_M, PCK_2D_PX, PCK_3D_M, PCKH_SHARE, TORSO_SHARE, near, near_on_average
from maquette.metrics.pairs import Pairs
from maquette.metrics.position import joint_distances, mpjpe, mpjpe_2d, n_mpjpe, p_mpjpe
from maquette.metrics.region import box_iou, keypoint_box
from maquette.metrics.structure import illegal_bends, left_right_difference, limb_lengths

Alignment = Literal["none", "scale", "procrustes"]
Values = Float[Tensor, "N *joints"]


@dataclass(frozen=True)
class Metric:
    """One column: a value for each pair, or for each joint of each pair; NaN where there is nothing to judge."""

    column: str
    """What stands above the column, with the unit."""
    values: Callable[[Pairs], Values]
    factor: float
    """From the values to the unit of the column."""
    needs: Literal["space", "picture"] = "space"
    """Whether it judges joints in space or in the picture."""
    alignment: Alignment = "none"
    """What is done to each predicted pose before it is judged; laying both upon the root is the protocol's affair."""
    is_by_joint: bool = False
    """Whether there is a value for every joint, so that tables can show groups of joints."""


def _space(pairs: Pairs) -> tuple[Tensor, Tensor, Tensor]:
    """Predicted and true joints in double precision, and which count."""
    if pairs.predicted_m is None or pairs.truth_m is None or pairs.known_m is None:
        raise ConventionError("these pairs have no joints in space; choose a protocol that judges the picture")
    return _double(pairs.predicted_m), _double(pairs.truth_m), torch.from_numpy(pairs.known_m)


def _picture(pairs: Pairs) -> tuple[Tensor, Tensor, Tensor]:
    if pairs.predicted_px is None or pairs.truth_px is None or pairs.known_px is None:
        raise ConventionError("these pairs have no joints in the picture; choose a protocol that judges space")
    return _double(pairs.predicted_px), _double(pairs.truth_px), torch.from_numpy(pairs.known_px)


def _double(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values.astype(np.float64))


def _by_pose(
    metric: Callable[..., Tensor], read: Callable[[Pairs], tuple[Tensor, Tensor, Tensor]] = _space
) -> Callable[[Pairs], Values]:
    """A metric of whole poses as a column; missed persons are infinitely far off."""

    def values(pairs: Pairs) -> Values:
        predicted, truth, known = read(pairs)
        return metric(predicted, truth, mask=known).masked_fill(torch.from_numpy(pairs.is_missed), torch.inf)

    return values


def _distances(predicted: Tensor, truth: Tensor, known: Tensor, pairs: Pairs) -> Float[Tensor, "N J"]:
    """Distances of the joints that count; those of missed persons are infinite."""
    missed = torch.from_numpy(pairs.is_missed)[:, None] & known
    return joint_distances(predicted, truth, mask=known).masked_fill(missed, torch.inf)


def _distances_m(pairs: Pairs) -> Float[Tensor, "N J"]:
    return _distances(*_space(pairs), pairs)


def _aligned_distances_m(pairs: Pairs) -> Float[Tensor, "N J"]:
    predicted, truth, known = _space(pairs)
    return _distances(align(predicted, truth, mask=known).apply(predicted), truth, known, pairs)


def _distances_px(pairs: Pairs) -> Float[Tensor, "N J"]:
    return _distances(*_picture(pairs), pairs)


def _pckh(pairs: Pairs) -> Values:
    distances = _distances_px(pairs)
    if pairs.head_sizes_px is None:
        raise ConventionError("the data say no head sizes, which PCKh measures by; choose another protocol")
    return near(distances, PCKH_SHARE * _double(pairs.head_sizes_px)[:, None])


def _torso_pck(pairs: Pairs) -> Values:
    """Torso: from the left shoulder to the right hip of the truth; poses that lack either do not count."""
    _, truth, known = _picture(pairs)
    ends = pairs.skeleton.indices("l_shoulder", "r_hip")
    torso = torch.linalg.vector_norm(truth[:, ends[0]] - truth[:, ends[1]], dim=-1)
    has_torso = known[:, ends].all(dim=-1)
    return near(_distances_px(pairs), TORSO_SHARE * torso[:, None]).masked_fill(~has_torso[:, None], torch.nan)


def _box_iou(pairs: Pairs) -> Values:
    predicted, truth, known = _picture(pairs)
    iou = box_iou(keypoint_box(predicted, known), keypoint_box(truth, known))
    return iou.masked_fill(torch.from_numpy(pairs.is_missed), 0.0)


def _found(pairs: Pairs) -> Values:
    return torch.from_numpy(1.0 - pairs.is_missed)


def _steps(pairs: Pairs, length: int) -> tuple[Int[np.ndarray, "steps k"], np.ndarray]:
    """Rows of each run of ``length`` evenly spaced frames of one clip, and the row at which it is written down."""
    _, clips = np.unique(pairs.clips, return_inverse=True)
    order = np.lexsort((pairs.frames, clips))
    runs = np.lib.stride_tricks.sliding_window_view(order, length) if len(order) >= length else order[:0, None]
    gaps = np.diff(pairs.frames[runs], axis=-1)
    is_run = (clips[runs] == clips[runs[:, :1]]).all(axis=-1) & (gaps == gaps[:, :1]).all(axis=-1)
    runs = runs[is_run & (gaps[:, 0] > 0)] if len(runs) else runs
    return runs, runs[:, -1]


def _change_of_error(order: int) -> Callable[[Pairs], Values]:
    """Mean length of the change (1) or the change of change (2) of the joints' errors from frame to frame."""

    def values(pairs: Pairs) -> Values:
        predicted, truth, known = _space(pairs)
        lengths = torch.full((len(pairs),), torch.nan, dtype=torch.float64)
        runs, at = _steps(pairs, order + 1)
        if len(runs):
            change = (predicted - truth)[torch.from_numpy(runs)].diff(n=order, dim=1)[:, 0]
            is_known: Bool[Tensor, "steps J"] = known[torch.from_numpy(runs)].all(dim=1)
            length = torch.linalg.vector_norm(change, dim=-1).masked_fill(~is_known, torch.nan)
            lengths[torch.from_numpy(at)] = length.nanmean(dim=-1)
        return lengths

    return values


def _asymmetry(pairs: Pairs) -> Values:
    predicted, _, _ = _space(pairs)
    return _unless_missed(left_right_difference(predicted, pairs.skeleton), pairs)


def _illegal(pairs: Pairs) -> Values:
    predicted, _, _ = _space(pairs)
    return _unless_missed(illegal_bends(predicted, pairs.skeleton), pairs)


def _bone_deviation(pairs: Pairs) -> Values:
    """The deviation of the limbs' lengths over the clip that a pair belongs to, the same for all pairs of a clip."""
    predicted, _, _ = _space(pairs)
    lengths = limb_lengths(predicted, pairs.skeleton).flatten(start_dim=1)
    _, clips, counts = np.unique(pairs.clips, return_inverse=True, return_counts=True)
    clip, count = torch.from_numpy(clips), torch.from_numpy(counts)[:, None]
    mean = torch.zeros(len(counts), lengths.shape[1], dtype=torch.float64).index_add(0, clip, lengths) / count
    square = (lengths - mean[clip]).square()
    deviation = (torch.zeros_like(mean).index_add(0, clip, square) / count).sqrt()
    return deviation.mean(dim=-1)[clip]


def _unless_missed(values: Tensor, pairs: Pairs) -> Values:
    return values.masked_fill(torch.from_numpy(pairs.is_missed)[:, None], torch.nan)


def _share(distances: Callable[[Pairs], Tensor], threshold: float) -> Callable[[Pairs], Values]:
    return lambda pairs: near(distances(pairs), threshold)


def _area(distances: Callable[[Pairs], Tensor]) -> Callable[[Pairs], Values]:
    return lambda pairs: near_on_average(distances(pairs), AUC_M)


METRICS: Mapping[str, Metric] = {
    "mpjpe": Metric("MPJPE (mm)", _by_pose(mpjpe), 1000.0),
    "n_mpjpe": Metric("N-MPJPE (mm)", _by_pose(n_mpjpe), 1000.0, alignment="scale"),
    "p_mpjpe": Metric("PA-MPJPE (mm)", _by_pose(p_mpjpe), 1000.0, alignment="procrustes"),
    "pck_3d": Metric("3DPCK@150mm (%)", _share(_distances_m, PCK_3D_M), 100.0, is_by_joint=True),
    "auc": Metric("AUC (%)", _area(_distances_m), 100.0, is_by_joint=True),
    "p_pck_3d": Metric(
        "PA-3DPCK@150mm (%)", _share(_aligned_distances_m, PCK_3D_M), 100.0, alignment="procrustes", is_by_joint=True
    ),
    "p_auc": Metric("PA-AUC (%)", _area(_aligned_distances_m), 100.0, alignment="procrustes", is_by_joint=True),
    "mpjve": Metric("MPJVE (mm/frame)", _change_of_error(1), 1000.0),
    "acceleration": Metric("acceleration error (mm/frame^2)", _change_of_error(2), 1000.0),
    "asymmetry": Metric("left-right difference (mm)", _asymmetry, 1000.0),
    "bone_deviation": Metric("bone length deviation (mm)", _bone_deviation, 1000.0),
    "illegal": Metric("illegal bends (%)", _illegal, 100.0),
    "found": Metric("found (%)", _found, 100.0),
    "pckh": Metric("PCKh@0.5 (%)", _pckh, 100.0, "picture", is_by_joint=True),
    "torso_pck": Metric("PCK@0.2 torso (%)", _torso_pck, 100.0, "picture", is_by_joint=True),
    "pck_2d": Metric("PCK@25px (%)", _share(_distances_px, PCK_2D_PX), 100.0, "picture", is_by_joint=True),
    "mpjpe_2d": Metric("2D-MPJPE (px)", _by_pose(mpjpe_2d, _picture), 1.0, "picture"),
    "box_iou": Metric("box IoU (%)", _box_iou, 100.0, "picture"),
}
"""By the name that protocols call them. Shares of joints are taken over all joints of a group's pairs alike, errors
as the mean over pairs of each pair's mean."""
