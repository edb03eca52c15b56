"""Methods that read pictures, judged: everybody in a data set is cut out around the true box, and read."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int64

from maquette.arrays import Picture, Progress, no_progress
from maquette.data.annotated import AnnotatedPeople
from maquette.data.predicted import PredictedPeople
from maquette.data.views.boxes import person_boxes
from maquette.data.views.frames import read_pictures
from maquette.errors import InputError
from maquette.evaluation.clip import RowPoints, estimate_people
from maquette.inference.crop import MARGIN, cut_out
from maquette.inference.top_down import CropReading, PictureEstimator, PictureReader, read_squares

BATCH = 64
"""People who are read at a time."""


class _PeopleReader:
    """Collects what a method reads of the rows of a data set, in batches.

    Args:
        reader: The method.
        squares: (x, y of the upper left corner, side) in pixels around every row.
        progress: Told how many of the rows are done.
    """

    def __init__(self, reader: PictureReader, squares: Float[np.ndarray, "N 3"], progress: Progress) -> None:
        self._reader, self._squares, self._progress = reader, squares, progress
        count, joints = len(squares), len(reader.skeleton)
        self._read_so_far = CropReading(
            np.zeros((count, joints, 2)), np.zeros((count, joints)), np.zeros((count, joints)), np.zeros(count)
        )
        self._crops: list[Picture] = []
        self._rows: list[int] = []
        self._done = 0

    def show(self, picture: Picture, rows: Int64[np.ndarray, " n"]) -> None:
        """Looks at the people of these rows in their picture."""
        for row in rows.tolist():
            self._crops.append(cut_out(picture, self._squares[row], self._reader.size_px))
            self._rows.append(row)
            if len(self._rows) == BATCH:
                self._read()

    def finish(self) -> RowPoints:
        """Everything that was read, in pixels of the pictures; rows that were never shown are unknown."""
        if self._rows:
            self._read()
        return RowPoints(self._reader.skeleton, *self._read_so_far)

    def _read(self) -> None:
        rows = np.array(self._rows)
        reading = read_squares(self._reader, np.stack(self._crops), self._squares[rows])
        for into, values in zip(self._read_so_far, reading, strict=True):
            into[rows] = values
        self._crops, self._rows = [], []
        self._done += len(rows)
        self._progress(self._done, len(self._squares))


def read_people(
    people: AnnotatedPeople, reader: PictureReader, *, progress: Progress = no_progress
) -> tuple[RowPoints, tuple[str, ...]]:
    """What the method reads of everybody in the data, and one sentence for everything that could not be read.

    People are cut out around their true box, `MARGIN` times as large, as the published works do; nothing else of the
    truth is looked at. Without a box it goes around their true joints.

    Args:
        people: With their pictures, or as `maquette.data.shards.reader.read_shards` gives them.
        reader: The method.
        progress: Told how many of the people are done.

    Raises:
        InputError: The data name no pictures, or not one can be read.
    """
    boxes = person_boxes(people).astype(np.float64)
    shown = np.flatnonzero((people.pictures != "") & (boxes[:, 2:].max(axis=1, initial=0) > 0))
    if not len(shown):
        raise InputError(
            f"the method '{reader.name}' reads pictures, but '{people.root}' names none of people with a box; put the "
            "data set's pictures there, or judge a method that lifts"
        )
    skipped: list[str] = []
    collected = _PeopleReader(reader, _squares(boxes), progress)
    for rows, picture in read_pictures(people.select(shown), on_skip=skipped.append):
        collected.show(picture, shown[rows])
    points = collected.finish()
    if not points.confidence.any():
        raise InputError(skipped[0] if skipped else f"'{reader.name}' read nothing in the pictures of '{people.root}'")
    return points, tuple(skipped)


def predict_people(
    people: AnnotatedPeople, estimator: PictureEstimator, *, fps: float | None = None, progress: Progress = no_progress
) -> PredictedPeople:
    """The method's poses of everybody in the data, read in the pictures; see `read_people` for how.

    Args:
        people: With their pictures.
        estimator: The method; it is given whole clips, and the cameras where the data tell them.
        fps: Frames per second of the clips.
        progress: Told how many of the people have been read.

    Raises:
        InputError: The data name no pictures, or nobody could be read.
    """
    points, skipped = read_people(people, estimator.reader, progress=progress)
    predicted = estimate_people(people, points, estimator, fps=fps)
    if not len(predicted):
        raise InputError(f"'{people.root}': the method '{estimator.name}' could read nobody in the pictures")
    notes = (f"read by the method '{estimator.name}' in the pictures, cut out around the true boxes",)
    if skipped:
        notes += (f"pictures or videos that could not be read: {len(skipped)}, the first: {skipped[0]}",)
    return replace(predicted, notes=notes)


def _squares(boxes: Float[np.ndarray, "N 4"]) -> Float[np.ndarray, "N 3"]:
    sides = np.maximum(MARGIN * boxes[:, 2:].max(axis=1, keepdims=True), 1.0)
    return np.concatenate([boxes[:, :2] + (boxes[:, 2:] - sides) / 2, sides], axis=1)
