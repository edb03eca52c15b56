"""Files that a person writes by hand: their bytes, if there are not too many."""

import json
from pathlib import Path
from typing import Any

from maquette.errors import InputError
from maquette.input_file import require_file


def read_small(path: Path, *, most_kilobytes: int, what: str, advice: str) -> bytes:
    """The content of a file.

    Args:
        path: The file.
        most_kilobytes: Larger files hold something else.
        what: What the file should hold, for messages, such as "bone lengths".
        advice: What to give instead.

    Raises:
        InputError: The file is absent, too large or cannot be read.
    """
    require_file(path)
    try:
        with path.open("rb") as file:
            raw = file.read(most_kilobytes * 1000 + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read ({reason}); {advice}") from error
    if len(raw) > most_kilobytes * 1000:
        raise InputError(f"{path}: larger than {most_kilobytes} kB, so it holds no {what}; {advice}")
    return raw


def read_small_json(path: Path, *, most_kilobytes: int, what: str, advice: str) -> dict[str, Any]:
    """The content of a JSON file whose outermost value is an object; arguments as for `read_small`.

    Raises:
        InputError: As for `read_small`; or it is no JSON or no object, the object is empty, or names stand there twice.
    """
    raw = read_small(path, most_kilobytes=most_kilobytes, what=what, advice=advice)
    try:
        content = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=once_each)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not readable JSON ({error}); {advice}") from error
    if not isinstance(content, dict) or not content:
        raise InputError(f"{path}: holds no {what}; {advice}")
    return content


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON from its pairs (for `json.loads`).

    Raises:
        ValueError: A name stands there twice: which of the two counts, readers disagree.
    """
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a name stands there twice")
    return content
