"""Tables of landmarks as people write them with MediaPipe: a row a frame, or a row a landmark."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from maquette.body.catalog import BLAZEPOSE_33
from maquette.io.keypoints.assembly import Detections, Settings, confidence_to_unit, nobody
from maquette.io.keypoints.cells import cells_as_numbers
from maquette.io.keypoints.mediapipe import read_landmarks
from maquette.io.keypoints.named import unit_of
from maquette.io.keypoints.naming import COUNTS, skeleton_from_count, skeleton_of_file
from maquette.io.keypoints.plausibility import refuse_depths
from maquette.io.keypoints.sources import read_cells, refusal
from maquette.io.keypoints.stamps import STAMP_NAMES, read_stamps
from maquette.plain_text import count_of

_AXES = {
    "x": 0, "y": 1, "z": 2, "v": 3, "c": 3, "vis": 3, "visibility": 3, "likelihood": 3, "score": 3, "confidence": 3,
    "conf": 3,
}  # fmt: skip
_NAME_FIRST = re.compile(r"(.+?)[\s_.\-]+(" + "|".join(_AXES) + ")")
_AXIS_FIRST = re.compile("(" + "|".join(_AXES) + r")[\s_.\-]*(\d+)")
_LANDMARKS = ("landmark", "landmark_name", "landmark_id", "landmark_index", "keypoint", "joint", "name", "id", "index")
_FRAMES = ("frame", "frame_index", "frame_id", "frame_idx", "frame_number", "frame_no", "frame_num")
_PERSONS = (
    "person", "person_id", "person_idx", "person_index", "personid", "track", "track_id", "trackid", "subject",
    "subject_id", "individual", "pose_id",
)  # fmt: skip
_TIME_UNITS = {
    "s": "s",
    "sec": "s",
    "seconds": "s",
    "ms": "ms",
    "msec": "ms",
    "milliseconds": "ms",
    "us": "us",
    "ns": "ns",
}
_TIME_WITH_UNIT = re.compile(r"(?:time|timestamp|t)[\s_]*[(\[]?\s*(" + "|".join(_TIME_UNITS) + r")\s*[)\]]?")
_COUNT = re.compile(r"\.\d+$")
"""What pandas puts after the name of a column that came before."""
_MOST_NUMBERS = 10**8
_MOST_DIGITS = 16
"""Longer numbers are no numbers of landmarks or people."""


class _Rows(NamedTuple):
    """Landmarks of people over frames, a row each."""

    names: list[str]
    values: Float[np.ndarray, "N J 4"]
    """x, y, z and confidence; NaN where the table has none."""
    frames: Int[np.ndarray, " N"]
    persons: Int[np.ndarray, " N"] | None
    stamps_s: Float[np.ndarray, " N"] | None


def is_table(lines: Sequence[str]) -> bool:
    """Whether a text is a table whose head names x and y of landmarks, or of one landmark a row."""
    head = _head(lines[0]) if lines else []
    return len(_groups(head)) > 2 or _is_long(head)


def read_table(lines: Sequence[str], path: Path, settings: Settings) -> Detections:
    """The people of a table; 33 numbered landmarks are MediaPipe's, others go by their names or their number.

    A column ``person`` or ``track_id`` tells people apart, a column ``time`` or ``timestamp_ms`` says when a frame was.

    Raises:
        InputError: A column comes twice, cells are not numbers, rows are of other lengths than the head, or landmarks
            make no skeleton.
    """
    head, cells = _head(lines[0]), read_cells(lines[1:], path, _delimiter(lines[0]))
    _require_single_columns(head, path)
    odd = next((row for row in cells if len(row) != len(head)), None)
    if odd is not None:
        raise refusal(path, f"one of its rows has {count_of(len(odd), 'column')}, its head {len(head)}")
    if not cells:
        raise nobody(path)
    rows = (_read_long if _is_long(head) else _read_wide)(head, cells, path, settings)
    numbered = all(name.isdecimal() and len(name) < _MOST_DIGITS for name in rows.names)
    if numbered:
        order = np.argsort([int(name) for name in rows.names], kind="stable")
        rows = rows._replace(values=rows.values[:, order])
    if numbered and len(rows.names) != len(BLAZEPOSE_33):
        skeleton, order = skeleton_from_count(len(rows.names), path, settings.skeleton, COUNTS)
    elif numbered:
        skeleton, order = BLAZEPOSE_33, list(range(len(BLAZEPOSE_33)))
    else:
        skeleton, order = skeleton_of_file(rows.names, len(rows.names), path, settings.skeleton)
    values = rows.values[:, order]
    said = {"is_tracked": True, "person_ids": rows.persons, "stamps_s": rows.stamps_s}
    if skeleton == BLAZEPOSE_33:
        landmarks = read_landmarks(values, rows.frames, path, settings)
        refuse_depths(values[..., :3], skeleton, path)
        return replace(landmarks, **said)
    refuse_depths(values[..., :3], skeleton, path)
    points, notes = confidence_to_unit(values[..., [0, 1, 3]])
    return Detections(
        format="table",
        skeleton=skeleton,
        points=points,
        frame_numbers=rows.frames,
        seen_frames=rows.frames,
        unit=unit_of(points),
        notes=(*notes, f"skeleton taken to be {skeleton.name}"),
        **said,
    )


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _head(line: str) -> list[str]:
    return [word.strip().strip('"').strip().lower() for word in line.split(_delimiter(line))]


def _is_long(head: list[str]) -> bool:
    return {"x", "y"} <= set(head) and any(word in head for word in _LANDMARKS) and any(w in head for w in _FRAMES)


def _groups(head: list[str]) -> dict[str, dict[int, int]]:
    """Column of every axis by landmark; landmarks without x or y are none."""
    groups: dict[str, dict[int, int]] = {}
    for column, word in enumerate(head):
        if found := _coordinate(word):
            groups.setdefault(found[0], {})[found[1]] = column
    return {name: axes for name, axes in groups.items() if {0, 1} <= axes.keys()}


def _coordinate(word: str) -> tuple[str, int] | None:
    """The landmark and the axis that a column's name tells."""
    if found := _AXIS_FIRST.fullmatch(word):
        return found[2], _AXES[found[1]]
    if found := _NAME_FIRST.fullmatch(word):
        return re.sub(r"^(landmark|keypoint|kp|point|joint)[\s_.\-]*(?=\d+$)", "", found[1]), _AXES[found[2]]
    return None


def _require_single_columns(head: list[str], path: Path) -> None:
    """Refuse two columns for one thing that is read, also where pandas has numbered the second.

    Raises:
        InputError: There are such columns; the message names one.
    """
    others = {*_FRAMES, *_PERSONS, *map(str.lower, STAMP_NAMES), *((*_LANDMARKS, *_AXES) if _is_long(head) else ())}
    seen = set()
    for word in head:
        name = base if (base := _COUNT.sub("", word)) in head else word
        found = _coordinate(name)
        what = found if found is not None and found[1] != _AXES["score"] else name
        if what in seen and (found is not None or name in others):
            raise refusal(path, f"has the column '{name[:40]}' twice; wanted is one person a row, or a column 'person'")
        seen.add(what)


def _read_wide(head: list[str], cells: list[list[str]], path: Path, settings: Settings) -> _Rows:
    groups = _groups(head)
    if len(cells) * len(groups) > _MOST_NUMBERS // 4:
        raise refusal(path, "holds too many numbers at once")
    values = np.full((len(cells), len(groups), 4), np.nan)
    values[..., 3] = 1.0
    for place, axes in enumerate(groups.values()):
        for axis, column in axes.items():
            values[:, place, axis] = cells_as_numbers([row[column] for row in cells], path)
    frames, persons, stamps_s = _when_and_who(head, cells, path, settings)
    if len(np.unique(_with_persons(frames, persons), axis=0)) < len(frames):
        raise refusal(path, "several of its rows are of the same frame; wanted is one person, or a column 'person'")
    return _Rows(list(groups), values, frames, persons, stamps_s)


def _read_long(head: list[str], cells: list[list[str]], path: Path, settings: Settings) -> _Rows:
    landmark = next(head.index(word) for word in _LANDMARKS if word in head)
    words = [row[landmark].strip() for row in cells]
    names = list(dict.fromkeys(words))
    frames, persons, stamps_s = _when_and_who(head, cells, path, settings)
    rows, first, at = np.unique(_with_persons(frames, persons), axis=0, return_index=True, return_inverse=True)
    at = at.ravel()
    places = {name: place for place, name in enumerate(names)}
    joint = np.array([places[word] for word in words])
    if len(rows) * len(names) > _MOST_NUMBERS // 4:
        raise refusal(path, "holds too many numbers at once")
    if len(np.unique(at * len(names) + joint)) < len(cells):
        raise refusal(path, "has a landmark twice in one frame; wanted is one person, or a column 'person'")
    values = np.full((len(rows), len(names), 4), np.nan)
    values[..., 3] = 1.0
    for column, word in enumerate(head):
        if word in _AXES:
            values[at, joint, _AXES[word]] = cells_as_numbers([row[column] for row in cells], path)
    of_row = None if persons is None else persons[first]
    return _Rows(names, values, frames[first], of_row, None if stamps_s is None else stamps_s[first])


def _when_and_who(
    head: list[str], cells: list[list[str]], path: Path, settings: Settings
) -> tuple[Int[np.ndarray, " N"], Int[np.ndarray, " N"] | None, Float[np.ndarray, " N"] | None]:
    """The frame of every row, its person and its time in seconds, where there are columns that say so."""
    who = next((head.index(word) for word in _PERSONS if word in head), None)
    persons = None
    if who is not None:
        words = [row[who].strip() for row in cells]
        whole = all(word.isdecimal() and len(word) < _MOST_DIGITS for word in words)
        order = {word: place for place, word in enumerate(dict.fromkeys(words))}
        persons = np.array([int(word) if whole else order[word] for word in words], np.int64)
    frame = next((head.index(word) for word in _FRAMES if word in head), None)
    tells_frames = frame is None and persons is not None
    stamps_s = _stamps(head, cells, path) if tells_frames or not settings.fps else None
    if frame is not None:
        frames = _frames([row[frame] for row in cells], path)
    elif tells_frames and stamps_s is not None:
        if np.isnan(stamps_s).any():
            raise refusal(path, "some of its rows bear neither a frame number nor a time")
        frames = np.unique(stamps_s, return_inverse=True)[1].ravel()
    else:
        frames = np.arange(len(cells))
    return frames, persons, stamps_s


def _stamps(head: list[str], cells: list[list[str]], path: Path) -> Float[np.ndarray, " N"] | None:
    """The times of the rows in seconds, if a column holds them."""
    names = [_stamp_name(word) for word in head]
    name = next((name for name in STAMP_NAMES if name in names), None)
    if name is None:
        return None
    column = names.index(name)
    return read_stamps([{name: row[column]} for row in cells], path)


def _stamp_name(word: str) -> str | None:
    """A column's name as one of `STAMP_NAMES`: ``Time (ms)`` is a ``timestamp_ms``; None if it says nothing of time."""
    if found := _TIME_WITH_UNIT.fullmatch(word):
        return f"timestamp_{_TIME_UNITS[found[1]]}"
    return next((name for name in STAMP_NAMES if name.lower() == word), None)


def _with_persons(frames: Int[np.ndarray, " N"], persons: Int[np.ndarray, " N"] | None) -> Int[np.ndarray, "N 2"]:
    return np.stack([frames, np.zeros_like(frames) if persons is None else persons], axis=1)


def _frames(words: list[str], path: Path) -> np.ndarray:
    numbers = cells_as_numbers(words, path)
    if not np.all((numbers >= 0) & (numbers < 1e15) & (numbers == np.round(numbers))):
        raise refusal(path, "its frame numbers are not all whole ones from 0")
    return numbers.astype(np.int64)
