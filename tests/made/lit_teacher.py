"""A teacher of whom it is known what it finds: every bright disc is somebody who faces the camera."""

import numpy as np
import torch
from scipy import ndimage

from maquette.body.catalog import COCO_17
from maquette.inference.top_down import CropKeypoints
from maquette.methods.teacher.network import CentredNetwork
from maquette.nets.mobile import CentredMaps

_PLACES = {
    "nose": (0, -3.2), "eye": (0.2, -3.4), "ear": (0.4, -3.3), "shoulder": (0.8, -2), "elbow": (1.3, -1),
    "wrist": (1.5, 0), "hip": (0.5, 0.4), "knee": (0.6, 2), "ankle": (0.6, 3.4),
}  # fmt: skip
LAYOUT = np.array(
    [
        (across * (-1 if joint.startswith("r_") else 1), down)
        for joint in COCO_17.joint_names
        for across, down in [_PLACES[joint.removeprefix("l_").removeprefix("r_")]]
    ]
)
"""(17, 2) places of the joints around the disc's middle, in its radii: the person's left is at the picture's right."""


def disc_picture(size, discs):
    """Black (width, height) picture with bright discs (x, y, radius)."""
    rows, columns = np.mgrid[: size[1], : size[0]]
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    for x, y, radius in discs:
        picture[np.hypot(columns - x, rows - y) <= radius] = 255
    return picture


def joints_of(disc):
    """(17, 2) true joints of a disc."""
    return np.array(disc[:2]) + LAYOUT * disc[2]


def _find_discs(picture):
    """(x, y, radius) of every disc in (H, W) light."""
    named, count = ndimage.label(picture > 0.5)
    middles = ndimage.center_of_mass(named > 0, named, range(1, count + 1))
    areas = ndimage.sum_labels(named > 0, named, range(1, count + 1))
    return [(x, y, np.sqrt(area / np.pi)) for (y, x), area in zip(middles, areas, strict=True)]


class LitTeacher(CentredNetwork):
    """Finds discs; ``unsure`` joints are found with little confidence, ``shaky`` ones elsewhere in every view."""

    def __init__(self, unsure=(), shaky=()):
        self._confidence = np.full(17, 0.9)
        self._confidence[COCO_17.indices(*unsure)] = 0.1
        self._shaky, self._views = COCO_17.indices(*shaky), 0

    def find_keypoints(self, crops):
        joints, confidence = np.zeros((len(crops), 17, 2)), np.zeros((len(crops), 17))
        self._views += 1
        for row, crop in enumerate(crops):
            discs = _find_discs(crop[..., 0] / 255)
            if discs:
                middle = np.array(crop.shape[1::-1]) / 2
                disc = min(discs, key=lambda one: np.hypot(*(np.array(one[:2]) - middle)))
                joints[row], confidence[row] = joints_of(disc), self._confidence
                joints[row, self._shaky] += disc[2] * (-1) ** self._views
        return CropKeypoints(joints, confidence, np.zeros_like(confidence), np.zeros(len(crops)))

    def read_maps(self, pictures):
        light = pictures[:1, 0].float() / 255
        height, width = light.shape[-2] // 4, light.shape[-1] // 4
        heat, centre = torch.full((1, 17, height, width), -9.0), torch.full((1, 1, height, width), -9.0)
        regress, offset = torch.zeros(1, 34, height, width), torch.zeros(1, 34, height, width)
        for x, y, radius in _find_discs(light[0].numpy()):
            row, column = (min(int((place + 0.5) / 4), most - 1) for place, most in ((y, height), (x, width)))
            centre[0, 0, row, column] = 4.0
            cells = (joints_of((x, y, radius)) + 0.5) / 4
            regress[0, :, row, column] = torch.from_numpy((cells - (column, row))[:, ::-1].ravel().copy())
            inside = np.floor(cells).astype(int).clip(0, (width - 1, height - 1))
            heat[0, np.arange(17), inside[:, 1], inside[:, 0]] = 4.0
            moved = torch.from_numpy(np.clip(cells - inside, 0, 1)).float()
            offset[0, 2 * np.arange(17), inside[:, 1], inside[:, 0]] = moved[:, 1]
            offset[0, 2 * np.arange(17) + 1, inside[:, 1], inside[:, 0]] = moved[:, 0]
        return CentredMaps(heat, centre, regress, offset, torch.zeros(1, 24, height, width))
