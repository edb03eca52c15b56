"""The way from pictures or keypoints to 3D poses: detect, track, clean, lift, smooth, hold bones, set the scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool, Float

from maquette.arrays import Frame, Progress, no_progress
from maquette.body.estimate import SCALE_NOTE, PoseEstimate
from maquette.body.mapping import source_to_target
from maquette.body.observation import DOUBTFUL_BELOW, KNOWN_CONFIDENCE, find_doubtful, find_observed
from maquette.body.people import ASSUMED_STATURE_M, Poses2d, Poses3d
from maquette.errors import ConventionError, InputError, SettingError
from maquette.geometry.camera import PinholeCamera
from maquette.inference.clothes import describe_clothes
from maquette.inference.detectors.protocol import Detector
from maquette.inference.estimator import Estimator
from maquette.inference.fitting import fit_bone_lengths, hold_bone_lengths, scale_to_height
from maquette.inference.gaps import fill_gaps
from maquette.inference.outlier import exchange_swapped_sides, reject_outliers
from maquette.inference.placing import place
from maquette.inference.refinement.placement import choose_lens, describe_refined, relative_again
from maquette.inference.refinement.refine import Given, refine
from maquette.inference.smoothing import smooth
from maquette.inference.tracking import track
from maquette.inference.world import believe_world, scale_to_believed_ground, with_known_up
from maquette.plain_text import count_of


@dataclass(frozen=True)
class PipelineSettings:
    """What a user may choose about the way from 2D points to 3D poses.

    Raises:
        SettingError: Both a height and bone lengths are given.
    """

    height_m: float | None = None
    """Standing height of the persons; without it lengths have no known scale."""
    camera: PinholeCamera | None = None
    """The calibrated camera, if there is one."""
    independent_frames: bool = False
    """Each frame by itself: no tracking, gap filling or smoothing, no shared camera tilt, no shared bone lengths."""
    bone_lengths_m: Float[np.ndarray, " B"] | None = field(default=None, compare=False)
    """Measured lengths of everybody's bones, in the order of the estimator's `Skeleton.bones`; 0 was not measured."""
    is_world_up_given: bool = False
    """Whether the user says that z points up in the camera's world; else it must look so (see `believe_world`)."""
    refine: bool = True
    """Fit the whole track of each person at once, after lifting; not with `independent_frames`."""

    def __post_init__(self) -> None:
        if self.height_m is not None and self.bone_lengths_m is not None:
            raise SettingError("a height and bone lengths both set the scale; give one of them")


def detect(frames: Iterable[Frame], detector: Detector, progress: Progress = no_progress) -> Poses2d:
    """The persons that a detector finds in each picture, one slot each in no lasting order (see `track`).

    Pictures are looked at one at a time and not kept.

    Raises:
        InputError: There were no pictures, or nobody was found in any of them.
    """
    found, clothes, times, size = [], [], [], (0, 0)
    for frame in frames:
        found.append(detector.detect(frame.image))
        is_known = found[-1].confidence >= KNOWN_CONFIDENCE
        clothes.append(describe_clothes(frame.image, found[-1].joints, is_known, detector.skeleton))
        times.append(frame.time_s)
        size = (frame.image.shape[1], frame.image.shape[0])
        progress(len(found), None)
    persons = max((len(detection.joints) for detection in found), default=0)
    if persons == 0:
        raise InputError(
            f"found 0 people in {count_of(len(found), 'picture')} with the detector '{detector.name}'; use pictures in "
            "which a whole person is well visible, or another detector"
        )
    shape = (len(found), persons, len(detector.skeleton))
    confidence = _in_slots([one.confidence for one in found], shape)
    gathered = Poses2d(
        skeleton=detector.skeleton,
        joints=_in_slots([one.joints for one in found], (*shape, 2)),
        mask=confidence > 0,
        confidence=confidence,
        times=np.array(times),
        person_ids=np.arange(1, persons + 1),
        image_size=size,
        depths=_in_slots_if_any([one.depths for one in found], shape),
        sizes_m=_in_slots_if_any([one.sizes_m for one in found], shape[:2]),
        clothes=_in_slots(clothes, (*shape[:2], 2, 4)),
    )
    return gathered.known_where(gathered.mask)


def _in_slots_if_any(parts: Sequence[np.ndarray | None], shape: tuple[int, ...]) -> np.ndarray | None:
    return None if all(values is None for values in parts) else _in_slots(parts, shape)


def _in_slots(parts: Sequence[np.ndarray | None], shape: tuple[int, ...]) -> np.ndarray:
    """What is given of the persons of each frame, in one array over frames and slots; zeros where there is nobody."""
    gathered = np.zeros(shape, np.float32)
    for index, values in enumerate(parts):
        if values is not None:
            gathered[index, : len(values)] = values
    return gathered


def lift_keypoints(
    keypoints: Poses2d,
    estimator: Estimator,
    settings: PipelineSettings,
    *,
    is_tracked: bool,
    detector: str,
    progress: Progress = no_progress,
) -> PoseEstimate:
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
    cleaned, is_observed = _clean(keypoints, is_tracked, settings.independent_frames)
    settings, world_notes = _judge_world(cleaned, estimator, settings)
    estimated = estimator.estimate(
        cleaned, camera=settings.camera, independent_frames=settings.independent_frames, progress=progress
    )
    is_lifted = np.flatnonzero(estimated.poses.present.any(axis=0))
    if not len(is_lifted):
        raise InputError("nobody is seen well enough to be lifted; at least six joints of one person must be known")
    poses = estimated.poses.select_persons(is_lifted)
    shown = cleaned.mapped_to(poses.skeleton).select_persons(is_lifted)
    measured = cleaned.mapped_to(poses.skeleton, exact_only=True).select_persons(is_lifted)
    if settings.refine and not settings.independent_frames:
        poses, scale_notes = _finish_refined(poses, measured, settings, progress)
    else:
        poses, scale_notes = _finish(poses, measured, settings)
    is_observed = source_to_target(cleaned.skeleton, poses.skeleton).mask(is_observed)[:, is_lifted]
    is_unfollowed = settings.independent_frames and not is_tracked and min(shown.frame_count, shown.person_count) > 1
    way = (*_describe_shown(cleaned, shown), *_describe_way(settings, poses.frame_count), *scale_notes)
    way += ("people are not followed: their numbers mean nothing from frame to frame",) if is_unfollowed else ()
    poses = replace(poses, is_observed=is_observed & poses.mask)
    poses = replace(poses, is_doubtful=find_doubtful(poses))
    return PoseEstimate(
        poses=poses,
        keypoints=shown,
        method=estimator.name,
        detector=detector,
        notes=(*world_notes, *estimated.notes, *way, *_describe_doubt(poses)),
    )


def _clean(keypoints: Poses2d, is_tracked: bool, independent_frames: bool) -> tuple[Poses2d, Bool[np.ndarray, "F P J"]]:
    """The keypoints as they are lifted, and which of them were observed: not those of filled gaps, for instance."""
    keypoints = keypoints.known_where(keypoints.confidence >= KNOWN_CONFIDENCE)
    if independent_frames:
        return keypoints, find_observed(keypoints)
    tracked = keypoints if is_tracked else track(keypoints)
    kept = reject_outliers(exchange_swapped_sides(tracked))
    return fill_gaps(kept), find_observed(kept)


def _judge_world(
    cleaned: Poses2d, estimator: Estimator, settings: PipelineSettings
) -> tuple[PipelineSettings, tuple[str, ...]]:
    """The settings, without the camera's world if people do not stand up in it, and a sentence about that."""
    if settings.camera is None or settings.is_world_up_given:
        return settings, ()
    camera, notes = believe_world(cleaned, estimator, settings.camera)
    return replace(settings, camera=camera), notes


def _finish(poses: Poses3d, measured: Poses2d, settings: PipelineSettings) -> tuple[Poses3d, tuple[str, ...]]:
    """Smooth motion, bones that keep their length, and the best scale that is to be had, with sentences about it."""
    poses, note = _set_size(poses if settings.independent_frames else smooth(poses), settings)
    camera = settings.camera
    poses = with_known_up(poses, camera)
    if camera is None or not camera.is_lens_known:
        return poses, (note,)
    return _set_by_ground(place(poses, measured, camera), camera, note)


def _finish_refined(
    poses: Poses3d, measured: Poses2d, settings: PipelineSettings, progress: Progress
) -> tuple[Poses3d, tuple[str, ...]]:
    """The same by a fit over the whole track of each person, with a sentence about that as well."""
    poses, note = _set_size(poses, settings)
    camera = settings.camera
    poses = with_known_up(poses, camera)
    given = Given(
        choose_lens(camera, measured),
        is_up_known=camera is not None and camera.rotation is not None,
        are_bones_known=settings.bone_lengths_m is not None,
    )
    refined = refine(poses, measured, given, progress=progress)
    fit_note = describe_refined(refined, poses)
    if settings.bone_lengths_m is None:
        refined, _ = _scale(refined, settings)
    if camera is None or not camera.is_lens_known:
        return relative_again(refined, poses), (fit_note, note)
    refined, notes = _set_by_ground(refined, camera, note)
    return refined, (fit_note, *notes)


def _set_by_ground(poses: Poses3d, camera: PinholeCamera, note: str) -> tuple[Poses3d, tuple[str, ...]]:
    """Placed poses at the size that known ground gives them, if nothing else sets it, with sentences about it."""
    if poses.scale_known or camera.translation is None:
        return poses, (note,)
    poses, ground_note = scale_to_believed_ground(poses, camera)
    if poses.scale_known or ground_note is None:
        return poses, (ground_note or note,)
    return poses, (ground_note, note)


def _set_size(poses: Poses3d, settings: PipelineSettings) -> tuple[Poses3d, str]:
    """Bones of the lengths that are given, or that hold over the video, at the scale that is given or assumed."""
    if settings.bone_lengths_m is not None:
        is_shared = not settings.independent_frames
        poses = fit_bone_lengths(poses, settings.bone_lengths_m, is_shared=is_shared)
        return poses, f"{SCALE_NOTE}the given bone lengths, which every person has"
    return _scale(poses if settings.independent_frames else hold_bone_lengths(poses), settings)


def _scale(poses: Poses3d, settings: PipelineSettings) -> tuple[Poses3d, str]:
    """The poses at the standing height that is given or assumed."""
    if settings.height_m is not None:
        return scale_to_height(poses, settings.height_m), f"{SCALE_NOTE}the given height of {settings.height_m:g} m"
    assumed = f"lengths are those of a person of {ASSUMED_STATURE_M:.2f} m; give a height or bone lengths to set it"
    return _at_assumed_stature(poses), f"scale unknown: {assumed}"


def _at_assumed_stature(poses: Poses3d) -> Poses3d:
    try:
        return replace(scale_to_height(poses, ASSUMED_STATURE_M), scale_known=False)
    except (ConventionError, SettingError):  # no legs or no head, in the picture or in the skeleton
        return poses


def _describe_shown(given: Poses2d, shown: Poses2d) -> tuple[str, ...]:
    """A sentence for each 2D joint that was only put near its place; the lifter never sees those."""
    rules = source_to_target(given.skeleton, shown.skeleton).synthesised
    return tuple(f"in the 2D points only: {rule}" for rule in rules if not rule.is_exact)


def _describe_doubt(poses: Poses3d) -> tuple[str, ...]:
    doubtful, all_of_them = int(poses.doubtful.sum()), int(poses.present.sum())
    if not doubtful:
        return ()
    of_them = "the pose" if all_of_them == 1 else f"{doubtful} of {all_of_them} poses"
    return (f"doubtful: the method itself doubts {of_them} (mean confidence below {DOUBTFUL_BELOW:g}); drawn grey",)


def _describe_way(settings: PipelineSettings, frame_count: int) -> tuple[str, ...]:
    if settings.independent_frames:
        bones = "as given" if settings.bone_lengths_m is not None else "free"
        unrefined = ", not refined" if settings.refine else ""
        return (f"each frame by itself: no smoothing, bone lengths {bones}{unrefined}",)
    if frame_count == 1:  # nothing to smooth
        return () if settings.bone_lengths_m is not None else ("left and right bones made equally long",)
    if settings.refine:
        return ()
    return ("smoothed over time; bone lengths held constant for each person",)
