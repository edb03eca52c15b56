"""Made-up estimates whose left and right, up and down are known by construction."""

from collections.abc import Callable

import numpy as np
import pytest

from maquette.body.catalog import H36M_17
from maquette.body.estimate import PoseEstimate
from maquette.body.people import Poses2d, Poses3d
from maquette.body.skeleton import Skeleton

SIZE = (320, 240)
_STANDING = {
    "pelvis": (0.0, 0.0, 0.0), "l_hip": (0.1, 0.0, 0.0), "l_knee": (0.1, 0.45, 0.0), "l_ankle": (0.1, 0.9, 0.0),
    "spine": (0.0, -0.25, 0.0), "thorax": (0.0, -0.5, 0.0), "nose": (0.0, -0.6, -0.08), "head_top": (0.0, -0.75, 0.0),
    "l_shoulder": (0.18, -0.5, 0.0), "l_elbow": (0.45, -0.5, 0.0), "l_wrist": (0.45, -0.75, 0.0),
}  # fmt: skip
"""Camera frame, facing the camera: the person's left is at the picture's right, the left hand is raised."""


def _joints(skeleton: Skeleton) -> np.ndarray:
    places = dict(_STANDING)
    for name, (x, y, z) in _STANDING.items():
        if name.startswith("l_"):
            places["r_" + name[2:]] = (-x, y, z)
    places["r_wrist"] = (-0.45, -0.25, 0.0)
    return np.array([places[name] for name in skeleton.joint_names])


@pytest.fixture
def make_estimate() -> Callable[..., PoseEstimate]:
    """Persons who stand side by side, 60 px apart in a picture of 320 x 240, at 80 px a metre."""

    def make(frames: int = 4, persons: int = 1, *, root: str | None = "pelvis", **changes: object) -> PoseEstimate:
        skeleton = H36M_17
        shape = (frames, persons, len(skeleton))
        joints = np.broadcast_to(_joints(skeleton), (*shape, 3)).copy()
        flat = joints[..., :2] * 80 + [160, 110]
        flat[..., 0] += (np.arange(persons) * 90 - (persons - 1) * 45)[None, :, None]
        shared = {
            "skeleton": skeleton,
            "mask": np.ones(shape, bool),
            "confidence": np.ones(shape),
            "times": np.arange(frames) / 25,
            "person_ids": np.arange(1, persons + 1),
        }
        poses = Poses3d(joints=joints, root=root, **shared)
        keypoints = Poses2d(joints=flat, image_size=SIZE, **shared)
        named = {"poses": poses, "keypoints": keypoints, "method": "lifting", "detector": "made up", **changes}
        return PoseEstimate(**named)

    return make


@pytest.fixture
def grey() -> np.ndarray:
    """A plain picture of the size that the made-up keypoints belong to."""
    return np.full((SIZE[1], SIZE[0], 3), 120, np.uint8)
