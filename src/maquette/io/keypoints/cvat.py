"""CVAT's XML, of pictures or of a video: skeletons of named points, or points alone; document types are refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.parsers import expat

from maquette.errors import InputError
from maquette.io.keypoints.assembly import Detections, Settings
from maquette.io.keypoints.named import NamedPerson, Video, detections_of_names
from maquette.io.keypoints.naming import skeleton_from_count
from maquette.io.keypoints.numbering import frame_numbers
from maquette.io.keypoints.sources import refusal

_OCCLUDED, _SEEN = 0.5, 1.0
_FEWEST_POINTS = 5
_LONGEST = 20_000  # letters of a shape's points


def is_cvat(lines: Sequence[str]) -> bool:
    """Whether a text is XML with CVAT's root."""
    start = " ".join(lines[:20])[:4000].lstrip()
    return start.startswith("<") and "<annotations" in start


def read_cvat(lines: Sequence[str], path: Path, settings: Settings) -> Detections:
    """The skeletons of every picture, or of every track over the frames of a video.

    Where there are no skeletons, points are taken: many in one shape are a person's joints in the order of the skeleton
    that has so many; single ones are the joint that their label names, of one person a frame or a group.

    Raises:
        InputError: It is broken XML, has a document type, or its skeletons or points make no sense.
    """
    found = _Reading(path)
    parser = expat.ParserCreate()
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.text
    parser.StartDoctypeDeclHandler = found.refuse_doctype
    try:
        parser.Parse("\n".join(lines), True)
    except expat.ExpatError as error:
        raise refusal(path, f"is broken or cut off XML ({error})") from error
    if not found.people and found.loose:
        found.people = _people_of_points(found.loose, path, settings)
    if len(found.sizes) > 1:
        raise InputError(f"{path}: its pictures differ in size; wanted are the pictures of one video")
    frames, people = found.frames, found.people
    numbers = frame_numbers(list(frames.values()), path) if frames and all(frames.values()) else None
    if numbers and len(set(numbers)) == len(numbers):
        by_id = dict(zip(frames, numbers, strict=True))
        people = [person._replace(frame=by_id[person.frame]) for person in people]
        seen = numbers
    else:
        seen = [*frames, *(person.frame for person in people)]
    return detections_of_names(people, Video(seen, next(iter(found.sizes), None)), path, settings, tool="cvat")


class _Points(NamedTuple):
    """One shape of points outside of skeletons."""

    frame: int
    label: str
    group: str
    track: int | None
    places: list[tuple[float, float]]
    confidence: float


def _people_of_points(shapes: Sequence[_Points], path: Path, settings: Settings) -> list[NamedPerson]:
    """The people that shapes of points are: each a person, or each a joint."""
    counts = {len(shape.places) for shape in shapes}
    if counts == {1}:
        return _people_of_joints(shapes, path)
    if len(counts) > 1 or min(counts) < _FEWEST_POINTS:
        raise refusal(
            path, "is CVAT's XML without skeletons of named points, or as many points for everybody; draw skeletons"
        )
    skeleton, order = skeleton_from_count(counts.pop(), path, settings.skeleton)
    names = skeleton.joint_names
    return [
        NamedPerson(
            shape.frame,
            {name: (*shape.places[at], shape.confidence) for name, at in zip(names, order, strict=True)},
            shape.track,
        )
        for shape in shapes
    ]


def _people_of_joints(shapes: Sequence[_Points], path: Path) -> list[NamedPerson]:
    people: dict[tuple[int, str], dict[str, tuple[float, float, float]]] = {}
    for shape in shapes:
        joints = people.setdefault((shape.frame, shape.group), {})
        if not shape.label or shape.label in joints:
            raise refusal(
                path,
                f"frame {shape.frame} has the point '{shape.label[:40]}' twice; group each person's, or draw skeletons",
            )
        joints[shape.label] = (*shape.places[0], shape.confidence)
    return [
        NamedPerson(frame, joints, int(group) if group.isdecimal() and len(group) < 16 else None)
        for (frame, group), joints in people.items()
    ]


class _Reading:
    """What the elements read so far have said."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.people: list[NamedPerson] = []
        self.frames: dict[int, str] = {}
        """Names of the pictures by their number."""
        self.sizes: set[tuple[int, int]] = set()
        self.loose: list[_Points] = []
        self._frame: int | None = None
        self._track: int | None = None
        self._of_track: dict[str, str] = {}
        self._skeleton: tuple[int, dict[str, Any]] | None = None
        self._within: list[str] = []
        self._original: dict[str, str] = {}

    def start(self, tag: str, said: dict[str, str]) -> None:
        """An element begins."""
        self._within.append(tag)
        if tag == "image":
            self._frame = self._whole(said.get("id"))
            self.frames[self._frame] = said.get("name", "")[-300:]
            self._take_size(said.get("width"), said.get("height"))
        elif tag == "track":
            self._track, self._of_track = self._whole(said.get("id")), said
        elif tag == "skeleton" and said.get("outside") != "1":
            frame = self._frame if self._frame is not None else self._whole(said.get("frame"))
            self._skeleton = (frame, {})
        elif tag == "points":
            if self._skeleton is None and "skeleton" not in self._within and said.get("outside") != "1":
                self._add_points(said)
            elif self._skeleton is not None and said.get("outside") != "1":
                self._add_point(said)

    def end(self, tag: str) -> None:
        """An element ends."""
        self._within.pop()
        if tag == "image":
            self._frame = None
        elif tag == "track":
            self._track, self._of_track = None, {}
        elif tag == "original_size":
            self._take_size(self._original.get("width"), self._original.get("height"))
        elif tag == "skeleton" and self._skeleton is not None:
            frame, points = self._skeleton
            if points:
                self.people.append(NamedPerson(frame, points, self._track))
            self._skeleton = None

    def text(self, words: str) -> None:
        """Text between elements: only the size of a video matters."""
        if self._within[-2:-1] == ["original_size"] and len(words) < 20:
            self._original[self._within[-1]] = self._original.get(self._within[-1], "")[:20] + words.strip()

    def refuse_doctype(self, *_: object) -> None:
        """A document type may define entities without end; CVAT writes none."""
        raise refusal(self.path, "is XML with a document type, which CVAT does not write")

    def _add_point(self, said: dict[str, str]) -> None:
        assert self._skeleton is not None
        points, label = self._skeleton[1], said.get("label", "")[:100]
        try:
            x, y = (float(word) for word in said.get("points", "").split(","))
        except ValueError as error:
            raise refusal(self.path, "a point of a skeleton has no x,y as its place") from error
        if not label or label in points:
            raise refusal(self.path, "a point of a skeleton has no label, or that of another")
        points[label] = (x - 0.5, y - 0.5, _OCCLUDED if said.get("occluded") == "1" else _SEEN)

    def _add_points(self, said: dict[str, str]) -> None:
        """A shape of points that belongs to no skeleton; in a video its label stands at the track."""
        frame = self._frame if self._frame is not None else self._whole(said.get("frame"))
        pairs = [pair.split(",") for pair in said.get("points", "")[:_LONGEST].split(";")]
        try:
            places = [(float(x) - 0.5, float(y) - 0.5) for x, y in pairs]
        except ValueError as error:
            raise refusal(self.path, "its points have no x,y as their places") from error
        about = self._of_track | said
        label, group = about.get("label", "")[:100], about.get("group_id", "")[:20]
        sure = _OCCLUDED if said.get("occluded") == "1" else _SEEN
        self.loose.append(_Points(frame, label, group, self._track, places, sure))

    def _take_size(self, width: str | None, height: str | None) -> None:
        if width and height and width.isdecimal() and height.isdecimal():
            size = int(width[:9]), int(height[:9])
            if all(1 <= side <= 10**6 for side in size):
                self.sizes.add(size)

    def _whole(self, word: str | None) -> int:
        if word is None or not word.isdecimal() or len(word) > 15:
            raise refusal(self.path, f"'{str(word)[:40]}' is no number of a picture, track or frame")
        return int(word)
