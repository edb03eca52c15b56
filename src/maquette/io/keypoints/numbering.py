"""Frame numbers from the names of files or pictures, and the refusal of several videos in one place."""

import re
from collections.abc import Sequence
from pathlib import Path

from maquette.errors import InputError

_DIGITS = re.compile(r"\d+")
_SUFFIX = re.compile(r"\.[A-Za-z]\w{0,4}$")
_LARGEST = 10**15
_MOST_DIGITS = 100


def frame_numbers(names: Sequence[str], path: Path) -> list[int] | None:
    """The frame number in each name: the last group of digits that differs from name to name.

    ``cam01.0025.json`` is frame 25 and ``video_000000000012_keypoints.json`` is frame 12. Names may repeat.

    Returns:
        Numbers in the order of ``names``, or None if the names follow no numbering.

    Raises:
        InputError: The names are those of several videos.
    """
    stems = [_SUFFIX.sub("", re.split(r"[/\\]", name)[-1]) for name in names]
    unique = list(dict.fromkeys(stems))
    numbers = _numbers(unique, path)
    if numbers is None or max(numbers) > _LARGEST:
        return None
    by_stem = dict(zip(unique, numbers, strict=True))
    return [by_stem[stem] for stem in stems]


def _numbers(stems: list[str], path: Path) -> list[int] | None:
    groups = [list(_DIGITS.finditer(stem)) for stem in stems]
    if not all(groups):
        return None
    varying = _varying(stems)
    at = varying[-1] if varying else -1
    last = [group[at] for group in groups]
    surroundings = {(stem[: m.start()], stem[m.end() :]) for stem, m in zip(stems, last, strict=True)}
    if len(surroundings) == 1:
        return [_value(match.group()) for match in last]
    prefixes = sorted({before for before, _ in surroundings})
    if len(prefixes) > 1 and len(stems) >= 2 * len(surroundings):
        raise InputError(_several_videos(prefixes, path))
    for column in varying:
        values = [_value(group[column].group()) for group in groups]
        if len(set(values)) == len(values):
            return values
    return None


def _value(digits: str) -> int:
    """The number; one with more digits than any counter has is beyond the largest, and never worked out."""
    return int(digits) if len(digits) <= _MOST_DIGITS else 10 * _LARGEST


def _varying(stems: list[str]) -> list[int]:
    """Which groups of digits differ between stems whose other text is the same; none if it is not."""
    if len({tuple(_DIGITS.split(stem)) for stem in stems}) > 1:
        return []
    columns = zip(*(_DIGITS.findall(stem) for stem in stems), strict=True)
    return [i for i, column in enumerate(columns) if len(set(column)) > 1]


def _several_videos(prefixes: list[str], path: Path) -> str:
    shown = ", ".join(f"'{prefix}'" for prefix in prefixes[:6]) + (", ..." if len(prefixes) > 6 else "")
    way = (
        f"a folder of one video, or a pattern such as {path / (prefixes[0] + '*')}" if path.is_dir() else "one of them"
    )
    return f"{path}: holds frames of several videos, their names begin with {shown}; give {way}"
