"""Time stamps that files of keypoints bear, in whichever unit, as seconds."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from maquette.errors import InputError

STAMP_NAMES = {
    "time_s": 1.0,
    "timestamp_s": 1.0,
    "seconds": 1.0,
    "timestamp_ms": 1e-3,
    "timestampMs": 1e-3,
    "time_ms": 1e-3,
    "timestamp_us": 1e-6,
    "timestamp_ns": 1e-9,
    "timestamp": None,
    "time": None,
    "ts": None,
}
"""What a frame's time is called, and the seconds of its unit where the name tells."""
_UNITS_S = ((1.5, 1.0), (5e3, 1e-3), (5e6, 1e-6), (np.inf, 1e-9))
"""Seconds of a unit by the largest step between frames in it: frames are hardly more than 1.5 s apart."""
_CLOCK = re.compile(r"(?:(\d{1,9}) days?,? )?(\d{1,9}):([0-5]?\d):([0-5]?\d(?:[.,]\d{0,30})?)")
"""Hours, minutes and seconds, behind days where Python or pandas wrote a difference of times."""
_LONGEST_S = 1e11
"""Three thousand years; seconds since 1970 are fewer, milliseconds since then are more."""


def read_stamps(frames: Sequence[object], path: Path) -> Float[np.ndarray, " S"] | None:
    """The time of every frame in seconds, NaN where it bears none; None where none does.

    Times are numbers, clock times (``0:00:01.5``) or ISO dates with times. Where neither these nor the name tell the
    unit, the usual step from frame to frame does. A name that all frames bear goes before others.

    Raises:
        InputError: What stands under such a name is no time, or times are of several kinds or beyond any recording.
    """
    partly = None
    for name, unit_s in STAMP_NAMES.items():
        words = [frame.get(name) if isinstance(frame, dict) else None for frame in frames]
        if len(words) < 2 or all(map(_is_missing, words)):
            continue
        times, is_number = _parse_all(words, name, path)
        if is_number:
            times = times * (_guess_unit(times) if unit_s is None else unit_s)
        require_sane_times(times, path)
        if not np.isnan(times).any():
            return times
        partly = times if partly is None else partly
    return partly


def require_sane_times(times: Float[np.ndarray, " S"], path: Path) -> None:
    """Refuse seconds that no recording has, those of microseconds since 1970 among them.

    Raises:
        InputError: Some are; the message names the farthest.
    """
    farthest = np.abs(times[~np.isnan(times)]).max(initial=0.0)
    if farthest > _LONGEST_S:
        raise InputError(
            f"{path}: its times reach {farthest:.3g} seconds, longer than any recording; wanted are seconds, or `fps`"
        )


def _is_missing(word: object) -> bool:
    return word is None or word != word or (isinstance(word, str) and word.strip().lower() in ("", "nan", "nat"))


def _parse_all(words: list[Any], name: str, path: Path) -> tuple[Float[np.ndarray, " S"], bool]:
    """The times, and whether they are plain numbers, whose unit is still open."""
    times, kinds = np.full(len(words), np.nan), set()
    for place, word in enumerate(words):
        if _is_missing(word):
            continue
        try:
            kind, times[place] = _parse(word)
        except (ValueError, OverflowError) as error:
            raise _no_time(name, word, path) from error
        kinds.add(kind)
    if len(kinds) > 1:
        raise InputError(
            f"{path}: its times under '{name}' are {' and '.join(sorted(kinds))}; wanted is one kind of them"
        )
    return times, "numbers" in kinds


def _parse(word: object) -> tuple[str, float]:
    """What kind of time a word or number is, and its value: seconds, for all but numbers.

    Raises:
        ValueError: It is no time.
        OverflowError: It is a whole number beyond all floats.
    """
    if not isinstance(word, str):
        if isinstance(word, bool) or not isinstance(word, (int, float)):
            raise ValueError(word)
        return "numbers", float(word)
    word = word.strip()
    if found := _CLOCK.fullmatch(word):
        days, hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in found.groups())
        return "clock times", ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    try:
        return "numbers", float(word)
    except ValueError:
        date = datetime.fromisoformat(word)
    if date.tzinfo is None:
        return "dates", date.replace(tzinfo=UTC).timestamp()
    return "dates with a time zone", date.timestamp()


def _no_time(name: str, word: object, path: Path) -> InputError:
    shown = " ".join(str(word)[:40].split()) if isinstance(word, (str, float)) else type(word).__name__
    return InputError(
        f"{path}: '{shown}' under '{name}' is no time; wanted are seconds, H:M:S or ISO dates with times, or give `fps`"
    )


def _guess_unit(times: Float[np.ndarray, " S"]) -> float:
    steps = np.diff(np.unique(times[np.isfinite(times)]))
    step = float(np.median(steps)) if len(steps) else 0.0
    return next(unit for most, unit in _UNITS_S if step <= most)


def times_of_frames(
    wanted: Int[np.ndarray, " F"], seen: Int[np.ndarray, " S"], stamps_s: Float[np.ndarray, " S"] | None
) -> tuple[Float[np.ndarray, " F"] | None, tuple[str, ...]]:
    """Seconds since the first frame for each frame number, those between two seen ones in proportion, and a note.

    None where there are no stamps, or where they are not everywhere or do not rise, which the note says.
    """
    if stamps_s is None or len(stamps_s) != len(seen):
        return None, ()
    numbers, first = np.unique(seen, return_index=True)
    times = stamps_s[first]
    if np.isnan(times).any():
        return None, ("its time stamps are not at every frame and were not used",)
    if len(times) < 2 or not np.all(np.diff(times) > 0):
        return None, ("its time stamps do not rise from frame to frame and were not used",)
    return np.interp(wanted, numbers, times - times[0]), ()
