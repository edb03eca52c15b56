"""The network that comes along as one that finds people: MoveNet's heads, which the assisted backbone has kept."""

import numpy as np
from jaxtyping import UInt8

from maquette.arrays import Picture
from maquette.errors import InputError
from maquette.inference.people_search import FoundPeople
from maquette.inference.top_down import CropKeypoints
from maquette.methods.backbone.network import MobileBackbone
from maquette.methods.backbone.weights import BUNDLED_STARTS, read_backbone
from maquette.methods.bundled import find_bundled
from maquette.methods.teacher.finding import find_people
from maquette.methods.teacher.network import CentredNetwork

WEIGHTS = BUNDLED_STARTS["compact"]
"""Name of the weights that come along and hold the heads."""
LONG_SIDES_PX = (320, 640)
"""At which sizes a whole picture is looked at."""


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
    """The network of the weights that come along.

    Raises:
        InputError: They cannot be read.
    """
    path = find_bundled(WEIGHTS)
    backbone = read_backbone(path).model.backbone
    if not isinstance(backbone, MobileBackbone) or backbone.centred is None:
        raise InputError(f"'{path}' holds no heads that find people; install maquette again")
    return BroughtPeopleNetwork(CentredNetwork(backbone.features, backbone.centred))
