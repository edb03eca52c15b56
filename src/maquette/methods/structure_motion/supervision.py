"""Batches half of which know their depths, the other half having 2D labels alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor

from maquette.body.catalog import find_skeleton
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.identity import identify, identify_each
from maquette.data.motion.complete_poses import read_centred_poses
from maquette.data.photographs import identify_photographs, read_photographs
from maquette.data.training_sets import read_training_set
from maquette.data.views.annotated_samples import AnnotatedSamples
from maquette.data.views.augmentation import sample_photograph
from maquette.data.views.extraction import extract_frames
from maquette.data.views.frames import are_in_videos
from maquette.data.views.rendered_people import RenderedPeople
from maquette.data.views.samples import AnnotatedSample, PersonSample, join_samples
from maquette.data.views.views import ViewSettings
from maquette.errors import SettingError
from maquette.methods.structure_motion.config import StructureMotionConfig
from maquette.methods.structure_motion.options import StructureMotionOptions
from maquette.training.context import TrainingContext
from maquette.training.sample_batches import SampleBatches, SampleDataset
from maquette.training.targets import log_bone_sum, normalise_depths

LABELLED_SHARE = 0.5
"""Of rendered people, unless the user says otherwise."""
PHOTOGRAPH_SHARE = 0.5
"""Of samples without depths, where there are photographs."""
DATASET, DATASET_2D = "human3.6m", "mpii"
"""Data sets of the paper."""


class SapBatch(NamedTuple):
    """Samples of one person each, with what SAP-Net learns from them."""

    picture: UInt8[Tensor, "B 3 H W"]
    joints_px: Float[Tensor, "B J 2"]
    """In pixels of the picture."""
    is_known: Bool[Tensor, "B J"]
    camera_matrix: Float[Tensor, "B 3 3"]
    """Of the picture."""
    depths: Float[Tensor, "B J"]
    """Beyond the root, in normalised coordinates at its distance."""
    log_size: Float[Tensor, " B"]
    """Logarithm of the sum of all bones' lengths in metres."""
    has_depth: Bool[Tensor, " B"]
    """Whether depths and size may be looked at."""


@dataclass(frozen=True, kw_only=True)
class Supervision:
    """What is learnt from: samples with depths, and samples whose depths nobody knows (or that are taken so)."""

    skeleton: Skeleton
    """Of the joints."""
    labelled_3d: SampleDataset
    items_3d: Int64[Tensor, " N"] | None = None
    """Which of them; all by default."""
    labelled_2d: SampleDataset
    items_2d: Int64[Tensor, " M"] | None = None
    photographs: SampleDataset | None = None
    """Of people labelled in 2D, who take `PHOTOGRAPH_SHARE` of the half without depths."""
    workers: int = 1
    """Processes that load each half."""
    poses: Float[Tensor, "P J 3"] | None = None
    """Motion capture to learn lifting from, single precision, world frame, metres, z up."""

    def batches(self, batch_size: int, *, with_2d: bool, seed: int) -> Callable[[int], Iterator[SapBatch]]:
        """Batches without end from a step on.

        Args:
            batch_size: Samples of a batch, both halves together.
            with_2d: Whether there is a half without depths at all.
            seed: Of the orders.
        """
        share = 2 if with_2d else 1
        sources = [self._part(self.labelled_3d, self.items_3d, batch_size // share, seed)]
        if with_2d:
            count = 0 if self.photographs is None else round(PHOTOGRAPH_SHARE * (batch_size // 2))
            sources.append(self._part(self.labelled_2d, self.items_2d, batch_size // 2 - count, seed + 1))
            if self.photographs is not None and count:
                sources.append(self._part(self.photographs, None, count, seed + 2))
        return lambda start: (
            join_samples(
                [make_batch(part, self.skeleton, may_see_depth=not number) for number, part in enumerate(parts)]
            )
            for parts in zip(*(source(start) for source in sources), strict=False)
        )

    def _part(
        self, samples: SampleDataset, items: Int64[Tensor, " N"] | None, batch_size: int, seed: int
    ) -> SampleBatches:
        return SampleBatches(
            samples, batch_size=batch_size, workers=self.workers, strength=_moderate, items=items, seed=seed
        )


def make_batch(batch: PersonSample | AnnotatedSample, skeleton: Skeleton, *, may_see_depth: bool) -> SapBatch:
    """What SAP-Net learns from some samples.

    Args:
        batch: Rendered people, who have depths, or annotated ones, who say whether they do.
        skeleton: Of the joints.
        may_see_depth: Whether depths may be looked at where they are known.
    """
    count = len(batch.picture)
    known = batch.has_depth if isinstance(batch, AnnotatedSample) else torch.ones(count, dtype=torch.bool)
    return SapBatch(
        picture=batch.picture,
        joints_px=batch.joints_px,
        is_known=batch.is_known,
        camera_matrix=batch.camera_matrix,
        depths=normalise_depths(batch, skeleton),
        log_size=log_bone_sum(batch.joints_m, skeleton),
        has_depth=known if may_see_depth else torch.zeros_like(known),
    )


def split_by_person(
    identities: Int64[np.ndarray, " items"], labelled_share: float
) -> tuple[Int64[Tensor, " N"], Int64[Tensor, " M"]]:
    """Items whose depths may be known, and the others; the same person is never in both.

    Raises:
        SettingError: The share does not lie between 0 and 1.
    """
    if not 0 < labelled_share < 1:
        raise SettingError(f"a labelled share of {labelled_share} makes no sense; give a number between 0 and 1")
    order = np.random.default_rng(0).permutation(np.unique(identities))
    known = order[: max(round(labelled_share * len(order)), 1)]
    is_known = torch.from_numpy(np.isin(identities, known))
    return torch.nonzero(is_known)[:, 0], torch.nonzero(~is_known)[:, 0]


def make_rendered_supervision(
    people: RenderedPeople,
    config: StructureMotionConfig,
    labelled_share: float,
    photographs: AnnotatedPeople | None = None,
) -> Supervision:
    """Rendered people, a share of whom may show how deep their joints lie; of the others that is not looked at.

    Args:
        people: Where they come from.
        config: Joints, and size of the pictures.
        labelled_share: The share, by person.
        photographs: Of people labelled in 2D, to learn from beside those others.
    """
    skeleton = find_skeleton(config.skeleton)
    samples = people.open_samples(config.picture_px, skeleton=skeleton)
    items_3d, items_2d = split_by_person(samples.identities, labelled_share)
    others = people.open_samples(config.picture_px, skeleton=skeleton, seed=1)
    return Supervision(
        skeleton=skeleton,
        labelled_3d=samples,
        items_3d=items_3d,
        labelled_2d=others,
        items_2d=items_2d,
        photographs=None if photographs is None else AnnotatedSamples(photographs, _make_view(config), seed=2),
        workers=people.workers,
    )


def make_annotated_supervision(
    labelled_3d: AnnotatedPeople, labelled_2d: AnnotatedPeople, config: StructureMotionConfig, *, workers: int
) -> Supervision:
    """People of data sets: those whose joints are known in space (Human3.6M), and those of photographs (MPII)."""
    settings = _make_view(config)
    return Supervision(
        skeleton=settings.skeleton,
        labelled_3d=AnnotatedSamples(labelled_3d, settings),
        labelled_2d=AnnotatedSamples(labelled_2d, settings, seed=1),
        workers=workers,
    )


def find_supervision(
    options: StructureMotionOptions, config: StructureMotionConfig, context: TrainingContext
) -> Supervision:
    """Rendered people, or a data set of people known in space beside one of photographs.

    Raises:
        InputError: They cannot be read.
        SettingError: There is no such data set, or the share makes no sense.
    """
    if options.data_2d is None:
        people = RenderedPeople(
            people=options.data,
            backgrounds=options.backgrounds,
            workers=options.workers,
            background_count=8 if options.preset == "tiny" else 512,
        )
        photographs = read_photographs(options.photographs)
        supervision = make_rendered_supervision(people, config, _labelled_share(options), photographs)
        return replace(supervision, poses=_read_motion(options.motion, supervision.skeleton))
    known_3d = read_training_set(options.dataset or DATASET, options.data)
    known_2d = read_training_set(options.dataset_2d or DATASET_2D, options.data_2d)
    one, other = _extract(known_3d, options.data, context), _extract(known_2d, options.data_2d, context)
    supervision = make_annotated_supervision(one, other, config, workers=options.workers)
    return replace(supervision, poses=_read_motion(options.motion, supervision.skeleton))


def identify_sources(options: StructureMotionOptions) -> dict[str, Any]:
    """What decides the supervision, for the fingerprint.

    Raises:
        InputError: A source does not exist.
    """
    if options.data_2d is None:
        return {
            **identify_each(data=options.data, motion=options.motion, backgrounds=options.backgrounds),
            "labelled_share": _labelled_share(options),
            **identify_photographs(options.photographs),
        }
    return {
        **identify_each(data=options.data, motion=options.motion, data_2d=options.data_2d),
        "dataset": options.dataset or DATASET,
        "dataset_2d": options.dataset_2d or DATASET_2D,
    }


def _read_motion(motion: Path | None, skeleton: Skeleton) -> Float[Tensor, "P J 3"] | None:
    return None if motion is None else torch.from_numpy(read_centred_poses(motion, skeleton))


def _labelled_share(options: StructureMotionOptions) -> float:
    return LABELLED_SHARE if options.labelled_share is None else options.labelled_share


def _extract(people: AnnotatedPeople, data: Path, context: TrainingContext) -> AnnotatedPeople:
    """The same people; those in videos are cut out into the training's folder, once for these data."""
    if not are_in_videos(people.pictures).any():
        return people
    folder = context.folder / "frames" / f"{people.dataset}-{identify(data).sha256[:16]}"
    return extract_frames(people, folder, every=1, progress=context.progress)


def _make_view(config: StructureMotionConfig) -> ViewSettings:
    skeleton = find_skeleton(config.skeleton)
    return ViewSettings(size_px=config.picture_px, skeleton=skeleton, photometry=sample_photograph)


def _moderate(step: int) -> float:
    """Samples between the easy ones that a backbone starts with and the hard ones that it ends with."""
    return 0.5
