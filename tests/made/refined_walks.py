"""The example's walk as a lifter with errors gives it, for tests of the fit over a track."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from maquette.arrays import no_progress
from maquette.body.catalog import H36M_17
from maquette.body.people import Poses2d, Poses3d
from maquette.geometry.camera import PinholeCamera
from maquette.inference.estimator import AnyKeypoints, Estimated
from maquette.inference.fitting import hold_bone_lengths
from maquette.inference.smoothing import low_pass
from maquette.io.camera import read_camera

_EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "data"


class Walk(NamedTuple):
    """Somebody who walks, alone in a video."""

    poses: Poses3d
    """As lifted: relative to the root, bones held."""
    keypoints: Poses2d
    camera: PinholeCamera
    truth: np.ndarray
    """(F, 17, 3) in the camera frame, metres."""

    def at(self, frames: np.ndarray | slice) -> "Walk":
        """Some of the frames."""
        picked = np.arange(len(self.truth))[frames]
        poses, keypoints = self.poses.select_frames(picked), self.keypoints.select_frames(picked)
        return Walk(poses, keypoints, self.camera, self.truth[picked])


def make_walk(*, seed: int = 0, error_m: float = 0.03, error_px: float = 2.0) -> Walk:
    """Lifted with errors that last a while, twice as large along the line of sight as across; the truth is 30 fps."""
    camera = read_camera(_EXAMPLE / "walk_camera.json")
    with np.load(_EXAMPLE / "walk_truth.npz", allow_pickle=False) as file:
        truth = camera.in_camera(torch.from_numpy(file["joints"]).double()).numpy()
    rng = np.random.default_rng(seed)
    times = np.arange(len(truth)) / 30
    slow = low_pass(rng.normal(size=truth.shape), times, 2.0)
    errors = error_m * (slow / slow.std() + 0.15 * rng.normal(size=truth.shape)) * np.array([1.0, 1.0, 2.0])
    lifted = truth - truth[:, :1] + errors * (np.arange(17) > 0)[:, None]
    pixels = camera.project(torch.from_numpy(truth)).numpy() + error_px * rng.normal(size=(*truth.shape[:2], 2))
    mask = np.ones((len(truth), 1, 17), bool)
    both = {"skeleton": H36M_17, "mask": mask, "times": times, "person_ids": np.array([1])}
    x, y, z = camera.rotation[:, 2].tolist()
    poses = Poses3d(
        joints=lifted[:, None].astype(np.float32),
        confidence=0.7 * mask.astype(np.float32),
        uncertainty=np.full(mask.shape, 2.5 * error_m, np.float32),  # over the three axes
        up=(x, y, z),
        **both,
    )
    keypoints = Poses2d(
        joints=pixels[:, None].astype(np.float32),
        confidence=0.9 * mask.astype(np.float32),
        image_size=camera.image_size,
        **both,
    )
    return Walk(hold_bone_lengths(poses), keypoints, camera, truth)


class WalkLifter:
    """An `Estimator` that answers with the walk as it was lifted."""

    name, skeleton, reads = "walk-lifter", H36M_17, AnyKeypoints()

    def __init__(self, walk: Walk) -> None:
        self._poses = walk.poses

    def estimate(self, keypoints, *, camera=None, independent_frames=False, progress=no_progress) -> Estimated:
        """The poses of as many frames as are asked for."""
        return Estimated(self._poses.select_frames(np.arange(keypoints.frame_count)), ())
