"""Endless supplies of views as torch datasets: a stream over shards, and pictures rendered on the fly."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import torch.distributed
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from maquette.data.shards.files import shard_paths
from maquette.data.shards.reader import OnSkip, read_samples, warn_of_skipped
from maquette.data.shards.sample import decode
from maquette.data.views.dataset import SMALLEST_BOX_PX, Stage
from maquette.data.views.views import ViewSettings, person_targets, person_view, scene_targets, scene_view
from maquette.errors import InputError
from maquette.rendering.labelled import LabelledPicture

_Item = TypeVar("_Item")

StreamSubject = Literal["person", "scene"]
"""What an item shows: one person, or everybody in a picture."""

Renderer = Callable[[np.random.Generator], Iterable[LabelledPicture]]
"""Draws labelled pictures, as many as an epoch is to have for one process."""


class StreamedViews(IterableDataset[dict[str, Tensor]]):
    """Views of people from shards that are read from front to back, for sets larger than memory or on slow disks.

    Shards are dealt out to the nodes of `torch.distributed` and to the workers of a `DataLoader`, so there should be
    more shards than those; their order and, through a buffer, that of the pictures changes from epoch to epoch. Items
    are as those of `maquette.data.views.dataset.StoredViews`.

    Args:
        source: A folder of shards or one tar.
        settings: How views are taken.
        subject: What an item shows.
        buffer: Pictures, still encoded, among which the next one is drawn.
        seed: Of everything that is drawn.
        on_skip: Is told what is left out.

    Raises:
        InputError: There is nothing there.
    """

    def __init__(
        self,
        source: Path,
        settings: ViewSettings,
        *,
        subject: StreamSubject = "person",
        buffer: int = 1000,
        seed: int = 0,
        on_skip: OnSkip = warn_of_skipped,
    ) -> None:
        self.stage = Stage()
        self._paths = shard_paths(source)
        self._settings, self._buffer, self._seed, self._on_skip = settings, buffer, seed, on_skip
        self._subject: StreamSubject = subject

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        share, shares = _share()
        epoch = self.stage.epoch
        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._paths))
        paths = [self._paths[number] for number in order[share::shares]]
        seed = [self._seed, epoch, share]
        pictures = self._pictures(paths, np.random.default_rng(seed))
        return _views(pictures, self._settings, self._subject, self.stage, seed)

    def _pictures(self, paths: list[Path], generator: np.random.Generator) -> Iterator[LabelledPicture]:
        for place, members in _shuffled(self._encoded(paths), self._buffer, generator):
            try:
                yield decode(members, has_depth=False)
            except InputError as error:
                self._on_skip(f"{place} was left out: {error}")

    def _encoded(self, paths: list[Path]) -> Iterator[tuple[str, dict[str, bytes]]]:
        for path in paths:
            for _, sample, members in read_samples(path, on_skip=self._on_skip):
                yield f"'{path}': sample {sample[0].key}", members


class RenderedViews(IterableDataset[dict[str, Tensor]]):
    """Views of people who are rendered when they are asked for; nothing is stored.

    Every process of a `DataLoader` and every epoch has its own random numbers, and an epoch ends when the renderer
    does. Items are as those of `maquette.data.views.dataset.StoredViews`.

    Args:
        renderer: Draws the pictures; it must be importable by name if the workers are spawned.
        settings: How views are taken.
        subject: What an item shows.
        seed: Of everything that is drawn.
    """

    def __init__(
        self, renderer: Renderer, settings: ViewSettings, *, subject: StreamSubject = "person", seed: int = 0
    ) -> None:
        self.stage = Stage()
        self._renderer, self._settings, self._seed = renderer, settings, seed
        self._subject: StreamSubject = subject

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        seed = [self._seed, self.stage.epoch, _share()[0]]
        pictures = self._renderer(np.random.default_rng(seed))
        return _views(pictures, self._settings, self._subject, self.stage, seed)


def _share() -> tuple[int, int]:
    """Which share of the work falls to this process, and of how many."""
    worker = get_worker_info()
    number, workers = (worker.id, worker.num_workers) if worker is not None else (0, 1)
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        number += torch.distributed.get_rank() * workers
        workers *= torch.distributed.get_world_size()
    return number, workers


def _views(
    pictures: Iterable[LabelledPicture], settings: ViewSettings, subject: StreamSubject, stage: Stage, seed: list[int]
) -> Iterator[dict[str, Tensor]]:
    numbers = count()
    for picture in pictures:
        if subject == "scene":
            view = scene_view(picture, settings, stage.strength, [*seed, next(numbers)])
            yield scene_targets(view, settings.skeleton, settings.most_people)
            continue
        boxes = picture.people.boxes_px
        for person in np.flatnonzero(boxes[:, 2:].max(axis=1, initial=0) >= SMALLEST_BOX_PX).tolist():
            view = person_view(picture, boxes[person], settings, stage.strength, [*seed, next(numbers)])
            yield person_targets(view, person, settings.skeleton)


def _shuffled(items: Iterable[_Item], size: int, generator: np.random.Generator) -> Iterator[_Item]:
    """The items in another order: each is drawn from among the next ``size``."""
    held: list[_Item] = []
    for item in items:
        held.append(item)
        if len(held) >= size:
            yield _drawn(held, generator)
    while held:
        yield _drawn(held, generator)


def _drawn(held: list[_Item], generator: np.random.Generator) -> _Item:
    place = int(generator.integers(len(held)))
    held[place], held[-1] = held[-1], held[place]
    return held.pop()
