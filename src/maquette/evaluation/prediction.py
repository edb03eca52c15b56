"""What a method predicts of a data set's people: from annotated keypoints, from crops, or from whole pictures."""

from dataclasses import replace

import numpy as np

from maquette.arrays import Progress, no_progress
from maquette.data.annotated import AnnotatedPeople
from maquette.data.predicted import PredictedPeople
from maquette.errors import InputError
from maquette.evaluation.clip import RowKeypoints, estimate_people
from maquette.evaluation.picture import find_in_crops, find_in_pictures
from maquette.inference.estimator import AnyKeypoints, Estimator, PersonCrops, WholePictures
from maquette.inference.top_down import describe_reading


def predict_people(
    people: AnnotatedPeople, estimator: Estimator, *, fps: float | None = None, progress: Progress = no_progress
) -> PredictedPeople:
    """The method's 3D poses of everybody in the data, relative to the root.

    A lifter is given the annotated 2D joints. A top-down method is shown crops around the true boxes, a bottom-up one
    the whole pictures, of which it keeps whom the true boxes point out. Nothing else of the truth is looked at. Clips
    are given to the method whole; see `maquette.evaluation.clip.estimate_people`.

    Args:
        people: With joints in the picture, or with their pictures.
        estimator: The method; it is told the cameras where the data know them.
        fps: Frames per second of the clips.
        progress: Told how many of the people are done.

    Raises:
        InputError: The data lack what the method reads, or it finds nobody.
    """
    match estimator.reads:
        case AnyKeypoints():
            return _lift(people, estimator, fps, progress)
        case PersonCrops(network, looks):
            found, skipped = find_in_crops(people, network, looks=looks, progress=progress)
            where = f"cut out around the true boxes; {describe_reading(network, looks)}"
        case WholePictures(detector):
            found, skipped = find_in_pictures(people, detector, progress=progress)
            where = "people told apart by the true boxes"
    predicted = estimate_people(people, found, estimator, fps=fps)
    if not len(predicted):
        raise InputError(f"'{people.root}': the method '{estimator.name}' could read nobody in the pictures")
    notes = (f"read by the method '{estimator.name}' in the pictures, {where}",)
    if skipped:
        notes += (f"pictures or videos that could not be read: {len(skipped)}, the first: {skipped[0]}",)
    return replace(predicted, notes=notes)


def _lift(people: AnnotatedPeople, estimator: Estimator, fps: float | None, progress: Progress) -> PredictedPeople:
    joints = np.where(people.known_px[..., None], people.joints_px, np.float32(0))
    annotated = RowKeypoints(people.skeleton, joints, people.known_px.astype(np.float32))
    predicted = estimate_people(people, annotated, estimator, fps=fps, progress=progress)
    if not len(predicted):
        raise InputError(f"'{people.root}': nobody has enough annotated 2D joints to be lifted by '{estimator.name}'")
    note = f"3D by the method '{estimator.name}' from the annotated 2D joints"
    return replace(predicted, scores=None, notes=(note,))
