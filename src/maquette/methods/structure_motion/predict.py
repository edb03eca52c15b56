"""SAP-Net as an estimator: a top-down network for keypoints with depths, and what brings these into space."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8

from maquette.arrays import Progress, no_progress
from maquette.body.catalog import find_skeleton
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.geometry.camera import PinholeCamera, assume_camera
from maquette.inference.estimator import Estimated, PersonCrops
from maquette.inference.perspective import poses_from_depths
from maquette.inference.top_down import CropKeypoints
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.weights import read_bundled_sap, read_sap

_NAME = "structure-motion"


class SapTopDownNetwork:
    """A trained SAP-Net as a `TopDownNetwork`.

    Args:
        model: The network.
    """

    def __init__(self, model: SapNet) -> None:
        self.name = _NAME
        self.skeleton: Skeleton = find_skeleton(model.config.skeleton)
        self.size_px: int = model.config.size_px
        self._model = model.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def find_keypoints(self, crops: UInt8[np.ndarray, "P H W 3"]) -> CropKeypoints:
        """What is in these pictures."""
        pictures = torch.from_numpy(np.ascontiguousarray(crops.transpose(0, 3, 1, 2)))
        return CropKeypoints(*(part.float().numpy() for part in self._model.read(pictures)))


class StructureMotionEstimator:
    """Learning 3D Human Pose from Structure and Motion (Dabral et al., ECCV 2018), ready to use.

    Args:
        model: A trained network.
    """

    name = _NAME

    def __init__(self, model: SapNet) -> None:
        network = SapTopDownNetwork(model)
        self.skeleton = network.skeleton
        self.reads = PersonCrops(network)

    def estimate(
        self,
        keypoints: Poses2d,
        *,
        camera: PinholeCamera | None = None,
        independent_frames: bool = False,
        progress: Progress = no_progress,
    ) -> Estimated:
        """3D poses of all persons and frames, from keypoints with the depths that the network found.

        Raises:
            ConventionError: The keypoints have no depths.
        """
        poses = poses_from_depths(keypoints, camera)
        progress(keypoints.frame_count * keypoints.person_count, keypoints.frame_count * keypoints.person_count)
        notes = []
        if camera is None and keypoints.image_size is not None:
            focal = assume_camera(keypoints.image_size).focal
            notes.append(f"lens unknown: focal length assumed to be the picture's diagonal, {focal:.0f} px")
        return Estimated(poses, tuple(notes))


def open_method(weights: Path | None = None) -> StructureMotionEstimator:
    """The method with weights of a file, or with those that come along.

    Raises:
        InputError: The weights cannot be read.
    """
    return StructureMotionEstimator(read_bundled_sap() if weights is None else read_sap(weights))
