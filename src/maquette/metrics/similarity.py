"""COCO's measures of keypoints: object keypoint similarity, and the average precision that follows from it."""

import contextlib
import io
import warnings
from types import ModuleType
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.catalog import COCO_17
from maquette.errors import ConventionError
from maquette.extras import optional_import

_FALLOFF = {
    "nose": 0.026, "eye": 0.025, "ear": 0.035, "shoulder": 0.079, "elbow": 0.072, "wrist": 0.062,
    "hip": 0.107, "knee": 0.087, "ankle": 0.089,
}  # fmt: skip
COCO_FALLOFF: tuple[float, ...] = tuple(_FALLOFF[joint.split("_")[-1]] for joint in COCO_17.joint_names)
"""Per-joint constants of COCO-17 ("sigmas"): how far apart careful annotators put a joint, in person sizes."""

PRECISION_COLUMNS = ("AP", "AP50", "AP75", "AP medium", "AP large", "AR", "AR50", "AR75", "AR medium", "AR large")
"""COCO's ten numbers for keypoints, in its order."""


def oks(
    predicted: Float[Tensor, "*batch J 2"],
    truth: Float[Tensor, "*batch J 2"],
    areas_px: Float[Tensor, "*batch"],
    *,
    mask: Bool[Tensor, "*batch J"],
    falloff: tuple[float, ...] = COCO_FALLOFF,
) -> Float[Tensor, "*batch"]:
    """Object keypoint similarity of each pose, 0 to 1: mean of exp(-d^2 / (2 area (2 falloff)^2)); NaN without joints.

    Args:
        areas_px: Area of each true person in square pixels.
        mask: Annotated joints.
        falloff: One constant a joint.

    Raises:
        ConventionError: There is another number of joints than of constants.
    """
    if len(falloff) != predicted.shape[-2]:
        raise ConventionError(f"{predicted.shape[-2]} joints want as many falloff constants, got {len(falloff)}")
    square = (predicted - truth).square().sum(dim=-1)
    spread = 8 * areas_px[..., None] * predicted.new_tensor(falloff).square()
    return torch.exp(-square / spread).masked_fill(~mask, torch.nan).nanmean(dim=-1)


class AnnotatedKeypoints(NamedTuple):
    """True persons of COCO-17, one a row."""

    pictures: np.ndarray
    """(N,) text: the name of the picture."""
    points_px: Float[np.ndarray, "N 17 2"]
    known: Bool[np.ndarray, "N 17"]
    boxes_px: Float[np.ndarray, "N 4"]
    """(x, y, width, height)."""
    areas_px: Float[np.ndarray, " N"]
    is_ignored: Bool[np.ndarray, " N"]
    """Crowds: finding them is neither right nor wrong."""


class ScoredKeypoints(NamedTuple):
    """Predicted persons of COCO-17, one a row."""

    pictures: np.ndarray
    points_px: Float[np.ndarray, "M 17 2"]
    scores: Float[np.ndarray, " M"]
    """The higher the surer."""


def keypoint_precision(predicted: ScoredKeypoints, truth: AnnotatedKeypoints) -> dict[str, float]:
    """COCO's average precision and recall of keypoints by name, 0 to 1, computed by pycocotools (extra ``data``).

    Pictures without a true person count where they hold a prediction. A number that has no instance to go by is NaN.

    Raises:
        MissingExtraError: pycocotools is not installed.
    """
    coco: ModuleType = optional_import("pycocotools.coco", extra="data")
    evaluation: ModuleType = optional_import("pycocotools.cocoeval", extra="data")
    names, codes = np.unique(np.concatenate([truth.pictures, predicted.pictures]), return_inverse=True)
    true_codes, found_codes = codes[: len(truth.pictures)], codes[len(truth.pictures) :]
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        annotated = coco.COCO()
        annotated.dataset = {
            "images": [{"id": picture} for picture in range(len(names))],
            "categories": [{"id": 1, "name": "person"}],
            "annotations": _annotations(truth, true_codes),
        }
        annotated.createIndex()
        found = annotated.loadRes(_results(predicted, found_codes)) if len(predicted.pictures) else coco.COCO()
        judged = evaluation.COCOeval(annotated, found, "keypoints")
        judged.params.imgIds = list(range(len(names)))
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    stats = [float(value) for value in judged.stats]
    return {name: value if value >= 0 else float("nan") for name, value in zip(PRECISION_COLUMNS, stats, strict=True)}


def _annotations(truth: AnnotatedKeypoints, codes: np.ndarray) -> list[dict[str, object]]:
    triples = np.concatenate([truth.points_px, 2.0 * truth.known[..., None]], axis=-1)
    triples = np.where(truth.known[..., None], triples, 0.0).reshape(len(codes), -1)
    return [
        {
            "id": row + 1,
            "image_id": int(codes[row]),
            "category_id": 1,
            "keypoints": triples[row].tolist(),
            "num_keypoints": int(truth.known[row].sum()),
            "bbox": truth.boxes_px[row].tolist(),
            "area": float(truth.areas_px[row]),
            "iscrowd": int(truth.is_ignored[row]),
        }
        for row in range(len(codes))
    ]


def _results(predicted: ScoredKeypoints, codes: np.ndarray) -> list[dict[str, object]]:
    triples = np.concatenate([predicted.points_px, np.ones((*predicted.points_px.shape[:2], 1))], axis=-1)
    return [
        {
            "image_id": int(codes[row]),
            "category_id": 1,
            "keypoints": triples[row].reshape(-1).tolist(),
            "score": float(predicted.scores[row]),
        }
        for row in range(len(codes))
    ]
