"""A torch dataset of views over shards, in any order: one person, everybody, a person twice, or a person over time."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor
from torch.utils.data import Dataset

from maquette.data.shards.catalogue import ShardCatalogue, read_catalogue
from maquette.data.shards.reader import OnSkip, warn_of_skipped
from maquette.data.views.views import ViewSettings, person_targets, person_view, scene_targets, scene_view, union_box
from maquette.errors import InputError, SettingError

Subject = Literal["person", "scene", "pair", "window"]
"""What an item shows: one person; everybody in a picture; one person in two pictures, apart in time or place; one
person in consecutive frames of a clip."""

SMALLEST_BOX_PX = 8.0
"""People whose box is smaller along its longer side are no items."""

_MOST_ATTEMPTS = 100


class Stage:
    """How far a training has come, told to all processes that load data: the epoch and the strength of views."""

    def __init__(self) -> None:
        self._values = torch.tensor([0.0, 1.0], dtype=torch.float64).share_memory_()

    @property
    def epoch(self) -> int:
        """Each epoch draws other views."""
        return int(self._values[0])

    @property
    def strength(self) -> float:
        """How strongly views vary, 0 to 1 (see `maquette.data.views.augmentation.rising_strength`)."""
        return float(self._values[1])

    def set(self, *, epoch: int, strength: float) -> None:
        """Takes effect with the next items that are loaded.

        Raises:
            SettingError: The strength does not lie between 0 and 1, or the epoch is negative.
        """
        if not 0 <= strength <= 1 or epoch < 0:
            raise SettingError(f"epoch {epoch} and strength {strength} make no sense; give at least 0, and 0 to 1")
        self._values[:] = torch.tensor([epoch, strength], dtype=torch.float64)


class StoredViews(Dataset[dict[str, Tensor]]):
    """Views of the people in a folder of shards, for a `DataLoader` that shuffles and has workers.

    An item is a pure function of the seed, the epoch, the strength and its index. It is the dict that
    `maquette.data.views.views.person_targets` or `scene_targets` describes; for pairs and windows every tensor has the
    frames (2, or ``frames``) as first axis. The frames of an item share background, occluder, colours and turn; those
    of a window also the place that is looked at.

    Samples that turn out to be damaged are replaced by their neighbours.

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
        on_skip: OnSkip = warn_of_skipped,
    ) -> None:
        self.stage = Stage()
        self._settings, self._subject, self._seed, self._on_skip = settings, subject, seed, on_skip
        self._catalogue = read_catalogue(source, on_skip=on_skip)
        seen = _seen_rows(self._catalogue)
        self._by_identity = seen[np.argsort(self._catalogue.identities[seen], kind="stable")]
        self._items = self._all_items(seen, frames)
        if not len(self._items):
            raise InputError(f"'{source}' has no item of the kind '{subject}'; choose another kind or other shards")

    def __len__(self) -> int:
        return len(self._items)

    @property
    def identities(self) -> Int64[np.ndarray, " items"]:
        """Who is looked at, an item each; not for scenes, which show everybody."""
        return self._catalogue.identities[self._items[:, 0] if self._subject != "pair" else self._by_identity]

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        if not 0 <= index < len(self):
            raise IndexError(index)
        seed = [self._seed, self.stage.epoch, index]
        return next_sound(lambda place: self._item(place, seed), index, len(self), on_skip=self._on_skip)

    def _all_items(self, seen: Int64[np.ndarray, " rows"], frames: int) -> Int64[np.ndarray, "items numbers"]:
        """For scenes samples, for persons and windows rows of the catalogue, for pairs see `_pairs`."""
        if self._subject == "scene":
            return np.arange(len(self._catalogue.files))[:, None]
        if self._subject == "person":
            return seen[:, None]
        if self._subject == "pair":
            return _pairs(self._catalogue.identities[self._by_identity])
        return _windows(self._catalogue, seen, frames)

    def _item(self, index: int, seed: list[int]) -> dict[str, Tensor]:
        rows, strength = self._items[index], self.stage.strength
        if self._subject == "scene":
            view = scene_view(self._catalogue.read(int(rows[0])), self._settings, strength, seed)
            return scene_targets(view, self._settings.skeleton, self._settings.most_people)
        if self._subject == "pair":
            rows = self._with_partner(rows, np.random.default_rng([*seed, 1]))
        boxes = self._catalogue.boxes_px[rows]
        if self._subject == "window":
            boxes = np.broadcast_to(union_box(boxes), boxes.shape)
        found = [self._person(int(row), box, seed) for row, box in zip(rows, boxes, strict=True)]
        if self._subject == "person":
            return found[0]
        return {name: torch.stack([one[name] for one in found]) for name in found[0]}

    def _with_partner(
        self, place_start_end: Int64[np.ndarray, "3"], generator: np.random.Generator
    ) -> Int64[np.ndarray, "2"]:
        place, start, end = place_start_end.tolist()
        other = start + (place - start + int(generator.integers(1, end - start))) % (end - start)
        return self._by_identity[[place, other]]

    def _person(self, row: int, box: np.ndarray, seed: list[int]) -> dict[str, Tensor]:
        picture = self._catalogue.read(int(self._catalogue.samples[row]))
        view = person_view(picture, box, self._settings, self.stage.strength, seed)
        return person_targets(view, int(self._catalogue.persons[row]), self._settings.skeleton)


def next_sound(
    read: Callable[[int], dict[str, Tensor]], index: int, count: int, *, on_skip: OnSkip
) -> dict[str, Tensor]:
    """The item at ``index`` of ``count``, or the first after it that is not damaged.

    Raises:
        InputError: Very many in a row are.
    """
    error = None
    for attempt in range(min(_MOST_ATTEMPTS, count)):
        try:
            return read((index + attempt) % count)
        except InputError as damage:
            on_skip(str(damage))
            error = damage
    raise InputError(f"{error}, and so were many others; make the data anew")


def _seen_rows(catalogue: ShardCatalogue) -> Int64[np.ndarray, " rows"]:
    return np.flatnonzero(catalogue.boxes_px[:, 2:].max(axis=1, initial=0) >= SMALLEST_BOX_PX)


def _pairs(identities: Int64[np.ndarray, " R"]) -> Int64[np.ndarray, "items 3"]:
    """For every place in rows sorted by identity: the place, and where its identity starts and ends."""
    places = np.arange(len(identities))
    starts = np.searchsorted(identities, identities, side="left")
    ends = np.searchsorted(identities, identities, side="right")
    return np.stack([places, starts, ends], axis=1)[ends - starts > 1]


def _windows(
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
