"""The thorough search for people in a picture: two networks and the faces must tell of the same person.

A network that knows everybody's middle says roughly where people may be, faces say where more are. Each of them is cut
out, and the network reads their joints anew, for whoever is in the middle. Somebody who is known already is left out.
Then there must be a second opinion: the landmark model, shown the same region, sees nearly the same joints; or the nose
is where the face has it; or, if the network was very sure both times, nothing but that it said the same twice.
"""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from maquette.arrays import Picture
from maquette.body.catalog import BLAZEPOSE_33, COCO_17
from maquette.inference.crop import cut_out_square, person_squares, pixels_per_metre
from maquette.inference.detectors.protocol import Detection, empty_detection, join
from maquette.inference.detectors.regions import regions_around
from maquette.inference.same_person import drop_twins, find_own_boxes, measure_scales
from maquette.inference.second_opinion import (
    OURS,
    PLAUSIBLE,
    SURE,
    Candidates,
    are_alike,
    candidates_in,
    is_said_twice,
    median_apart,
    pairs_apart,
    speaks_face,
    widen,
)  # fmt: skip
from maquette.inference.top_down import TopDownNetwork, find_in_squares

FEWEST_JOINTS = 5
"""People of whom fewer joints are sure are left out, ..."""
LEAST_STATURE = 0.2
"""... and so are people who would be smaller than this share of the picture's shorter side, stood upright."""
MOST_APART = 0.12
"""How far the joints of two opinions may be apart, the middle one of them, as a share of the person's scale."""
LEAST_MIDDLE = 0.2
"""How sure the network must be of somebody's middle."""
MOST_CANDIDATES = 24
MOST_MOVED = 0.3
"""How far somebody moves from one picture of a clip to the next: the middle joint, as a share of the scale, at most."""
SEEN_OTHERWISE = 0.5
"""Who is so near to somebody known (the middle joint, as a share of the scale) is that person, seen better."""

_ADULT_M = 1.7
_FACES_IN_SQUARE, _FACES_ABOVE = (6.0, 3.5), 1.2
"""How large the square around a person is, first, and where others are too near for that, and how far it goes up from
the middle of their face, in faces."""
_SAME_FACE = 0.5
"""A nose is a face's if it is no farther from its nose, as a share of the face."""
_NOSE = COCO_17.index("nose")


class FoundPeople(NamedTuple):
    """People roughly; the same person may be found more than once."""

    joints: Float[np.ndarray, "P 17 2"]
    """Pixels of the picture."""
    confidence: Float[np.ndarray, "P 17"]
    middle: Float[np.ndarray, " P"]
    """How likely there is somebody's middle, 0 to 1."""

    def select(self, persons: np.ndarray) -> "FoundPeople":
        """Some of them (indices or a mask)."""
        return FoundPeople(*(part[persons] for part in self))


@runtime_checkable
class PeopleNetwork(TopDownNetwork, Protocol):
    """A network that finds COCO's joints of everybody in a whole picture, and of whoever is in the middle of a crop."""

    def find_people(self, picture: Picture) -> FoundPeople:
        """Everybody, in no particular order, some perhaps more than once."""
        ...


@runtime_checkable
class Landmarks(Protocol):
    """What finds BlazePose's landmarks in regions of a picture (see `maquette.inference.detectors.regions`)."""

    def find(self, picture: Picture, regions: Float[np.ndarray, "R 4"]) -> Detection:
        """Whoever is in each of them; nobody has confidences of 0."""
        ...

    def close(self) -> None:
        """Lets go of the model."""
        ...


@runtime_checkable
class Faces(Protocol):
    """What finds faces."""

    def find(self, picture: Picture) -> Float[np.ndarray, "N 5"]:
        """x and y of the middle, the size and x and y of the nose of each, pixels."""
        ...

    def close(self) -> None:
        """Lets go of the model."""
        ...


class SearchResult(NamedTuple):
    """What a search has found beside the K people who were known."""

    new: Detection
    """On BlazePose's landmarks."""
    seen_otherwise: Bool[np.ndarray, "N K"]
    """Who of the new ones is somebody known after all, whose joints the search has found elsewhere."""


class PeopleSearch:
    """Finds people whom a quick detector has missed.

    Args:
        network: Is shown whole pictures and crops.
        landmarks: Of regions; None if there is no such model.
        faces: None if there is no such model.
    """

    def __init__(self, network: PeopleNetwork, landmarks: Landmarks | None, faces: Faces | None) -> None:
        self._network, self._landmarks, self._faces = network, landmarks, faces

    def search(self, picture: Picture, known: Detection) -> SearchResult:
        """Who is in the picture beside those who are known.

        Args:
            picture: The whole of it.
            known: The people who are known, on BlazePose's landmarks.
        """
        faces = np.zeros((0, 5)) if self._faces is None else self._faces.find(picture)[:MOST_CANDIDATES]
        new = self._judge(picture, self._list_middles(picture, known), faces, known)
        for extent in _FACES_IN_SQUARE:
            met = join(known, new)
            squares = below_faces(faces, met.joints[:, OURS[_NOSE]], extent)
            if not len(squares):
                break
            new = join(new, self._judge(picture, candidates_in(squares), faces, met))
        return SearchResult(new, pairs_apart(new, known) < SEEN_OTHERWISE)

    def follow(self, picture: Picture, last: Detection) -> Detection:
        """Those of the people in the picture before, on BlazePose's landmarks, who are still there, and where they are.

        The landmark model is asked first, and the network about those whom that does not see.
        """
        marks = last._replace(confidence=0 * last.confidence)
        if self._landmarks is not None:
            marks = self._landmarks.find(picture, regions_around(last.joints, last.confidence, BLAZEPOSE_33))
        is_lost = ~_is_still(last, marks, picture)
        lost = last.select(is_lost)
        read = widen(self._read(picture, _squares_around(lost.joints[:, OURS], lost.confidence[:, OURS], picture)))
        is_read = _is_still(lost, read, picture)
        joints, confidence = (
            np.concatenate([one[~is_lost], other[is_read]]) for one, other in zip(marks[:2], read[:2], strict=True)
        )
        return Detection(joints.astype(np.float32), confidence.astype(np.float32))

    def confirm(self, picture: Picture, known: Detection) -> Bool[np.ndarray, " P"]:
        """Which of the people, on BlazePose's landmarks, the network sees in the same place."""
        joints, confidence = known.joints[:, OURS].astype(np.float64), known.confidence[:, OURS]
        read = self._read(picture, _squares_around(joints, confidence, picture))
        return are_alike(Detection(joints, confidence), read, 2 * MOST_APART)

    def close(self) -> None:
        """Lets go of the models; the search cannot be used afterwards."""
        for model in (self._landmarks, self._faces):
            if model is not None:
                model.close()

    def _list_middles(self, picture: Picture, known: Detection) -> Candidates:
        """Where the network sees the middle of somebody new in the whole picture."""
        rough = self._network.find_people(picture)
        enough = (rough.confidence >= PLAUSIBLE).sum(axis=1) >= FEWEST_JOINTS
        rough = rough.select(enough & (rough.middle >= LEAST_MIDDLE))
        rank = rough.middle * rough.confidence.mean(axis=1)
        rough = rough.select(find_new(Detection(rough.joints, rough.confidence), rank, known)[:MOST_CANDIDATES])
        return Candidates(_squares_around(rough.joints, rough.confidence, picture), *rough)

    def _judge(
        self, picture: Picture, candidates: Candidates, faces: Float[np.ndarray, "N 5"], known: Detection
    ) -> Detection:
        """Those of the candidates of whom two opinions agree."""
        read = self._read(picture, candidates.squares)
        enough = (read.confidence >= SURE).sum(axis=1) >= FEWEST_JOINTS
        kept = np.flatnonzero(enough & _is_large(read, picture))
        kept = kept[find_new(read.select(kept), read.confidence[kept].sum(axis=1), known)]
        read, candidates = read.select(kept), candidates.select(kept)
        brought = widen(read)
        marks = brought._replace(confidence=0 * brought.confidence)
        if self._landmarks is not None:
            marks = self._landmarks.find(picture, regions_around(read.joints, read.confidence, COCO_17))
        agree = are_alike(read, Detection(marks.joints[:, OURS], marks.confidence[:, OURS]), MOST_APART)
        joints = np.where(agree[:, None, None], marks.joints, brought.joints)
        confidence = np.where(agree[:, None], marks.confidence, brought.confidence)
        found = Detection(joints.astype(np.float32), confidence.astype(np.float32))
        found = found.select(agree | speaks_face(read, faces) | is_said_twice(read, candidates))
        everybody, count = join(known, found), len(known.joints)
        kept = find_own_boxes(everybody.joints, everybody.confidence >= SURE, count)
        return found.select(kept[count:] - count)

    def _read(self, picture: Picture, squares: Float[np.ndarray, "P 3"]) -> Detection:
        """What the network reads in squares of the picture."""
        if not len(squares):
            return empty_detection(COCO_17)
        crops = np.stack([cut_out_square(picture, square, self._network.size_px) for square in squares])
        return Detection(*find_in_squares(self._network, crops, squares)[:2])


def below_faces(
    faces: Float[np.ndarray, "N 5"], noses: Float[np.ndarray, "P 2"], extent: float
) -> Float[np.ndarray, "S 3"]:
    """Squares around the people whose faces have none of these noses, so many faces large."""
    apart = np.linalg.norm(faces[:, None, 3:] - noses, axis=-1)
    alone = faces[(apart >= _SAME_FACE * faces[:, 2:3]).all(axis=1)]
    size = alone[:, 2:3]
    return np.concatenate([alone[:, :2] - size * (extent / 2, _FACES_ABOVE), extent * size], axis=1)


def find_new(found: Detection, rank: Float[np.ndarray, " P"], known: Detection) -> np.ndarray:
    """Indices of those who are neither somebody known nor somebody of higher rank, the highest rank first.

    Args:
        found: On COCO's joints.
        rank: Of those found.
        known: On BlazePose's landmarks.
    """
    joints = np.concatenate([known.joints[:, OURS], found.joints])
    is_known = np.concatenate([known.confidence[:, OURS], found.confidence]) >= PLAUSIBLE
    first = np.concatenate([np.full(len(known.joints), np.inf), rank])
    kept = drop_twins(joints, is_known, measure_scales(joints, is_known, COCO_17), first)
    return kept[kept >= len(known.joints)] - len(known.joints)


def _is_still(last: Detection, now: Detection, picture: Picture) -> Bool[np.ndarray, " P"]:
    """Who has hardly moved since the picture before, and is in this one."""
    inside = np.all((now.joints > -0.5) & (now.joints < np.array(picture.shape[1::-1]) - 0.5), axis=-1)
    is_seen = ((now.confidence >= SURE) & inside)[:, OURS].sum(axis=1) >= FEWEST_JOINTS
    moved = median_apart(last.joints[:, OURS], last.confidence[:, OURS], now.joints[:, OURS], now.confidence[:, OURS])
    return is_seen & (moved <= MOST_MOVED)


def _is_large(read: Detection, picture: Picture) -> Bool[np.ndarray, " P"]:
    stature = _ADULT_M * pixels_per_metre(read.joints, read.confidence >= SURE, COCO_17)
    return stature >= LEAST_STATURE * min(picture.shape[:2])


def _squares_around(
    joints: Float[np.ndarray, "P 17 2"], confidence: Float[np.ndarray, "P 17"], picture: Picture
) -> Float[np.ndarray, "P 3"]:
    known = confidence >= PLAUSIBLE
    np.put_along_axis(known, np.argsort(-confidence, axis=1)[:, :2], values=True, axis=1)  # squares want two at least
    return person_squares(joints.astype(np.float64), known, COCO_17, (picture.shape[1], picture.shape[0]))
