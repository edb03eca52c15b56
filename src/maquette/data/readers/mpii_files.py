"""The files of MPII: the MATLAB structure as released, and the JSON exports of hourglass and later projects."""

from collections.abc import Set
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int64

from maquette.body.catalog import MPII_16
from maquette.data.readers.matlab import matlab_field, read_matlab
from maquette.data.readers.photograph import (
    Check,
    is_number,
    is_numbers,
    is_picture_name,
    is_table_of_numbers,
    path_inside,
    places_in_picture,
    read_annotation_json,
    sound_entries,
)
from maquette.errors import InputError
from maquette.plain_text import count_of

_JOINTS = len(MPII_16)
_FORMAT = "a list of people with 'image', 'joints', 'joints_vis', 'center' and 'scale', or with 'joint_self'"
_UNKNOWN = [[np.nan, np.nan]] * _JOINTS
_CORNERS = ("x1", "y1", "x2", "y2")
_POINT = ("id", "x", "y", "is_visible")


class Annotations(NamedTuple):
    """People as the files give them: pixels count from 1, and what is unknown is not finite."""

    pictures: np.ndarray
    """(N,) text, within the folder of the pictures."""
    persons: Int64[np.ndarray, " N"]
    """Number of the person within its picture."""
    actions: np.ndarray
    joints: Float64[np.ndarray, "N 16 2"]
    """Some exports write zeros or -1 for what is unknown."""
    is_visible: Bool[np.ndarray, "N 16"]
    centres: Float64[np.ndarray, "N 2"]
    scales: Float64[np.ndarray, " N"]
    heads: Float64[np.ndarray, "N 2 2"] | None
    """Two corners of the head's box."""
    skipped: tuple[str, ...]


def read_released(path: Path, is_training: bool, held_back: Set[str], only_separated: bool) -> Annotations:
    """The people of the released MATLAB file.

    Args:
        path: The file.
        is_training: Takes the training pictures, else the test's.
        held_back: Names of pictures to leave out.
        only_separated: Takes only people that stand apart from others.

    Raises:
        InputError: The file cannot be read or holds something else.
    """
    release = read_matlab(path, "RELEASE").get("RELEASE")
    pictures, flags = (np.asarray(matlab_field(release, name)) for name in ("annolist", "img_train"))
    names = pictures.dtype.names or ()
    if not {"image", "annorect"} <= set(names) or flags.size != pictures.size or flags.dtype.kind not in "biuf":
        raise InputError(f"'{path}' holds no 'RELEASE' of 'annolist' and 'img_train'; wanted is the file of MPII")
    separated = _cells(release, "single_person", pictures.size) if only_separated else np.full(pictures.size, None)
    activities = _cells(release, "act", pictures.size)
    people: list[_Person] = []
    for place in np.flatnonzero((flags.ravel() > 0) == is_training):
        picture = pictures.ravel()[place]
        name = _text(matlab_field(picture["image"], "name"))
        if is_picture_name(name) and path_inside(name) not in held_back:
            shown = _read_people(picture, path_inside(name), _action(activities[place]))
            apart = {_number(one) for one in np.ravel(separated[place])}
            people += [person for person in shown if not only_separated or person.number + 1 in apart]
    kept = [
        person for person in people if person.is_annotated or (not is_training and np.isfinite(person.centre).all())
    ]
    bare = f"'{path}': left out {count_of(len(people) - len(kept), 'person', 'people')} without joints"
    return _gather(kept, (bare,) if is_training and len(kept) < len(people) else ())


class _Person(NamedTuple):
    """One 'annorect' of the MATLAB file."""

    picture: str
    number: int
    action: str
    rectangle: np.void
    points: np.ndarray
    """Structure array of its joints."""

    @property
    def is_annotated(self) -> bool:
        """Whether any joint of it is known."""
        return len(self.points) > 0

    @property
    def centre(self) -> list[float]:
        """Its position; NaN where it has none."""
        return [_number(matlab_field(_field(self.rectangle, "objpos"), axis)) for axis in "xy"]


def _read_people(picture: np.void, name: str, action: str) -> list[_Person]:
    """Everybody in a picture; its rectangles are an empty array of numbers where there is nobody."""
    rectangles = picture["annorect"].ravel()
    if not rectangles.dtype.names:
        return []
    return [_Person(name, number, action, one, _points_of(one)) for number, one in enumerate(rectangles)]


def _gather(people: list[_Person], skipped: tuple[str, ...]) -> Annotations:
    joints = np.full((len(people), _JOINTS, 2), np.nan)
    is_visible = np.zeros((len(people), _JOINTS), bool)
    rows = np.repeat(np.arange(len(people)), np.array([len(person.points) for person in people], np.int64))
    ids, x, y, seen = (np.concatenate([[], *(_numbers(person.points, name) for person in people)]) for name in _POINT)
    which = np.isin(ids, np.arange(_JOINTS))
    rows, ids = rows[which], ids[which].astype(np.int64)
    joints[rows, ids] = np.stack([x, y], axis=-1)[which]
    is_visible[rows, ids] = np.isnan(seen[which]) | (seen[which] > 0)
    rectangles = [person.rectangle for person in people]
    corners = [[_number(_field(one, name)) for name in _CORNERS] for one in rectangles]
    return Annotations(
        pictures=np.array([person.picture for person in people], str),
        persons=np.array([person.number for person in people], np.int64),
        actions=np.array([person.action for person in people], str),
        joints=joints,
        is_visible=is_visible,
        centres=np.array([person.centre for person in people], np.float64).reshape(-1, 2),
        scales=np.array([_number(_field(one, "scale")) for one in rectangles], np.float64),
        heads=np.array(corners, np.float64).reshape(-1, 2, 2),
        skipped=skipped,
    )


def _cells(release: object, name: str, count: int) -> np.ndarray:
    """One entry a picture of a further field, empty ones if there is no such field."""
    field = matlab_field(release, name)
    return np.full(count, None) if field is None or field.size != count else field.ravel()


def _action(activity: object) -> str:
    """Such as ``sports/curling``; pictures without have -1 or nothing there."""
    texts = [_text(_field(activity, name)) for name in ("cat_name", "act_name")]
    return "/".join(text for text in texts if text)


def _points_of(rectangle: np.void) -> np.ndarray:
    """The structure array of the person's joints, an empty array if it has none."""
    found = matlab_field(_field(rectangle, "annopoints"), "point")
    has_places = found is not None and {"id", "x", "y"} <= set(found.dtype.names or ())
    return np.ravel(found) if has_places else np.zeros(0)  # type: ignore[arg-type]


def _numbers(found: np.ndarray, name: str) -> Float64[np.ndarray, " K"]:
    if name not in (found.dtype.names or ()):
        return np.full(len(found), np.nan)
    return np.array([_number(value) for value in found[name]], np.float64)


def _field(record: object, name: str) -> np.ndarray | None:
    """A field of one record of a structure array."""
    if isinstance(record, np.void) and name in (record.dtype.names or ()):
        return np.asarray(record[name])
    return None


def _number(value: object) -> float:
    """The one number that an array, or text in it, holds; NaN if it is something else."""
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "biufU":
        return np.nan
    try:
        return float(array.flat[0])
    except ValueError:
        return np.nan


def _text(value: np.ndarray | None) -> str:
    return str(value.flat[0]) if value is not None and value.size == 1 and value.dtype.kind == "U" else ""


def read_export(path: Path, split: str) -> Annotations:
    """The people of a JSON export, with the heads of the ``gt_valid.mat`` beside one of validation people.

    Raises:
        InputError: The file cannot be read or holds something else.
    """
    entries, places, skipped = _entries(path, split)
    people = [_Entry.of(entries[place]) for place in places]
    heads, sentences = _heads(path.with_name("gt_valid.mat"), len(entries)) if split == "val" else (None, [])
    pictures = np.array([person.picture for person in people], str)
    return Annotations(
        pictures=pictures,
        persons=places_in_picture(pictures),
        actions=np.full(len(people), ""),
        joints=np.array([person.joints for person in people], np.float64).reshape(-1, _JOINTS, 2),
        is_visible=np.array([person.flags for person in people], np.float64).reshape(-1, _JOINTS) > 0,
        centres=np.array([person.centre for person in people], np.float64).reshape(-1, 2),
        scales=np.array([person.scale for person in people], np.float64),
        heads=None if heads is None else heads[places],
        skipped=(*skipped, *sentences),
    )


def export_pictures(path: Path, split: str) -> frozenset[str]:
    """Names of the pictures that an export has people of.

    Raises:
        InputError: The file cannot be read or holds something else.
    """
    entries, places, _ = _entries(path, split)
    return frozenset(_Entry.of(entries[place]).picture for place in places)


class _Entry(NamedTuple):
    """One person of a JSON export, under the names of either kind of export."""

    picture: str
    joints: list[list[float]]
    flags: list[float]
    centre: list[float]
    scale: float

    @classmethod
    def of(cls, entry: dict[str, Any]) -> "_Entry":
        own = entry.get("joint_self")
        return cls(
            path_inside(_either(entry, "image", "img_paths")),
            entry.get("joints", _UNKNOWN) if own is None else [joint[:2] for joint in own],
            entry.get("joints_vis", [1] * _JOINTS) if own is None else [joint[2] for joint in own],
            _either(entry, "center", "objpos"),
            _either(entry, "scale", "scale_provided"),
        )


def _either(entry: dict[str, Any], name: str, other: str) -> Any:
    return entry.get(name, entry.get(other))


def _entries(path: Path, split: str) -> tuple[list[Any], list[int], list[str]]:
    """All entries of an export, the places of those of the split that can be read, and what is wrong with others."""
    entries = read_annotation_json(path, _FORMAT)
    if not isinstance(entries, list):
        raise InputError(f"'{path}' is JSON of another kind; wanted is {_FORMAT}")
    checks = [
        Check(lambda entry: isinstance(entry, dict), "they are no records"),
        Check(lambda entry: is_picture_name(_either(entry, "image", "img_paths")), "they have no 'image'"),
        Check(_has_joints, f"their joints are not {_JOINTS} pairs of finite numbers, with a flag each"),
        Check(lambda entry: is_numbers(_either(entry, "center", "objpos"), 2), "their 'center' is no x and y"),
        Check(lambda entry: is_number(_either(entry, "scale", "scale_provided")), "their 'scale' is no number"),
    ]
    places, sentences = sound_entries(path, "the people", entries, checks)
    wanted = float(split == "val")
    kept = [place for place in places if entries[place].get("isValidation", wanted) == wanted]
    return entries, kept, sentences


def _has_joints(entry: dict[str, Any]) -> bool:
    if "joint_self" in entry:
        return is_table_of_numbers(entry["joint_self"], _JOINTS, 3)
    has_flags = "joints_vis" not in entry or is_numbers(entry["joints_vis"], _JOINTS)
    return has_flags and ("joints" not in entry or is_table_of_numbers(entry["joints"], _JOINTS, 2))


def _heads(path: Path, count: int) -> tuple[Float64[np.ndarray, "N 2 2"] | None, list[str]]:
    """Corners of the boxes of heads, and a sentence if there is a file that does not fit."""
    if not path.is_file():
        return None, []
    boxes = read_matlab(path, "headboxes_src").get("headboxes_src")
    if boxes is None or boxes.shape != (2, 2, count) or boxes.dtype.kind not in "fiu":
        shape = None if boxes is None else boxes.shape
        return None, [f"'{path}' holds boxes of heads of the shape {shape}, wanted is {(2, 2, count)}: left out"]
    return boxes.transpose(2, 0, 1).astype(np.float64), []
