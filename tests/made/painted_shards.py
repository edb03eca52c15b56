"""Painted people to train networks on for a few steps: as a folder of shards, and as views that lie in memory."""

from pathlib import Path

import torch
from painted_people import painted_picture
from torch import Tensor
from torch.utils.data import default_collate

from maquette.body.skeleton import Skeleton
from maquette.data.shards.files import write_shard
from maquette.data.shards.index import ShardWriter
from maquette.data.views.dataset import Stage
from maquette.data.views.views import ViewSettings, person_targets, person_view

SETTINGS = {"size": [64, 64], "people": 1}


def painted_shards(folder: Path, *, pictures: int = 12, persons: int = 6) -> Path:
    """The folder, filled with two shards of 64 px and their index; each person is in equally many pictures."""
    writer = ShardWriter(folder, SETTINGS, seed=0, generator_version=1)
    half = pictures // 2
    for number, seeds in enumerate((range(half), range(half, pictures))):
        painted = [painted_picture(1, size=64, seed=seed, identity=seed % persons) for seed in seeds]
        writer.add(write_shard(folder, number, painted))
    return folder


class PaintedViews:
    """Views of painted people that are always the same: a `maquette.training.batches.ViewDataset`."""

    def __init__(self, skeleton: Skeleton, *, count: int = 4, size_px: int = 32, strength: float = 0.0) -> None:
        self.stage = Stage()
        settings = ViewSettings(size_px=size_px, skeleton=skeleton)
        self._items = []
        for seed in range(count):
            picture = painted_picture(1, size=64, seed=seed, identity=seed)
            view = person_view(picture, picture.people.boxes_px[0], settings, strength, [seed])
            self._items.append(person_targets(view, 0, skeleton))

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return {name: torch.clone(value) for name, value in self._items[index].items()}

    def batch(self) -> dict[str, Tensor]:
        """All of them."""
        return default_collate(self._items)
