"""COCO keypoints, and pictures of one's own with annotations in COCO's JSON format."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64

from maquette.body.catalog import COCO_17, SKELETONS
from maquette.body.joint_names import is_known_joint, read_joint_names, same_skeleton
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.layout import missing_dataset, recognise_dataset
from maquette.data.readers.clip import ClipName, clip_of, hide_points, no_points, points
from maquette.data.readers.coco_categories import animals_error, category_of_people
from maquette.data.readers.photograph import (
    Check,
    is_number,
    is_numbers,
    is_picture_name,
    path_inside,
    places_in_picture,
    read_annotation_json,
    sound_entries,
)
from maquette.errors import InputError, SettingError

_NAME = "COCO keypoints"
_FORMAT = "a JSON with 'images' and 'annotations' as COCO's person_keypoints_val2017.json has them"
_WANTED = "annotations/person_keypoints_val2017.json, person_keypoints_val.json or a JSON file of the same format"
_SPLITS = ("train", "val")
_EDGE = 0.5
"""Boxes count from the edge of the top-left pixel, keypoints are indices of pixels (which are their centres)."""
_VISIBLE = 2
_LARGEST_SIDE = 10**6
_OFFICIAL = re.compile(r"person_keypoints_(train|val)20\d\d\.json")


def read_coco(path: Path, *, split: str = "val", pictures: Path | None = None) -> AnnotatedPeople:
    """COCO's people, or one's own in its format: every annotation of a person a row, also those without keypoints.

    Joints of other skeletons are told by the names in the file (see `skeleton_of`). Flag 1 means known but hidden, 2
    visible. Keypoints count from the centre of the top-left pixel as they do here; boxes, which COCO counts from the
    pixel's edge, are brought to that. Crowds are flagged in ``is_flawed``. Boxes, areas and sizes of pictures are
    given if every annotation has them. Pictures need not be there.

    Args:
        path: The folder of the data set, or a JSON file.
        split: ``train`` or ``val``, which of the folder's files; a folder with a single JSON file has no splits.
        pictures: Folder of the pictures; None looks in and beside the folder of the file.

    Raises:
        InputError: There is no such file, nothing in it can be read, or it names a joint that no skeleton has.
        SettingError: An unknown split.
    """
    if split not in _SPLITS:
        raise SettingError(f"{_NAME} has no split '{split}'; known are {', '.join(_SPLITS)}")
    if pictures is not None and not pictures.is_dir():
        raise InputError(f"'{pictures}' is no folder; wanted is the one that holds the pictures of '{path}'")
    file = path if path.is_file() else _find_file(path, split)
    document = read_annotation_json(file, _FORMAT)
    if not _is_document(document):
        raise InputError(f"'{file}' is JSON of another kind; wanted is {_FORMAT}")
    layout = _layout(file, document)
    images, skipped = _images(file, document["images"])
    rows, sentences = sound_entries(file, "annotations", document["annotations"], _checks(layout, images))
    skipped += sentences
    if not rows:
        raise InputError(skipped[0] if skipped else f"'{file}' has no annotation of a person; annotate some")
    annotations = [document["annotations"][row] for row in rows]
    root = pictures or (path if path.is_dir() else _base(file))
    folder = "" if pictures else _picture_folder(root, file, images)
    return replace(_people(root, folder, layout, images, annotations), skipped=tuple(skipped))


def skeleton_of(names: list[Any], path: Path) -> tuple[Skeleton, list[int]]:
    """The smallest skeleton of the catalog that has all the named joints, and the index of each of them in it.

    Names may stand in any order and some of the skeleton's joints may be lacking; ``left_knee``, ``Left Knee`` and
    ``l_knee`` are the same.

    Args:
        names: Of the keypoints of a category.
        path: Named in errors.

    Raises:
        InputError: No skeleton has such a joint, none has all of them, or a name is given twice.
    """
    words = [str(name)[:100] for name in names]
    readings = [joints for joints in read_joint_names(words) if len(set(joints)) == len(joints)]
    if found := same_skeleton(readings):
        skeleton, order = found
        return skeleton, [order.index(place) for place in range(len(words))]
    fitting = [(s, joints) for joints in readings for s in SKELETONS.values() if set(joints) <= set(s.joint_names)]
    if not fitting:
        raise _no_skeleton(words, path)
    skeleton, joints = min(fitting, key=lambda pair: len(pair[0]))
    return skeleton, skeleton.indices(*joints)


def _no_skeleton(words: list[str], path: Path) -> InputError:
    joints = read_joint_names(words)[0]
    for word, joint in zip(words, joints, strict=True):
        if not is_known_joint(joint):
            return InputError(f"'{path}': no skeleton has a joint '{word[:40]}'; name it as CONVENTIONS.md does")
        if joints.count(joint) > 1:
            return InputError(f"'{path}' names the joint '{word[:40]}' twice; every keypoint needs its own name")
    nearest = max(SKELETONS.values(), key=lambda skeleton: sum(joint in skeleton for joint in joints))
    others = ", ".join(joint for joint in joints if joint not in nearest)
    return InputError(f"'{path}': no skeleton has all of its joints; {nearest} lacks {others}, leave those out")


class _Layout(NamedTuple):
    """What the numbers of an annotation's keypoints mean."""

    skeleton: Skeleton
    joints: list[int]
    """Index in the skeleton of each keypoint."""
    category: Any
    """Identifier of the category of persons; None if the file has but one kind of annotations."""


class _Images(NamedTuple):
    """The pictures of a file."""

    places: dict[int | str, int]
    """By their identifier."""
    names: np.ndarray
    sizes: np.ndarray
    """(width, height); zeros where the file does not say."""


def _find_file(path: Path, split: str) -> Path:
    folders = [folder for folder in (path / "annotations", path) if folder.is_dir()]
    for folder in folders:
        found = sorted(folder.glob(f"person_keypoints_{split}*.json"))
        if found:
            return found[-1]
    if not folders or recognise_dataset(path) not in (None, _NAME):
        raise missing_dataset(path, _NAME, _WANTED)
    other = re.compile(r"(person_keypoints|instances|captions|image_info)_(train|val|test)")
    own = [file for folder in folders for file in sorted(folder.glob("*.json")) if not other.match(file.name)]
    if len(own) > 1:
        names = ", ".join(file.name for file in own[:4])
        raise InputError(f"'{path}' holds several JSON files ({names}); say which one is meant")
    if not own:
        raise missing_dataset(path, f"{_NAME} of the split '{split}'", _WANTED)
    return own[0]


def _is_document(document: object) -> bool:
    return isinstance(document, dict) and all(isinstance(document.get(key), list) for key in ("images", "annotations"))


def _layout(file: Path, document: dict[str, Any]) -> _Layout:
    listed = document.get("categories")
    categories = [one for one in listed if _has_keypoints(one)] if isinstance(listed, list) else []
    if not categories:
        return _Layout(COCO_17, list(range(len(COCO_17))), None)
    chosen = category_of_people(categories)
    if chosen is None:
        raise animals_error(file, categories)
    return _Layout(*skeleton_of(chosen["keypoints"], file), chosen.get("id"))


def _has_keypoints(category: object) -> bool:
    return isinstance(category, dict) and isinstance(category.get("keypoints"), list) and bool(category["keypoints"])


def _images(file: Path, entries: list[Any]) -> tuple[_Images, list[str]]:
    checks = [
        Check(lambda image: isinstance(image, dict), "they are no records"),
        Check(lambda image: type(image.get("id")) in (int, str), "they have no 'id'"),
        Check(lambda image: is_picture_name(image.get("file_name")), "they have no 'file_name'"),
    ]
    rows, sentences = sound_entries(file, "images", entries, checks)
    images = [entries[row] for row in rows]
    places = {image["id"]: place for place, image in enumerate(images)}
    sizes = [_size(image) for image in images]
    names = np.array([path_inside(image["file_name"]) for image in images], str)
    return _Images(places, names, np.array(sizes, np.int64).reshape(-1, 2)), sentences


def _size(image: dict[str, Any]) -> tuple[int, int]:
    sides = image.get("width"), image.get("height")
    if all(is_number(side) and 1 <= side <= _LARGEST_SIDE for side in sides):
        return int(sides[0]), int(sides[1])  # type: ignore[arg-type]
    return 0, 0


def _checks(layout: _Layout, images: _Images) -> list[Check]:
    count = 3 * len(layout.joints)
    kinds = (None, layout.category)
    return [
        Check(lambda entry: isinstance(entry, dict), "they are no records"),
        Check(
            lambda entry: layout.category is None or entry.get("category_id") in kinds,
            "they are not of the category of persons",
        ),
        Check(
            lambda entry: type(entry.get("image_id")) in (int, str) and entry["image_id"] in images.places,
            "their picture is not among 'images'",
        ),
        Check(
            lambda entry: is_numbers(entry.get("keypoints"), count),
            f"their 'keypoints' are not {count} finite numbers",
        ),
        Check(
            lambda entry: "bbox" not in entry or (is_numbers(entry["bbox"], 4) and min(entry["bbox"][2:]) >= 0),
            "their 'bbox' is no x, y, width and height",
        ),
        Check(
            lambda entry: "area" not in entry or (is_number(entry["area"]) and entry["area"] >= 0),
            "their 'area' is no number from 0",
        ),
    ]


def _base(file: Path) -> Path:
    return file.parent.parent if file.parent.name == "annotations" else file.parent


def _picture_folder(root: Path, file: Path, images: _Images) -> str:
    """Where the pictures lie under the root, with a slash behind it; where they are not there, COCO's own place."""
    part = file.stem.removeprefix("person_keypoints_")
    for folder in (f"{part}/", f"images/{part}/", "images/", ""):
        if any((root / folder / name).is_file() for name in images.names[:10]):
            return folder
    return f"{part}/" if _OFFICIAL.fullmatch(file.name) else ""


def _people(
    root: Path, folder: str, layout: _Layout, images: _Images, annotations: list[dict[str, Any]]
) -> AnnotatedPeople:
    count, skeleton = len(annotations), layout.skeleton
    given = np.array([entry["keypoints"] for entry in annotations], np.float64).reshape(count, -1, 3)
    keypoints = np.zeros((count, len(skeleton), 3))
    keypoints[:, layout.joints] = given
    pixels = hide_points(points(keypoints[..., :2]), keypoints[..., 2] <= 0)
    rows = np.array([images.places[entry["image_id"]] for entry in annotations], np.int64)
    sizes, boxes = images.sizes[rows], _column(annotations, "bbox")
    areas = _column(annotations, "area")
    people = clip_of(
        ClipName("coco", root, ""),
        skeleton,
        np.zeros(count),
        pixels,
        no_points(count, len(skeleton), 3),
        pictures=np.char.add(folder, images.names[rows]),
        is_visible=pixels.known & (keypoints[..., 2] >= _VISIBLE),
        boxes_px=None if boxes is None else (boxes - [_EDGE, _EDGE, 0, 0]).astype(np.float32),
        areas_px=None if areas is None else areas.astype(np.float32),
        image_sizes=sizes if sizes.all() else None,
        is_flawed=np.array([entry.get("iscrowd") == 1 or entry.get("ignore") == 1 for entry in annotations]),
    )
    return replace(people, persons=places_in_picture(rows))


def _column(annotations: list[dict[str, Any]], name: str) -> Float64[np.ndarray, "..."] | None:
    """The numbers of that name, or None if an annotation lacks them."""
    if any(name not in entry for entry in annotations):
        return None
    return np.array([entry[name] for entry in annotations], np.float64)
