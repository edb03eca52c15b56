"""Shares of joints that are near enough: PCK in space and in the picture, PCKh, AUC, and the joint groups they go by.

Near enough is strictly below the threshold. What is hidden does not count; a pose without a known joint is NaN.
"""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.metrics.position import joint_distances

PCK_3D_M = 0.150
"""Threshold of 3DPCK (Mehta et al., 3DV 2017)."""
AUC_M: tuple[float, ...] = tuple(5 * step / 1000 for step in range(31))
"""Thresholds of AUC: 0 to 150 mm in steps of 5 mm, zero included."""
PCK_2D_PX = 25.0
"""Threshold of 2D-PCK in the student-teacher comparison of Kundu et al. (ECCV 2020)."""
PCKH_SHARE = 0.5
"""Threshold of PCKh as a share of the head size (Andriluka et al., CVPR 2014)."""
TORSO_SHARE = 0.2
"""Threshold of PCK on sports poses as a share of the torso."""

LIMB_JOINTS = tuple(
    f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in "lr"
)
"""The twelve joints by which what is read from pictures is judged."""

HEAD_SIZE_OF_DIAGONAL = 0.6
"""Head size as a share of the diagonal of the head's box."""

JOINT_GROUPS: Mapping[str, tuple[str, ...]] = {
    "head": ("head_top",),
    "neck": ("thorax", "upper_neck"),
    "shoulders": ("l_shoulder", "r_shoulder"),
    "elbows": ("l_elbow", "r_elbow"),
    "wrists": ("l_wrist", "r_wrist"),
    "hips": ("l_hip", "r_hip"),
    "knees": ("l_knee", "r_knee"),
    "ankles": ("l_ankle", "r_ankle"),
}
"""Groups that tables of PCK go by; pelvis, spine and face are in none. A data set's "neck" is one of the two."""


def near(
    distances: Float[Tensor, "*batch J"], threshold: float | Float[Tensor, "*batch 1"]
) -> Float[Tensor, "*batch J"]:
    """1 where a distance is below the threshold, 0 where it is not, NaN where it is NaN."""
    return (distances < threshold).to(distances.dtype).masked_fill(distances.isnan(), torch.nan)


def near_on_average(distances: Float[Tensor, "*batch J"], thresholds: Sequence[float]) -> Float[Tensor, "*batch J"]:
    """Share of the rising thresholds that a distance is below; NaN where it is NaN."""
    rising = torch.tensor(thresholds, dtype=distances.dtype, device=distances.device)
    reached = torch.searchsorted(rising, distances.nan_to_num(nan=torch.inf).contiguous(), right=True)
    share = (len(thresholds) - reached).to(distances.dtype) / len(thresholds)
    return share.masked_fill(distances.isnan(), torch.nan)


def pck_3d(
    predicted: Float[Tensor, "*batch J 3"],
    truth: Float[Tensor, "*batch J 3"],
    *,
    threshold: float = PCK_3D_M,
    mask: Bool[Tensor, "*batch J"] | None = None,
    root_index: int | None = None,
) -> Float[Tensor, "*batch"]:
    """Share of each pose's joints whose error is below the threshold: 3DPCK at 150 mm.

    Args:
        threshold: In the unit of the poses, which the default takes for metres.
        mask: Joints that count, all by default.
        root_index: Joint that both poses are laid upon first.

    Raises:
        ConventionError: The shapes disagree.
    """
    return near(joint_distances(predicted, truth, mask=mask, root_index=root_index), threshold).nanmean(dim=-1)


def auc(
    predicted: Float[Tensor, "*batch J 3"],
    truth: Float[Tensor, "*batch J 3"],
    *,
    thresholds: Sequence[float] = AUC_M,
    mask: Bool[Tensor, "*batch J"] | None = None,
    root_index: int | None = None,
) -> Float[Tensor, "*batch"]:
    """Area under the curve of 3DPCK: its mean over rising thresholds. Arguments and errors as for `pck_3d`."""
    distances = joint_distances(predicted, truth, mask=mask, root_index=root_index)
    return near_on_average(distances, thresholds).nanmean(dim=-1)


def pck_2d(
    predicted: Float[Tensor, "*batch J 2"],
    truth: Float[Tensor, "*batch J 2"],
    *,
    threshold_px: float = PCK_2D_PX,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch"]:
    """Share of each pose's joints that lie within some pixels of their true place. Errors as for `pck_3d`."""
    return near(joint_distances(predicted, truth, mask=mask), threshold_px).nanmean(dim=-1)


def pckh(
    predicted: Float[Tensor, "*batch J 2"],
    truth: Float[Tensor, "*batch J 2"],
    head_sizes_px: Float[Tensor, "*batch"],
    *,
    share: float = PCKH_SHARE,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch"]:
    """Share of each pose's joints that lie within a share of the head size of their true place: PCKh at 0.5.

    Args:
        head_sizes_px: Of every person (see `head_size`).

    Arguments and errors otherwise as for `pck_3d`.
    """
    return near(joint_distances(predicted, truth, mask=mask), share * head_sizes_px[..., None]).nanmean(dim=-1)


def head_size(boxes: Float[Tensor, "*batch 4"]) -> Float[Tensor, "*batch"]:
    """The length that PCKh measures by: 0.6 times the diagonal of the head's box (x, y, width, height)."""
    return HEAD_SIZE_OF_DIAGONAL * torch.linalg.vector_norm(boxes[..., 2:], dim=-1)
