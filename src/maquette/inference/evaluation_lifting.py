"""Running a method over the annotated 2D joints of a data set, clip by clip, so that it can be judged."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64

from maquette.arrays import Progress, no_progress
from maquette.body.people import Poses2d
from maquette.data.annotated import AnnotatedPeople
from maquette.data.predicted import PredictedPeople
from maquette.errors import InputError
from maquette.geometry.camera import PinholeCamera
from maquette.inference.estimator import Estimator

ASSUMED_FPS = 25.0
"""Of clips whose data set does not say."""


def lift_people(
    people: AnnotatedPeople, estimator: Estimator, *, fps: float | None = None, progress: Progress = no_progress
) -> PredictedPeople:
    """The method's 3D poses of everybody in the data whose 2D joints are annotated, relative to the root.

    The people of one clip and camera are lifted together, each photograph by itself. The camera's matrix is used where
    the data give it; its tilt is left to the method.

    Args:
        people: With joints in the picture; nothing else of the truth is looked at.
        estimator: The method.
        fps: Frames per second of the clips.
        progress: Told how many of the people are done.

    Raises:
        InputError: Nobody could be lifted.
    """
    rows_done, joints, known = [], [], []
    done = 0
    for rows in _clips(people):
        keypoints, frame, person = _keypoints(people, rows, fps or ASSUMED_FPS)
        poses = estimator.estimate(keypoints, camera=_camera(people, int(rows[0]))).poses.in_unit("m")
        is_lifted = poses.present[frame, person]
        rows_done.append(rows[is_lifted])
        joints.append(poses.joints[frame, person][is_lifted])
        known.append(poses.mask[frame, person][is_lifted])
        done += len(rows)
        progress(done, len(people))
    if not any(len(rows) for rows in rows_done):
        raise InputError(f"'{people.root}': nobody has enough annotated 2D joints to be lifted by '{estimator.name}'")
    return _collected(people, estimator, np.concatenate(rows_done), np.concatenate(joints), np.concatenate(known))


def _collected(
    people: AnnotatedPeople,
    estimator: Estimator,
    rows: Int64[np.ndarray, " N"],
    joints_m: Float[np.ndarray, "N J 3"],
    known_m: Bool[np.ndarray, "N J"],
) -> PredictedPeople:
    seen = people.select(rows).mapped_to(estimator.skeleton)
    return PredictedPeople(
        skeleton=estimator.skeleton,
        keys=people.keys[rows],
        joints_m=joints_m.astype(np.float64),
        known_m=known_m,
        joints_px=seen.joints_px.astype(np.float64),
        known_px=seen.known_px,
        root=estimator.skeleton.root,
        persons=people.persons[rows],
        source=f"method '{estimator.name}'",
        notes=(f"3D by the method '{estimator.name}' from the annotated 2D joints",),
    )


def _clips(people: AnnotatedPeople) -> list[Int64[np.ndarray, " _"]]:
    """Rows that belong together, in their order: those of one clip (or photograph) and one camera matrix."""
    labels = np.where(people.sequences == "", people.pictures, people.sequences)
    _, clip = np.unique(labels, return_inverse=True)
    camera = np.zeros(len(people), np.int64)
    if people.camera_matrices is not None:
        _, camera = np.unique(people.camera_matrices.reshape(len(people), 9), axis=0, return_inverse=True)
    code = clip * (int(camera.max(initial=0)) + 1) + camera.reshape(-1)
    order = np.argsort(code, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1)


def _keypoints(
    people: AnnotatedPeople, rows: Int64[np.ndarray, " N"], fps: float
) -> tuple[Poses2d, np.ndarray, np.ndarray]:
    """The 2D joints of one clip, and for each row its frame and its person among them."""
    frames, frame = np.unique(people.frames[rows], return_inverse=True)
    persons, person = np.unique(people.persons[rows], return_inverse=True)
    if len(np.unique(frame * len(persons) + person)) < len(rows):
        raise InputError(
            f"'{people.root}': the clip '{people.sequences[rows[0]]}' lists a person twice in one frame; mend the data"
        )
    shape = (len(frames), len(persons), len(people.skeleton))
    joints, mask = np.zeros((*shape, 2), np.float32), np.zeros(shape, bool)
    joints[frame, person], mask[frame, person] = people.joints_px[rows], people.known_px[rows]
    size = (
        None
        if people.image_sizes is None
        else (int(people.image_sizes[rows[0], 0]), int(people.image_sizes[rows[0], 1]))
    )
    keypoints = Poses2d(
        skeleton=people.skeleton,
        joints=np.where(mask[..., None], joints, np.float32(0)),
        mask=mask,
        confidence=mask.astype(np.float32),
        times=(frames - frames[0]) / fps,
        person_ids=persons,
        image_size=size,
    )
    return keypoints, frame, person


def _camera(people: AnnotatedPeople, row: int) -> PinholeCamera | None:
    """The camera of a row without its lens distortion; None if the data do not tell."""
    if people.camera_matrices is None:
        return None
    matrix = people.camera_matrices[row].astype(np.float64)
    if not (np.isfinite(matrix).all() and matrix[0, 0] > 0 and matrix[1, 1] > 0):
        return None
    if people.image_sizes is None:
        width, height = (round(float(2 * centre)) + 1 for centre in (matrix[0, 2], matrix[1, 2]))
    else:
        width, height = people.image_sizes[row].tolist()
    return PinholeCamera(torch.from_numpy(matrix), (width, height), torch.zeros(5, dtype=torch.float64))
