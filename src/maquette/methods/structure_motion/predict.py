"""SAP-Net as an estimator: a top-down network for keypoints with depths, and what brings these into space."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image

from maquette.arrays import Progress, no_progress
from maquette.body.catalog import find_skeleton
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.cache import VARIABLE as CACHE_VARIABLE
from maquette.errors import InputError, MissingExtraError
from maquette.geometry.camera import PinholeCamera, assume_camera
from maquette.inference.estimator import Estimated, PersonCrops
from maquette.inference.perspective import poses_from_depths
from maquette.inference.top_down import CropKeypoints, TopDownNetwork
from maquette.methods.onnx.kept import WEIGHTS_DIGEST, GraphPlace, find_place
from maquette.methods.onnx.session import GraphSession, Runtime, chosen_runtime, has_package
from maquette.methods.structure_motion.graph import OUTPUTS, sap_to_graph
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.weights import KIND, read_sap

_NAME = "structure-motion"
_MOST_APART = 1e-3
_CODE = ("nets", "fields", "metrics", "methods", "methods/onnx", "methods/backbone", "methods/structure_motion")
"""Folders of the package whose modules decide what the graph does."""


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


class SapGraphNetwork:
    """The ONNX graph of a SAP-Net as a `TopDownNetwork`.

    Args:
        session: Its graph (see `maquette.methods.structure_motion.graph`).

    Raises:
        InputError: It is another network's graph.
    """

    def __init__(self, session: GraphSession) -> None:
        if session.about.get("kind") != KIND or session.outputs != tuple(output.name for output in OUTPUTS):
            raise InputError(f"the graph holds {session.about.get('kind', 'something else')}, not {KIND}; give another")
        self.name = _NAME
        self.skeleton: Skeleton = find_skeleton(session.about["skeleton"])
        self.size_px = int(session.about["size_px"])
        self._session = session

    def find_keypoints(self, crops: UInt8[np.ndarray, "P H W 3"]) -> CropKeypoints:
        """What is in these pictures."""
        return CropKeypoints(*self._session(np.ascontiguousarray(crops.transpose(0, 3, 1, 2))))


class StructureMotionEstimator:
    """Learning 3D Human Pose from Structure and Motion (Dabral et al., ECCV 2018), ready to use.

    Args:
        model: A trained network, or what runs one.
    """

    name = _NAME

    def __init__(self, model: SapNet | TopDownNetwork) -> None:
        network = SapTopDownNetwork(model) if isinstance(model, SapNet) else model
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
        if (camera is None or not camera.is_lens_known) and keypoints.image_size is not None:
            focal = assume_camera(keypoints.image_size).focal
            notes.append(f"lens unknown: focal length assumed to be the picture's diagonal, {focal:.0f} px")
        return Estimated(poses, tuple(notes))


def open_method(weights: Path) -> StructureMotionEstimator:
    """The method with weights of a file.

    Raises:
        InputError: The weights cannot be read.
        MissingExtraError: ONNX Runtime is asked for and cannot be used.
    """
    return StructureMotionEstimator(open_network(weights))


def open_network(weights: Path) -> TopDownNetwork:
    """The network in a file of weights, run by what is chosen (see `maquette.methods.onnx.session.chosen_runtime`).

    ONNX Runtime comes before torch where it is installed. Its graph is made when weights are first used, which takes
    seconds, and kept in the cache folder. Where it is not installed, or the graph is not there and cannot be made or
    kept, torch runs the network.

    Raises:
        InputError: The weights cannot be read.
        MissingExtraError: ONNX Runtime is asked for and cannot be used.
    """
    runtime = chosen_runtime()
    if runtime == "torch" or (runtime == "any" and not has_package("onnxruntime")):
        return SapTopDownNetwork(read_sap(weights))
    place = find_place(weights, _CODE)
    kept = None if place is None else place.open()
    if kept is not None:
        return SapGraphNetwork(kept)
    model = read_sap(weights)
    made = _make_graph(model, place, runtime)
    return SapTopDownNetwork(model) if made is None else SapGraphNetwork(made)


def _make_graph(model: SapNet, place: GraphPlace | None, runtime: Runtime) -> GraphSession | None:
    """The graph of a network, made and kept; None where it need not be and cannot."""
    session = None
    if place is not None and (runtime == "onnxruntime" or has_package("onnx")):
        content = sap_to_graph(model, {WEIGHTS_DIGEST: place.digest})
        session = place.keep(content, lambda session: _agree(SapTopDownNetwork(model), SapGraphNetwork(session)))
    if session is None and runtime == "onnxruntime":
        raise MissingExtraError(
            "ONNX Runtime cannot run these weights here: their graph cannot be kept in the cache folder, or differs "
            f"from what torch gives; set {CACHE_VARIABLE} to a folder that can be written to, or use torch"
        )
    return session


def _agree(one: TopDownNetwork, other: TopDownNetwork) -> bool:
    """Whether both find the same in two pictures of soft spots, to a thousandth of a pixel and of a metre."""
    coarse = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    whole = (one.size_px, one.size_px)
    crops = np.stack([np.asarray(Image.fromarray(spots).resize(whole, Image.Resampling.BICUBIC)) for spots in coarse])
    found = zip(one.find_keypoints(crops), other.find_keypoints(crops), strict=True)
    return all(np.abs(mine - theirs).max() < _MOST_APART for mine, theirs in found)
