"""Torch datasets of samples from shards, in any order: one person, a person twice or over time, and everybody."""

from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Int64
from torch.utils.data import Dataset

from maquette.data.shards.catalogue import ShardCatalogue, read_catalogue
from maquette.data.shards.reader import OnSkip, warn_of_skip
from maquette.data.views.boxes import SMALLEST_BOX_PX, unite_boxes
from maquette.data.views.labelling import take_person_sample, take_scene_sample
from maquette.data.views.loading import LoadingStage, read_undamaged
from maquette.data.views.samples import PersonSample, SceneSample, stack_samples
from maquette.data.views.views import ViewSettings, take_person_view, take_scene_view
from maquette.errors import InputError, SettingError

Subject = Literal["person", "pair", "window"]
"""What an item shows: one person; one person in two pictures, apart in time or place; one person in consecutive frames
of a clip."""


class StoredSamples(Dataset[PersonSample]):
    """Samples of the people in a folder of shards, for a `DataLoader` that shuffles and has workers.

    An item is a pure function of the seed, the epoch, the strength and its index, whoever loads it. For pairs and
    windows every tensor has the frames (2, or ``frames``) as first axis. The frames of an item share background,
    occluder, colours and turn; those of a window also the place that is looked at.

    Pictures that turn out to be damaged are replaced by their neighbours.

    Args:
        source: A folder of shards or one tar.
        settings: How views are taken.
        subject: What an item shows.
        frames: Length of windows.
        seed: Of everything that is drawn.
        on_skip: Is told what is left out.

    Raises:
        InputError: There is nothing there that can be read, or no such items in it.
    """

    def __init__(
        self,
        source: Path,
        settings: ViewSettings,
        *,
        subject: Subject = "person",
        frames: int = 9,
        seed: int = 0,
        on_skip: OnSkip = warn_of_skip,
    ) -> None:
        self.stage = LoadingStage()
        self._settings, self._subject, self._seed, self._on_skip = settings, subject, seed, on_skip
        self._catalogue = read_catalogue(source, on_skip=on_skip)
        seen = _find_seen(self._catalogue)
        self._by_identity = seen[np.argsort(self._catalogue.identities[seen], kind="stable")]
        self._items = self._list_items(seen, frames)
        if not len(self._items):
            raise InputError(f"'{source}' has no item of the kind '{subject}'; choose another kind or other shards")

    def __len__(self) -> int:
        return len(self._items)

    @property
    def identities(self) -> Int64[np.ndarray, " items"]:
        """Who is looked at, an item each."""
        first = self._items[:, 0]
        return self._catalogue.identities[self._by_identity[first] if self._subject == "pair" else first]

    def __getitem__(self, index: int) -> PersonSample:
        if not 0 <= index < len(self):
            raise IndexError(index)
        seed = [self._seed, self.stage.epoch, index]
        return read_undamaged(lambda place: self._take(place, seed), index, len(self), on_skip=self._on_skip)

    def _list_items(self, seen: Int64[np.ndarray, " rows"], frames: int) -> Int64[np.ndarray, "items numbers"]:
        """For persons and windows rows of the catalogue, for pairs see `_list_pairs`."""
        if self._subject == "person":
            return seen[:, None]
        if self._subject == "pair":
            return _list_pairs(self._catalogue.identities[self._by_identity])
        return _list_windows(self._catalogue, seen, frames)

    def _take(self, index: int, seed: list[int]) -> PersonSample:
        rows = self._items[index]
        if self._subject == "pair":
            rows = self._add_partner(rows, np.random.default_rng([*seed, 1]))
        boxes = self._catalogue.boxes_px[rows]
        if self._subject == "window":
            boxes = np.broadcast_to(unite_boxes(boxes), boxes.shape)
        found = [self._take_person(int(row), box, seed) for row, box in zip(rows, boxes, strict=True)]
        return found[0] if self._subject == "person" else stack_samples(found)

    def _add_partner(
        self, place_start_end: Int64[np.ndarray, "3"], generator: np.random.Generator
    ) -> Int64[np.ndarray, "2"]:
        place, start, end = place_start_end.tolist()
        other = start + (place - start + int(generator.integers(1, end - start))) % (end - start)
        return self._by_identity[[place, other]]

    def _take_person(self, row: int, box: np.ndarray, seed: list[int]) -> PersonSample:
        picture = self._catalogue.read(int(self._catalogue.samples[row]))
        view = take_person_view(picture, box, self._settings, self.stage.strength, seed)
        return take_person_sample(view, int(self._catalogue.persons[row]), self._settings.skeleton)


class StoredScenes(Dataset[SceneSample]):
    """Samples of everybody in the pictures of a folder of shards, one picture an item; else as `StoredSamples`.

    Args:
        source: A folder of shards or one tar.
        settings: How views are taken, and how many people there is room for.
        seed: Of everything that is drawn.
        on_skip: Is told what is left out.

    Raises:
        InputError: There is nothing there that can be read.
    """

    def __init__(self, source: Path, settings: ViewSettings, *, seed: int = 0, on_skip: OnSkip = warn_of_skip) -> None:
        self.stage = LoadingStage()
        self._settings, self._seed, self._on_skip = settings, seed, on_skip
        self._catalogue = read_catalogue(source, on_skip=on_skip)

    def __len__(self) -> int:
        return len(self._catalogue.files)

    def __getitem__(self, index: int) -> SceneSample:
        if not 0 <= index < len(self):
            raise IndexError(index)
        seed = [self._seed, self.stage.epoch, index]
        return read_undamaged(lambda place: self._take(place, seed), index, len(self), on_skip=self._on_skip)

    def _take(self, index: int, seed: list[int]) -> SceneSample:
        view = take_scene_view(self._catalogue.read(index), self._settings, self.stage.strength, seed)
        return take_scene_sample(view, self._settings.skeleton, self._settings.most_people)


def _find_seen(catalogue: ShardCatalogue) -> Int64[np.ndarray, " rows"]:
    return np.flatnonzero(catalogue.boxes_px[:, 2:].max(axis=1, initial=0) >= SMALLEST_BOX_PX)


def _list_pairs(identities: Int64[np.ndarray, " R"]) -> Int64[np.ndarray, "items 3"]:
    """For every place in rows sorted by identity: the place, and where its identity starts and ends."""
    places = np.arange(len(identities))
    starts = np.searchsorted(identities, identities, side="left")
    ends = np.searchsorted(identities, identities, side="right")
    return np.stack([places, starts, ends], axis=1)[ends - starts > 1]


def _list_windows(
    catalogue: ShardCatalogue, seen: Int64[np.ndarray, " rows"], frames: int
) -> Int64[np.ndarray, "items frames"]:
    """Rows of one person that follow each other in a clip without a gap."""
    if frames < 1:
        raise SettingError(f"a window of {frames} frames makes no sense; give at least 1")
    rows = seen[catalogue.clips[seen] >= 0]
    rows = rows[np.lexsort([column[rows] for column in (catalogue.frames, catalogue.identities, catalogue.clips)])]
    if len(rows) < frames:
        return np.zeros((0, frames), np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(rows, frames)
    first, last = windows[:, 0], windows[:, -1]
    is_one = (catalogue.clips[first] == catalogue.clips[last]) & (
        catalogue.identities[first] == catalogue.identities[last]
    )
    return windows[is_one & (catalogue.frames[last] - catalogue.frames[first] == frames - 1)]
