"""Methods judged on their own: the annotated 2D joints of a data set's people are lifted to predictions of them."""

from dataclasses import replace

import numpy as np

from maquette.arrays import Progress, no_progress
from maquette.data.annotated import AnnotatedPeople
from maquette.data.predicted import PredictedPeople
from maquette.errors import InputError
from maquette.evaluation.clip import RowPoints, estimate_people
from maquette.inference.estimator import Estimator
from maquette.inference.top_down import require_keypoints_enough


def lift_people(
    people: AnnotatedPeople, estimator: Estimator, *, fps: float | None = None, progress: Progress = no_progress
) -> PredictedPeople:
    """The method's 3D poses of everybody in the data whose 2D joints are annotated, relative to the root.

    See `maquette.evaluation.clip.estimate_people`.

    Args:
        people: With joints in the picture; nothing else of the truth is looked at.
        estimator: The method.
        fps: Frames per second of the clips.
        progress: Told how many of the people are done.

    Raises:
        InputError: Nobody could be lifted.
        SettingError: The method reads pictures.
    """
    require_keypoints_enough(estimator)
    joints = np.where(people.known_px[..., None], people.joints_px, np.float32(0))
    points = RowPoints(people.skeleton, joints, people.known_px.astype(np.float32))
    predicted = estimate_people(people, points, estimator, fps=fps, progress=progress)
    if not len(predicted):
        raise InputError(f"'{people.root}': nobody has enough annotated 2D joints to be lifted by '{estimator.name}'")
    note = f"3D by the method '{estimator.name}' from the annotated 2D joints"
    return replace(predicted, scores=None, notes=(note,))
