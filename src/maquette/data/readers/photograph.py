"""What readers of people in photographs share: lists of entries in JSON, with the bad ones left out and named."""

import json
import re
from collections.abc import Callable, Sequence
from math import isnan
from pathlib import Path, PureWindowsPath
from typing import Any, NamedTuple, TypeGuard

import numpy as np
from jaxtyping import Int64

from maquette.errors import InputError
from maquette.input_file import require_file

_MOST_BYTES = 2**31
_LONGEST_NAME = 1000
_LARGEST = 1e9
_PLAIN = re.compile(r"[\w-]+\.\w+")


class Check(NamedTuple):
    """Something that entries of a list must fulfil."""

    is_fine: Callable[[Any], bool]
    fault: str
    """What is wrong with those that do not, for messages."""


def read_annotation_json(path: Path, wanted: str) -> Any:
    """What a JSON file holds.

    Args:
        path: The file.
        wanted: What it should be, for messages.

    Raises:
        InputError: It is missing, empty, huge or no JSON.
    """
    try:
        if path.exists():
            require_file(path)
        size = path.stat().st_size
        if size == 0:
            raise InputError(f"'{path}' is empty; wanted is {wanted}")
        if size > _MOST_BYTES:
            raise InputError(f"'{path}' has {size / 2**30:.0f} GiB, which is more than any such file; split it up")
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"'{path}' cannot be read as JSON ({reason}); wanted is {wanted}") from error


def sound_entries(
    path: Path, what: str, entries: Sequence[Any], checks: Sequence[Check]
) -> tuple[list[int], list[str]]:
    """Places of the entries that pass all checks, and one sentence for each check that some of them fail.

    Args:
        path: Named in the sentences.
        what: What the entries are called in the file.
        entries: Records of it.
        checks: In the order they are made; each is made on what the ones before it left.
    """
    places, sentences = list(range(len(entries))), []
    for check in checks:
        kept = [place for place in places if check.is_fine(entries[place])]
        if len(kept) < len(places):
            first = next(place for place in places if not check.is_fine(entries[place]))
            count = len(places) - len(kept)
            sentences.append(f"'{path}': left out {count} of '{what}' (the first is number {first}): {check.fault}")
        places = kept
    return places, sentences


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is a finite number (not text, not a truth value) of a size that means something in a picture."""
    return type(value) in (int, float) and -_LARGEST < value < _LARGEST  # type: ignore[operator]


def is_numbers(value: object, count: int) -> TypeGuard[list[int | float]]:
    """Whether it is a list of that many such numbers."""
    if not isinstance(value, list) or len(value) != count or not {*map(type, value)} <= {int, float}:
        return False
    return max(map(abs, value)) < _LARGEST and not isnan(sum(value))


def is_table_of_numbers(value: object, rows: int, columns: int) -> TypeGuard[list[list[int | float]]]:
    """Whether it is a list of that many rows of that many such numbers."""
    return isinstance(value, list) and len(value) == rows and all(is_numbers(row, columns) for row in value)


def is_picture_name(value: object) -> TypeGuard[str]:
    """Whether it can be the name of a picture."""
    return isinstance(value, str) and len(value) <= _LONGEST_NAME and "\0" not in value and path_inside(value) != ""


def path_inside(name: str) -> str:
    """A picture's path with forward slashes; of one that leads out of its folder only the last part (if any)."""
    if _PLAIN.fullmatch(name):
        return name
    path = PureWindowsPath(name)
    leads_out = path.anchor or ".." in path.parts
    last = path.name.removeprefix("..")
    return last if leads_out or not last else path.as_posix()


def places_in_picture(pictures: np.ndarray) -> Int64[np.ndarray, " N"]:
    """For each row, how many of the rows before it are of the same picture."""
    _, group = np.unique(pictures, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    lengths = np.diff(starts, append=len(order))
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order)) - np.repeat(starts, lengths)
    return places
