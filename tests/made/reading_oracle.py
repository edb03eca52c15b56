"""A method that reads pictures and is always right: each person's shade of grey tells it who that is."""

import numpy as np

from maquette.body.catalog import H36M_17
from maquette.data.annotated import AnnotatedPeople
from maquette.data.views.boxes import find_person_boxes
from maquette.inference.crop import MARGIN
from maquette.inference.estimator import Estimated, PersonCrops
from maquette.inference.perspective import poses_from_depths
from maquette.inference.top_down import CropKeypoints

STEP = 12
"""Shades between one person and the next."""


def shade(row: int) -> int:
    """The grey of the picture of the person of that row."""
    return STEP * (row + 1)


class Oracle:
    """A top-down method and its `TopDownNetwork` at once, which knows the people who will be shown."""

    name, skeleton, size_px = "oracle", H36M_17, 48

    def __init__(self, people: AnnotatedPeople, *, is_blind_to: tuple[int, ...] = ()) -> None:
        self.truth = people.mapped_to(H36M_17, exact_only=True)
        self.boxes = find_person_boxes(people).astype(np.float64)
        self.is_blind_to = is_blind_to
        self.batches: list[int] = []

    @property
    def reads(self) -> PersonCrops:
        return PersonCrops(self)

    def find_keypoints(self, crops: np.ndarray) -> CropKeypoints:
        self.batches.append(len(crops))
        rows = np.rint(crops[:, 20:28, 20:28].mean(axis=(1, 2, 3)) / STEP).astype(int) - 1
        truth, boxes = self.truth, self.boxes[rows]
        sides = MARGIN * boxes[:, 2:].max(axis=1)[:, None, None]
        corners = (boxes[:, :2] + boxes[:, 2:] / 2)[:, None] - sides / 2
        scale = self.size_px / sides
        joints = (truth.joints_px[rows] - corners) * scale - 0.5
        space = truth.joints_m[rows].astype(np.float64)
        roots = space[:, [H36M_17.index("pelvis")], 2]
        focal = 1.0 if truth.camera_matrices is None else truth.camera_matrices[rows, 0, 0][:, None]
        depths = (space[..., 2] - roots) / np.where(roots > 0, roots, 1) * focal * scale[..., 0]
        bones = np.array(H36M_17.bones)
        sizes = np.linalg.norm(space[:, bones[:, 0]] - space[:, bones[:, 1]], axis=-1).sum(axis=-1)
        confidence = np.where(np.isin(rows, self.is_blind_to)[:, None], 0.0, np.full(depths.shape, 0.8))
        return CropKeypoints(joints, confidence, depths, sizes)

    def estimate(self, keypoints, *, camera=None, independent_frames=False, progress=None) -> Estimated:
        return Estimated(poses_from_depths(keypoints, camera), ())
