"""Pictures shown beside keypoints that somebody else found in them: each frame gets the picture of its own number."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from maquette.arrays import Frame
from maquette.io.folder import FolderSource
from maquette.io.pictures import PictureSource
from maquette.plain_text import count_of
from maquette.show.palette import CANVAS, colour_to_rgb

_FIRST_NUMBERS = (0, 1)
"""Those that tools count frames from, though all begin with the same picture."""
_NO_MORE = (math.inf, None)
"""Place and picture after the last."""


@dataclass(frozen=True)
class MatchedPictures:
    """A picture for every frame; an empty one where there is none."""

    source: PictureSource
    places: Int[np.ndarray, " F"]
    """In time, of the frames, rising, as `_place_pictures` counts them."""

    @property
    def path(self) -> Path:
        """Where the pictures come from."""
        return self.source.path

    @property
    def image_size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.source.image_size

    @property
    def frame_count(self) -> int | None:
        """How many frames there are."""
        return len(self.places)

    @property
    def fps(self) -> float | None:
        """Of the pictures."""
        return self.source.fps

    @property
    def notes(self) -> list[str]:
        """Of the pictures."""
        return self.source.notes

    def frames(self) -> Iterator[Frame]:
        """One for each frame.

        Raises:
            InputError: No picture can be decoded, or their size changes.
        """
        width, height = self.image_size
        empty = np.full((height, width, 3), colour_to_rgb(CANVAS), np.uint8)
        pictures = _place_pictures(self.source)
        at, frame = next(pictures, _NO_MORE)
        for place in self.places.tolist():
            while at < place:
                at, frame = next(pictures, _NO_MORE)
            yield frame if frame is not None and at == place else Frame(empty, 0.0)


def match_pictures(
    source: PictureSource, numbers: Int[np.ndarray, " F"] | None, count: int
) -> tuple[PictureSource, tuple[str, ...]]:
    """The pictures of frames, and notes on how they were found.

    Pictures of a folder have the numbers in their names, those of a video are counted from 0. Who counts from 0 and who
    counts from 1 mean the same first picture; and where no picture has the first frame's number, the first has.

    Args:
        source: The pictures.
        numbers: Of the frames, rising, as their file counts them; None if it does not.
        count: How many frames there are.
    """
    counted = np.arange(count) if numbers is None else numbers - numbers[0]
    beyond = 0 if numbers is None else _places_before(source, int(numbers[0]))
    places = counted // (source.number_step if isinstance(source, FolderSource) and beyond else 1) + beyond
    notes = (
        (f"frame {int(numbers[0])} is taken to be the picture of that number",)
        if numbers is not None and beyond
        else ()
    )
    return MatchedPictures(source, places), (*notes, *_tell_missing(source, places))


def _places_before(source: PictureSource, number: int) -> int:
    """How many places in time come before the picture of that number; 0 if it is the first or there is none."""
    if not isinstance(source, FolderSource):
        is_there = number not in _FIRST_NUMBERS and (source.frame_count is None or number < source.frame_count)
        return number if is_there else 0
    first = source.first_number
    if first is None or number <= first or {first, number} <= set(_FIRST_NUMBERS):
        return 0
    place, left = divmod(number - first, source.number_step)
    return place if not left and place in source.steps else 0


def _tell_missing(source: PictureSource, places: Int[np.ndarray, " F"]) -> tuple[str, ...]:
    """A note if frames have no picture, as far as that is known before a video has been read."""
    if isinstance(source, FolderSource):
        missing = int(np.isin(places, source.steps, invert=True).sum())
    else:
        missing = 0 if source.frame_count is None else int((places > source.frame_count).sum())
    return (f"without a picture: {count_of(missing, 'frame')} of {len(places)}",) if missing else ()


def _place_pictures(source: PictureSource) -> Iterator[tuple[float, Frame | None]]:
    """Pictures with their places in time: of a folder by the numbers in their names, of a video in order."""
    for place, frame in enumerate(source.frames()):
        yield (round(frame.time_s * (source.fps or 1.0)) if isinstance(source, FolderSource) else place), frame
