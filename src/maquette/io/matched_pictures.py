"""Pictures shown beside keypoints that somebody else found in them: each frame gets the picture of its own number."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int

from maquette.arrays import Frame
from maquette.io.folder import FolderSource
from maquette.io.pictures import PictureSource
from maquette.plain_text import count_of
from maquette.show.palette import CANVAS, colour_to_rgb

_FIRST_NUMBERS = (0, 1)
"""Those that tools count frames from, though all begin with the same picture."""
_LARGEST_SHIFT = 0.25
"""Of a step, by which times may miss a multiple of it."""
_NO_MORE = (math.inf, None)
"""Place and picture after the last."""


@dataclass(frozen=True)
class MatchedPictures:
    """A picture for every frame; an empty one where there is none."""

    source: PictureSource
    places: Float[np.ndarray, " F"]
    """In time, of the frames, rising, as `_place_pictures` counts them; between two of these there is no picture."""
    times: Float[np.ndarray, " F"]
    """Seconds, of the frames."""

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
        for place, time_s in zip(self.places.tolist(), self.times.tolist(), strict=True):
            while at < place:
                at, frame = next(pictures, _NO_MORE)
            yield Frame(frame.image if frame is not None and at == place else empty, time_s)


def match_pictures(
    source: PictureSource,
    numbers: Int[np.ndarray, " F"] | None,
    times: Float[np.ndarray, " F"],
    is_seen: Bool[np.ndarray, " F"],
) -> tuple[PictureSource, tuple[str, ...]]:
    """The pictures of frames, and notes on how they were found.

    Pictures of a folder have the numbers in their names, those of a video are counted from 0. Who counts from 0 and who
    counts from 1 mean the same first picture; and where no picture has the first frame's number, the first has.

    Args:
        source: The pictures.
        numbers: Of the frames, rising, as their file counts them; None if it does not.
        times: Of the frames, in seconds.
        is_seen: Whether anybody is in a frame; where nobody is, the file may not speak of it at all.
    """
    by_number = None if numbers is None else _places_by_number(source, numbers)
    places = np.arange(len(times)) * 1.0 if numbers is None else (numbers - numbers[0]) * 1.0
    if by_number is not None and _count_hits(source, by_number[is_seen]) >= _count_hits(source, places[is_seen]):
        places = by_number
    notes = ("the first frame is taken to be the picture of its number, not the first one",) if places[0] else ()
    seen = int(is_seen.sum())
    missing = seen - _count_hits(source, places[is_seen])
    notes += (f"without a picture: {count_of(missing, 'frame')} of {seen}",) if missing else ()
    return MatchedPictures(source, places, times), notes


def numbers_of_times(times: Float[np.ndarray, " F"]) -> Int[np.ndarray, " F"] | None:
    """The numbers of frames whose times (seconds, rising) are multiples of one step, from 0; None if they are not."""
    steps = np.diff(times)
    if not len(steps) or steps.min() <= 0:
        return None
    exact = (times - times[0]) / np.median(steps)
    numbers = exact.round().astype(np.int64)
    is_even = np.abs(exact - numbers).max() < _LARGEST_SHIFT and np.diff(numbers).min() > 0
    return numbers if is_even else None


def _places_by_number(source: PictureSource, numbers: Int[np.ndarray, " F"]) -> Float[np.ndarray, " F"] | None:
    """The places of pictures that have these numbers; None where pictures have none, or begin with 0 and these with 1.

    Where numbers of pictures rise by more than one, those between belong to places between.
    """
    first = source.first_number if isinstance(source, FolderSource) else 0
    if first is None or (first != numbers[0] and {first, int(numbers[0])} <= set(_FIRST_NUMBERS)):
        return None
    return (numbers - first) / (source.number_step if isinstance(source, FolderSource) else 1)


def _count_hits(source: PictureSource, places: Float[np.ndarray, " F"]) -> int:
    """How many of the places have a picture, as far as that is known before a video has been read."""
    if isinstance(source, FolderSource):
        return int(np.isin(places, source.steps).sum())
    return len(places) if source.frame_count is None else int((places <= source.frame_count).sum())


def _place_pictures(source: PictureSource) -> Iterator[tuple[float, Frame | None]]:
    """Pictures with their places in time: of a folder by the numbers in their names, of a video in order."""
    for place, frame in enumerate(source.frames()):
        yield (round(frame.time_s * (source.fps or 1.0)) if isinstance(source, FolderSource) else place), frame
