"""Who is who from frame to frame: the detections of every picture joined to tracks of persons.

Each person's place is predicted from the motion so far, and the detections of a frame are dealt out so that the sum of
their distances to the predictions is least. All constants are in seconds and body sizes (diagonals of the person's
box), so uneven and missing frames, low frame rates and distant persons need no settings of their own.
"""

from dataclasses import replace

import numpy as np
import scipy
from jaxtyping import Bool, Float, Int

from maquette.body.people import Poses2d
from maquette.errors import SettingError
from maquette.inference.extent import person_size

MOST_DRIFT = 0.35
"""Body sizes that a person may be away from where they are expected, ..."""

MOST_DRIFT_PER_S = 1.0
"""... and as many more for every second since they were last seen."""

COASTING_S = 0.5
"""A person who is not seen is expected to go on, ever slower, for about so long."""

VELOCITY_MEMORY_S = 0.15
"""Time over which a person's velocity is averaged."""

LEAST_SIZE = 0.02
"""Smaller persons are judged as if they were of this share of all that is ever seen."""

FLICKER_S = 0.2
FLICKER_CONFIDENCE = 0.3
"""Tracks shorter and less sure than this are noise if anybody else is there."""

_FORBIDDEN = 1e6


def track(poses: Poses2d, *, most_gap_s: float = 1.0) -> Poses2d:
    """The same detections with every person in one place of the person axis throughout, longest present first.

    The persons of the given poses need not mean the same people from frame to frame. New ids count from 1.

    Args:
        most_gap_s: A person who was away longer comes back as somebody new.

    Raises:
        SettingError: The time is negative or not finite.
    """
    if not (np.isfinite(most_gap_s) and most_gap_s >= 0):
        raise SettingError(f"the longest gap within a track is {most_gap_s} s; it must be a finite time from 0 up")
    return _regroup(poses, _owners(poses, most_gap_s))


class _Tracks:
    """The T persons that may still be met again: where they were, how they move, when they were seen."""

    def __init__(self, joint_count: int, least_size: float) -> None:
        self.least_size = least_size
        self.numbers = np.zeros(0, np.int64)
        self.joints = np.zeros((0, joint_count, 2))
        self.mask = np.zeros((0, joint_count), bool)
        self.velocity = np.zeros((0, 2))
        self.size = np.zeros(0)
        self.seen_s = np.zeros(0)
        self.born = 0

    def forget(self, before_s: float) -> None:
        """Lets go of those last seen before that time."""
        kept = self.seen_s >= before_s
        if not kept.all():
            for name in ("numbers", "joints", "mask", "velocity", "size", "seen_s"):
                setattr(self, name, getattr(self, name)[kept])

    def predicted(self, time_s: float) -> Float[np.ndarray, "T J 2"]:
        """Where everybody's joints are expected at that time."""
        coasted = COASTING_S * -np.expm1(-(time_s - self.seen_s) / COASTING_S)
        return self.joints + (self.velocity * coasted[:, None])[:, None]

    def distances(
        self, joints: Float[np.ndarray, "D J 2"], mask: Bool[np.ndarray, "D J"], time_s: float
    ) -> Float[np.ndarray, "D T"]:
        """Body sizes between each detection and each track; forbidden pairs lie very far apart."""
        common = mask[:, None] & self.mask
        count = common.sum(axis=-1)
        apart = np.linalg.norm(joints[:, None] - self.predicted(time_s), axis=-1)
        size = np.maximum(np.maximum(person_size(joints, mask)[:, None], self.size), self.least_size)
        mean = np.where(common, apart, 0).sum(axis=-1) / np.maximum(count, 1)
        allowed = MOST_DRIFT + MOST_DRIFT_PER_S * (time_s - self.seen_s)
        return np.where((count > 0) & (mean <= allowed * size), mean / size, _FORBIDDEN)

    def follow(
        self,
        at: Int[np.ndarray, " M"],
        joints: Float[np.ndarray, "M J 2"],
        mask: Bool[np.ndarray, "M J"],
        time_s: float,
    ) -> None:
        """Takes the tracks ``at`` on to these detections; joints not seen now move along with the body."""
        passed = (time_s - self.seen_s[at])[:, None]
        common = mask & self.mask[at]
        moves = np.where(common[..., None], joints - self.joints[at], 0)
        move = moves.sum(axis=1) / common.sum(axis=1)[:, None]
        share = -np.expm1(-passed / VELOCITY_MEMORY_S)
        self.velocity[at] += share * (move / passed - self.velocity[at])
        self.joints[at] = np.where(mask[..., None], joints, self.joints[at] + move[:, None])
        self.mask[at] |= mask
        self.size[at] += share[:, 0] * (person_size(joints, mask) - self.size[at])
        self.seen_s[at] = time_s

    def begin(
        self, joints: Float[np.ndarray, "N J 2"], mask: Bool[np.ndarray, "N J"], time_s: float
    ) -> Int[np.ndarray, " N"]:
        """Starts tracks of new people and returns their numbers."""
        numbers = self.born + np.arange(len(joints))
        self.born += len(joints)
        self.numbers = np.concatenate([self.numbers, numbers])
        self.joints = np.concatenate([self.joints, joints])
        self.mask = np.concatenate([self.mask, mask])
        self.velocity = np.concatenate([self.velocity, np.zeros((len(joints), 2))])
        self.size = np.concatenate([self.size, person_size(joints, mask)])
        self.seen_s = np.concatenate([self.seen_s, np.full(len(joints), time_s)])
        return numbers


def _owners(poses: Poses2d, most_gap_s: float) -> Int[np.ndarray, "F P"]:
    """The number of the track that each detection belongs to; -1 where there is nobody."""
    present = poses.present
    owners = np.full(present.shape, -1)
    joints = poses.joints.astype(np.float64)
    scene = person_size(joints.reshape(-1, 2), poses.mask.reshape(-1))
    tracks = _Tracks(len(poses.skeleton), max(LEAST_SIZE * float(scene), 1e-9))
    for frame, time_s in enumerate(poses.times.tolist()):
        slots = np.flatnonzero(present[frame])
        if not slots.size:
            continue
        tracks.forget(time_s - most_gap_s - 1e-9)
        here, mask = joints[frame, slots], poses.mask[frame, slots]
        distances = tracks.distances(here, mask, time_s)
        found, at = scipy.optimize.linear_sum_assignment(distances)
        is_met = distances[found, at] < _FORBIDDEN
        found, at = found[is_met], at[is_met]
        tracks.follow(at, here[found], mask[found], time_s)
        owners[frame, slots[found]] = tracks.numbers[at]
        new = np.setdiff1d(np.arange(len(slots)), found)
        owners[frame, slots[new]] = tracks.begin(here[new], mask[new], time_s)
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
