"""Batches half of which know their depths, the other half being annotated in the picture alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from maquette.body.catalog import find_skeleton
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.views.annotated_views import AnnotatedViews
from maquette.data.views.augmentation import sample_photographed
from maquette.data.views.views import ViewSettings
from maquette.errors import SettingError
from maquette.methods.backbone.recipe import ViewSource
from maquette.methods.backbone.targets import half_pictures_per_metre, log_bone_sum
from maquette.methods.structure_motion.config import StructureMotionConfig
from maquette.training.batches import ViewDataset, Views
from maquette.training.run import Batch


@dataclass(frozen=True, kw_only=True)
class Supervision:
    """What is learnt from: views with depths, and views whose depths nobody knows (or that are taken so)."""

    labelled: ViewDataset
    labelled_items: Int64[Tensor, " N"] | None = None
    """Which of them; all by default."""
    flat: ViewDataset
    flat_items: Int64[Tensor, " M"] | None = None
    workers: int = 1
    """Processes that load each half."""

    def batches(self, batch_size: int, *, with_flat: bool, seed: int) -> Callable[[int], Iterator[Batch]]:
        """Batches without end from a step on, with ``has_depth`` (B,).

        Args:
            batch_size: Views of a batch, both halves together.
            with_flat: Whether there is a half without depths at all.
            seed: Of the orders.
        """
        share = 2 if with_flat else 1
        labelled = self._half(self.labelled, self.labelled_items, batch_size // share, seed)
        if not with_flat:
            return lambda start: (_marked(batch, has_depth=True) for batch in labelled(start))
        flat = self._half(self.flat, self.flat_items, batch_size // 2, seed + 1)
        return lambda start: (
            _joined(_marked(one, has_depth=True), _marked(other, has_depth=False))
            for one, other in zip(labelled(start), flat(start), strict=False)
        )

    def _half(self, views: ViewDataset, items: Int64[Tensor, " N"] | None, batch_size: int, seed: int) -> Views:
        return Views(views, batch_size=batch_size, workers=self.workers, strength=_moderate, items=items, seed=seed)


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


def rendered_supervision(source: ViewSource, config: StructureMotionConfig, labelled_share: float) -> Supervision:
    """Rendered people, a share of whom may show how deep their joints lie; of the others that is not looked at."""
    skeleton = find_skeleton(config.skeleton)
    views = source.views(config.size_px, skeleton=skeleton)
    labelled, flat = split_by_person(views.identities, labelled_share)
    others = source.views(config.size_px, skeleton=skeleton, seed=1)
    return Supervision(labelled=views, labelled_items=labelled, flat=others, flat_items=flat, workers=source.workers)


def annotated_supervision(
    labelled: AnnotatedPeople, flat: AnnotatedPeople, config: StructureMotionConfig, *, workers: int
) -> Supervision:
    """People of data sets: those whose joints are known in space (Human3.6M), and those of photographs (MPII)."""
    settings = ViewSettings(
        size_px=config.size_px, skeleton=find_skeleton(config.skeleton), photometry=sample_photographed
    )
    return Supervision(
        labelled=AnnotatedViews(labelled, settings), flat=AnnotatedViews(flat, settings, seed=1), workers=workers
    )


def with_sap_targets(batch: Batch, skeleton: Skeleton) -> Batch:
    """The batch with ``depths`` (B,J), in half pictures at the root's distance, and ``log_size`` (B,)."""
    scale = half_pictures_per_metre(batch, skeleton)
    return batch | {
        "depths": batch["joint_depths_m"] * scale[:, None],
        "log_size": log_bone_sum(batch["joints_m"], skeleton),
    }


def _moderate(step: int) -> float:
    """Views between the easy ones that a backbone starts with and the hard ones that it ends with."""
    return 0.5


def _marked(batch: Batch, *, has_depth: bool) -> Batch:
    known = batch.get("has_depth", torch.ones(len(batch["picture"]), dtype=torch.bool))
    return batch | {"has_depth": known if has_depth else torch.zeros_like(known)}


def _joined(one: Batch, other: Batch) -> Batch:
    return {name: torch.cat([one[name], other[name]]) for name in one.keys() & other.keys()}
