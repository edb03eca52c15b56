"""What a network at rest sees of people, kept so that its depth module learns from it again and again."""

from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple, TypeVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.data.motion.virtual_views import sample_virtual_views
from maquette.data.views.samples import join_samples
from maquette.errors import SettingError
from maquette.methods.structure_motion.heads import JointFeatures
from maquette.methods.structure_motion.supervision import SapBatch
from maquette.training.fingerprint import identify_arrays
from maquette.training.targets import inside_picture, normalise_keypoints


class KeptBatch(NamedTuple):
    """Samples as the network sees them."""

    features: JointFeatures
    labels: SapBatch
    """Pictures without rows, whose columns still tell how large they were."""


class VirtualBatch(NamedTuple):
    """Virtual views with keypoints that are off as a network's are, in normalised coordinates."""

    keypoints: Float[Tensor, "B J 2"]
    certainty: Float[Tensor, "B J"]
    true_keypoints: Float[Tensor, "B J 2"]
    true_depths: Float[Tensor, "B J"]


class KeptViews:
    """Everything that was looked at; its state is that of a training, so that a look goes on where it was stopped."""

    def __init__(self) -> None:
        self._parts: list[KeptBatch] = []
        self._whole: KeptBatch | None = None

    def keep(self, features: JointFeatures, labels: SapBatch) -> None:
        """Remembers some samples."""
        halved = features._replace(at_joints=features.at_joints.half(), whole=features.whole.half())
        bare = labels._replace(picture=labels.picture[:, :, :0])
        self._parts.append(KeptBatch(_rest(halved), _rest(bare)))
        self._whole = None

    def state_dict(self) -> dict[str, Any]:
        """All of it."""
        if not self._parts:
            return {}
        whole = self.whole()
        return {"features": whole.features._asdict(), "labels": whole.labels._asdict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Remembers that and nothing else."""
        kept = KeptBatch(JointFeatures(**state["features"]), SapBatch(**state["labels"])) if state else None
        self._parts, self._whole = [kept] if kept else [], kept

    def whole(self) -> KeptBatch:
        """All samples.

        Raises:
            SettingError: Nothing was looked at.
        """
        if not self._parts:
            raise SettingError("a stage learns from kept views, but none before it has looked; put a stage before it")
        if self._whole is None:
            features, labels = zip(*self._parts, strict=True)
            self._whole = KeptBatch(join_samples(features), join_samples(labels))
            self._parts = [self._whole]
        return self._whole

    def identify(self) -> str:
        """A checksum of all samples."""
        whole = self.whole()
        return identify_arrays({**whole.features._asdict(), **whole.labels._asdict()})

    def batches(self, batch_size: int, with_2d: bool, seed: int, start: int) -> Iterator[KeptBatch]:
        """Batches without end from a step on, drawn with replacement.

        Args:
            batch_size: Samples of a batch.
            with_2d: Whether half of them are samples without depths.
            seed: Of the choices.
            start: The first step.

        Raises:
            SettingError: Nothing was looked at, or no sample has what is asked for.
        """
        whole = self.whole()
        parts = [torch.nonzero(whole.labels.has_depth)[:, 0]]
        if with_2d:
            parts.append(torch.nonzero(~whole.labels.has_depth)[:, 0])
        if not all(map(len, parts)):
            raise SettingError("kept views lack samples with depths, or those without; look at both")
        for step in count(start):
            generator = _generator_of(seed, step)
            size = (batch_size // len(parts),)
            rows = torch.cat([part[torch.randint(len(part), size, generator=generator)] for part in parts])
            features = JointFeatures(*(values[rows].float() for values in whole.features))
            yield KeptBatch(features, SapBatch(*(values[rows] for values in whole.labels)))

    def virtual_batches(
        self, poses: Float[Tensor, "P J 3"], batch_size: int, skeleton: Skeleton, seed: int, start: int
    ) -> Iterator[VirtualBatch]:
        """Batches of virtual views without end from a step on, with errors and certainties of samples with depths.

        Args:
            poses: World frame, metres, z up.
            batch_size: Samples of a batch.
            skeleton: Of the poses.
            seed: Of the choices.
            start: The first step.

        Raises:
            SettingError: Nothing was looked at.
        """
        features, labels = self.whole()
        side = labels.picture.shape[-1]
        is_inside = inside_picture(labels.joints_px, labels.is_known, side)
        rows_with_all = torch.nonzero(labels.has_depth & labels.is_known.all(dim=1))[:, 0]
        if not len(rows_with_all):
            raise SettingError("kept views hold nobody of whom all joints are known; look at more people")
        errors = features.keypoints - normalise_keypoints(labels.joints_px, side)
        for step in count(start):
            generator = _generator_of(seed, step)
            views = sample_virtual_views(poses, batch_size, skeleton, generator)
            rows = rows_with_all[torch.randint(len(rows_with_all), (batch_size,), generator=generator)]
            yield _err_like(views.keypoints, views.depths, errors[rows], features.certainty[rows], is_inside[rows])


def _err_like(
    keypoints: Float[Tensor, "B J 2"],
    depths: Float[Tensor, "B J"],
    errors: Float[Tensor, "B J 2"],
    certainty: Float[Tensor, "B J"],
    was_inside: Bool[Tensor, "B J"],
) -> VirtualBatch:
    """Keypoints with another view's errors: what lies outside is looked for at the edge, as sure as others there."""
    is_inside = (keypoints.abs() < 1).all(dim=-1)
    outside, inside = ((certainty * chosen).sum() / chosen.sum().clamp_min(1) for chosen in (~was_inside, was_inside))
    fits = is_inside == was_inside
    sure = torch.where(fits, certainty, torch.where(is_inside, inside, outside))
    off = torch.where((fits & is_inside)[..., None], errors, torch.zeros_like(errors))
    return VirtualBatch((keypoints + off).clamp(-1.0, 1.0), sure, keypoints, depths)


_Part = TypeVar("_Part", JointFeatures, SapBatch)


def _rest(part: _Part) -> _Part:
    """The same in main memory, and of no gradient."""
    return type(part)(*(values.detach().cpu() for values in part))


def _generator_of(seed: int, step: int) -> torch.Generator:
    """Of one step's choices: the same wherever a training is taken up."""
    return torch.Generator().manual_seed((seed * 1_000_003 + step) % 2**63)
