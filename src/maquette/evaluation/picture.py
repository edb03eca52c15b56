"""Keypoints that methods find in the pictures of a data set: in crops around the true boxes, or in whole pictures."""

import numpy as np
import torch
from jaxtyping import Float, Int64
from scipy.optimize import linear_sum_assignment

from maquette.arrays import Picture, Progress, no_progress
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.views.boxes import find_person_boxes
from maquette.data.views.frames import read_pictures
from maquette.errors import InputError
from maquette.evaluation.clip import RowKeypoints
from maquette.inference.crop import MARGIN, cut_out_square
from maquette.inference.detectors.protocol import Detection, Detector
from maquette.inference.top_down import CropKeypoints, TopDownNetwork, find_in_squares, look_at
from maquette.metrics.region import box_iou, keypoint_box

BATCH = 64
"""Crops that a network is shown at a time."""

LEAST_OVERLAP = 0.1
"""Who is found with a box of less overlap (intersection over union) with a true box is somebody else."""


class _CropReader:
    """Collects what a network finds of the rows of a data set, in batches.

    Args:
        network: Looks at the crops.
        squares: (x, y of the upper left corner, side) in pixels around every row.
        looks: How often it looks at each; more than once goes picture by picture.
        progress: Told how many of the rows are done.
    """

    def __init__(
        self, network: TopDownNetwork, squares: Float[np.ndarray, "N 3"], *, looks: int, progress: Progress
    ) -> None:
        self._network, self._squares, self._looks, self._progress = network, squares, looks, progress
        count, joints = len(squares), len(network.skeleton)
        self._found = CropKeypoints(
            np.zeros((count, joints, 2)), np.zeros((count, joints)), np.zeros((count, joints)), np.zeros(count)
        )
        self._crops: list[Picture] = []
        self._rows: list[int] = []
        self._done = 0

    def show(self, picture: Picture, rows: Int64[np.ndarray, " n"]) -> None:
        """Looks at the people of these rows in their picture."""
        if self._looks > 1:
            self._keep(rows, look_at(self._network, picture, self._squares[rows], looks=self._looks))
            return
        for row in rows.tolist():
            self._crops.append(cut_out_square(picture, self._squares[row], self._network.size_px))
            self._rows.append(row)
            if len(self._rows) == BATCH:
                self._look()

    def finish(self) -> RowKeypoints:
        """Everything that was found, in pixels of the pictures; rows that were never shown are unknown."""
        if self._rows:
            self._look()
        return RowKeypoints(self._network.skeleton, *self._found)

    def _look(self) -> None:
        rows = np.array(self._rows)
        self._keep(rows, find_in_squares(self._network, np.stack(self._crops), self._squares[rows]))
        self._crops, self._rows = [], []

    def _keep(self, rows: Int64[np.ndarray, " n"], found: CropKeypoints) -> None:
        for into, values in zip(self._found, found, strict=True):
            into[rows] = values
        self._done += len(rows)
        self._progress(self._done, len(self._squares))


def find_in_crops(
    people: AnnotatedPeople, network: TopDownNetwork, *, looks: int = 1, progress: Progress = no_progress
) -> tuple[RowKeypoints, tuple[str, ...]]:
    """What a network finds of everybody in the data, and one sentence for everything that could not be read.

    People are cut out around their true box, `MARGIN` times as large, as the published works do; nothing else of the
    truth is looked at. Without a box it goes around their true joints.

    Args:
        people: With their pictures, or as `maquette.data.shards.reader.read_shards` gives them.
        network: Of the method.
        looks: How often it looks at each person; from the second time on, the joints that it found say where.
        progress: Told how many of the people are done.

    Raises:
        InputError: The data name no pictures, or not one can be read.
    """
    boxes, shown = _find_shown(people, network.name)
    skipped: list[str] = []
    reader = _CropReader(network, _squares(boxes), looks=looks, progress=progress)
    for rows, picture in read_pictures(people.select(shown), on_skip=skipped.append):
        reader.show(picture, shown[rows])
    return _require_found(reader.finish(), people, network.name, skipped)


def find_in_pictures(
    people: AnnotatedPeople, detector: Detector, *, progress: Progress = no_progress
) -> tuple[RowKeypoints, tuple[str, ...]]:
    """Whom a detector finds in the whole pictures of the data, given to the true people whose boxes they overlap most.

    Those found beyond the true people are left out.

    Args:
        people: With their pictures, as for `find_in_crops`; their boxes say who is who.
        detector: Finds everybody in a picture.
        progress: Told how many of the people are done.

    Raises:
        InputError: The data name no pictures, or not one can be read.
    """
    boxes, shown = _find_shown(people, detector.name)
    skipped: list[str] = []
    found: list[tuple[Int64[np.ndarray, " n"], Detection]] = []
    done = 0
    for rows, picture in read_pictures(people.select(shown), on_skip=skipped.append):
        detection = detector.detect(picture)
        at, who = _assign(boxes[shown[rows]], detection)
        found.append((shown[rows][at], detection.select(who)))
        done += len(rows)
        progress(done, len(people))
    return _require_found(_gather_rows(found, len(people), detector.skeleton), people, detector.name, skipped)


def _gather_rows(
    found: list[tuple[Int64[np.ndarray, " n"], Detection]], count: int, skeleton: Skeleton
) -> RowKeypoints:
    """Detections in the rows that they belong to; depths and sizes where any detection gives them."""
    joints, confidence = np.zeros((count, len(skeleton), 2)), np.zeros((count, len(skeleton)))
    depths, sizes_m = np.zeros((count, len(skeleton))), np.zeros(count)
    for rows, detection in found:
        joints[rows], confidence[rows] = detection.joints, detection.confidence
        depths[rows] = 0.0 if detection.depths is None else detection.depths
        sizes_m[rows] = 0.0 if detection.sizes_m is None else detection.sizes_m
    has_depths = any(detection.depths is not None for _, detection in found)
    return RowKeypoints(skeleton, joints, confidence, depths if has_depths else None, sizes_m)


def _find_shown(people: AnnotatedPeople, name: str) -> tuple[Float[np.ndarray, "N 4"], Int64[np.ndarray, " n"]]:
    """Everybody's box, and the rows that have a box and a picture."""
    boxes = find_person_boxes(people).astype(np.float64)
    shown = np.flatnonzero((people.pictures != "") & (boxes[:, 2:].max(axis=1, initial=0) > 0))
    if not len(shown):
        raise InputError(
            f"the method '{name}' reads pictures, but '{people.root}' names none of people with a box; put the "
            "data set's pictures there, or judge a method that lifts"
        )
    return boxes, shown


def _require_found(
    found: RowKeypoints, people: AnnotatedPeople, name: str, skipped: list[str]
) -> tuple[RowKeypoints, tuple[str, ...]]:
    """What was found and what was skipped, if anything was found at all."""
    if not found.confidence.any():
        raise InputError(skipped[0] if skipped else f"'{name}' read nothing in the pictures of '{people.root}'")
    return found, tuple(skipped)


def _assign(boxes: Float[np.ndarray, "n 4"], found: Detection) -> tuple[np.ndarray, np.ndarray]:
    """Which of the true boxes goes to which of those found, so that the sum of the overlaps is greatest."""
    around = keypoint_box(torch.from_numpy(found.joints).double(), torch.from_numpy(found.confidence > 0))
    shape = (len(boxes), len(around), 4)
    overlap = box_iou(around[None].expand(shape), torch.from_numpy(boxes)[:, None].expand(shape)).nan_to_num().numpy()
    at, who = linear_sum_assignment(overlap, maximize=True)
    is_same = overlap[at, who] >= LEAST_OVERLAP
    return at[is_same], who[is_same]


def _squares(boxes: Float[np.ndarray, "N 4"]) -> Float[np.ndarray, "N 3"]:
    sides = np.maximum(MARGIN * boxes[:, 2:].max(axis=1, keepdims=True), 1.0)
    return np.concatenate([boxes[:, :2] + (boxes[:, 2:] - sides) / 2, sides], axis=1)
