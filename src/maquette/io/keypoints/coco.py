"""COCO annotation JSON: pictures, people with points and visibility flags, and the names of the points."""

from pathlib import Path
from typing import Any

import numpy as np

from maquette.data.readers.coco_categories import animals_error, category_of_people
from maquette.errors import InputError
from maquette.io.keypoints.assembly import Detections, Settings, confidence_to_unit, nobody
from maquette.io.keypoints.clips import require_one_video
from maquette.io.keypoints.naming import skeleton_of_file
from maquette.io.keypoints.numbering import frame_numbers
from maquette.io.keypoints.points import person_ids_of, points_of
from maquette.io.keypoints.sources import refusal
from maquette.io.keypoints.stamps import read_stamps


def is_coco(document: object) -> bool:
    """Whether a JSON document is a COCO annotation file."""
    return isinstance(document, dict) and all(isinstance(document.get(k), list) for k in ("images", "annotations"))


def parse_coco(document: dict[str, Any], path: Path, settings: Settings) -> Detections:
    """The people of a COCO annotation file, a frame a picture, in the order of the pictures' numbers.

    Raises:
        InputError: Pictures of several sizes or videos, annotations of unlisted pictures, or unusable keypoints.
    """
    images = {image.get("id"): image for image in _records(document["images"], path)}
    require_one_video(images.values(), path)
    people, names, notes = _people(document, path)
    absent = [person.get("image_id") for person in people if person.get("image_id") not in images]
    if absent:
        raise refusal(path, f"an annotation belongs to picture {absent[0]}, which is not among its images")
    numbers, number_notes = _numbers(images, path)
    points, scale_notes = confidence_to_unit(points_of([person["keypoints"] for person in people], path))
    skeleton, order = skeleton_of_file(names, points.shape[1], path, settings.skeleton)
    ids = person_ids_of([person.get("track_id") for person in people])
    return Detections(
        format="coco",
        skeleton=skeleton,
        points=points[:, order],
        frame_numbers=np.array([numbers[person["image_id"]] for person in people], np.int64),
        seen_frames=np.array(list(numbers.values()), np.int64),
        person_ids=ids,
        is_tracked=ids is not None,
        image_size=_image_size([images[person["image_id"]] for person in people], path),
        stamps_s=None if settings.fps else read_stamps(list(images.values()), path),
        notes=(*notes, *number_notes, *scale_notes, f"skeleton taken to be {skeleton.name}"),
    )


def _records(values: list[object], path: Path) -> list[dict[str, Any]]:
    records = [value for value in values if isinstance(value, dict)]
    hashable = all(isinstance(r.get(key), (int, str, type(None))) for r in records for key in ("id", "image_id"))
    if len(records) != len(values) or not hashable:
        raise refusal(path, "its images and annotations are not records with ids as COCO has them")
    return records


def _people(document: dict[str, Any], path: Path) -> tuple[list[dict[str, Any]], list[str] | None, tuple[str, ...]]:
    """The annotations with keypoints of one category (person, if there is one), and the names of its points."""
    annotated = [record for record in _records(document["annotations"], path) if record.get("keypoints")]
    if not annotated:
        raise nobody(path)
    listed = document.get("categories")
    categories = [c for c in listed if isinstance(c, dict)] if isinstance(listed, list) else []
    used = [person.get("category_id") for person in annotated]
    known = [c for c in categories if c.get("id") in used]
    category = category_of_people(sorted(known, key=lambda c: used.index(c.get("id")))) if known else {"id": used[0]}
    if category is None:
        raise animals_error(path, known)
    people = [person for person in annotated if person.get("category_id") == category.get("id")]
    dropped = len(annotated) - len(people)
    notes = (f"{dropped} annotations of other categories were left out",) if dropped else ()
    names = category.get("keypoints")
    named = isinstance(names, list) and names and all(isinstance(name, str) for name in names)
    return people, names if named else None, notes


def _numbers(images: dict[Any, dict[str, Any]], path: Path) -> tuple[dict[Any, int], tuple[str, ...]]:
    """The frame number of every picture by its id: from its file name, else its id, else its place in the list."""
    names = [image.get("file_name") for image in images.values()]
    by_name = frame_numbers([str(name) for name in names], path) if all(names) else None
    if by_name is not None and len(set(by_name)) == len(by_name):
        return dict(zip(images, by_name, strict=True)), ()
    if all(isinstance(key, int) and 0 <= key <= 10**15 for key in images):
        return {key: int(key) for key in images}, ("frames are numbered by the pictures' ids",)
    places = {key: i for i, key in enumerate(images)}
    return places, ("the pictures bear no frame numbers; they were taken one after another",)


def _image_size(images: list[dict[str, Any]], path: Path) -> tuple[int, int] | None:
    stated = [(image.get("width"), image.get("height")) for image in images]
    sizes = {(w, h) for w, h in stated if isinstance(w, (int, float)) and isinstance(h, (int, float))}
    if len(sizes) > 1:
        raise InputError(
            f"{path}: its pictures differ in size ({len(sizes)} sizes, such as {sorted(map(str, sizes))[0]}); wanted "
            "the pictures of one video, so keep those of one size"
        )
    for width, height in sizes:
        if 1 <= width <= 10**6 and 1 <= height <= 10**6:
            return int(width), int(height)
    return None
