"""MediaPipe's 33 pose landmarks, from JSON or numpy, in pixels or in fractions of the picture's width and height."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from maquette.body.catalog import BLAZEPOSE_33
from maquette.body.people import PictureUnit
from maquette.errors import InputError
from maquette.io.keypoints.assembly import Detections, Settings, nobody
from maquette.io.keypoints.dense import detections_of_array, number_array, require_people
from maquette.io.keypoints.plausibility import refuse_depths
from maquette.io.keypoints.points import require_rate_in_json, said_in_json
from maquette.io.keypoints.sources import Arrays, as_numbers, refusal
from maquette.io.keypoints.stamps import read_stamps

_ARRAY_NAMES = ("", "pose_landmarks", "landmarks", "keypoints", "keypoints2d", "keypoints_2d")
_JSON_NAMES = ("pose_landmarks", "poseLandmarks", "landmarks", "landmark")
_WORLD_NAMES = ("pose_world_landmarks", "poseWorldLandmarks", "world_landmarks", "worldLandmarks")
_NUMBER_NAMES = ("frame", "frame_index", "frame_id", "frame_number")
_COUNT = len(BLAZEPOSE_33)
_FARTHEST_FRACTION = 5.0
"""Landmarks outside the picture are guessed, feet of a half figure far below it; no person is 5 pixels large."""


def is_mediapipe_array(arrays: Arrays) -> bool:
    """Whether a numpy file holds 33 landmarks, of the picture or of the world."""
    return bool(_landmark_arrays(arrays, (*_ARRAY_NAMES, *_WORLD_NAMES)))


def read_mediapipe_array(arrays: Arrays, path: Path, settings: Settings) -> Detections:
    """The landmarks of an array (frames, 33, 2 to 5) or (frames, people, 33, 2 to 5).

    Raises:
        InputError: They are world landmarks, or another skeleton was asked for.
    """
    names = _landmark_arrays(arrays, _ARRAY_NAMES)
    if not names:
        raise _world(path)
    table = number_array(arrays, names[0], path)
    table = table if table.ndim == 4 else table[:, None]
    require_people(table, path)
    points, unit, notes = _points(table.reshape(-1, *table.shape[2:]), path, settings)
    points = points.reshape(*table.shape[:3], 3)
    return detections_of_array(points, BLAZEPOSE_33, format="mediapipe", unit=unit, notes=notes, arrays=arrays)


def is_mediapipe(document: object) -> bool:
    """Whether a JSON document holds landmarks: records by name, or plain lists of numbers, in frames or not."""
    if isinstance(document, dict):
        names = (*_JSON_NAMES, *_WORLD_NAMES)
        frames = document.get("frames")
        return any(name in document for name in names) or (isinstance(frames, list) and is_mediapipe(frames))
    first = document
    for _ in range(4):
        if _is_landmark(first):
            return True
        if isinstance(first, dict):
            return is_mediapipe(first)
        first = next((entry for entry in first if entry), None) if isinstance(first, list) else None
    return False


def read_mediapipe(document: Any, path: Path, settings: Settings) -> Detections:
    """The landmarks of a list of frames, each a record with landmarks or a plain list of them.

    Raises:
        InputError: They are world landmarks, not 33 a person, or another skeleton was asked for.
    """
    frames = document.get("frames", [document]) if isinstance(document, dict) else document
    if isinstance(frames, list) and frames and _is_landmark(frames[0]):
        frames = [frames]
    if not isinstance(frames, list):
        raise refusal(path, "its 'frames' are no list")
    people = [_people(frame, path) for frame in frames]
    rows = [[_row(landmark) for landmark in person] for frame in people for person in frame]
    if not rows:
        raise nobody(path)
    table = as_numbers(rows, path, "landmarks")
    if table.ndim != 3 or table.shape[1] != _COUNT or not 2 <= table.shape[2] <= 5:
        raise refusal(path, f"a person has landmarks of the shape {table.shape[1:]}, MediaPipe's pose has 33")
    points, unit, notes = _points(table, path, settings)
    numbers = _frame_numbers(frames)
    if settings.fps is None:
        require_rate_in_json(document, path)
    fps, image_size = said_in_json(document)
    return Detections(
        format="mediapipe",
        skeleton=BLAZEPOSE_33,
        points=points,
        frame_numbers=np.repeat(numbers, [len(frame) for frame in people]),
        seen_frames=numbers,
        unit=unit,
        fps=fps,
        image_size=image_size,
        stamps_s=None if settings.fps else read_stamps(frames, path),
        notes=notes,
    )


def read_landmarks(
    table: Float[np.ndarray, "N 33 4"], frames: Int[np.ndarray, " N"], path: Path, settings: Settings
) -> Detections:
    """Landmarks of (x, y, z, visibility), one person a frame.

    Raises:
        InputError: They are world landmarks, or another skeleton was asked for.
    """
    points, unit, notes = _points(table, path, settings)
    return Detections(
        format="mediapipe",
        skeleton=BLAZEPOSE_33,
        points=points,
        frame_numbers=frames,
        seen_frames=frames,
        unit=unit,
        notes=notes,
    )


def _landmark_arrays(arrays: Arrays, names: tuple[str, ...]) -> list[str]:
    shapes = {name: arrays.plain[name].shape for name in names if name in arrays.plain}
    return [n for n, shape in shapes.items() if len(shape) in (3, 4) and shape[-2] == _COUNT and 2 <= shape[-1] <= 5]


def _is_landmark(value: object) -> bool:
    if isinstance(value, dict):
        return "x" in value and "y" in value
    return isinstance(value, list) and len(value) <= 5 and bool(value) and isinstance(value[0], (int, float))


def _people(frame: object, path: Path) -> list[list[Any]]:
    """The people of one frame, each a list of landmarks."""
    if isinstance(frame, dict):
        name = next((name for name in _JSON_NAMES if name in frame), None)
        if name is None and any(frame.get(name) for name in _WORLD_NAMES):
            raise _world(path)
        return [] if name is None else _people(frame[name], path)
    if not frame:
        return []
    if not isinstance(frame, list):
        raise refusal(path, "a frame is neither a record with landmarks nor a list")
    if _is_landmark(frame[0]):
        return [frame]
    return [person for part in frame for person in _people(part, path)]


def _row(landmark: object) -> object:
    if not isinstance(landmark, dict):
        return landmark
    sure = landmark.get("visibility")
    return [landmark.get("x"), landmark.get("y"), landmark.get("z"), 1.0 if sure is None else sure]


def _frame_numbers(frames: list[Any]) -> np.ndarray:
    """The numbers that the frames bear, else their places."""
    for name in _NUMBER_NAMES:
        numbers = [frame.get(name) if isinstance(frame, dict) else None for frame in frames]
        whole = all(isinstance(number, int) and 0 <= number <= 10**15 for number in numbers)
        if whole and len(set(numbers)) == len(numbers):
            return np.array(numbers, np.int64)
    return np.arange(len(frames))


def _points(
    table: Float[np.ndarray, "N 33 C"], path: Path, settings: Settings
) -> tuple[Float[np.ndarray, "N 33 3"], PictureUnit, tuple[str, ...]]:
    """x, y and visibility from columns (x, y), (x, y, z), (x, y, visibility) or (x, y, z, visibility, presence)."""
    if settings.skeleton not in (None, BLAZEPOSE_33):
        raise InputError(f"{path}: MediaPipe's landmarks are {BLAZEPOSE_33}, not {settings.skeleton}")
    place, notes = table[..., :2], ()
    visibility = np.ones_like(table[..., 0])
    if table.shape[-1] >= 4:
        visibility = table[..., 3]
    elif table.shape[-1] == 3:
        third = table[..., 2]
        refuse_depths(table, BLAZEPOSE_33, path)
        is_visibility = not np.any((third < 0) | (third > 1))
        visibility = third if is_visibility else visibility
        notes = (f"the third number of a landmark was taken to be {'its visibility' if is_visibility else 'z'}",)
    finite = np.all(np.isfinite(place), axis=-1, keepdims=True)
    if _is_world(np.where(finite, place, np.nan)):
        raise _world(path)
    unit: PictureUnit = "px"
    if np.abs(np.where(finite, place, 0.0)).max(initial=0.0) <= _FARTHEST_FRACTION:
        unit, notes = "fraction", (*notes, "coordinates taken to be fractions of the picture's width and height")
    return np.concatenate([place, visibility[..., None]], axis=-1), unit, notes


def _is_world(place: Float[np.ndarray, "N 33 2"]) -> bool:
    """Whether the middle of the hips is always the origin, as in no picture."""
    hips = place[:, BLAZEPOSE_33.indices("l_hip", "r_hip")].mean(axis=1)
    hips = hips[np.flatnonzero(np.isfinite(hips).all(axis=1))]
    known = place[np.isfinite(place)]
    if not len(hips) or known.min() >= 0:
        return False
    farthest = np.abs(known).max()
    return bool(np.median(np.abs(hips)) < (0.02 if farthest <= 3 else 0.005 * farthest))


def _world(path: Path) -> InputError:
    return InputError(
        f"{path}: holds world landmarks (metres around the hips), which say nothing of the place in the picture; save "
        "the picture's landmarks, pose_landmarks, instead"
    )
