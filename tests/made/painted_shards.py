"""Painted people to train networks on for a few steps: as a folder of shards, and as samples that lie in memory."""

from pathlib import Path

import torch
from painted_people import painted_picture
from torch.utils.data import default_collate

from maquette.body.skeleton import Skeleton
from maquette.data.shards.files import write_shard
from maquette.data.shards.index import ShardWriter
from maquette.data.views.labelling import take_person_sample
from maquette.data.views.loading import LoadingStage
from maquette.data.views.samples import PersonSample
from maquette.data.views.views import ViewSettings, take_person_view

SETTINGS = {"size": [64, 64], "people": 1}


def painted_shards(folder: Path, *, pictures: int = 12, persons: int = 6, first: int = 0, shards: int = 2) -> Path:
    """The folder, filled with shards of 64 px and their index; each person is in equally many pictures.

    Args:
        first: Other numbers give other people.
        shards: How many files.
    """
    writer = ShardWriter(folder, SETTINGS, seed=0, generator_version=1)
    each = pictures // shards
    for number in range(shards):
        seeds = range(each * number, each * (number + 1))
        painted = [painted_picture(1, size=64, seed=first + seed, identity=seed % persons) for seed in seeds]
        writer.add(write_shard(folder, number, painted))
    return folder


class PaintedSamples:
    """Samples of painted people that are always the same, as trainings load them."""

    def __init__(self, skeleton: Skeleton, *, count: int = 4, size_px: int = 32, strength: float = 0.0) -> None:
        self.stage = LoadingStage()
        settings = ViewSettings(size_px=size_px, skeleton=skeleton)
        self._items = []
        for seed in range(count):
            picture = painted_picture(1, size=64, seed=seed, identity=seed)
            view = take_person_view(picture, picture.people.boxes_px[0], settings, strength, [seed])
            self._items.append(take_person_sample(view, 0, skeleton))

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> PersonSample:
        return PersonSample(*(torch.clone(value) for value in self._items[index]))

    def batch(self) -> PersonSample:
        """All of them."""
        return default_collate(self._items)
