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


class BothSides:
    """A `TopDownNetwork` that looks at mirror images as well and gives the mean, in twice the time.

    Joints that are unknown on one side are those of the other.

    Args:
        network: Looks at both; what it finds in a mirror image is called by the person's own left and right again.
    """

    def __init__(self, network: TopDownNetwork) -> None:
        self.name, self.skeleton, self.size_px = network.name, network.skeleton, network.size_px
        self._network = network

    def find_keypoints(self, crops: UInt8[np.ndarray, "P H W 3"]) -> CropKeypoints:
        """What is in these pictures."""
        found = self._network.find_keypoints(crops)
        twin = self._network.find_keypoints(np.ascontiguousarray(crops[:, :, ::-1]))
        joints, confidence, depths = (part[:, self.skeleton.mirror] for part in twin[:3])
        joints = np.stack([crops.shape[2] - 1 - joints[..., 0], joints[..., 1]], axis=-1)
        here, there = found.confidence > 0, confidence > 0
        known, known_size = (here, there), (found.sizes_m > 0, twin.sizes_m > 0)
        return CropKeypoints(
            _mean(found.joints, joints, (here[..., None], there[..., None])),
            (found.confidence + confidence) / 2,
            _mean(found.depths, depths, known),
            _mean(found.sizes_m, twin.sizes_m, known_size),
        )


def _mean(one: np.ndarray, other: np.ndarray, known: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The mean where both or neither are known, elsewhere the one that is."""
    here, there = known
    return np.where(here == there, (one + other) / 2, np.where(here, one, other))


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
        self.notes = (*inner.notes, f"people found by {inner.name}, {describe_reading(network, looks)}")

    def detect(self, picture: Picture) -> Detection:
        """The persons in one picture."""
        found = self._inner.detect(picture)
        is_found = _is_sure(found).sum(axis=1) >= FEWEST_SURE_JOINTS
        if not is_found.any():
            return empty_detection(self.skeleton)
        squares = _squares_around(found.select(is_found), self._inner.skeleton, picture)
        read = look_at(self._network, picture, squares, looks=self._looks)
        return Detection(*(part.astype(np.float32) for part in read))

    def close(self) -> None:
        """Lets go of the inner detector; neither can be used afterwards."""
        self._inner.close()


def describe_reading(network: TopDownNetwork, looks: int) -> str:
    """How people are read, for notes."""
    sides = " and its mirror image" if isinstance(network, BothSides) else ""
    often = "" if looks == 1 else f", each person looked at {looks} times"
    return f"joints read from the picture{sides} by {network.name}{often}"


def look_at(
    network: TopDownNetwork, picture: Picture, squares: Float[np.ndarray, "P 3"], *, looks: int
) -> CropKeypoints:
    """What a network finds in squares of a picture, in its pixels; see `find_in_squares`.

    Args:
        network: Finds the joints.
        picture: The whole of it.
        squares: Where it looks first.
        looks: How often it looks; then at the squares around the people whom it found well enough the time before.
    """
    found = _look_once(network, picture, squares)
    for _ in range(looks - 1):
        is_sure = _is_sure(found)
        is_found = is_sure.sum(axis=1) >= FEWEST_SURE_JOINTS
        if not is_found.any():
            break
        squares = squares.copy()
        squares[is_found] = _squares_around(
            CropKeypoints(*(part[is_found] for part in found)), network.skeleton, picture
        )
        found = _look_once(network, picture, squares)
    return found


def _look_once(network: TopDownNetwork, picture: Picture, squares: Float[np.ndarray, "P 3"]) -> CropKeypoints:
    crops = np.stack([cut_out_square(picture, square, network.size_px) for square in squares])
    return find_in_squares(network, crops, squares)


def _squares_around(found: Detection | CropKeypoints, skeleton: Skeleton, picture: Picture) -> Float[np.ndarray, "P 3"]:
    size = (picture.shape[1], picture.shape[0])
    return person_squares(found.joints.astype(np.float64), _is_sure(found), skeleton, size)


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


def _is_sure(found: Detection | CropKeypoints) -> np.ndarray:
    return found.confidence >= SURE_CONFIDENCE
