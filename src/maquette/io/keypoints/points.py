"""Points and ids of people as JSON files list them, as arrays."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from maquette.errors import InputError
from maquette.io.keypoints.assembly import nobody
from maquette.io.keypoints.sources import as_numbers, refusal


def points_of(rows: Sequence[object], path: Path) -> Float[np.ndarray, "N J 3"]:
    """The points of all people: flat lists x, y, confidence, x, ... or nested ones of two or three numbers a point.

    Raises:
        InputError: There are no people, or their lists are of another form or of unequal length.
    """
    if not rows:
        raise nobody(path)
    array = as_numbers(rows, path, "keypoints")
    if array.ndim == 2 and array.shape[1] % 3 == 0 and array.shape[1] > 0:
        return array.reshape(len(array), -1, 3)
    if array.ndim == 3 and array.shape[2] in (2, 3) and array.shape[1] > 0:
        return with_confidence(array)
    raise refusal(path, f"its people have keypoints of the shape {array.shape[1:]}, not three numbers a point")


def with_confidence(points: Float[np.ndarray, "... C"]) -> Float[np.ndarray, "... 3"]:
    """Points of (x, y) with the confidence 1 added; points that have one already as they are."""
    if points.shape[-1] == 3:
        return points
    return np.concatenate([points, np.ones_like(points[..., :1])], axis=-1)


def person_ids_of(ids: Sequence[object]) -> Int[np.ndarray, " N"] | None:
    """The persons' ids as a file gives them (a number or a list that begins with one), or None if any lacks one."""
    numbers = [_whole_number(value) for value in ids]
    if not numbers or any(number is None for number in numbers):
        return None
    return np.array(numbers, np.int64)


def _whole_number(value: object) -> int | None:
    for _ in range(4):
        if isinstance(value, list) and value:
            value = value[0]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**53:
        return None
    return int(value)


def require_rate_in_json(document: object, path: Path) -> None:
    """Refuse a frame rate that a JSON document states otherwise than as one number.

    Raises:
        InputError: It is a word, a list or the like.
    """
    rate = document.get("fps") if isinstance(document, dict) else None
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, (int, float))):
        came = type(rate).__name__
        raise InputError(f"{path}: its 'fps' is a {came}; wanted is one number of frames per second, or give `fps`")


def said_in_json(document: object) -> tuple[float | None, tuple[int, int] | None]:
    """Frame rate and (width, height) that a JSON document states, where it does so plainly."""
    if not isinstance(document, dict):
        return None, None
    size = document.get("image_size") or [document.get("width"), document.get("height")]
    width, height = size if isinstance(size, list) and len(size) == 2 else (None, None)
    fps, width, height = (_positive(value) for value in (document.get("fps"), width, height))
    return fps, (int(width), int(height)) if width and height and width >= 1 and height >= 1 else None


def _positive(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 < value <= 1e6 else None
