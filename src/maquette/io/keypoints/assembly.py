"""From the people of a file, one row each, to `Poses2d` with frames, slots, masks and times."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from maquette.body.people import PictureUnit, Poses2d
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError, SettingError
from maquette.io.keypoints.clips import follow_each_other
from maquette.io.keypoints.plausibility import is_given, require_picture_places
from maquette.io.keypoints.stamps import times_of_frames
from maquette.plain_text import count_of

ASSUMED_FPS = 30.0
"""Frames per second where neither the user nor the file says."""

_LARGEST = 1e7
_LEAST_PERCENT = 20.0
"""A file whose highest confidence is beyond counts them in per cent; AlphaPose's run to 6, scores of networks to 10."""
_MOST_JOINTS = 10**8


class Keypoints(NamedTuple):
    """2D keypoints of a file, and what a careful reader should know about them."""

    poses: Poses2d
    format: str
    """Which tool's format was read: ``openpose``, ``coco``, ``coco-results``, ``alphapose``, ``mmpose``, ``rtmlib``,
    ``ultralytics``, ``mediapipe``, ``movenet``, ``deeplabcut``, ``table``, ``cvat``, ``label-studio``,
    ``videopose3d``, ``detectron2`` or ``maquette``."""
    is_tracked: bool
    """Whether the file says who is who from frame to frame; else people are in the file's order, frame by frame."""
    notes: tuple[str, ...]
    """What had to be assumed, a sentence each."""
    is_clip: bool = True
    """Whether the frames follow each other in time; else they are photographs of a collection."""
    frame_numbers: Int[np.ndarray, " F"] | None = None
    """Of the frames, rising, as the file counts them; None if it does not."""


class Settings(NamedTuple):
    """What the user says about a file, which wins over what the file says."""

    fps: float | None
    image_size: tuple[int, int] | None
    skeleton: Skeleton | None
    pictures_fps: float | None = None
    """Of the video that the keypoints were found in, where neither the user nor the file says a rate."""

    def checked(self) -> "Settings":
        """The same settings, if they make sense.

        Raises:
            SettingError: A frame rate or picture size that is not positive, or absurd.
        """
        if self.fps is not None and not 1e-3 <= self.fps <= 1e5:
            raise SettingError(f"the frame rate must be a positive number of frames per second, not {self.fps}")
        if self.image_size is not None and not all(0 < side <= 10**6 for side in self.image_size):
            raise SettingError(f"a picture's width and height must be positive, not {self.image_size}")
        return self


@dataclass(frozen=True, kw_only=True)
class Detections:
    """The people of one file, a row each, before they are sorted into frames and slots."""

    format: str
    skeleton: Skeleton
    points: Float[np.ndarray, "N J 3"]
    """x, y and confidence; unknown joints hold NaN, (0, 0), (-1, -1) or no confidence."""
    frame_numbers: Int[np.ndarray, " N"]
    seen_frames: Int[np.ndarray, " S"]
    """Every frame that the file speaks of, with people or without, in any order."""
    person_ids: Int[np.ndarray, " N"] | None = None
    is_tracked: bool = False
    """Whether the ids are persons; else they are merely slots."""
    unit: PictureUnit = "px"
    image_size: tuple[int, int] | None = None
    fps: float | None = None
    stamps_s: Float[np.ndarray, " S"] | None = None
    """Time of each of ``seen_frames`` in seconds, if the file says."""
    notes: tuple[str, ...] = ()


def assemble_keypoints(found: Detections, path: Path, settings: Settings) -> Keypoints:
    """Frames, slots, masks, pixels and times for the people of one file.

    Raises:
        InputError: Nobody is in it, there are too many people and frames, or fractions lack the picture's size.
    """
    require_picture_places(found.points, found.unit, path)
    known = known_joints(found.points)
    people = np.flatnonzero(known.any(axis=1))
    if not people.size:
        raise nobody(path)
    person_ids, track_notes = _trust_ids(found, people)
    numbers, frame_notes = _frames(found.seen_frames)
    frames = np.searchsorted(numbers, found.frame_numbers[people])
    points, known = found.points[people], known[people]
    slots, slot_ids = _slots(frames, person_ids)
    shape = (len(numbers), len(slot_ids), len(found.skeleton))
    if np.prod(shape, dtype=float) > _MOST_JOINTS:
        raise InputError(f"{path}: {shape[0]} frames with {shape[1]} people are too much at once; split the file")
    surest_last = np.argsort(points[..., 2].sum(axis=1, where=known), kind="stable")
    at = frames[surest_last], slots[surest_last]
    dense, mask = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.bool_)
    dense[at], mask[at] = np.where(known[..., None], points, 0.0)[surest_last], known[surest_last]
    confidence, confidence_notes = clip_confidence(dense[..., 2])
    times, rate_notes = _times(found, numbers, settings)
    poses = Poses2d(
        skeleton=found.skeleton,
        joints=dense[..., :2],
        mask=mask,
        confidence=confidence,
        times=times,
        person_ids=slot_ids,
        unit=found.unit,
    )
    notes = (*found.notes, *track_notes, *frame_notes, *confidence_notes, *rate_notes)
    return Keypoints(
        in_pixels(poses, found.image_size, path, settings),
        found.format,
        found.is_tracked and not track_notes,
        notes,
        follow_each_other(numbers),
        numbers,
    )


def _times(
    found: Detections, numbers: Int[np.ndarray, " F"], settings: Settings
) -> tuple[Float[np.ndarray, " F"], tuple[str, ...]]:
    """Seconds of each frame: by the user's rate, else by the file's own stamps, else by its or the assumed rate."""
    times, notes = times_of_frames(numbers, found.seen_frames, None if settings.fps else found.stamps_s)
    if times is not None:
        return times, notes
    rate, rate_notes = frame_rate(found.fps, len(numbers), settings)
    return (numbers - numbers[0]) / rate, (*notes, *rate_notes)


def known_joints(points: Float[np.ndarray, "... 3"]) -> Bool[np.ndarray, "..."]:
    """Which of the points (x, y, confidence) are known: finite, within reason, given, confidence above 0."""
    is_sane = np.all(np.abs(points) <= _LARGEST, axis=-1)
    return is_sane & is_given(points) & (points[..., 2] > 0)


def confidence_to_unit(points: Float[np.ndarray, "N J 3"]) -> tuple[Float[np.ndarray, "N J 3"], tuple[str, ...]]:
    """The points with visibility flags 0, 1, 2 or AlphaPose's confidence 0 to 6 brought to 0 to 1, and a note."""
    sure = points[..., 2][known_joints(points)]
    highest = sure.max(initial=0.0)
    if highest == 2 and np.all(sure == np.round(sure)):
        return points * [1, 1, 0.5], ("visibility 1 (occluded) read as confidence 0.5, 2 (visible) as 1",)
    if 1.5 < highest <= 6.5:
        return points * [1, 1, 1 / 6], ("confidence 0-6 divided by 6",)
    return points, ()


def clip_confidence(confidence: Float[np.ndarray, "F P J"]) -> tuple[Float[np.ndarray, "F P J"], tuple[str, ...]]:
    """Confidence cut off at 1, or divided by 100 where it is in per cent, with a note if any was above 1."""
    highest = float(confidence.max(initial=0.0))
    if _LEAST_PERCENT < highest <= 100.0:
        share = (confidence / 100).astype(confidence.dtype)
        return share, (f"confidence, up to {highest:.3g}, was read as per cent and divided by 100",)
    notes = (f"confidence, up to {highest:.3g}, was cut off at 1",) if highest > 1.001 else ()
    return np.minimum(confidence, 1.0), notes


def frame_rate(of_file: float | None, frame_count: int, settings: Settings) -> tuple[float, tuple[str, ...]]:
    """Frames per second by the user, else by the file, else by its video or assumed, with a note if it matters."""
    if settings.fps is not None:
        return settings.fps, ()
    if of_file is not None and 1e-3 <= of_file <= 1e5:
        return of_file, ()
    if settings.pictures_fps is not None:
        return settings.pictures_fps, (f"{settings.pictures_fps:.4g} fps, as of the video",)
    return ASSUMED_FPS, (f"{ASSUMED_FPS:g} fps was assumed",) if frame_count > 1 else ()


def in_pixels(poses: Poses2d, of_file: tuple[int, int] | None, path: Path, settings: Settings) -> Poses2d:
    """The poses in pixels, with the picture's size if the user or the file says it.

    Raises:
        InputError: The size is needed and unknown, or user and file contradict each other.
    """
    size = settings.image_size or of_file
    if of_file and size and size != of_file:
        raise InputError(f"{path}: its pictures are {of_file[0]}x{of_file[1]}, not {size[0]}x{size[1]} as given")
    if size is None and poses.unit == "fraction":
        raise InputError(f"{path}: its keypoints are fractions of the picture; give the picture's size as `image_size`")
    return poses.in_pixels(size) if size else poses


def nobody(path: Path) -> InputError:
    """The error that says that a file holds no person."""
    return InputError(f"{path}: found 0 people in it; wanted at least one person with a known joint")


def _frames(seen: Int[np.ndarray, " S"]) -> tuple[Int[np.ndarray, " F"], tuple[str, ...]]:
    """The frames from the first to the last that is spoken of; a few frames far apart are not filled up."""
    numbers = np.unique(seen)
    first, span = int(numbers[0]), int(numbers[-1] - numbers[0]) + 1
    notes = (f"the first frame is number {first}, time 0 is there",) if first > 1 else ()
    if span == len(numbers):
        return numbers, notes
    missing = span - len(numbers)
    if span > max(1000, 20 * len(numbers)):
        return numbers, (
            *notes,
            f"left out as absent: {count_of(missing, 'frame number')}; the times of the others are kept",
        )
    return np.arange(first, first + span), (*notes, f"absent and read as without anybody: {count_of(missing, 'frame')}")


def _slots(
    frames: Int[np.ndarray, " N"], person_ids: Int[np.ndarray, " N"] | None
) -> tuple[Int[np.ndarray, " N"], Int[np.ndarray, " P"]]:
    """The slot of every row: one an id, else the people of a frame in the file's order."""
    if person_ids is not None:
        ids, slots = np.unique(person_ids, return_inverse=True)
        return slots, ids
    order = np.argsort(frames, kind="stable")
    starts = np.searchsorted(frames[order], frames[order])
    slots = np.empty_like(order)
    slots[order] = np.arange(len(order)) - starts
    return slots, np.arange(slots.max() + 1)


def _trust_ids(
    found: Detections, people: Int[np.ndarray, " M"]
) -> tuple[Int[np.ndarray, " M"] | None, tuple[str, ...]]:
    """The ids of some rows, unless they do not tell people apart: all of them 0, or the same often within a frame."""
    if found.person_ids is None:
        return None, ()
    ids = found.person_ids[people]
    pairs = np.unique(np.stack([found.frame_numbers[people], ids]), axis=1).shape[1]
    if not found.is_tracked or (pairs >= 0.95 * len(ids) and np.any(ids != 0)):
        return ids, ()
    return None, ("the file's person ids do not tell people apart and were ignored",)
