"""CVAT's XML, of pictures or of a video: skeletons of named points; entities and document types are refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.parsers import expat

from maquette.errors import InputError
from maquette.io.keypoints.assembly import Detections, Settings
from maquette.io.keypoints.named import NamedPerson, Video, detections_of_names
from maquette.io.keypoints.numbering import frame_numbers
from maquette.io.keypoints.sources import refusal

_OCCLUDED, _SEEN = 0.5, 1.0


def is_cvat(lines: Sequence[str]) -> bool:
    """Whether a text is XML with CVAT's root."""
    start = " ".join(lines[:20])[:4000].lstrip()
    return start.startswith("<") and "<annotations" in start


def read_cvat(lines: Sequence[str], path: Path, settings: Settings) -> Detections:
    """The skeletons of every picture, or of every track over the frames of a video.

    Raises:
        InputError: It is broken XML, has a document type, or its skeletons make no sense.
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
    if not found.people and found.has_points:
        raise refusal(path, "is CVAT's XML without skeletons of named points; draw people as skeletons")
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


class _Reading:
    """What the elements read so far have said."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.people: list[NamedPerson] = []
        self.frames: dict[int, str] = {}
        """Names of the pictures by their number."""
        self.sizes: set[tuple[int, int]] = set()
        self.has_points = False
        self._frame: int | None = None
        self._track: int | None = None
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
            self._track = self._whole(said.get("id"))
        elif tag == "skeleton" and said.get("outside") != "1":
            frame = self._frame if self._frame is not None else self._whole(said.get("frame"))
            self._skeleton = (frame, {})
        elif tag == "points":
            self.has_points = True
            if self._skeleton is not None and said.get("outside") != "1":
                self._add_point(said)

    def end(self, tag: str) -> None:
        """An element ends."""
        self._within.pop()
        if tag == "image":
            self._frame = None
        elif tag == "track":
            self._track = None
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

    def _take_size(self, width: str | None, height: str | None) -> None:
        if width and height and width.isdecimal() and height.isdecimal():
            size = int(width[:9]), int(height[:9])
            if all(1 <= side <= 10**6 for side in size):
                self.sizes.add(size)

    def _whole(self, word: str | None) -> int:
        if word is None or not word.isdecimal() or len(word) > 15:
            raise refusal(self.path, f"'{str(word)[:40]}' is no number of a picture, track or frame")
        return int(word)
