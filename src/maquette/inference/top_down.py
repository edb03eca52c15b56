"""Methods that read pictures: what they offer, and a detector that lets them read everybody whom another one finds."""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8

from maquette.arrays import Picture
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError
from maquette.inference.crop import cut_out, in_picture, person_squares
from maquette.inference.detectors.protocol import Detection, Detector, nobody
from maquette.inference.estimator import Estimator

LEAST_CONFIDENCE = 0.3
"""Joints of which a detector is less sure do not say where a person is."""

FEWEST_JOINTS = 4
"""People of whom fewer joints are that sure are left out."""


class CropReading(NamedTuple):
    """What a method reads in P square pictures of one person each."""

    joints: Float[np.ndarray, "P J 2"]
    """(x, y) in pixels of the square, from the centre of its top-left pixel."""
    confidence: Float[np.ndarray, "P J"]
    """0 to 1."""
    depths: Float[np.ndarray, "P J"]
    """Beyond the root, in pixels of the square; see `maquette.body.people.Poses2d.depths`."""
    sizes_m: Float[np.ndarray, " P"]
    """Sum of the bones' lengths in metres; 0 is unknown."""


@runtime_checkable
class PictureReader(Protocol):
    """Something that reads joints and their depths in square pictures of one person each."""

    @property
    def name(self) -> str:
        """Name of the method."""
        ...

    @property
    def skeleton(self) -> Skeleton:
        """The joints it reads."""
        ...

    @property
    def size_px(self) -> int:
        """Side of the pictures that it wants."""
        ...

    def read(self, crops: UInt8[np.ndarray, "P H W 3"]) -> CropReading:
        """What is in these pictures; P is one or more."""
        ...


@runtime_checkable
class PictureEstimator(Estimator, Protocol):
    """An `Estimator` that wants keypoints with depths, which its reader takes from the pictures."""

    @property
    def reader(self) -> PictureReader:
        """What reads the pictures."""
        ...


def require_keypoints_enough(estimator: Estimator) -> None:
    """Refuse a method that wants pictures where there are only keypoints.

    Raises:
        SettingError: It wants pictures.
    """
    if isinstance(estimator, PictureEstimator):
        raise SettingError(
            f"the method '{estimator.name}' reads pictures, but here are only keypoints; use maquette predict on the "
            "pictures, or --method lifting"
        )


class ReadPeople:
    """A `Detector` that looks where another one finds people, and answers with what a method reads there.

    Args:
        inner: Finds the people; closed along with this one.
        reader: Reads their joints.
        looks: How often each person is looked at: from the second time on, the joints that were read say where.
    """

    def __init__(self, inner: Detector, reader: PictureReader, *, looks: int = 1) -> None:
        if looks < 1:
            raise SettingError(f"people must be looked at once or more, not {looks} times")
        self._inner, self._reader, self._looks = inner, reader, looks
        self.name = inner.name
        self.skeleton = reader.skeleton
        self.notes = (*inner.notes, f"people found by {inner.name}, joints read from the picture by {reader.name}")

    def detect(self, picture: Picture) -> Detection:
        """The persons in one picture."""
        found, skeleton = self._inner.detect(picture), self._inner.skeleton
        is_found = _is_sure(found).sum(axis=1) >= FEWEST_JOINTS
        if not is_found.any():
            return nobody(self.skeleton)
        found = Detection(found.joints[is_found], found.confidence[is_found])
        squares = self._squares(found, skeleton, picture)
        found = self._read(picture, squares)
        for _ in range(self._looks - 1):
            is_found = _is_sure(found).sum(axis=1) >= FEWEST_JOINTS
            squares[is_found] = self._squares(found, self.skeleton, picture)[is_found]
            found = self._read(picture, squares)
        return found

    def close(self) -> None:
        """Lets go of the inner detector; neither can be used afterwards."""
        self._inner.close()

    def _squares(self, found: Detection, skeleton: Skeleton, picture: Picture) -> Float[np.ndarray, "P 3"]:
        size = (picture.shape[1], picture.shape[0])
        return person_squares(found.joints.astype(np.float64), _is_sure(found), skeleton, size)

    def _read(self, picture: Picture, squares: Float[np.ndarray, "P 3"]) -> Detection:
        size_px = self._reader.size_px
        crops = np.stack([cut_out(picture, square, size_px) for square in squares])
        return Detection(*(part.astype(np.float32) for part in read_squares(self._reader, crops, squares)))


def read_squares(
    reader: PictureReader, crops: UInt8[np.ndarray, "P H W 3"], squares: Float[np.ndarray, "P 3"]
) -> CropReading:
    """What a method reads in cut-out squares, in pixels of the picture; what is not finite is unknown and zero.

    Args:
        reader: The method.
        crops: The squares as the method wants them.
        squares: Where they lie in the picture (see `maquette.inference.crop.person_squares`).
    """
    reading = reader.read(crops)
    joints = in_picture(reading.joints.astype(np.float64), squares, reader.size_px)
    depths = reading.depths * squares[:, 2:] / reader.size_px
    is_read = np.isfinite(joints).all(axis=-1) & np.isfinite(depths) & (reading.confidence > 0)
    return CropReading(
        np.where(is_read[..., None], joints, 0.0),
        np.where(is_read, np.minimum(reading.confidence, 1), 0.0),
        np.where(is_read, depths, 0.0),
        np.where(np.isfinite(reading.sizes_m), np.maximum(reading.sizes_m, 0), 0.0),
    )


def _is_sure(found: Detection) -> np.ndarray:
    return found.confidence >= LEAST_CONFIDENCE
