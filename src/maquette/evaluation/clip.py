"""Methods at work on a data set: the 2D keypoints of everybody become the method's poses, clip by clip."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64

from maquette.arrays import Progress, no_progress
from maquette.body.mapping import source_to_target
from maquette.body.people import Poses2d, Poses3d
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.predicted import PredictedPeople
from maquette.data.views.frames import find_picture_size
from maquette.errors import InputError
from maquette.geometry.camera import PinholeCamera
from maquette.inference.estimator import Estimator

USUAL_FPS = 25.0
"""Of clips whose data set does not say."""


class RowKeypoints(NamedTuple):
    """Joints in the picture for each of the N rows of a data set, annotated or read."""

    skeleton: Skeleton
    joints_px: Float[np.ndarray, "N J 2"]
    confidence: Float[np.ndarray, "N J"]
    """0 to 1; 0 where a joint is unknown and lies at zero."""
    depths: Float[np.ndarray, "N J"] | None = None
    """As `maquette.body.people.Poses2d.depths`."""
    sizes_m: Float[np.ndarray, " N"] | None = None
    """As `maquette.body.people.Poses2d.sizes_m`."""


def estimate_people(
    people: AnnotatedPeople,
    points: RowKeypoints,
    estimator: Estimator,
    *,
    fps: float | None = None,
    progress: Progress = no_progress,
) -> PredictedPeople:
    """The method's 3D poses of the rows that it gives a pose for, relative to the root.

    The people of one clip and camera are estimated together, each photograph by itself. The camera's matrix is used
    where the data give it; its tilt is left to the method.

    Args:
        people: Say who belongs together, and the cameras; their joints are not looked at.
        points: What the method is given.
        estimator: The method.
        fps: Frames per second of the clips.
        progress: Told how many of the people are done.
    """
    rows_done, joints, known = [], [], []
    done = 0
    for rows in _split_clips(people):
        keypoints, frame, person = _gather_clip(people, points, rows, fps or USUAL_FPS)
        poses: Poses3d = estimator.estimate(keypoints, camera=clip_camera(people, int(rows[0]))).poses.in_unit("m")
        is_lifted = poses.present[frame, person]
        rows_done.append(rows[is_lifted])
        joints.append(poses.joints[frame, person][is_lifted])
        known.append(poses.mask[frame, person][is_lifted])
        done += len(rows)
        progress(done, len(people))
    return _to_predictions(
        people, points, estimator, (np.concatenate(rows_done), np.concatenate(joints), np.concatenate(known))
    )


def _to_predictions(
    people: AnnotatedPeople,
    points: RowKeypoints,
    estimator: Estimator,
    found: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> PredictedPeople:
    """What was found (rows, joints in metres, whether they are known) as predictions."""
    rows, joints_m, known_m = found
    mapping = source_to_target(points.skeleton, estimator.skeleton)
    known_px = mapping.mask(points.confidence[rows] > 0)
    pixels = np.where(known_px[..., None], mapping.joints(points.joints_px[rows]), 0.0)
    return PredictedPeople(
        skeleton=estimator.skeleton,
        keys=people.keys[rows],
        joints_m=joints_m.astype(np.float64),
        known_m=known_m,
        joints_px=pixels.astype(np.float64),
        known_px=known_px,
        root=estimator.skeleton.root,
        persons=people.persons[rows],
        scores=points.confidence[rows].mean(axis=-1).astype(np.float64),
        source=f"method '{estimator.name}'",
    )


def clip_camera(people: AnnotatedPeople, row: int) -> PinholeCamera | None:
    """The camera of a row without its lens distortion; None if the data do not tell."""
    if people.camera_matrices is None:
        return None
    matrix = people.camera_matrices[row].astype(np.float64)
    if not (np.isfinite(matrix).all() and matrix[0, 0] > 0 and matrix[1, 1] > 0):
        return None
    size = find_picture_size(people, row)
    if size is None:
        size = (round(float(2 * matrix[0, 2])) + 1, round(float(2 * matrix[1, 2])) + 1)
    return PinholeCamera(torch.from_numpy(matrix), size, torch.zeros(5, dtype=torch.float64))


def select_whole_rows(predicted: PredictedPeople) -> PredictedPeople:
    """The rows that know every joint in space, as files of predictions want them.

    Points in the picture are left out where they are not whole in all of these rows.
    """
    if predicted.known_m is None:
        return predicted
    kept = predicted.select(np.flatnonzero(predicted.known_m.all(axis=-1)))
    if kept.known_px is not None and not kept.known_px.all():
        return replace(kept, joints_px=None, known_px=None)
    return kept


def _split_clips(people: AnnotatedPeople) -> list[Int64[np.ndarray, " _"]]:
    """Rows that belong together, in their order: those of one clip (or photograph) and one camera matrix."""
    labels = np.where(people.sequences == "", people.pictures, people.sequences)
    _, clip = np.unique(labels, return_inverse=True)
    camera = np.zeros(len(people), np.int64)
    if people.camera_matrices is not None:
        _, camera = np.unique(people.camera_matrices.reshape(len(people), 9), axis=0, return_inverse=True)
    code = clip * (int(camera.max(initial=0)) + 1) + camera.reshape(-1)
    order = np.argsort(code, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1)


def _gather_clip(
    people: AnnotatedPeople, points: RowKeypoints, rows: Int64[np.ndarray, " N"], fps: float
) -> tuple[Poses2d, np.ndarray, np.ndarray]:
    """The 2D joints of one clip, and for each row its frame and its person among them."""
    frames, frame = np.unique(people.frames[rows], return_inverse=True)
    persons, person = np.unique(people.persons[rows], return_inverse=True)
    if len(np.unique(frame * len(persons) + person)) < len(rows):
        raise InputError(
            f"'{people.root}': the clip '{people.sequences[rows[0]]}' lists a person twice in one frame; mend the data"
        )

    def in_slots(values: np.ndarray) -> np.ndarray:
        gathered = np.zeros((len(frames), len(persons), *values.shape[1:]), np.float32)
        gathered[frame, person] = values[rows]
        return gathered

    confidence = in_slots(points.confidence)
    keypoints = Poses2d(
        skeleton=points.skeleton,
        joints=in_slots(points.joints_px),
        mask=confidence > 0,
        confidence=confidence,
        times=(frames - frames[0]) / fps,
        person_ids=persons,
        image_size=find_picture_size(people, int(rows[0])),
        depths=None if points.depths is None else in_slots(points.depths),
        sizes_m=None if points.sizes_m is None else in_slots(points.sizes_m),
    )
    return keypoints.known_where(keypoints.mask), frame, person
