"""Second opinions on where somebody may be: what must speak for a person whom nobody was looking for."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.catalog import BLAZEPOSE_33, COCO_17
from maquette.inference.detectors.protocol import Detection
from maquette.inference.same_person import measure_scales

PLAUSIBLE = 0.2
"""Joints of less confidence do not say where somebody is, ..."""
SURE = 0.3
"""... and those of less than this do not say who."""
SURE_MIDDLE, SURE_APART, SURE_JOINTS = 0.6, 0.05, 8
"""Where nobody else speaks for a person, the network must be so sure of the middle, the joints must stay so near when
they are read again, as a share of the scale, and so many of them must be sure."""
NOSE_APART, FACE_JOINTS = 0.25, 7
"""How far a nose may be from where its face has it, as a share of the face, and how many joints must be sure."""
OURS = np.array(BLAZEPOSE_33.indices(*COCO_17.joint_names))
"""COCO's joints among BlazePose's."""

_FEWEST_COMMON = 4
_FAR = 9.0
_NOSE = COCO_17.index("nose")


class Candidates(NamedTuple):
    """Where somebody may be, and what speaks for them."""

    squares: Float[np.ndarray, "P 3"]
    joints: Float[np.ndarray, "P 17 2"]
    """As the network saw them in the whole picture; zero where a face alone is known."""
    confidence: Float[np.ndarray, "P 17"]
    middle: Float[np.ndarray, " P"]
    """How likely there is somebody's middle."""

    def select(self, persons: np.ndarray) -> "Candidates":
        """Some of them (indices or a mask)."""
        return Candidates(*(part[persons] for part in self))


def candidates_in(squares: Float[np.ndarray, "P 3"]) -> Candidates:
    """Candidates of whom nothing but the squares is known."""
    none = np.zeros((len(squares), len(COCO_17)))
    return Candidates(squares, np.zeros((*none.shape, 2)), none, np.zeros(len(squares)))


def median_apart(
    joints: Float[np.ndarray, "P 17 2"],
    confidence: Float[np.ndarray, "P 17"],
    others: Float[np.ndarray, "*P 17 2"],
    others_confidence: Float[np.ndarray, "*P 17"],
) -> Float[np.ndarray, " P"]:
    """How far the joints that are sure in both are from each other, the middle one, as a share of the person's scale.

    Where fewer than four are, that is far.
    """
    is_sure = confidence >= SURE
    both = is_sure & (others_confidence >= SURE)
    apart = np.linalg.norm(joints - others, axis=-1) / measure_scales(joints, is_sure, COCO_17)[:, None]
    counted = np.where(both, apart, np.inf)
    middle = np.sort(counted, axis=1)[np.arange(len(both)), np.maximum(both.sum(axis=1) - 1, 0) // 2]
    return np.where(both.sum(axis=1) >= _FEWEST_COMMON, middle, _FAR)


def pairs_apart(ones: Detection, others: Detection) -> Float[np.ndarray, "P Q"]:
    """How far each of the ones is from each of the others, both on BlazePose's landmarks; see `median_apart`."""
    shape = (len(ones.joints), len(others.joints))
    first, second = (index.ravel() for index in np.indices(shape))
    one, other = (part[:, OURS] for part in ones[:2]), (part[:, OURS] for part in others[:2])
    return median_apart(*(part[first] for part in one), *(part[second] for part in other)).reshape(shape)


def are_alike(one: Detection, other: Detection, most_apart: float) -> Bool[np.ndarray, " P"]:
    """Whether two opinions on the same people, on COCO's joints, agree."""
    return median_apart(one.joints, one.confidence, other.joints, other.confidence) <= most_apart


def speaks_face(read: Detection, faces: Float[np.ndarray, "N 5"]) -> Bool[np.ndarray, " P"]:
    """Whether the nose is where any face has it, and enough else is sure."""
    apart = np.linalg.norm(read.joints[:, None, _NOSE] - faces[:, 3:], axis=-1)
    is_sure = read.confidence >= SURE
    is_there = (apart < NOSE_APART * faces[:, 2]).any(axis=1)
    return is_there & is_sure[:, _NOSE] & (is_sure.sum(axis=1) >= FACE_JOINTS)


def is_said_twice(read: Detection, candidates: Candidates) -> Bool[np.ndarray, " P"]:
    """Whether the network was very sure in the whole picture, and reads the same in the crop."""
    is_steady = are_alike(read, Detection(candidates.joints, candidates.confidence), SURE_APART)
    is_clear = (read.confidence >= SURE).sum(axis=1) >= SURE_JOINTS
    return is_steady & is_clear & (candidates.middle >= SURE_MIDDLE)


def widen(read: Detection) -> Detection:
    """COCO's joints as BlazePose's landmarks; those that COCO lacks, and those that are not plausible, are unknown."""
    people = len(read.joints)
    joints, confidence = np.zeros((people, len(BLAZEPOSE_33), 2)), np.zeros((people, len(BLAZEPOSE_33)))
    is_plausible = read.confidence >= PLAUSIBLE
    joints[:, OURS] = np.where(is_plausible[..., None], read.joints, 0.0)
    confidence[:, OURS] = np.where(is_plausible, read.confidence, 0.0)
    return Detection(joints, confidence)
