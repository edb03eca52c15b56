"""COCO results JSON and AlphaPose JSON: one list with an entry a person, each naming its picture."""

from pathlib import Path
from typing import Any

import numpy as np

from maquette.errors import InputError
from maquette.io.keypoints.assembly import Detections, Settings, confidence_to_unit
from maquette.io.keypoints.clips import require_one_folder
from maquette.io.keypoints.naming import COUNTS, skeleton_from_count
from maquette.io.keypoints.numbering import frame_numbers
from maquette.io.keypoints.openpose import is_openpose, read_openpose
from maquette.io.keypoints.points import person_ids_of, points_of
from maquette.io.keypoints.sources import refusal

_LARGEST_ID = 10**15


def is_results(document: object) -> bool:
    """Whether a JSON document is a list of people with the name or id of their picture."""
    return isinstance(document, list) and bool(document) and all(_is_entry(entry) for entry in document[:3])


def read_results(entries: list[Any], path: Path, settings: Settings) -> Detections:
    """The people of COCO results or of AlphaPose, which adds boxes, ids and picture names.

    Raises:
        InputError: An entry lacks its picture, pictures are of several videos, or keypoints are unusable.
    """
    if not all(_is_entry(entry) for entry in entries):
        raise refusal(path, "some of its entries lack 'image_id' or 'keypoints'")
    points, notes = confidence_to_unit(points_of([entry["keypoints"] for entry in entries], path))
    skeleton, order = skeleton_from_count(points.shape[1], path, settings.skeleton, COUNTS)
    frames = _frames([entry["image_id"] for entry in entries], path)
    ids = person_ids_of([entry.get("idx", entry.get("track_id")) for entry in entries])
    is_alphapose = any("idx" in e or "box" in e or isinstance(e["image_id"], str) for e in entries)
    return Detections(
        format="alphapose" if is_alphapose else "coco-results",
        skeleton=skeleton,
        points=points[:, order],
        frame_numbers=frames,
        seen_frames=frames,
        person_ids=ids,
        is_tracked=ids is not None,
        notes=(*notes, f"skeleton taken to be {skeleton.name}"),
    )


def is_frames_by_name(document: object) -> bool:
    """Whether a JSON document maps names of pictures to frames, as AlphaPose writes in the manner of OpenPose."""
    return isinstance(document, dict) and bool(document) and all(map(is_openpose, document.values()))


def read_frames_by_name(document: dict[str, Any], path: Path, settings: Settings) -> Detections:
    """The people of AlphaPose's file of frames by picture name.

    Raises:
        InputError: The names bear no frame numbers, or the frames are unusable.
    """
    numbers = _frames(list(document), path)
    return read_openpose(dict(zip(numbers.tolist(), document.values(), strict=True)), path, settings)


def _is_entry(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("image_id"), (int, str)) and "keypoints" in entry


def _frames(image_ids: list[int | str], path: Path) -> np.ndarray:
    if all(isinstance(image_id, int) and 0 <= image_id <= _LARGEST_ID for image_id in image_ids):
        return np.array(image_ids, np.int64)
    odd = next((i for i in image_ids if isinstance(i, int) and not 0 <= i <= _LARGEST_ID), None)
    if odd is not None:
        raise InputError(f"{path}: the image_id {str(odd)[:40]} is no frame number; wanted are whole numbers from 0")
    require_one_folder(map(str, image_ids), path)
    numbers = frame_numbers([str(image_id) for image_id in image_ids], path)
    if numbers is None:
        raise InputError(
            f"{path}: picture names such as '{image_ids[0]}' bear no frame number; wanted 12.jpg and so on"
        )
    return np.array(numbers, np.int64)
