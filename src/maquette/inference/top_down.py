"""Top-down: a network that looks at one person at a time, and a detector that shows it everybody another one finds."""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8

from maquette.arrays import Picture
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError
from maquette.inference.crop import cut_out_square, in_picture, person_squares
from maquette.inference.detectors.protocol import Detection, Detector, empty_detection

SURE_CONFIDENCE = 0.3
"""Joints of which a detector is less sure do not say where a person is."""

FEWEST_SURE_JOINTS = 4
"""People of whom fewer joints are that sure are left out."""


class CropKeypoints(NamedTuple):
    """What a network finds in P square pictures of one person each."""

    joints: Float[np.ndarray, "P J 2"]
    """(x, y) in pixels of the square, from the centre of its top-left pixel."""
    confidence: Float[np.ndarray, "P J"]
    """0 to 1."""
    depths: Float[np.ndarray, "P J"]
    """Beyond the root, in pixels of the square; see `maquette.body.people.Poses2d.depths`."""
    sizes_m: Float[np.ndarray, " P"]
    """Sum of the bones' lengths in metres; 0 is unknown."""


@runtime_checkable
class TopDownNetwork(Protocol):
    """A network that finds joints and their depths in square pictures of one person each."""

    @property
    def name(self) -> str:
        """Name of the method."""
        ...

    @property
    def skeleton(self) -> Skeleton:
        """The joints it finds."""
        ...

    @property
    def size_px(self) -> int:
        """Side of the pictures that it wants."""
        ...

    def find_keypoints(self, crops: UInt8[np.ndarray, "P H W 3"]) -> CropKeypoints:
        """What is in these pictures; P is one or more."""
        ...


class TopDownDetector:
    """A `Detector` that looks where another one finds people, and gives what a network finds there.

    Args:
        inner: Finds the people; closed along with this one.
        network: Finds their joints.
        looks: How often each person is looked at: from the second time on, the joints that the network found say where.
    """

    def __init__(self, inner: Detector, network: TopDownNetwork, *, looks: int = 1) -> None:
        if looks < 1:
            raise SettingError(f"people must be looked at once or more, not {looks} times")
        self._inner, self._network, self._looks = inner, network, looks
        self.name = inner.name
        self.skeleton = network.skeleton
        self.notes = (*inner.notes, f"people found by {inner.name}, joints read from the picture by {network.name}")

    def detect(self, picture: Picture) -> Detection:
        """The persons in one picture."""
        found, skeleton = self._inner.detect(picture), self._inner.skeleton
        is_found = _is_sure(found).sum(axis=1) >= FEWEST_SURE_JOINTS
        if not is_found.any():
            return empty_detection(self.skeleton)
        found = found.select(is_found)
        squares = self._squares(found, skeleton, picture)
        found = self._look(picture, squares)
        for _ in range(self._looks - 1):
            is_found = _is_sure(found).sum(axis=1) >= FEWEST_SURE_JOINTS
            squares[is_found] = self._squares(found, self.skeleton, picture)[is_found]
            found = self._look(picture, squares)
        return found

    def close(self) -> None:
        """Lets go of the inner detector; neither can be used afterwards."""
        self._inner.close()

    def _squares(self, found: Detection, skeleton: Skeleton, picture: Picture) -> Float[np.ndarray, "P 3"]:
        size = (picture.shape[1], picture.shape[0])
        return person_squares(found.joints.astype(np.float64), _is_sure(found), skeleton, size)

    def _look(self, picture: Picture, squares: Float[np.ndarray, "P 3"]) -> Detection:
        size_px = self._network.size_px
        crops = np.stack([cut_out_square(picture, square, size_px) for square in squares])
        return Detection(*(part.astype(np.float32) for part in find_in_squares(self._network, crops, squares)))


def find_in_squares(
    network: TopDownNetwork, crops: UInt8[np.ndarray, "P H W 3"], squares: Float[np.ndarray, "P 3"]
) -> CropKeypoints:
    """What a network finds in cut-out squares, in pixels of the picture; what is not finite is unknown and zero.

    Args:
        network: Finds the joints.
        crops: The squares as the network wants them.
        squares: Where they lie in the picture (see `maquette.inference.crop.person_squares`).
    """
    found = network.find_keypoints(crops)
    joints = in_picture(found.joints.astype(np.float64), squares, network.size_px)
    depths = found.depths * squares[:, 2:] / network.size_px
    is_known = np.isfinite(joints).all(axis=-1) & np.isfinite(depths) & (found.confidence > 0)
    return CropKeypoints(
        np.where(is_known[..., None], joints, 0.0),
        np.where(is_known, np.minimum(found.confidence, 1), 0.0),
        np.where(is_known, depths, 0.0),
        np.where(np.isfinite(found.sizes_m), np.maximum(found.sizes_m, 0), 0.0),
    )


def _is_sure(found: Detection) -> np.ndarray:
    return found.confidence >= SURE_CONFIDENCE
