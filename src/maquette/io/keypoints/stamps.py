"""Time stamps that files of keypoints bear, in whichever unit, as seconds."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

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


def read_stamps(frames: Sequence[object]) -> Float[np.ndarray, " S"] | None:
    """The time of every frame in seconds; None unless all of them bear one under the same name.

    Where the name does not tell the unit, the usual step from frame to frame does.
    """
    for name, unit_s in STAMP_NAMES.items():
        stamps = [frame.get(name) if isinstance(frame, dict) else None for frame in frames]
        if len(stamps) > 1 and all(isinstance(stamp, (int, float)) and abs(stamp) < 1e20 for stamp in stamps):
            times = np.array(stamps, np.float64)
            step = np.abs(np.diff(np.unique(times)))
            step = float(np.median(step)) if len(step) else 0.0
            return times * (next(unit for most, unit in _UNITS_S if step <= most) if unit_s is None else unit_s)
    return None


def times_of_frames(
    wanted: Int[np.ndarray, " F"], seen: Int[np.ndarray, " S"], stamps_s: Float[np.ndarray, " S"] | None
) -> tuple[Float[np.ndarray, " F"] | None, tuple[str, ...]]:
    """Seconds since the first frame for each frame number, those between two seen ones in proportion, and a note.

    None where there are no stamps, or where they do not rise with the frames, which the note says.
    """
    if stamps_s is None or len(stamps_s) != len(seen):
        return None, ()
    numbers, first = np.unique(seen, return_index=True)
    times = stamps_s[first]
    if len(times) < 2 or not np.all(np.diff(times) > 0):
        return None, ("its time stamps do not rise from frame to frame and were not used",)
    return np.interp(wanted, numbers, times - times[0]), ()
