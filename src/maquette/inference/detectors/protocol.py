"""What every 2D detector is: it has a name and a skeleton, and finds persons in one picture after another."""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from maquette.arrays import Picture
from maquette.body.skeleton import Skeleton

MOST_PERSONS = 10
"""People that are looked for in one picture, unless the user says otherwise."""


class Detection(NamedTuple):
    """The persons found in one picture, in no particular order; there may be none."""

    joints: Float[np.ndarray, "P J 2"]
    """(x, y) in pixels from the centre of the top-left pixel; points may lie outside the picture."""
    confidence: Float[np.ndarray, "P J"]
    """How sure the detector is, 0 to 1; 0 means that the joint was not found, and its coordinates are 0."""
    depths: Float[np.ndarray, "P J"] | None = None
    """Pixels beyond the root, if they are read from the picture, zeros of persons of whom they are not; see
    `maquette.body.people.Poses2d.depths`."""
    sizes_m: Float[np.ndarray, " P"] | None = None
    """Sum of the bones' lengths as guessed from looks, metres; 0 is unknown."""

    def select(self, persons: np.ndarray) -> "Detection":
        """Some of the persons (indices or a mask)."""
        depths = None if self.depths is None else self.depths[persons]
        sizes_m = None if self.sizes_m is None else self.sizes_m[persons]
        return Detection(self.joints[persons], self.confidence[persons], depths, sizes_m)


def keep_surest(found: Detection, most_persons: int) -> Detection:
    """At most so many of the persons, those whose joints are surest, in the order they come in."""
    if len(found.joints) <= most_persons:
        return found
    surest = np.argsort(-found.confidence.mean(axis=-1), kind="stable")[:most_persons]
    return found.select(np.sort(surest))


def join(one: Detection, other: Detection) -> Detection:
    """The persons of two detections on the same joints; sizes are left out."""
    joints, confidence = (np.concatenate(parts) for parts in zip(one[:2], other[:2], strict=True))
    if one.depths is None and other.depths is None:
        return Detection(joints, confidence)
    depths = [np.zeros_like(each.confidence) if each.depths is None else each.depths for each in (one, other)]
    return Detection(joints, confidence, np.concatenate(depths))


@runtime_checkable
class Detector(Protocol):
    """Something that finds the joints of persons in pictures, shown in the order of time if they are a video."""

    @property
    def name(self) -> str:
        """The name it is opened by."""
        ...

    @property
    def skeleton(self) -> Skeleton:
        """The joints it finds."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What a careful reader of its results should know, in sentences."""
        ...

    def detect(self, picture: Picture) -> Detection:
        """The persons in one picture."""
        ...

    def close(self) -> None:
        """Lets go of the model; the detector cannot be used afterwards."""
        ...


def empty_detection(skeleton: Skeleton) -> Detection:
    """The detection of a picture in which there is no person."""
    joints = len(skeleton)
    return Detection(np.zeros((0, joints, 2), np.float32), np.zeros((0, joints), np.float32))
