"""The network that comes along as one that finds people: MoveNet's heads, which the assisted backbone has kept."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8

from maquette.arrays import Picture
from maquette.errors import InputError
from maquette.inference.people_search import FoundPeople
from maquette.inference.top_down import CropKeypoints
from maquette.methods.backbone.network import MobileBackbone
from maquette.methods.backbone.weights import BUNDLED_STARTS, read_backbone
from maquette.methods.bundled import find_bundled
from maquette.methods.onnx.kept import WEIGHTS_DIGEST, GraphPlace, find_place
from maquette.methods.onnx.session import GraphSession, chosen_runtime, has_package
from maquette.methods.teacher.finding import find_people
from maquette.methods.teacher.graph import GraphCentredNetwork, centred_to_graph
from maquette.methods.teacher.network import CentredNetwork
from maquette.nets.mobile import CentredPyramid, InvertedResiduals

WEIGHTS = BUNDLED_STARTS["compact"]
"""Name of the weights that come along and hold the heads."""
LONG_SIDES_PX = (320, 640)
"""At which sizes a whole picture is looked at."""

_CODE = ("nets", "fields", "methods", "methods/onnx", "methods/backbone", "methods/teacher")
"""Folders of the package whose modules decide what the graph does."""
_MOST_APART = 0.01
"""How far the graph's logits may be from those of torch, which are tens."""


class BroughtPeopleNetwork:
    """Heads that a backbone was brought, as a `maquette.inference.people_search.PeopleNetwork`."""

    def __init__(self, network: CentredNetwork) -> None:
        self.name, self.skeleton, self.size_px = WEIGHTS, network.skeleton, network.size_px
        self._network = network

    def find_people(self, picture: Picture) -> FoundPeople:
        """Everybody, in no particular order, some perhaps more than once."""
        return find_people(picture, self._network, LONG_SIDES_PX)

    def find_keypoints(self, crops: UInt8[np.ndarray, "P H W 3"]) -> CropKeypoints:
        """The joints of the person in the middle of each crop."""
        return self._network.find_keypoints(crops)


def open_people_network() -> BroughtPeopleNetwork:
    """The network of the weights that come along, run by what is chosen, as `structure_motion` runs its own.

    Raises:
        InputError: They cannot be read.
    """
    path, runtime = find_bundled(WEIGHTS), chosen_runtime()
    if runtime == "torch" or not has_package("onnxruntime"):
        return BroughtPeopleNetwork(CentredNetwork(*_read_parts(path)))
    place = find_place(path, _CODE)
    session = None if place is None else place.open()
    if session is None:
        parts = _read_parts(path)
        session = _keep_graph(parts, place) if place is not None and has_package("onnx") else None
        if session is None:
            return BroughtPeopleNetwork(CentredNetwork(*parts))
    return BroughtPeopleNetwork(GraphCentredNetwork(session))


def _keep_graph(parts: tuple[InvertedResiduals, CentredPyramid], place: GraphPlace) -> GraphSession | None:
    """The graph, made and kept; None if it cannot be kept or does not give what torch gives."""
    maps = CentredNetwork(*parts)
    shown = np.random.default_rng(0).integers(0, 256, (1, 6, 4, 3), np.uint8).repeat(32, axis=1).repeat(32, axis=2)
    pictures = torch.from_numpy(np.ascontiguousarray(shown.transpose(0, 3, 1, 2)))

    def accept(session: GraphSession) -> bool:
        ours, theirs = maps.read_maps(pictures), GraphCentredNetwork(session).read_maps(pictures)
        return all(
            bool((one - other).abs().max() < _MOST_APART) for one, other in zip(ours[:4], theirs[:4], strict=True)
        )

    return place.keep(centred_to_graph(*parts, {WEIGHTS_DIGEST: place.digest}), accept)


def _read_parts(path: Path) -> tuple[InvertedResiduals, CentredPyramid]:
    backbone = read_backbone(path).model.backbone
    if not isinstance(backbone, MobileBackbone) or backbone.centred is None:
        raise InputError(f"'{path}' holds no heads that find people; install maquette again")
    return backbone.features, backbone.centred
