"""JSON of MoveNet, PoseNet and BlazePose in the browser: poses whose keypoints are records with names."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from maquette.io.keypoints.assembly import Detections, Settings, nobody
from maquette.io.keypoints.named import NamedPerson, Video, detections_of_names
from maquette.io.keypoints.plausibility import is_one_clip
from maquette.io.keypoints.sources import as_numbers, refusal
from maquette.plain_text import count_of

_LISTS = ("frames", "poses")


def is_movenet(document: object) -> bool:
    """Whether a JSON document holds such poses: one, a list of them, or a list of frames."""
    for _ in range(6):
        if _is_pose(document):
            return True
        if isinstance(document, dict):
            document = next((document[name] for name in _LISTS if name in document), None)
        elif isinstance(document, list):
            document = next((entry for entry in document if entry and not _is_empty_frame(entry)), None)
        else:
            return False
    return False


def read_movenet(document: Any, path: Path, settings: Settings) -> Detections:
    """The poses by frame; a plain list of poses is a clip of one person, if they follow each other, or one picture.

    Raises:
        InputError: Poses are mixed with other things, or their points are not numbers.
    """
    frames, note = _frames(document, path)
    people = [
        NamedPerson(number, _points(pose, path), pose.get("id"))
        for number, poses in enumerate(frames)
        for pose in poses
    ]
    found = detections_of_names(people, Video(range(len(frames))), path, settings, tool="movenet")
    return replace(found, notes=(*note, *found.notes))


def _is_pose(value: object) -> bool:
    listed = value.get("keypoints") if isinstance(value, dict) else None
    return isinstance(listed, list) and bool(listed) and _name_of(listed[0]) is not None


def _is_empty_frame(value: object) -> bool:
    return isinstance(value, dict) and any(value.get(name) == [] for name in _LISTS)


def _name_of(point: object) -> str | None:
    name = point.get("name", point.get("part")) if isinstance(point, dict) else None
    return name if isinstance(name, str) else None


def _frames(document: Any, path: Path) -> tuple[list[list[Any]], tuple[str, ...]]:
    listed = document
    while isinstance(listed, dict) and not _is_pose(listed):
        listed = next((listed[name] for name in _LISTS if name in listed), None)
    listed = [listed] if isinstance(listed, dict) else listed
    if not isinstance(listed, list) or not listed:
        raise nobody(path)
    if all(map(_is_pose, listed)):
        if len(listed) == 1 or not _are_frames(listed, path):
            return [listed], (f"{count_of(len(listed), 'pose')} taken for people of one picture",)
        return [[pose] for pose in listed], (f"{count_of(len(listed), 'pose')} taken for frames of one person",)
    return [_poses(frame, path) for frame in listed], ()


def _poses(frame: Any, path: Path) -> list[Any]:
    if isinstance(frame, dict) and not _is_pose(frame):
        frame = frame.get("poses", frame.get("pose"))
    poses = [frame] if isinstance(frame, dict) else frame or []
    if not isinstance(poses, list) or not all(_is_pose(pose) or pose is None for pose in poses):
        raise refusal(path, "its frames are not lists of poses with named keypoints")
    return [pose for pose in poses if pose is not None]


def _points(pose: dict[str, Any], path: Path) -> dict[str, tuple[object, object, object]]:
    points = {}
    for point in pose["keypoints"]:
        name = _name_of(point)
        place = point.get("position", point) if isinstance(point, dict) else None
        if name is None or not isinstance(place, dict) or name in points:
            raise refusal(path, "a keypoint lacks its name or place, or bears another's name")
        sure = point.get("score", point.get("visibility"))
        points[name] = (place.get("x"), place.get("y"), 1.0 if sure is None else sure)
    return points


def _are_frames(poses: list[Any], path: Path) -> bool:
    """Whether poses in a row are those of one person who moves."""
    rows = [_points(pose, path) for pose in poses]
    shared = [name for name in rows[0] if all(name in row for row in rows)]
    if not shared:
        return False
    return is_one_clip(as_numbers([[list(row[name]) for name in shared] for row in rows], path, "keypoints"))
