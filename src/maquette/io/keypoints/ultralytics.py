"""Pose txt as ultralytics saves it: one file a frame, one line a person, everything in fractions of the picture."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from maquette.body.catalog import COCO_17, COCO_WHOLEBODY_BODY_23, HALPE_26
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError
from maquette.io.keypoints.assembly import Detections, Settings, confidence_to_unit, nobody
from maquette.io.keypoints.points import person_ids_of, with_confidence
from maquette.io.keypoints.sources import refusal
from maquette.plain_text import count_of

_BOX_COLUMNS = 5
_NUMBERS = re.compile(r"[-+.\deEnaifNAIF\s]+")


class _Layout(NamedTuple):
    """How a line goes on after class and box."""

    skeleton: Skeleton
    columns: int
    """Numbers a point: x, y and perhaps how visible it is."""
    extras: int
    """Numbers after the points: the box's confidence, the track's id, or both in this order."""


def is_ultralytics(lines: list[str]) -> bool:
    """Whether the lines of a text file are numbers, as many as class, box and some points take."""
    return all(_NUMBERS.fullmatch(line) and len(line.split()) > _BOX_COLUMNS + 3 for line in lines)


def read_ultralytics(files: Mapping[int, list[str]], path: Path, settings: Settings) -> Detections:
    """The people in the lines of files by frame number; frames without a file are those without anybody.

    Raises:
        InputError: Lines are not numbers, of unequal length, of a length that fits no skeleton, or no fractions.
    """
    lines = [line.split() for content in files.values() for line in content]
    if not lines:
        raise nobody(path)
    frames = np.repeat(np.array(list(files), np.int64), [len(content) for content in files.values()])
    table, layout = _table(lines, path, settings.skeleton)
    is_person = table[:, 0] == (0 if (table[:, 0] == 0).any() else table[0, 0])
    table, frames = table[is_person], frames[is_person]
    joints = len(layout.skeleton)
    end = _BOX_COLUMNS + joints * layout.columns
    points = with_confidence(table[:, _BOX_COLUMNS:end].reshape(-1, joints, layout.columns))
    if np.nanmax(np.abs(points[..., :2]), initial=0.0) > 5:
        raise refusal(path, "its numbers are no fractions of a picture as ultralytics saves them")
    points, notes = confidence_to_unit(points)
    ids = _ids(table[:, end:])
    return Detections(
        format="ultralytics",
        skeleton=layout.skeleton,
        points=points,
        frame_numbers=frames,
        seen_frames=np.array(list(files), np.int64),
        person_ids=ids,
        is_tracked=ids is not None,
        unit="fraction",
        notes=(*notes, f"skeleton taken to be {layout.skeleton.name}"),
    )


def _table(lines: list[list[str]], path: Path, wanted: Skeleton | None) -> tuple[Float[np.ndarray, "N C"], _Layout]:
    """All lines as an array; where only some bear a track id, the others get NaN for it."""
    lengths = {len(line) for line in lines}
    longest = max(lengths)
    layout = _layout(longest, wanted)
    if layout is None:
        raise InputError(
            f"{path}: a line has {count_of(longest, 'number')}; wanted class, box and x, y (and visibility) of 17 "
            "points, or say which skeleton it is with `skeleton`"
        )
    if not lengths <= {longest, longest - 1} or (len(lengths) == 2 and not layout.extras):
        raise refusal(path, f"its lines have between {min(lengths)} and {longest} numbers")
    try:
        return np.array([line + ["nan"] * (longest - len(line)) for line in lines], dtype=np.float64), layout
    except ValueError as error:
        raise refusal(path, "its lines are not all numbers") from error


def _layout(length: int, wanted: Skeleton | None) -> _Layout | None:
    for skeleton in (wanted,) if wanted else (COCO_17, HALPE_26, COCO_WHOLEBODY_BODY_23):
        for columns in (3, 2):
            extras = length - _BOX_COLUMNS - columns * len(skeleton)
            if 0 <= extras <= 2:
                return _Layout(skeleton, columns, extras)
    return None


def _ids(extras: Float[np.ndarray, "N E"]) -> np.ndarray | None:
    """Track ids: the last number after the points, if it is a whole one everywhere; None if it is a confidence."""
    if not extras.shape[1]:
        return None
    last = extras[:, -1]
    return person_ids_of(last.tolist()) if np.all(last == np.round(last)) else None
