"""The fit over the tracks of all persons: alternately linear solutions for the joints and what follows from them.

Round by round (iteratively reweighted Gauss-Newton), the joints of each person solve one banded system over all frames;
bone lengths, steady errors of the keypoints, standing feet, their ground and the tilt of the camera follow from them in
closed form. Persons share nothing but the tilt, and not even that where it is known.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from maquette.arrays import Progress, no_progress
from maquette.body.people import Poses2d, Poses3d
from maquette.geometry.camera import PinholeCamera
from maquette.inference.fitting import estimate_bone_lengths, hold_bone_lengths, twin_bones
from maquette.inference.refinement.config import RefinementConfig
from maquette.inference.refinement.contact import find_ground, find_standing
from maquette.inference.refinement.fit import Fit
from maquette.inference.refinement.placement import place_calmly
from maquette.inference.refinement.rows import solve_rows
from maquette.inference.refinement.terms import (
    bend_rows,
    bone_rows,
    foothold_rows,
    ground_rows,
    jerk_rows,
    keypoint_errors,
    keypoint_rows,
    lifted_rows,
)
from maquette.inference.refinement.tilt import find_tilt
from maquette.inference.refinement.track import Track, make_track
from maquette.interruption import stop_if_interrupted

DEFAULT = RefinementConfig()
_ROUNDS_BEFORE_FEET = 2
"""Only then is motion smooth enough to tell which feet stand."""


class Given(NamedTuple):
    """What is known besides poses and keypoints."""

    lens: PinholeCamera
    """That the poses were lifted with."""
    is_up_known: bool
    """Whether the poses' ``up`` is measured; else it is an estimate, which the feet may better."""
    are_bones_known: bool
    """Whether bones have the lengths they have; else the fit finds them, at the same size of the person."""


def refine(
    poses: Poses3d,
    keypoints: Poses2d,
    given: Given,
    *,
    config: RefinementConfig = DEFAULT,
    progress: Progress = no_progress,
) -> Poses3d:
    """The same poses at their places before the camera, each person's track fitted together; root is None.

    Who cannot be placed in any frame is hidden. What was unknown stays so, and the uncertainty stays what it was.

    Args:
        poses: As lifted, not yet smoothed: metres, camera frame, relative to the root; bones keep their length.
        keypoints: In pixels, of the same frames and persons, for the joints of the poses; only measured ones.
        given: What is known besides.
        config: The numbers.
        progress: Told how many rounds are done.
    """
    start, is_placed = place_calmly(poses, keypoints, given.lens)
    people = np.flatnonzero(is_placed).tolist()
    tracks = [make_track(poses, keypoints, given.lens, person, config) for person in people]
    lengths = estimate_bone_lengths(poses, are_twins_alike=not given.are_bones_known).astype(np.float64)
    up = None if poses.up is None else np.array(poses.up, np.float64)
    fits = [
        _begin(track, start[poses.present[:, at], at], lengths[at], up)
        for track, at in zip(tracks, people, strict=True)
    ]
    estimate = up
    for done in range(config.rounds):
        progress(done, config.rounds)
        bone_m = config.loose_bone_m * (config.tight_bone_m / config.loose_bone_m) ** (done / max(config.rounds - 1, 1))
        fits = [_solve(track, fit, bone_m, config) for track, fit in zip(tracks, fits, strict=True)]
        fits = [_follow(track, fit, given, done, config) for track, fit in zip(tracks, fits, strict=True)]
        if estimate is not None and not given.is_up_known:
            up = find_tilt(tracks, fits, estimate, config)
            fits = [fit._replace(up=up) for fit in fits]
    progress(config.rounds, config.rounds)
    return _gather(poses, people, fits, up)


def _begin(
    track: Track,
    joints: Float[np.ndarray, "F J 3"],
    lengths: Float[np.ndarray, " B"],
    up: Float[np.ndarray, " 3"] | None,
) -> Fit:
    feet = len(track.feet)
    return Fit(
        joints=joints,
        lengths_m=lengths,
        offsets_m=np.zeros((len(track.skeleton), 2)),
        standing=np.zeros((len(joints), feet)),
        up=up,
        ground_m=np.zeros(feet),
    )


def _solve(track: Track, fit: Fit, bone_m: float, config: RefinementConfig) -> Fit:
    """The fit with new joints, a chunk of frames after the other."""
    joints = np.empty_like(fit.joints)
    for kept, wide in _chunks(len(joints), config):
        stop_if_interrupted()
        some, of = track.part(wide), fit.part(wide)
        rows = [
            lifted_rows(some, of, config),
            keypoint_rows(some, of, config),
            bone_rows(some, of, bone_m),
            jerk_rows(some, of, config),
            foothold_rows(some, of, config),
            ground_rows(some, of, config),
            bend_rows(some, of, config),
        ]
        joints[kept] = solve_rows(rows, of.joints, config.damping_m)[kept.start - wide.start :][
            : kept.stop - kept.start
        ]
    return fit._replace(joints=joints)


def _chunks(count: int, config: RefinementConfig) -> Iterator[tuple[slice, slice]]:
    """Frames that are kept, and those that are solved for along with them."""
    for first in range(0, count, config.chunk):
        last = min(first + config.chunk, count)
        yield slice(first, last), slice(max(first - config.overlap, 0), min(last + config.overlap, count))


def _follow(track: Track, fit: Fit, given: Given, done: int, config: RefinementConfig) -> Fit:
    """The fit with everything that follows from its joints."""
    fit = fit._replace(offsets_m=_steady_errors(track, fit, config))
    if not given.are_bones_known:
        fit = fit._replace(lengths_m=_shared_lengths(track, fit))
    if done + 1 < _ROUNDS_BEFORE_FEET:
        return fit
    standing = find_standing(track, fit.joints, fit.up, config)
    if fit.up is None:
        return fit._replace(standing=standing)
    return fit._replace(standing=standing, ground_m=find_ground(fit.joints[:, track.feet], standing, fit.up))


def _steady_errors(track: Track, fit: Fit, config: RefinementConfig) -> Float[np.ndarray, "J 2"]:
    """What the keypoints of each joint are off on average, the less believed the shorter they are seen."""
    errors = np.clip(keypoint_errors(track, fit.joints), -3 * config.keypoint_m, 3 * config.keypoint_m)
    weight = (track.confidence * track.share[:, None])[..., None]
    seen_s = weight.sum(axis=0) * config.frame_s
    mean = (errors * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9)
    return mean * seen_s / (seen_s + (config.keypoint_m / config.offset_m) ** 2)


def _shared_lengths(track: Track, fit: Fit) -> Float[np.ndarray, " B"]:
    """The mean length of every bone, left and right alike, at the same size of the person as before."""
    lengths = np.linalg.norm(fit.joints[:, track.children] - fit.joints[:, track.parents], axis=-1)
    weight = track.share[:, None] * track.is_bone_known
    both = np.stack([(lengths * weight).sum(axis=0), weight.sum(axis=0)])
    both = both + both[:, twin_bones(track.skeleton)]
    mean = np.where(fit.lengths_m > 0, both[0] / np.maximum(both[1], 1e-9), 0.0)
    return mean * fit.lengths_m.sum() / max(mean.sum(), 1e-9)


def _gather(poses: Poses3d, people: list[int], fits: list[Fit], up: Float[np.ndarray, " 3"] | None) -> Poses3d:
    """All persons in one, with bones of exactly their lengths."""
    joints = np.zeros(poses.joints.shape, np.float64)
    mask = np.zeros_like(poses.mask)
    lengths = np.zeros((poses.person_count, len(poses.skeleton.bones)))
    for person, fit in zip(people, fits, strict=True):
        frames = poses.present[:, person]
        joints[frames, person] = fit.joints
        mask[:, person] = poses.mask[:, person]
        lengths[person] = fit.lengths_m
    joints = np.where(mask[..., None], joints, 0.0).astype(poses.joints.dtype)
    confidence = np.where(mask, poses.confidence, 0.0).astype(poses.confidence.dtype)
    found = replace(poses, joints=joints, mask=mask, confidence=confidence, root=None)
    if up is not None:
        x, y, z = up.tolist()
        found = replace(found, up=(x, y, z))
    return hold_bone_lengths(found, lengths)
