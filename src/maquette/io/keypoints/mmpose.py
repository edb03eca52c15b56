"""MMPose predictions JSON, from its inferencer or its demos, of a picture, a folder of pictures or a video."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from maquette.io.keypoints.assembly import Detections, Settings, nobody
from maquette.io.keypoints.naming import skeleton_of_file
from maquette.io.keypoints.points import person_ids_of, points_of
from maquette.io.keypoints.sources import as_numbers, refusal


def is_mmpose(document: object) -> bool:
    """Whether a JSON document holds MMPose instances: bare, by frame, or under 'instance_info' or 'predictions'."""
    if isinstance(document, dict):
        inner = document.get("instance_info", document.get("predictions"))
        return _is_frame(document) or (isinstance(inner, list) and (not inner or is_mmpose(inner)))
    if not isinstance(document, list):
        return False
    first = next((entry for entry in document if entry != []), None)
    return _is_frame(first) or _is_instance(first) or (isinstance(first, list) and _is_instance(first[0]))


def read_mmpose(documents: Mapping[int, object], path: Path, settings: Settings) -> Detections:
    """The instances of MMPose's files by number; a single file may hold a whole video.

    Raises:
        InputError: Instances are of another form, or 3D.
    """
    frames: dict[int, list[Any]] = {}
    for number, document in documents.items():
        for frame, instances in _frames(document, path).items():
            frames.setdefault(frame if len(documents) == 1 else number, []).extend(instances)
    people = [instance for instances in frames.values() for instance in instances]
    if not all(_is_instance(person) for person in people):
        raise refusal(path, "some of its instances lack 'keypoints'")
    points = _points(people, path)
    names = next((names for names in map(_names, documents.values()) if names), None)
    skeleton, order = skeleton_of_file(names, points.shape[1], path, settings.skeleton)
    ids = person_ids_of([person.get("track_id", person.get("instance_id")) for person in people])
    return Detections(
        format="mmpose",
        skeleton=skeleton,
        points=points[:, order],
        frame_numbers=np.repeat(list(frames), [len(instances) for instances in frames.values()]),
        seen_frames=np.array(list(frames), np.int64),
        person_ids=ids,
        is_tracked=ids is not None,
        notes=(f"skeleton taken to be {skeleton.name}{'' if names else ', from the number of points'}",),
    )


def _is_instance(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("keypoints"), list) and "image_id" not in value


def _is_frame(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("instances"), list)


def _frames(document: Any, path: Path) -> dict[int, list[Any]]:
    """Instances by frame number; those without a number are frames one after another."""
    if isinstance(document, dict) and not _is_frame(document):
        document = document.get("instance_info", document.get("predictions", []))
    entries: Any = [document] if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise refusal(path, "holds no list of instances")
    if entries and all(isinstance(entry, list) for entry in entries):
        return dict(enumerate(entries))
    if not any(_is_frame(entry) for entry in entries):
        return {0: entries}
    frames: dict[int, list[Any]] = {}
    for place, entry in enumerate(entries):
        if not _is_frame(entry):
            raise refusal(path, "mixes frames with other things")
        number = entry.get("frame_id", place)
        if isinstance(number, bool) or not isinstance(number, int) or abs(number) > 10**15:
            raise refusal(path, f"'{str(number)[:40]}' is no frame number")
        frames.setdefault(max(number, 0), []).extend(entry["instances"])
    return frames


def _points(people: list[dict[str, Any]], path: Path) -> Float[np.ndarray, "N J 3"]:
    if not people:
        raise nobody(path)
    scores = [person.get("keypoint_scores") for person in people]
    if not any(isinstance(score, list) for score in scores):
        return points_of([person["keypoints"] for person in people], path)
    places = as_numbers([person["keypoints"] for person in people], path, "keypoints")
    if places.ndim == 3 and places.shape[-1] == 3:
        raise refusal(path, "holds 3D predictions; save those of the 2D model")
    confidence = as_numbers(scores, path, "keypoint scores")
    if places.ndim != 3 or places.shape[-1] != 2 or confidence.shape != places.shape[:2]:
        raise refusal(path, f"keypoints of the shape {places.shape} do not go with scores of {confidence.shape}")
    return np.concatenate([places, confidence[..., None]], axis=-1)


def _names(document: object) -> list[str] | None:
    """The points' names in order, from the description of the data set that demos save along."""
    meta = document.get("meta_info") if isinstance(document, dict) else None
    by_id = meta.get("keypoint_id2name") if isinstance(meta, dict) else None
    if not isinstance(by_id, dict) or not all(re.fullmatch(r"\d{1,15}", str(key)) for key in by_id):
        return None
    names = [by_id[key] for key in sorted(by_id, key=int)]
    return names if names and all(isinstance(name, str) for name in names) else None
