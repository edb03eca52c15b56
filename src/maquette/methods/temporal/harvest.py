"""From a data set of clips and what a method predicted of them to `ClipPoses`, which TP-Net learns from."""

from pathlib import Path

import numpy as np
from jaxtyping import Float

from maquette.data.annotated import AnnotatedPeople
from maquette.data.benchmark import find_benchmark
from maquette.data.predicted import PredictedPeople
from maquette.data.shards.index import INDEX_NAME
from maquette.data.shards.reader import read_shards
from maquette.errors import InputError, SettingError
from maquette.evaluation.prediction import predict_people
from maquette.methods.onnx.session import use_runtime
from maquette.methods.temporal.clips import ClipPoses, read_clip_poses
from maquette.training.context import TrainingContext

METHOD = "structure-motion"
"""Whose poses are refined, unless the user says otherwise."""


def clips_of(data: Path, method: str | None, context: TrainingContext, weights: Path | None = None) -> ClipPoses:
    """Poses of clips: those of a file, or what a method makes of rendered clips.

    Args:
        data: An NPZ file of `ClipPoses`, or a folder of rendered clips.
        method: Reads the pictures of rendered clips.
        context: Opens the method.
        weights: Of the method, in place of its own.

    Raises:
        InputError: Neither can be read.
        SettingError: The method reads no pictures, or there are none to read.
    """
    if not has_pictures(data):
        for option, given in (("method", method), ("weights", weights)):
            if given is not None:
                raise SettingError(f"--{option} is for rendered clips, but '{data}' holds poses already; leave it out")
        return read_clip_poses(data)
    people = read_shards(data)
    with use_runtime("torch"):  # what is learnt from must not depend on what else is installed
        estimator = context.open_method(method or METHOD, weights)
    if not estimator.reads.needs_pictures:
        raise SettingError(f"the method '{method}' reads no pictures; give a file of its poses as --data")
    fps = find_benchmark("synthetic").fps
    assert fps is not None
    predicted = predict_people(people, estimator, fps=fps, progress=context.progress)
    return harvest_clips(people, predicted, fps=fps)


def has_pictures(data: Path) -> bool:
    """Whether these are rendered clips, and no file of poses."""
    return (data / INDEX_NAME).is_file()


def harvest_clips(people: AnnotatedPeople, predicted: PredictedPeople, *, fps: float) -> ClipPoses:
    """Predicted and true poses side by side, a row for every person of every clip.

    A frame is known where prediction and truth know every joint. Photographs are no clips and are left out.

    Args:
        people: The truth.
        predicted: On any skeleton that can be had from the truth's.
        fps: Of the clips.

    Raises:
        InputError: No clip has a frame that both know, or people share a picture and predictions do not say who is who.
    """
    truth = people.mapped_to(predicted.skeleton)
    rows = _rows_of(truth, predicted)
    found = np.flatnonzero((rows >= 0) & (truth.sequences != ""))
    if predicted.joints_m is None or predicted.known_m is None or not len(found):
        raise InputError(
            f"{predicted.source}: no pose in a clip of '{people.root}' is predicted; predict the people of clips"
        )
    truth, at = truth.select(found), rows[found]
    root = truth.skeleton.index(truth.skeleton.root)
    who = np.char.add(np.char.add(truth.sequences.astype(str), "/"), truth.persons.astype(str))
    clips, clip = np.unique(who, return_inverse=True)
    first = np.full(len(clips), np.iinfo(np.int64).max)
    np.minimum.at(first, clip, truth.frames)
    frame = truth.frames - first[clip]
    shape = (len(clips), int(frame.max()) + 1, len(truth.skeleton), 3)
    given, true = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    given[clip, frame] = _about(predicted.joints_m[at], root)
    true[clip, frame] = _about(truth.joints_m, root)
    known = np.zeros(shape[:2], bool)
    known[clip, frame] = np.all(truth.known_m & predicted.known_m[at], axis=1)
    if not known.any():
        raise InputError(f"{predicted.source}: no pose of '{people.root}' is known as a whole; predict all joints")
    subject = np.full(len(clips), "", dtype=object)
    subject[clip] = truth.subjects
    return ClipPoses(
        skeleton=truth.skeleton,
        predicted=np.where(known[..., None, None], given, np.float32(0)),
        true=np.where(known[..., None, None], true, np.float32(0)),
        known=known,
        fps=fps,
        subjects=tuple(str(name) for name in subject) if (subject != "").all() else (),
    )


def _rows_of(truth: AnnotatedPeople, predicted: PredictedPeople) -> np.ndarray:
    """The prediction's row for each row of the truth; -1 where there is none."""
    if predicted.persons is None and len(np.unique(truth.keys)) < len(truth):
        raise InputError(f"{predicted.source}: people of '{truth.root}' share a picture; say who is who with 'persons'")
    persons = np.zeros(len(predicted), np.int64) if predicted.persons is None else predicted.persons
    places = {pair: row for row, pair in enumerate(zip(predicted.keys.tolist(), persons.tolist(), strict=True))}
    own = np.zeros(len(truth), np.int64) if predicted.persons is None else truth.persons
    return np.array([places.get(pair, -1) for pair in zip(truth.keys.tolist(), own.tolist(), strict=True)], np.int64)


def _about(joints: Float[np.ndarray, "N J 3"], root: int) -> Float[np.ndarray, "N J 3"]:
    return (joints - joints[:, [root]]).astype(np.float32)
