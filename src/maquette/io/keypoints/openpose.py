"""OpenPose JSON: one file a frame with everybody in it, in pixels or scaled, on one of several skeletons."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from maquette.body.catalog import BLAZEPOSE_33, BODY_25, BODY_25B, COCO_18, OPENPOSE_MPI_15
from maquette.body.people import PictureUnit
from maquette.body.skeleton import Skeleton
from maquette.io.keypoints.assembly import Detections, Settings, confidence_to_unit, known_joints
from maquette.io.keypoints.naming import COUNTS, skeleton_from_count
from maquette.io.keypoints.points import person_ids_of, points_of
from maquette.io.keypoints.sources import refusal

_COUNTS: Mapping[int, Skeleton] = {**COUNTS, 15: OPENPOSE_MPI_15, 18: COCO_18, 25: BODY_25, 33: BLAZEPOSE_33}
_POINT_KEYS = ("pose_keypoints_2d", "pose_keypoints", "joints")


def is_openpose(document: object) -> bool:
    """Whether a JSON document is one frame by OpenPose, or by AlphaPose in the manner of it or of its forerunner."""
    return isinstance(document, dict) and isinstance(document.get("people", document.get("bodies")), list)


def read_openpose(documents: Mapping[int, object], path: Path, settings: Settings) -> Detections:
    """The people of OpenPose's frames, by frame number.

    Raises:
        InputError: A person's points are not numbers, or too few or many for every known skeleton.
    """
    rows, frames, ids, is_alphapose = [], [], [], False
    for number, document in documents.items():
        frame = document if isinstance(document, dict) else {}
        is_alphapose |= "bodies" in frame or "alphapose" in str(frame.get("version", "")).lower()
        for person in frame.get("people", frame.get("bodies", [])):
            points = _points_of_person(person, path)
            if points:
                rows.append(points)
                frames.append(number)
                ids.append(person.get("person_id"))
    points, scale_notes = confidence_to_unit(points_of(rows, path))
    person_ids = person_ids_of(ids)
    unit, points, unit_notes = _unscale(points)
    skeleton, order, skeleton_notes = _skeleton(points, path, settings.skeleton)
    return Detections(
        format="alphapose" if is_alphapose else "openpose",
        skeleton=skeleton,
        points=points[:, order],
        frame_numbers=np.array(frames, np.int64),
        seen_frames=np.array(list(documents), np.int64),
        person_ids=person_ids,
        is_tracked=person_ids is not None,
        unit=unit,
        notes=(*scale_notes, *unit_notes, *skeleton_notes),
    )


def _points_of_person(person: object, path: Path) -> list[Any]:
    if not isinstance(person, dict):
        raise refusal(path, "its list of people holds something else")
    for key in _POINT_KEYS:
        if isinstance(person.get(key), list):
            return person[key]
    return []


def _unscale(points: Float[np.ndarray, "N J 3"]) -> tuple[PictureUnit, Float[np.ndarray, "N J 3"], tuple[str, ...]]:
    """Points scaled to [0, 1] or [-1, 1] (no person is 1.5 pixels large) as fractions; pixels as they are."""
    known = known_joints(points)
    places = points[known][:, :2]
    if not len(places) or np.abs(places).max() > 1.5:
        return "px", points, ()
    if places.min() >= -0.02:
        return "fraction", points, ("coordinates taken to be fractions of the picture, 0 to 1",)
    points = np.where(points[..., 2:] > 0, points * [0.5, 0.5, 1] + np.array([0.5, 0.5, 0]), np.nan)
    return "fraction", points, ("coordinates taken to be scaled to -1 to 1",)


def _skeleton(
    points: Float[np.ndarray, "N J 3"], path: Path, wanted: Skeleton | None
) -> tuple[Skeleton, list[int], tuple[str, ...]]:
    if points.shape[1] != 25 or wanted is not None:
        skeleton, order = skeleton_from_count(points.shape[1], path, wanted, _COUNTS)
        return skeleton, order, (f"skeleton taken to be {skeleton.name}",)
    lengths = {skeleton: _limb_length(points, skeleton) for skeleton in (BODY_25, BODY_25B)}
    skeleton = min(lengths, key=lengths.__getitem__)
    how = "by the shape of the people" if len(set(lengths.values())) == 2 else "too few points are known to tell"
    return skeleton, list(range(25)), (f"skeleton taken to be {skeleton.name} (25 points; {how})",)


def _limb_length(points: Float[np.ndarray, "N J 3"], skeleton: Skeleton) -> float:
    """Mean length of limbs and of the face in shares of the person; shortest on the skeleton that it really is."""
    known = known_joints(points)
    place = np.where(known[..., None], points[..., :2], np.nan)
    size = np.hypot(*(_largest(place[..., axis]) for axis in (0, 1)))
    face = combinations(skeleton.indices("nose", "l_eye", "r_eye", "l_ear", "r_ear"), 2)
    one, other = np.array([*skeleton.limbs, *face]).T
    limbs = known[:, one] & known[:, other] & (size > 0)[:, None]
    if not limbs.any():
        return 1.0
    lengths = np.linalg.norm(place[:, one] - place[:, other], axis=-1) / np.maximum(size, 1e-9)[:, None]
    return float(lengths[limbs].mean())


def _largest(values: Float[np.ndarray, "N J"]) -> Float[np.ndarray, " N"]:
    """Width of what is known in each row; 0 where nothing is."""
    low = np.where(np.isnan(values), np.inf, values).min(axis=1)
    high = np.where(np.isnan(values), -np.inf, values).max(axis=1)
    return np.where(low <= high, high, 0.0) - np.where(low <= high, low, 0.0)
