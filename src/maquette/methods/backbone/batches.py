"""What a backbone learns from: batches of rendered people, with photographs among them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from maquette.data.annotated import AnnotatedPeople
from maquette.data.views.annotated_samples import AnnotatedSamples
from maquette.data.views.augmentation import sample_photograph, schedule_strength
from maquette.data.views.rendered_people import RenderedPeople
from maquette.data.views.samples import AnnotatedSample, PersonSample
from maquette.data.views.views import ViewSettings
from maquette.methods.backbone.config import BackboneConfig
from maquette.methods.backbone.model import SKELETON
from maquette.training.sample_batches import SampleBatches

PLAIN_STRENGTH = 0.3
"""How strongly samples vary at the end, as at the beginning."""


class Batch(NamedTuple):
    """Samples of one person each."""

    people: PersonSample
    photographs: AnnotatedSample | None


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where samples come from."""

    people: RenderedPeople
    photographs: AnnotatedPeople | None = None
    """Labelled in 2D."""


def make_batches(sources: Sources, config: BackboneConfig, seed: int) -> Callable[[int], Iterator[Batch]]:
    """Batches without end from a step on.

    Args:
        sources: What is learnt from.
        config: Size of the pictures and batches, share of the photographs, and length, by which samples get harder.
        seed: Of the order.

    Raises:
        InputError: The people cannot be read.
        SettingError: There are fewer of them than a batch takes.
    """
    count = 0 if sources.photographs is None else round(config.photograph_share * config.batch_size)

    def strength(step: int) -> float:
        return strength_at(step / config.steps, config.plain_share)

    people = SampleBatches(
        sources.people.open_samples(config.picture_px, skeleton=SKELETON),
        batch_size=config.batch_size - count,
        workers=sources.people.workers,
        strength=strength,
        seed=seed,
    )
    if sources.photographs is None or not count:
        return lambda start: (Batch(one, None) for one in people(start))
    settings = ViewSettings(size_px=config.picture_px, skeleton=SKELETON, photometry=sample_photograph)
    photographs = SampleBatches(
        AnnotatedSamples(sources.photographs, settings, seed=1),
        batch_size=count,
        workers=min(sources.people.workers, 1),
        strength=strength,
        seed=seed + 1,
    )
    return lambda start: (Batch(*both) for both in zip(people(start), photographs(start), strict=False))


def strength_at(progress: float, plain_share: float) -> float:
    """How strongly samples vary: more and more, and in the last share of a training as little as at its beginning.

    Args:
        progress: Share of the training that is done, 0 to 1.
        plain_share: The last share, from 0 up to less than 1.
    """
    if plain_share and progress >= 1 - plain_share:
        return PLAIN_STRENGTH
    return schedule_strength(progress / (1 - plain_share))
