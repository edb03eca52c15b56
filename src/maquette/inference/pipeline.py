"""The way from pictures or keypoints to 3D poses: detect, track, mend, lift, smooth, hold bones, set the scale."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from maquette.arrays import Frame, Progress, no_progress
from maquette.body.estimate import Estimate
from maquette.body.mapping import source_to_target
from maquette.body.people import ASSUMED_STATURE_M, Poses2d, Poses3d
from maquette.errors import ConventionError, InputError, SettingError
from maquette.geometry.camera import PinholeCamera
from maquette.inference.detectors.protocol import Detector
from maquette.inference.estimator import Estimator
from maquette.inference.fitting import hold_bone_lengths, scale_to_height
from maquette.inference.gaps import fill_gaps
from maquette.inference.glitch import mend_swaps, reject_leaps
from maquette.inference.placing import placed, scaled_to_ground
from maquette.inference.smoothing import smooth
from maquette.inference.tracking import track

LEAST_CONFIDENCE = 0.05
"""Joints of which the detector is less sure than this count as unknown."""


@dataclass(frozen=True)
class PipelineSettings:
    """What a user may choose about the way from 2D points to 3D poses."""

    height_m: float | None = None
    """Standing height of the persons; without it lengths have no known scale."""
    camera: PinholeCamera | None = None
    """The calibrated camera, if there is one."""
    independent_frames: bool = False
    """Each frame by itself: no tracking, gap filling or smoothing, no shared camera tilt, no shared bone lengths."""


def detect(frames: Iterable[Frame], detector: Detector, progress: Progress = no_progress) -> Poses2d:
    """The persons that a detector finds in each picture, one slot each in no lasting order (see `track`).

    Pictures are looked at one at a time and not kept.

    Raises:
        InputError: There were no pictures, or nobody was found in any of them.
    """
    found, times, size = [], [], (0, 0)
    for frame in frames:
        found.append(detector.detect(frame.image))
        times.append(frame.time_s)
        size = (frame.image.shape[1], frame.image.shape[0])
        progress(len(found), None)
    persons = max((len(detection.joints) for detection in found), default=0)
    if persons == 0:
        raise InputError(
            f"found 0 people in {len(found)} pictures with the detector '{detector.name}'; use pictures in which a "
            "whole person is well visible, or another detector"
        )
    shape = (len(found), persons, len(detector.skeleton))
    joints, confidence = np.zeros((*shape, 2), np.float32), np.zeros(shape, np.float32)
    for index, detection in enumerate(found):
        joints[index, : len(detection.joints)] = detection.joints
        confidence[index, : len(detection.joints)] = detection.confidence
    mask = confidence > 0
    return Poses2d(
        skeleton=detector.skeleton,
        joints=np.where(mask[..., None], joints, np.float32(0)),
        mask=mask,
        confidence=confidence,
        times=np.array(times),
        person_ids=np.arange(1, persons + 1),
        image_size=size,
    )


def lift(
    keypoints: Poses2d,
    estimator: Estimator,
    settings: PipelineSettings,
    *,
    is_tracked: bool,
    detector: str,
    progress: Progress = no_progress,
) -> Estimate:
    """3D poses of everybody in the keypoints.

    Args:
        keypoints: In pixels; missing frames are frames in which nobody is known.
        estimator: The method that lifts.
        settings: What the user chose.
        is_tracked: Whether person ids already mean the same person in every frame.
        detector: What gave the keypoints, for the record.
        progress: Told how far the lifting is.

    Raises:
        InputError: Nobody has enough known joints in any frame.
        SettingError: A setting makes no sense, such as a height of 17 metres.
    """
    mended = _mended(_known(keypoints), is_tracked, settings.independent_frames)
    estimated = estimator.estimate(
        mended, camera=settings.camera, independent_frames=settings.independent_frames, progress=progress
    )
    is_lifted = np.flatnonzero(estimated.poses.present.any(axis=0))
    if not len(is_lifted):
        raise InputError("nobody is seen well enough to be lifted; at least six joints of one person must be known")
    poses = estimated.poses.select_persons(is_lifted)
    observed = mended.mapped_to(poses.skeleton).select_persons(is_lifted)
    measured = mended.mapped_to(poses.skeleton, exact_only=True).select_persons(is_lifted)
    poses, scale_note = _finished(poses, measured, settings)
    return Estimate(
        poses=poses,
        keypoints=observed,
        method=estimator.name,
        detector=detector,
        notes=(*estimated.notes, *_shown_notes(mended, observed), *_way_notes(settings), scale_note),
    )


def _known(keypoints: Poses2d) -> Poses2d:
    mask = keypoints.mask & (keypoints.confidence >= LEAST_CONFIDENCE)
    return replace(
        keypoints,
        mask=mask,
        joints=np.where(mask[..., None], keypoints.joints, keypoints.joints.dtype.type(0)),
        confidence=np.where(mask, keypoints.confidence, keypoints.confidence.dtype.type(0)),
    )


def _mended(keypoints: Poses2d, is_tracked: bool, independent_frames: bool) -> Poses2d:
    if independent_frames:
        return keypoints
    tracked = keypoints if is_tracked else track(keypoints)
    return fill_gaps(reject_leaps(mend_swaps(tracked)))


def _finished(poses: Poses3d, measured: Poses2d, settings: PipelineSettings) -> tuple[Poses3d, str]:
    """Smooth motion, bones that keep their length, and the best scale that is to be had, with a sentence about it."""
    if not settings.independent_frames:
        poses = hold_bone_lengths(smooth(poses))
    camera = settings.camera
    if settings.height_m is not None:
        poses = scale_to_height(poses, settings.height_m)
        note = f"scale from the given height of {settings.height_m:g} m"
        return (poses if camera is None else placed(poses, measured, camera)), note
    poses = _at_assumed_stature(poses)
    note = f"scale unknown: lengths are those of a person of {ASSUMED_STATURE_M:.2f} m; give --height to set it"
    if camera is None:
        return poses, note
    poses = placed(poses, measured, camera)
    if camera.rotation is None:
        return poses, note
    poses = scaled_to_ground(poses, camera)
    return poses, "scale from the camera's height above the ground (world z = 0)" if poses.scale_known else note


def _at_assumed_stature(poses: Poses3d) -> Poses3d:
    try:
        return replace(scale_to_height(poses, ASSUMED_STATURE_M), scale_known=False)
    except (ConventionError, SettingError):  # no legs or no head, in the picture or in the skeleton
        return poses


def _shown_notes(given: Poses2d, shown: Poses2d) -> tuple[str, ...]:
    """A sentence for each 2D joint that was only put near its place; the lifter never sees those."""
    rules = source_to_target(given.skeleton, shown.skeleton).synthesised
    return tuple(f"in the 2D points only: {rule}" for rule in rules if not rule.is_exact)


def _way_notes(settings: PipelineSettings) -> tuple[str, ...]:
    if settings.independent_frames:
        return ("each frame by itself: no smoothing, bone lengths free",)
    return ("smoothed over time; bone lengths held constant for each person",)
