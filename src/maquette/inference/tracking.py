"""Who is who from frame to frame: the detections of every picture joined to tracks of persons.

All constants are in seconds and body sizes, so uneven and missing frames, low frame rates and distant persons need no
settings of their own; `maquette.inference.tracks` says how people are met again.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Int

from maquette.body.people import Poses2d
from maquette.errors import SettingError
from maquette.inference.extent import person_size
from maquette.inference.tracks import Tracks

MOST_GAP_S = 1.5
"""A person who was away longer comes back as somebody new, unless they left at the picture's edge."""

FLICKER_S = 0.2
FLICKER_CONFIDENCE = 0.3
"""Tracks shorter and less sure than this are noise if anybody else is there."""


def track(poses: Poses2d, *, most_gap_s: float = MOST_GAP_S) -> Poses2d:
    """The same detections with every person in one place of the person axis throughout, longest present first.

    Second detections of a person in a frame are left out, and so is what people wear. The persons of the given poses
    need not mean the same people from frame to frame. New ids count from 1.

    Args:
        most_gap_s: A person who was away longer comes back as somebody new; who left at the edge of a picture of known
            size may take longer.

    Raises:
        SettingError: The time is negative or not finite.
    """
    if not (np.isfinite(most_gap_s) and most_gap_s >= 0):
        raise SettingError(f"the longest gap within a track is {most_gap_s} s; it must be a finite time from 0 up")
    return _regroup(replace(poses, clothes=None), _find_owners(poses, most_gap_s))


def _find_owners(poses: Poses2d, most_gap_s: float) -> Int[np.ndarray, "F P"]:
    """The number of the track that each detection belongs to; -1 where there is nobody."""
    present = poses.present
    owners = np.full(present.shape, -1)
    joints = poses.joints.astype(np.float64)
    scene_size = float(person_size(joints.reshape(-1, 2), poses.mask.reshape(-1)))
    size = (1, 1) if poses.unit == "fraction" else poses.image_size
    scene_size = min(scene_size, float(np.hypot(*size))) if size else scene_size
    tracks = Tracks(poses.skeleton, scene_size=scene_size, image_size=size, most_gap_s=most_gap_s)
    for frame, time_s in enumerate(poses.times.tolist()):
        slots = np.flatnonzero(present[frame])
        clothes = None if poses.clothes is None else poses.clothes[frame, slots]
        owners[frame, slots] = tracks.meet(joints[frame, slots], poses.mask[frame, slots], time_s, clothes)
    return owners


def _regroup(poses: Poses2d, owners: Int[np.ndarray, "F P"]) -> Poses2d:
    frames, slots = np.nonzero(owners >= 0)
    numbers = owners[frames, slots]
    kept = _number_kept_tracks(poses, frames, slots, numbers)
    place = np.full(numbers.max(initial=-1) + 1, -1)
    place[kept] = np.arange(len(kept))
    is_kept = place[numbers] >= 0
    frames, slots, persons = frames[is_kept], slots[is_kept], place[numbers][is_kept]

    def moved(values: np.ndarray) -> np.ndarray:
        out = np.zeros((len(values), len(kept), *values.shape[2:]), values.dtype)
        out[frames, persons] = values[frames, slots]
        return out

    arrays = {name: moved(values) for name, values in poses.arrays.items()}
    return replace(poses, person_ids=np.arange(1, len(kept) + 1), **arrays)


def _number_kept_tracks(
    poses: Poses2d, frames: Int[np.ndarray, " N"], slots: Int[np.ndarray, " N"], numbers: Int[np.ndarray, " N"]
) -> Int[np.ndarray, " K"]:
    """Track numbers in the order of how long they are seen, without short unsure ones if others remain."""
    if not numbers.size:
        return numbers
    durations = np.gradient(poses.times) if poses.frame_count > 1 else np.ones(1)
    seen_s = np.bincount(numbers, durations[frames])
    known = np.bincount(numbers, poses.mask[frames, slots].sum(axis=-1))
    confidence = np.bincount(numbers, poses.confidence[frames, slots].sum(axis=-1)) / known
    is_flicker = (seen_s < FLICKER_S) & (confidence < FLICKER_CONFIDENCE)
    order = np.argsort(-np.round(seen_s, 6), kind="stable")
    return order if is_flicker.all() else order[~is_flicker[order]]
