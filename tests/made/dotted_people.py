"""People painted as dots, a colour for each joint, and methods that find the dots and their depths again."""

import numpy as np

from maquette.body.catalog import COCO_17, H36M_17
from maquette.body.mapping import source_to_target
from maquette.inference.detectors.protocol import Detection, empty_detection
from maquette.inference.estimator import Estimated, PersonCrops, WholePictures
from maquette.inference.perspective import poses_from_depths
from maquette.inference.top_down import CropKeypoints

RADIUS_PX = 2.5
SIZE_M = 3.6
SHADE = 40.0
_UPRIGHT = {
    "pelvis": (0, 0), "spine": (0, -24), "thorax": (0, -47), "nose": (2, -66), "head_top": (0, -80), "hip": (11, 0),
    "knee": (14, 41), "ankle": (16, 83), "shoulder": (17, -46), "elbow": (30, -24), "wrist": (36, 2),
}  # fmt: skip
"""Centimetres to the picture's right (of left joints) and down from the pelvis."""


def dotted_joints(pelvis: tuple[float, float], scale: float, seed: int = 0) -> np.ndarray:
    """(17, 2) pixels of somebody who faces the camera, ``scale`` pixels for a centimetre."""
    generator = np.random.default_rng(seed)
    places = []
    for joint in H36M_17.joint_names:
        across, down = _UPRIGHT[joint.removeprefix("l_").removeprefix("r_")]
        places.append((-across if joint.startswith("r_") else across, down))
    return np.array(pelvis) + scale * (np.array(places) + generator.normal(0, 1, (17, 2)))


def dotted_picture(people: list[np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """Black, with a dot at each joint; red over green tells which one it is, blue over green whose."""
    rows, columns = np.mgrid[: size[1], : size[0]]
    picture = np.zeros((size[1], size[0], 3))
    for number, joints in enumerate(people):
        for index, (x, y) in enumerate(joints):
            cover = np.clip(RADIUS_PX + 0.5 - np.hypot(columns - x, rows - y), 0, 1)[..., None]
            picture = np.maximum(picture, cover * [index * 15.0, 240.0, SHADE * (number + 1)])
    return picture.round().astype(np.uint8)


class DotNetwork:
    """A `TopDownNetwork` of dots: a joint's depth is its height above the pelvis, everybody's size is `SIZE_M`."""

    name, skeleton = "dots", H36M_17

    def __init__(self, size_px: int = 128) -> None:
        self.size_px = size_px
        self.batches: list[np.ndarray] = []

    def find_keypoints(self, crops: np.ndarray) -> CropKeypoints:
        self.batches.append(crops)
        light = crops[..., 1].astype(np.float64)
        which = np.where(light > 60, np.rint(crops[..., 0] / np.maximum(light, 1) * 16), -1)
        weights = light[:, None] * (which[:, None] == np.arange(17)[:, None, None])
        total = weights.sum(axis=(-1, -2))
        rows, columns = np.mgrid[: crops.shape[1], : crops.shape[2]]
        joints = np.stack([(weights * axis).sum(axis=(-1, -2)) for axis in (columns, rows)], axis=-1)
        joints = joints / np.maximum(total, 1)[..., None]
        confidence = np.where(total > 0, 0.9, 0.0)
        depths = np.where(total > 0, joints[:, :1, 1] - joints[..., 1], 0.0)
        return CropKeypoints(joints, confidence, depths, np.full(len(crops), SIZE_M))


class DotEstimator:
    """A top-down method of dots."""

    name, skeleton = "dots", H36M_17

    def __init__(self) -> None:
        self.reads = PersonCrops(DotNetwork())

    def estimate(self, keypoints, *, camera=None, independent_frames=False, progress=None) -> Estimated:
        return Estimated(poses_from_depths(keypoints, camera), ("dots have been joined",))


class EverybodyDetector:
    """A `Detector` of all dotted people of a whole picture at once, with depths; the last one drawn comes first."""

    name, skeleton, notes = "everybody", H36M_17, ("everybody is found at once",)

    def __init__(self) -> None:
        self.is_closed = False

    def detect(self, picture: np.ndarray) -> Detection:
        light = np.maximum(picture[..., 1].astype(np.float64), 1)
        owner = np.where(picture[..., 1] > 60, np.rint(picture[..., 2] / light * 240 / SHADE), 0)
        alone = [np.where((owner == number)[..., None], picture, 0) for number in range(int(owner.max()), 0, -1)]
        if not alone:
            return empty_detection(H36M_17)
        return Detection(*(part.astype(np.float32) for part in DotNetwork().find_keypoints(np.stack(alone))))

    def close(self) -> None:
        self.is_closed = True


class EverybodyEstimator(DotEstimator):
    """A bottom-up method of dots."""

    name = "everybody"

    def __init__(self) -> None:
        self.reads = WholePictures(EverybodyDetector())


class RoughDetector:
    """A `Detector` that knows where the dotted people are, but not well, picture after picture."""

    name, skeleton, notes = "rough", COCO_17, ("the detector is rough",)

    def __init__(self, pictures: list[list[np.ndarray]], error_px: float = 3.0) -> None:
        self.pictures, self.error_px, self.shown, self.is_closed = pictures, error_px, 0, False

    def detect(self, picture: np.ndarray) -> Detection:
        people = self.pictures[self.shown % len(self.pictures)]
        self.shown += 1
        if not people:
            return empty_detection(COCO_17)
        mapping = source_to_target(H36M_17, COCO_17)
        mask = mapping.mask(np.ones((len(people), 17), bool))
        off = np.random.default_rng(self.shown).normal(0, self.error_px, (len(people), 17, 2))
        joints = np.where(mask[..., None], mapping.joints(np.array(people)) + off, 0)
        return Detection(joints.astype(np.float32), np.where(mask, 0.8, 0).astype(np.float32))

    def close(self) -> None:
        self.is_closed = True
