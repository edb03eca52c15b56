"""Rendered people to learn from: a folder of shards, and the new backgrounds that its people are put before."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from maquette.body.skeleton import Skeleton
from maquette.data.views.augmentation import sample_photograph
from maquette.data.views.background_pool import BackgroundPool
from maquette.data.views.stored_samples import StoredSamples
from maquette.data.views.views import ViewSettings
from maquette.rendering.labelled import RENDERED_SKELETON
from maquette.rendering.surroundings.background import BackgroundSource

_KEEP_SHARE = 0.3
_LEAST_POOL_SIDE_PX, _BEYOND_VIEW_PX = 224, 64


@dataclass(frozen=True, kw_only=True)
class RenderedPeople:
    """Where rendered people and the backgrounds behind them come from, and who loads them."""

    people: Path
    """A folder of shards (see `maquette synthesise`)."""
    backgrounds: Path | None = None
    """Photographs without people; without them new backgrounds are collages."""
    workers: int = 1
    """Processes that load; what is loaded does not depend on how many."""
    background_count: int = 512
    """Backgrounds that views get pieces of; they are made before the training and take 30 ms each."""

    def open_samples(self, size_px: int, *, skeleton: Skeleton = RENDERED_SKELETON, seed: int = 0) -> StoredSamples:
        """Samples of one person each, before new backgrounds of the training's split.

        Args:
            size_px: Side of the square pictures.
            skeleton: The joints to give.
            seed: Of all that varies; data sets of equal seeds give the same samples.

        Raises:
            InputError: The shards or the photographs cannot be read.
        """
        pool = _make_pool(self.backgrounds, self.background_count, max(_LEAST_POOL_SIDE_PX, size_px + _BEYOND_VIEW_PX))
        settings = ViewSettings(
            size_px=size_px,
            skeleton=skeleton,
            background=pool,
            occluder=pool.sample_occluder,
            photometry=sample_photograph,
            keep_share=_KEEP_SHARE,
        )
        return StoredSamples(self.people, settings, seed=seed)


def open_plain_samples(people: Path, size_px: int, skeleton: Skeleton = RENDERED_SKELETON) -> StoredSamples:
    """Samples of one person each as they were rendered: nothing is turned, hidden or put elsewhere.

    Args:
        people: A folder of shards.
        size_px: Side of the square pictures.
        skeleton: The joints to give.

    Raises:
        InputError: The shards cannot be read.
    """
    samples = StoredSamples(people, ViewSettings(size_px=size_px, skeleton=skeleton, keep_share=1.0))
    samples.stage.set(epoch=0, strength=0.0)
    return samples


@lru_cache(maxsize=1)
def _make_pool(photographs: Path | None, count: int, side_px: int) -> BackgroundPool:
    """Made once, however many sets of samples share it."""
    return BackgroundPool(BackgroundSource(photographs).select_split("train"), count=count, side_px=side_px)
