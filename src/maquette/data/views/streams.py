"""Endless supplies of samples as torch datasets: a stream over shards, and pictures rendered on the fly."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch.distributed
from torch.utils.data import IterableDataset, get_worker_info

from maquette.data.shards.encoding import decode_picture
from maquette.data.shards.files import find_shards
from maquette.data.shards.reader import OnSkip, read_samples, warn_of_skip
from maquette.data.views.boxes import SMALLEST_BOX_PX
from maquette.data.views.labelling import take_person_sample, take_scene_sample
from maquette.data.views.loading import LoadingStage
from maquette.data.views.samples import PersonSample, SceneSample
from maquette.data.views.views import ViewSettings, take_person_view, take_scene_view
from maquette.errors import InputError
from maquette.rendering.labelled import LabelledPicture

_Item = TypeVar("_Item")
_Sample = TypeVar("_Sample", PersonSample, SceneSample)

Renderer = Callable[[np.random.Generator], Iterable[LabelledPicture]]
"""Draws labelled pictures, as many as an epoch is to have for one process."""


class _ShardStream(IterableDataset[_Sample], ABC):
    """Samples of the pictures in shards, which are read from front to back."""

    def __init__(
        self,
        source: Path,
        settings: ViewSettings,
        *,
        buffer: int = 1000,
        seed: int = 0,
        on_skip: OnSkip = warn_of_skip,
    ) -> None:
        self.stage = LoadingStage()
        self._paths = find_shards(source)
        self._settings, self._buffer, self._seed, self._on_skip = settings, buffer, seed, on_skip

    @abstractmethod
    def _take(self, pictures: Iterable[LabelledPicture], seed: list[int]) -> Iterator[_Sample]: ...

    def __iter__(self) -> Iterator[_Sample]:
        share, shares = _find_share()
        epoch = self.stage.epoch
        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._paths))
        paths = [self._paths[number] for number in order[share::shares]]
        seed = [self._seed, epoch, share]
        return self._take(self._read_pictures(paths, np.random.default_rng(seed)), seed)

    def _read_pictures(self, paths: list[Path], generator: np.random.Generator) -> Iterator[LabelledPicture]:
        for place, members in _sample_order(self._read_encoded(paths), self._buffer, generator):
            try:
                yield decode_picture(members, has_depth=False)
            except InputError as error:
                self._on_skip(f"{place} was left out: {error}")

    def _read_encoded(self, paths: list[Path]) -> Iterator[tuple[str, dict[str, bytes]]]:
        for path in paths:
            for _, sample, members in read_samples(path, on_skip=self._on_skip):
                yield f"'{path}': sample {sample[0].key}", members


class StreamedSamples(_ShardStream[PersonSample]):
    """Samples of one person each from shards read from front to back, for sets larger than memory or on slow disks.

    Shards are dealt out to the nodes of `torch.distributed` and to the workers of a `DataLoader`, so there should be
    more shards than those; their order and, through a buffer, that of the pictures changes from epoch to epoch. What
    comes when depends on the number of workers, other than in `maquette.data.views.stored_samples.StoredSamples`.

    Args:
        source: A folder of shards or one tar.
        settings: How views are taken.
        buffer: Pictures, still encoded, among which the next one is drawn.
        seed: Of everything that is drawn.
        on_skip: Is told what is left out.

    Raises:
        InputError: There is nothing there.
    """

    def _take(self, pictures: Iterable[LabelledPicture], seed: list[int]) -> Iterator[PersonSample]:
        return _take_people(pictures, self._settings, self.stage, seed)


class StreamedScenes(_ShardStream[SceneSample]):
    """Samples of everybody in a picture from shards read from front to back; else as `StreamedSamples`."""

    def _take(self, pictures: Iterable[LabelledPicture], seed: list[int]) -> Iterator[SceneSample]:
        return _take_scenes(pictures, self._settings, self.stage, seed)


class _RenderedStream(IterableDataset[_Sample], ABC):
    """Samples of pictures that are rendered when they are asked for."""

    def __init__(self, renderer: Renderer, settings: ViewSettings, *, seed: int = 0) -> None:
        self.stage = LoadingStage()
        self._renderer, self._settings, self._seed = renderer, settings, seed

    @abstractmethod
    def _take(self, pictures: Iterable[LabelledPicture], seed: list[int]) -> Iterator[_Sample]: ...

    def __iter__(self) -> Iterator[_Sample]:
        seed = [self._seed, self.stage.epoch, _find_share()[0]]
        return self._take(self._renderer(np.random.default_rng(seed)), seed)


class RenderedSamples(_RenderedStream[PersonSample]):
    """Samples of one person each, from pictures rendered when they are asked for; nothing is stored.

    Every process of a `DataLoader` and every epoch has its own random numbers, and an epoch ends when the renderer
    does.

    Args:
        renderer: Draws the pictures; it must be importable by name if the workers are spawned.
        settings: How views are taken.
        seed: Of everything that is drawn.
    """

    def _take(self, pictures: Iterable[LabelledPicture], seed: list[int]) -> Iterator[PersonSample]:
        return _take_people(pictures, self._settings, self.stage, seed)


class RenderedScenes(_RenderedStream[SceneSample]):
    """Samples of everybody in a picture rendered when it is asked for; else as `RenderedSamples`."""

    def _take(self, pictures: Iterable[LabelledPicture], seed: list[int]) -> Iterator[SceneSample]:
        return _take_scenes(pictures, self._settings, self.stage, seed)


def _find_share() -> tuple[int, int]:
    """Which share of the work falls to this process, and of how many."""
    worker = get_worker_info()
    number, workers = (worker.id, worker.num_workers) if worker is not None else (0, 1)
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        number += torch.distributed.get_rank() * workers
        workers *= torch.distributed.get_world_size()
    return number, workers


def _take_people(
    pictures: Iterable[LabelledPicture], settings: ViewSettings, stage: LoadingStage, seed: list[int]
) -> Iterator[PersonSample]:
    numbers = count()
    for picture in pictures:
        boxes = picture.people.boxes_px
        for person in np.flatnonzero(boxes[:, 2:].max(axis=1, initial=0) >= SMALLEST_BOX_PX).tolist():
            view = take_person_view(picture, boxes[person], settings, stage.strength, [*seed, next(numbers)])
            yield take_person_sample(view, person, settings.skeleton)


def _take_scenes(
    pictures: Iterable[LabelledPicture], settings: ViewSettings, stage: LoadingStage, seed: list[int]
) -> Iterator[SceneSample]:
    for number, picture in enumerate(pictures):
        view = take_scene_view(picture, settings, stage.strength, [*seed, number])
        yield take_scene_sample(view, settings.skeleton, settings.most_people)


def _sample_order(items: Iterable[_Item], size: int, generator: np.random.Generator) -> Iterator[_Item]:
    """The items in another order: each is drawn from among the next ``size``."""
    held: list[_Item] = []
    for item in items:
        held.append(item)
        if len(held) >= size:
            yield _sample_one(held, generator)
    while held:
        yield _sample_one(held, generator)


def _sample_one(held: list[_Item], generator: np.random.Generator) -> _Item:
    """One of them, which is taken off."""
    place = int(generator.integers(len(held)))
    held[place], held[-1] = held[-1], held[place]
    return held.pop()
