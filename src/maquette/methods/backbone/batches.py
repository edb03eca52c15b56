"""What a backbone learns from: batches of rendered people, with photographs among them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from maquette.data.annotated import AnnotatedPeople
from maquette.data.views.annotated_samples import AnnotatedSamples
from maquette.data.views.augmentation import sample_photograph, schedule_strength
from maquette.data.views.rendered_people import RenderedPeople
from maquette.data.views.samples import AnnotatedSample, PersonSample, join_samples
from maquette.data.views.views import ViewSettings
from maquette.methods.backbone.config import BackboneConfig
from maquette.methods.backbone.model import SKELETON
from maquette.training.sample_batches import SampleBatches, SampleDataset

PLAIN_STRENGTH = 0.3
"""How strongly samples vary at the end, as at the beginning."""


class Batch(NamedTuple):
    """Samples of one person each."""

    people: PersonSample
    photographs: AnnotatedSample | None


@dataclass(frozen=True, kw_only=True)
class BatchSources:
    """Where samples come from."""

    people: RenderedPeople
    crowds: RenderedPeople | None = None
    """Rendered pictures of several people each."""
    photographs: AnnotatedPeople | None = None
    """Labelled in 2D."""


def make_batches(sources: BatchSources, config: BackboneConfig, seed: int) -> Callable[[int], Iterator[Batch]]:
    """Batches without end from a step on.

    Args:
        sources: What is learnt from.
        config: Size of the pictures and batches, share of the photographs, and length, by which samples get harder.
        seed: Of the order.

    Raises:
        InputError: The people cannot be read.
        SettingError: There are fewer of them than a batch takes.
    """
    of_photographs = 0 if sources.photographs is None else round(config.photograph_share * config.batch_size)
    of_crowds = 0 if sources.crowds is None else round(config.crowd_share * config.batch_size)

    def draw(samples: SampleDataset, count: int, place: int, *, workers: int) -> SampleBatches:
        strength = partial(_strength_of, config)
        return SampleBatches(samples, batch_size=count, workers=workers, strength=strength, seed=seed + place)

    def draw_people(source: RenderedPeople, count: int, place: int) -> SampleBatches:
        samples = source.open_samples(config.picture_px, skeleton=SKELETON, seed=place)
        return draw(samples, count, place, workers=source.workers)

    people = [draw_people(sources.people, config.batch_size - of_photographs - of_crowds, 0)]
    if sources.crowds is not None and of_crowds:
        people.append(draw_people(sources.crowds, of_crowds, 2))
    if sources.photographs is None or not of_photographs:
        return lambda start: (Batch(join_samples(some), None) for some in _together(people, start))
    settings = ViewSettings(size_px=config.picture_px, skeleton=SKELETON, photometry=sample_photograph)
    annotated = AnnotatedSamples(sources.photographs, settings, seed=1)
    photographs = draw(annotated, of_photographs, 1, workers=min(sources.people.workers, 1))
    return lambda start: (Batch(join_samples(some), one) for *some, one in _together([*people, photographs], start))


def _together(parts: Sequence[SampleBatches], start: int) -> Iterator[tuple[Any, ...]]:
    """One batch of each, again and again."""
    return zip(*(part(start) for part in parts), strict=False)


def _strength_of(config: BackboneConfig, step: int) -> float:
    return strength_at(step / config.steps, config.plain_share)


def strength_at(progress: float, plain_share: float) -> float:
    """How strongly samples vary: more and more, and in the last share of a training as little as at its beginning.

    Args:
        progress: Share of the training that is done, 0 to 1.
        plain_share: The last share, from 0 up to less than 1.
    """
    if plain_share and progress >= 1 - plain_share:
        return PLAIN_STRENGTH
    return schedule_strength(progress / (1 - plain_share))
