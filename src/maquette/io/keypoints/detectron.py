"""Detectron's detections of a video, as VideoPose3D's inference scripts write them: boxes and keypoints by frame."""

from pathlib import Path

import numpy as np
from jaxtyping import Float

from maquette.data.readers.pickled_npz import read_pickled_npz
from maquette.io.keypoints.assembly import Detections, Settings
from maquette.io.keypoints.naming import skeleton_from_count
from maquette.io.keypoints.sources import Arrays, refusal
from maquette.plain_text import count_of

_NAMES = frozenset({"boxes", "keypoints", "metadata"})
_PERSON = 1
"""Place of people among a frame's classes; the first is the background."""
_ROWS = 4
"""x, y, height of the peak in the heatmap and its share of it; the last two are no chances of being right."""
_NOTE = "confidences are those of the boxes, for Detectron gives none for joints"


def is_detectron(arrays: Arrays) -> bool:
    """Whether a numpy file has the arrays of VideoPose3D's inference scripts."""
    return {*arrays.plain, *arrays.pickled} >= _NAMES


def read_detectron(arrays: Arrays, path: Path, settings: Settings) -> Detections:
    """The people of every frame, surest first; they are not tracked.

    The arrays are pickled objects, which are read without unpickling them.

    Raises:
        InputError: An array is damaged or of another shape, or the number of points means no skeleton.
    """
    content = read_pickled_npz(path, *_NAMES)
    frames = _people_of_class(content.get("keypoints"), path, "keypoints")
    boxes = _people_of_class(content.get("boxes"), path, "boxes")
    if len(boxes) != len(frames):
        raise refusal(path, f"has boxes of {count_of(len(boxes), 'frame')} and keypoints of {len(frames):,}")
    found = [_points(people, held, path) for people, held in zip(frames, boxes, strict=True)]
    counts = {points.shape[1] for points in found if len(points)} or {17}
    if len(counts) > 1:
        raise refusal(path, f"its people have {' or '.join(map(str, sorted(counts)))} points")
    skeleton, order = skeleton_from_count(counts.pop(), path, settings.skeleton)
    people = [points[:, order] for points in found if len(points)]
    return Detections(
        format="detectron2",
        skeleton=skeleton,
        points=np.concatenate([*people, np.zeros((0, len(skeleton), 3))]),
        frame_numbers=np.repeat(np.arange(len(found)), [len(points) for points in found]),
        seen_frames=np.arange(len(found)),
        image_size=_size(content.get("metadata")),
        notes=(f"skeleton taken to be {skeleton.name}, from the number of points", _NOTE),
    )


def _people_of_class(frames: object, path: Path, name: str) -> list[Float[np.ndarray, "..."]]:
    """What each frame holds of people: an array, empty where nobody is."""
    if not isinstance(frames, np.ndarray) or frames.ndim < 2 or frames.shape[1] <= _PERSON:
        raise refusal(path, f"its '{name}' are not (frames, classes) of arrays")
    try:
        return [np.asarray(frame[_PERSON], dtype=np.float64) for frame in frames]
    except (ValueError, TypeError) as error:
        raise refusal(path, f"its '{name}' are not arrays of numbers, as many for each person") from error


def _points(
    people: Float[np.ndarray, "..."], boxes: Float[np.ndarray, "..."], path: Path
) -> Float[np.ndarray, "P J 3"]:
    """x, y and the box's confidence for the people of a frame."""
    if not people.size:
        return np.zeros((0, 0, 3))
    if people.ndim != 3 or people.shape[1] != _ROWS:
        raise refusal(path, f"its keypoints of a frame have the shape {people.shape}, not (people, {_ROWS}, joints)")
    if boxes.shape != (len(people), 5):
        raise refusal(path, f"its boxes of a frame have the shape {boxes.shape}, not ({len(people)}, 5)")
    places = people[:, :2].transpose(0, 2, 1)
    return np.concatenate([places, np.broadcast_to(boxes[:, None, 4:], (*places.shape[:2], 1))], axis=-1)


def _size(metadata: object) -> tuple[int, int] | None:
    sides = [metadata.get(side) for side in ("w", "h")] if isinstance(metadata, dict) else [None, None]
    width, height = (side if isinstance(side, int) and 0 < side <= 10**6 else None for side in sides)
    return (width, height) if width is not None and height is not None else None
