"""Outputs of rtmlib and its like, saved as numpy: keypoints (frames, people, joints, 2) and scores beside them."""

from pathlib import Path

import numpy as np
from jaxtyping import Float

from maquette.io.keypoints.assembly import Detections, Settings
from maquette.io.keypoints.dense import detections_of_array, number_array, require_people
from maquette.io.keypoints.naming import skeleton_from_count
from maquette.io.keypoints.plausibility import is_one_clip
from maquette.io.keypoints.points import with_confidence
from maquette.io.keypoints.sources import Arrays, refusal
from maquette.plain_text import count_of

_POINTS = ("keypoints", "")
_SCORES = ("scores", "keypoint_scores")
_PEOPLE_OF_ONE_PICTURE = 20


def is_rtmlib(arrays: Arrays) -> bool:
    """Whether a numpy file holds one array of keypoints, or keypoints and scores."""
    names = {*arrays.plain, *arrays.pickled}
    return "" in names or ("keypoints" in names and bool(names & set(_SCORES)))


def read_rtmlib(arrays: Arrays, path: Path, settings: Settings) -> Detections:
    """The people of an array (frames, people, joints, 2), or (people, joints, 2) of one picture, and their scores.

    Raises:
        InputError: The shapes are others, or the number of joints means no skeleton.
    """
    name = next(name for name in _POINTS if name in (*arrays.plain, *arrays.pickled))
    points = number_array(arrays, name, path)
    score_name = next((name for name in _SCORES if name in (*arrays.plain, *arrays.pickled)), None)
    scores = None if score_name is None else number_array(arrays, score_name, path)
    if points.ndim not in (3, 4) or points.shape[-1] not in (2, 3):
        raise refusal(path, f"its keypoints have the shape {points.shape}, not (frames, people, joints, 2)")
    if scores is not None and scores.shape == (*points.shape[:-1], 1):
        scores = scores[..., 0]
    if scores is not None and scores.shape != points.shape[:-1]:
        raise refusal(path, f"scores of the shape {scores.shape} do not go with keypoints of {points.shape}")
    points = with_confidence(points) if scores is None else np.concatenate([points[..., :2], scores[..., None]], -1)
    points, notes = _with_both_axes(points)
    require_people(points, path)
    skeleton, order = skeleton_from_count(points.shape[2], path, settings.skeleton)
    notes = (*notes, f"skeleton taken to be {skeleton.name}, from the number of points")
    return detections_of_array(points[:, :, order], skeleton, format="rtmlib", notes=notes, arrays=arrays)


def _with_both_axes(points: Float[np.ndarray, "... J 3"]) -> tuple[Float[np.ndarray, "F P J 3"], tuple[str, ...]]:
    if points.ndim == 4:
        return points, ()
    if len(points) <= _PEOPLE_OF_ONE_PICTURE and not (len(points) > 1 and is_one_clip(points)):
        return points[None], (f"{count_of(len(points), 'pose')} taken for people of one picture",)
    return points[:, None], (f"{count_of(len(points), 'pose')} taken for frames of one person",)
