"""Labels by a teacher: who is in a picture, and which of their joints are sure enough to be learnt from."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from maquette.arrays import Picture
from maquette.body.catalog import COCO_17
from maquette.errors import SettingError
from maquette.inference.crop import MARGIN, cut_out_square, person_squares
from maquette.inference.people_search import FoundPeople
from maquette.inference.same_person import drop_twins, measure_scales
from maquette.inference.top_down import find_in_squares
from maquette.methods.teacher.finding import find_people
from maquette.methods.teacher.network import CentredNetwork
from maquette.methods.teacher.reading import Readings, read_views
from maquette.metrics.correct import LIMB_JOINTS

_LIMBS = COCO_17.indices(*LIMB_JOINTS)
_FACE = COCO_17.indices("nose", "l_eye", "r_eye")
_SHOULDERS = COCO_17.indices("l_shoulder", "r_shoulder")
_TURNED = 0.2
"""Whose left shoulder lies farther to the left than this, as a share of the scale, shows their back."""
_PLAUSIBLE = 0.2
"""Joints of less confidence do not say where somebody is."""
_FEWEST_PLAUSIBLE = 5


@dataclass(frozen=True, kw_only=True)
class Sureness:
    """What is sure enough.

    Raises:
        SettingError: A number makes no sense.
    """

    least_confidence: float = 0.4
    """Of a joint, mean of the views."""
    most_spread: float = 0.12
    """Of the views of a joint, as a share of the torso."""
    fewest_limbs: int = 8
    """People of whom fewer of the twelve limb joints are sure are left out."""
    least_side_px: float = 48.0
    """People who are smaller than this, along their longer side, are left out."""

    def __post_init__(self) -> None:
        if not (0 <= self.least_confidence <= 1 and self.most_spread > 0 and self.least_side_px >= 0):
            raise SettingError(f"{self} makes no sense; confidence is 0 to 1, spread and size are positive")
        if not 1 <= self.fewest_limbs <= len(LIMB_JOINTS):
            raise SettingError(f"`fewest_limbs` is {self.fewest_limbs}; there are 1 to {len(LIMB_JOINTS)} limb joints")


class LabelledPeople(NamedTuple):
    """Sure labels of the people in one picture, the surest first."""

    joints: Float[np.ndarray, "P 17 2"]
    """Pixels; zero where not sure."""
    is_sure: Bool[np.ndarray, "P 17"]
    confidence: Float[np.ndarray, "P 17"]
    boxes: Float[np.ndarray, "P 4"]
    """(x, y, width, height)."""

    def select(self, persons: np.ndarray) -> "LabelledPeople":
        """Some of them (indices or a mask)."""
        return LabelledPeople(*(part[persons] for part in self))


def label_people(picture: Picture, network: CentredNetwork, sureness: Sureness) -> LabelledPeople:
    """The sure labels in a picture."""
    size = (picture.shape[1], picture.shape[0])
    found = find_people(picture, network)
    rough = (found.confidence >= _PLAUSIBLE).sum(axis=1) >= _FEWEST_PLAUSIBLE
    found = found.select(rough)
    scales = measure_scales(found.joints, found.confidence >= _PLAUSIBLE, COCO_17)
    rank = found.middle * found.confidence.mean(axis=1)
    kept = drop_twins(found.joints, found.confidence >= _PLAUSIBLE, scales, rank)
    squares = _look_again(picture, found.select(kept), network, sureness)
    if not len(squares):
        return _nobody()
    return select_sure(read_views(picture, squares, network), size, sureness)


def select_sure(read: Readings, size: tuple[int, int], sureness: Sureness) -> LabelledPeople:
    """Whom and what to learn from.

    Args:
        read: All people in a picture.
        size: (width, height) of it.
        sureness: What is enough.
    """
    is_sure = (read.confidence >= sureness.least_confidence) & (read.spread <= sureness.most_spread)
    is_sure &= np.all((read.joints > -0.5) & (read.joints < np.array(size) - 0.5), axis=-1)
    is_sure &= ~find_hidden_faces(read)
    squares = _squares(read.joints, read.confidence, size)
    is_kept = is_sure[:, _LIMBS].sum(axis=1) >= sureness.fewest_limbs
    is_kept &= squares[:, 2] / MARGIN >= sureness.least_side_px
    kept = np.flatnonzero(is_kept)
    rank = (read.confidence * is_sure).sum(axis=1)
    kept = kept[drop_twins(read.joints[kept], is_sure[kept], read.scales_px[kept], rank[kept])]
    joints = np.where(is_sure[kept, :, None], read.joints[kept], 0.0)
    return LabelledPeople(joints, is_sure[kept], read.confidence[kept], _boxes(squares[kept], size))


def find_hidden_faces(read: Readings) -> Bool[np.ndarray, "P 17"]:
    """Nose and eyes of people who show their back: the teacher says where they would be, but nobody sees them."""
    left, right = read.joints[:, _SHOULDERS, 0].T
    is_hidden = np.zeros(read.confidence.shape, bool)
    is_hidden[:, _FACE] = (right - left > _TURNED * read.scales_px)[:, None]
    return is_hidden


def _look_again(
    picture: Picture, found: FoundPeople, network: CentredNetwork, sureness: Sureness
) -> Float[np.ndarray, "P 3"]:
    """Squares around the people by what is read in a crop of each, without those who cannot become sure."""
    size = (picture.shape[1], picture.shape[0])
    squares = _squares(found.joints, found.confidence, size)
    squares = squares[squares[:, 2] / MARGIN >= 0.8 * sureness.least_side_px]
    if not len(squares):
        return squares
    crops = np.stack([cut_out_square(picture, square, network.size_px) for square in squares])
    read = find_in_squares(network, crops, squares)
    likely = read.confidence >= max(0.75 * sureness.least_confidence, _PLAUSIBLE)
    hopeful = (likely[:, _LIMBS].sum(axis=1) >= sureness.fewest_limbs) & (
        (read.confidence >= _PLAUSIBLE).sum(axis=1) >= _FEWEST_PLAUSIBLE
    )
    joints, confidence = read.joints[hopeful], read.confidence[hopeful]
    known = confidence >= _PLAUSIBLE
    scales = measure_scales(joints, known, COCO_17)
    kept = drop_twins(joints, known, scales, confidence.sum(axis=1))
    return _squares(joints[kept], confidence[kept], size)


def _squares(
    joints: Float[np.ndarray, "P 17 2"], confidence: Float[np.ndarray, "P 17"], size: tuple[int, int]
) -> Float[np.ndarray, "P 3"]:
    surest = np.argsort(-confidence, axis=1)[:, :2]
    known = confidence >= _PLAUSIBLE
    np.put_along_axis(known, surest, values=True, axis=1)  # two joints at least, as squares want it
    return person_squares(joints.astype(np.float64), known, COCO_17, size)


def _boxes(squares: Float[np.ndarray, "P 3"], size: tuple[int, int]) -> Float[np.ndarray, "P 4"]:
    """Square boxes from which the teacher's squares come again, as far as they lie in the picture."""
    sides = squares[:, 2:] / MARGIN
    low = squares[:, :2] + (squares[:, 2:] - sides) / 2
    return np.concatenate([low, np.broadcast_to(sides, low.shape)], axis=1)


def _nobody() -> LabelledPeople:
    none = np.zeros((0, len(COCO_17)))
    return LabelledPeople(np.zeros((0, len(COCO_17), 2)), none > 0, none, np.zeros((0, 4)))
