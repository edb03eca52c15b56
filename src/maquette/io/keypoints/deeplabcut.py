"""DeepLabCut's CSV: three header rows, four with several individuals, and a row a frame."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from maquette.io.keypoints.assembly import Detections, Settings
from maquette.io.keypoints.cells import cells_as_numbers
from maquette.io.keypoints.named import unit_of
from maquette.io.keypoints.naming import skeleton_of_file
from maquette.io.keypoints.numbering import frame_numbers
from maquette.io.keypoints.sources import read_cells, refusal
from maquette.plain_text import count_of

_MOST_NUMBERS = 10**8
_AXES = ("x", "y", "likelihood")


class Column(NamedTuple):
    """What a column of numbers holds."""

    person: str
    """An individual, or ``single``."""
    bodypart: str
    axis: str
    """``x``, ``y`` or ``likelihood``."""


def is_deeplabcut(lines: Sequence[str]) -> bool:
    """Whether a text begins with DeepLabCut's header rows."""
    heads = [line.split(",", 1)[0] for line in lines[:4]]
    return len(heads) > 2 and heads[0] == "scorer" and "bodyparts" in heads[1:3] and "coords" in heads[2:]


def read_deeplabcut(lines: Sequence[str], path: Path, settings: Settings) -> Detections:
    """The individuals of every frame; those that the file tells apart keep their places.

    Raises:
        InputError: Rows are of unequal length or not numbers, or individuals have other body parts.
    """
    rows = read_cells(lines, path)
    head = next(number for number, row in enumerate(rows[:4]) if row[0] == "coords") + 1
    bodyparts, coords = (next(row for row in rows[:head] if row[0] == word) for word in ("bodyparts", "coords"))
    people = next((row for row in rows[:head] if row[0] == "individuals"), ["single"] * len(coords))
    columns = [at for at, word in enumerate(coords) if word in _AXES]
    if not columns or not len(bodyparts) == len(people) == len(coords):
        raise refusal(path, "its header rows do not go together as DeepLabCut's do")
    values = _numbers(rows[head:], columns, len(coords), path)
    names = [Column(people[at], bodyparts[at], coords[at]) for at in columns]
    return detections_of_columns(names, values, _frame_numbers(rows[head:], path), path, settings)


def detections_of_columns(
    columns: Sequence[Column],
    values: Float[np.ndarray, "F C"],
    numbers: Int[np.ndarray, " F"],
    path: Path,
    settings: Settings,
) -> Detections:
    """The individuals of a table of frames, of which it is known what each column holds.

    Raises:
        InputError: An individual lacks a body part or has one twice, or body parts make no skeleton.
    """
    individuals = list(dict.fromkeys(column.person for column in columns if column.person != "single")) or ["single"]
    names = list(dict.fromkeys(column.bodypart for column in columns if column.person == individuals[0]))
    at = {column: place for place, column in enumerate(columns)}
    points = np.stack([_points(values, at, person, names, path) for person in individuals], axis=1)
    if len(at) < len(columns):
        twice = next(column for place, column in enumerate(columns) if at[column] != place)
        raise refusal(path, f"has {twice.axis} of the body part '{twice.bodypart[:40]}' twice for one individual")
    points = points.reshape(-1, len(names), 3)
    skeleton, order = skeleton_of_file(names, len(names), path, settings.skeleton)
    return Detections(
        format="deeplabcut",
        skeleton=skeleton,
        points=points[:, order],
        frame_numbers=np.repeat(numbers, len(individuals)),
        seen_frames=numbers,
        person_ids=np.tile(np.arange(len(individuals)), len(numbers)) if len(individuals) > 1 else None,
        is_tracked=len(individuals) == 1,
        unit=unit_of(points),
        notes=(f"skeleton taken to be {skeleton.name}",),
    )


def _numbers(rows: list[list[str]], columns: list[int], width: int, path: Path) -> np.ndarray:
    if not rows:
        raise refusal(path, "has header rows but no frames")
    if len(rows) * len(columns) > _MOST_NUMBERS:
        raise refusal(path, "holds too many numbers at once")
    odd = next((row for row in rows if len(row) != width), None)
    if odd is not None:
        raise refusal(path, f"one of its rows has {count_of(len(odd), 'column')}, its header {width}")
    return cells_as_numbers([row[at] for row in rows for at in columns], path).reshape(len(rows), -1)


def _points(table: np.ndarray, at: dict[Column, int], person: str, names: list[str], path: Path) -> np.ndarray:
    if any(Column(person, name, axis) not in at for name in names for axis in ("x", "y")):
        raise refusal(path, f"its individual '{person[:40]}' lacks x or y of a body part that another has")
    columns = [[table[:, at[Column(person, name, axis)]] for axis in ("x", "y")] for name in names]
    sure = [at.get(Column(person, name, "likelihood")) for name in names]
    ones = np.ones(len(table))
    return np.stack(
        [np.column_stack([*xy, ones if s is None else table[:, s]]) for xy, s in zip(columns, sure, strict=True)],
        axis=1,
    )


def _frame_numbers(rows: list[list[str]], path: Path) -> np.ndarray:
    """The numbers in the first column, or in the names of pictures in the columns before the first coordinate."""
    first = [row[0] for row in rows]
    if all(word.isdecimal() and len(word) < 16 for word in first):
        numbers = [int(word) for word in first]
    else:
        numbers = frame_numbers(
            [row[2] if len(row) > 2 and row[2].count(".") and not _is_number(row[2]) else row[0] for row in rows], path
        )
    if numbers is None or len(set(numbers)) < len(numbers):
        numbers = list(range(len(rows)))
    return np.array(numbers, np.int64)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
