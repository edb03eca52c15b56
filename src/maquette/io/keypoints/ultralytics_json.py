"""JSON of ultralytics results (`to_json`, or summaries): boxes with keypoints as three lists, a frame a list."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from maquette.io.keypoints.assembly import Detections, Settings, nobody
from maquette.io.keypoints.named import unit_of
from maquette.io.keypoints.naming import COUNTS, skeleton_from_count
from maquette.io.keypoints.points import person_ids_of
from maquette.io.keypoints.sources import as_numbers, refusal


def is_ultralytics_json(document: object) -> bool:
    """Whether a JSON document is a list of boxes with such keypoints, or a list of such lists, written out or not."""
    if not isinstance(document, list):
        return False
    first = next((entry for entry in document if entry not in ([], "[]")), None)
    if isinstance(first, str):
        return first.lstrip().startswith("[{") and '"keypoints"' in first
    return _is_box(first[0]) if isinstance(first, list) and first else _is_box(first)


def read_ultralytics_json(documents: Mapping[int, object], path: Path, settings: Settings) -> Detections:
    """The persons of results by frame number; a single file may hold a list of results.

    Raises:
        InputError: Some boxes have no keypoints, or points are not numbers or too few or many for any skeleton.
    """
    frames = _frames(documents, path)
    boxes = [box for listed in frames.values() for box in listed]
    if not boxes:
        raise nobody(path)
    if not all(map(_is_box, boxes)):
        raise refusal(path, "some of its boxes have no keypoints with x and y")
    is_person = _are_people(boxes)
    rows = [_row(box) for box, chosen in zip(boxes, is_person, strict=True) if chosen]
    points = as_numbers(rows, path, "keypoints")
    if points.ndim != 3 or not points.size:
        raise refusal(path, "its keypoints are not lists of numbers")
    points = np.moveaxis(points, 1, 2)
    skeleton, order = skeleton_from_count(points.shape[1], path, settings.skeleton, COUNTS)
    numbers = np.repeat(np.array(list(frames), np.int64), [len(listed) for listed in frames.values()])
    ids = person_ids_of([box.get("track_id") for box, chosen in zip(boxes, is_person, strict=True) if chosen])
    return Detections(
        format="ultralytics",
        skeleton=skeleton,
        points=points[:, order],
        frame_numbers=numbers[is_person],
        seen_frames=np.array(list(frames), np.int64),
        person_ids=ids,
        is_tracked=ids is not None,
        unit=unit_of(points),
        notes=(f"skeleton taken to be {skeleton.name}",),
    )


def _is_box(value: object) -> bool:
    points = value.get("keypoints") if isinstance(value, dict) else None
    return isinstance(points, dict) and isinstance(points.get("x"), list) and isinstance(points.get("y"), list)


def _frames(documents: Mapping[int, object], path: Path) -> dict[int, list[Any]]:
    """Boxes by frame number."""
    if len(documents) > 1:
        return {number: _boxes(document, path) for number, document in documents.items()}
    ((number, document),) = documents.items()
    if isinstance(document, list) and document and all(isinstance(entry, (list, str)) for entry in document):
        return {place: _boxes(entry, path) for place, entry in enumerate(document)}
    return {number: _boxes(document, path)}


def _boxes(value: Any, path: Path) -> list[Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise refusal(path, "one of its results is no readable JSON") from error
    if value in ([], {}):
        return []
    if not isinstance(value, list):
        raise refusal(path, "one of its results is no list of boxes")
    return value


def _are_people(boxes: list[dict[str, Any]]) -> np.ndarray:
    """Boxes of the class person, if there is one, else all."""
    named = np.array([box.get("name") == "person" for box in boxes])
    return named if named.any() else np.ones(len(boxes), np.bool_)


def _row(box: dict[str, Any]) -> list[Any]:
    points = box["keypoints"]
    sure = points.get("visible", points.get("conf"))
    return [points["x"], points["y"], [1.0] * len(points["x"]) if sure is None else sure]
