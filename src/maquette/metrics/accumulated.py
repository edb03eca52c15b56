"""The main measures as torchmetrics: fed batch by batch, on one process or many; one value for all batches together.

Importing this module needs the extra ``train``. Values are in the unit of the input, or shares from 0 to 1. Errors are
the mean over poses of each pose's mean; shares of joints are taken over all known joints alike.
"""

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from maquette.extras import optional_import
from maquette.metrics.correct import AUC_M, PCK_2D_PX, PCK_3D_M, PCKH_SHARE, near, near_on_average
from maquette.metrics.position import joint_distances, mpjpe, n_mpjpe, p_mpjpe
from maquette.metrics.region import Overlap, mean_iou, overlap

_torchmetrics = optional_import("torchmetrics", extra="train")


class PooledMean(_torchmetrics.Metric):  # type: ignore[name-defined]
    """The mean of values that come in batches; NaN values do not count, and the mean of none is NaN."""

    full_state_update = False
    is_differentiable = False
    total: Tensor
    count: Tensor

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        self.add_state("total", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")

    def add(self, values: Float[Tensor, "*batch"]) -> None:
        """Take these values in."""
        known = ~values.isnan()
        self.total = self.total + torch.where(known, values, 0.0).sum(dtype=torch.float64)
        self.count = self.count + known.sum()

    def compute(self) -> Float[Tensor, ""]:
        """The mean of all values so far."""
        return self.total / self.count


class MPJPE(PooledMean):
    """Mean per-joint position error (see `maquette.metrics.position.mpjpe`)."""

    higher_is_better = False
    measure = staticmethod(mpjpe)

    def __init__(self, *, root_index: int | None = None, **settings: object) -> None:
        super().__init__(**settings)
        self.root_index = root_index

    def update(
        self,
        predicted: Float[Tensor, "*batch J 3"],
        truth: Float[Tensor, "*batch J 3"],
        mask: Bool[Tensor, "*batch J"] | None = None,
    ) -> None:
        """Take in a batch of poses."""
        self.add(self.measure(predicted, truth, mask=mask, root_index=self.root_index))


class NMPJPE(MPJPE):
    """The MPJPE after the best scale (see `maquette.metrics.position.n_mpjpe`)."""

    measure = staticmethod(n_mpjpe)


class PMPJPE(PooledMean):
    """The MPJPE after the best similarity (see `maquette.metrics.position.p_mpjpe`)."""

    higher_is_better = False

    def update(
        self,
        predicted: Float[Tensor, "*batch J 3"],
        truth: Float[Tensor, "*batch J 3"],
        mask: Bool[Tensor, "*batch J"] | None = None,
    ) -> None:
        """Take in a batch of poses."""
        self.add(p_mpjpe(predicted, truth, mask=mask))


class PooledScore(PooledMean):
    """A mean over joints of what their distances score, every joint counting alike."""

    higher_is_better = True

    def __init__(self, *, root_index: int | None = None, **settings: object) -> None:
        super().__init__(**settings)
        self.root_index = root_index

    def update(
        self,
        predicted: Float[Tensor, "*batch J D"],
        truth: Float[Tensor, "*batch J D"],
        mask: Bool[Tensor, "*batch J"] | None = None,
    ) -> None:
        """Take in a batch of poses."""
        self.add(self.score(joint_distances(predicted, truth, mask=mask, root_index=self.root_index)))

    def score(self, distances: Float[Tensor, "*batch J"]) -> Float[Tensor, "*batch J"]:
        """What each distance is worth; NaN where a joint does not count."""
        raise NotImplementedError


class PCK3D(PooledScore):
    """Share of joints with an error below a threshold (see `maquette.metrics.correct.pck_3d`)."""

    def __init__(self, *, threshold: float = PCK_3D_M, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.threshold = threshold

    def score(self, distances: Float[Tensor, "*batch J"]) -> Float[Tensor, "*batch J"]:
        """One where the joint is near."""
        return near(distances, self.threshold)


class AUC(PooledScore):
    """Mean of 3DPCK over thresholds (see `maquette.metrics.correct.auc`)."""

    def __init__(self, *, thresholds: tuple[float, ...] = AUC_M, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.thresholds = thresholds

    def score(self, distances: Float[Tensor, "*batch J"]) -> Float[Tensor, "*batch J"]:
        """Share of the thresholds that the joint is nearer than."""
        return near_on_average(distances, self.thresholds)


class PCK2D(PooledScore):
    """Share of joints within some pixels of their true place (see `maquette.metrics.correct.pck_2d`)."""

    def __init__(self, *, threshold_px: float = PCK_2D_PX, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.threshold_px = threshold_px

    def score(self, distances: Float[Tensor, "*batch J"]) -> Float[Tensor, "*batch J"]:
        """One where the joint is near."""
        return near(distances, self.threshold_px)


class PCKh(PooledMean):
    """Share of joints within a share of the head size (see `maquette.metrics.correct.pckh`)."""

    higher_is_better = True

    def __init__(self, *, share: float = PCKH_SHARE, **settings: object) -> None:
        super().__init__(**settings)
        self.share = share

    def update(
        self,
        predicted: Float[Tensor, "*batch J 2"],
        truth: Float[Tensor, "*batch J 2"],
        head_sizes_px: Float[Tensor, "*batch"],
        mask: Bool[Tensor, "*batch J"] | None = None,
    ) -> None:
        """Take in a batch of poses and the head size of each."""
        self.add(near(joint_distances(predicted, truth, mask=mask), self.share * head_sizes_px[..., None]))


class MeanIoU(_torchmetrics.Metric):  # type: ignore[name-defined]
    """Mean intersection over union of labels, pixels of all maps pooled (see `maquette.metrics.region.mean_iou`).

    Args:
        labels: How many labels there are, 0 (no person) included.
        with_background: Whether 0 counts as a label.
    """

    full_state_update = False
    is_differentiable = False
    higher_is_better = True
    shared: Tensor
    either: Tensor

    def __init__(self, labels: int, *, with_background: bool = False, **settings: object) -> None:
        super().__init__(**settings)
        self.labels, self.with_background = labels, with_background
        self.add_state("shared", torch.zeros(labels, dtype=torch.int64), dist_reduce_fx="sum")
        self.add_state("either", torch.zeros(labels, dtype=torch.int64), dist_reduce_fx="sum")

    def update(
        self,
        predicted: UInt8[Tensor, "*batch H W"],
        truth: UInt8[Tensor, "*batch H W"],
        mask: Bool[Tensor, "*batch H W"] | None = None,
    ) -> None:
        """Take in a batch of label maps."""
        pooled = overlap(predicted, truth, labels=self.labels, mask=mask).pooled()
        self.shared = self.shared + pooled.shared
        self.either = self.either + pooled.either

    def compute(self) -> Float[Tensor, ""]:
        """The mean over the labels that occurred so far."""
        return mean_iou(Overlap(self.shared, self.either), with_background=self.with_background)
