"""How good a backbone is on people it has never seen: joints, sides, parts, depths, and where bodies face."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Subset

from maquette.body.skeleton import Skeleton
from maquette.data.views.samples import PersonSample
from maquette.fields.heatmaps import read_at, softmax_cells
from maquette.methods.backbone.model import LABELS, BackboneModel
from maquette.methods.backbone.reading import find_places
from maquette.metrics.correct import LIMB_JOINTS, TORSO_SHARE
from maquette.metrics.region import Overlap, mean_iou, overlap
from maquette.metrics.sides import sides_right, torso_length
from maquette.training.targets import make_targets, normalised_per_metre


class BackboneFigures(NamedTuple):
    """Means over people; NaN where nothing could be judged."""

    torso_pck: float
    """Share of the limb joints within a fifth of the torso."""
    pair_accuracy: float
    """Of pairs of limb joints that are apart: share both of which are nearer to their own place than to the twin's."""
    part_iou: float
    """Mean intersection over union of the parts."""
    depth_error_mm: float
    """Mean error of the joints' depths beyond the pelvis."""
    yaw_error_deg: float
    """Median error of the body yaw."""
    size_error: float
    """Median error of a person's size, as a share of it."""


@torch.inference_mode()
def evaluate_backbone(
    model: BackboneModel, samples: Dataset[PersonSample], skeleton: Skeleton, *, count: int | None = None
) -> BackboneFigures:
    """The figures of a backbone on samples of one person each.

    Args:
        model: The backbone.
        samples: Of people it has not learnt from.
        skeleton: Of the samples' joints.
        count: How many, spread evenly over all; by default all.
    """
    total = len(samples)  # type: ignore[arg-type]
    chosen = torch.linspace(0, total - 1, min(count or total, total)).round().long().tolist()
    was_training = model.training
    model.eval()
    parts = [_measure(model, batch, skeleton) for batch in DataLoader(Subset(samples, chosen), batch_size=64)]
    model.train(was_training)
    joined = _Measured(*(torch.cat(column) for column in zip(*parts, strict=True)))
    return BackboneFigures(
        torso_pck=joined.is_near.nanmean().item(),
        pair_accuracy=joined.has_side.nanmean().item(),
        part_iou=mean_iou(Overlap(joined.shared, joined.either).pooled()).item(),
        depth_error_mm=1000 * joined.depth_error_m.nanmean().item(),
        yaw_error_deg=joined.yaw_error.rad2deg().median().item(),
        size_error=joined.size_error.median().item(),
    )


class _Measured(NamedTuple):
    """Errors of a batch, NaN where they do not count."""

    is_near: Float[Tensor, "B J"]
    has_side: Float[Tensor, "B pairs"]
    shared: Tensor
    either: Tensor
    depth_error_m: Float[Tensor, "B J"]
    yaw_error: Float[Tensor, " B"]
    size_error: Float[Tensor, " B"]


def _measure(model: BackboneModel, batch: PersonSample, skeleton: Skeleton) -> _Measured:
    device = next(model.parameters()).device
    output, targets = model(batch.picture.to(device)), make_targets(batch, skeleton)
    output = output.of_ours(Tensor.cpu)
    probabilities = softmax_cells(output.heatmaps.float())
    keypoints = find_places(output, probabilities)
    depths = read_at(output.depth_maps.float(), probabilities)
    metres = (depths - targets.depths).abs() / normalised_per_metre(batch, skeleton)[:, None]
    seen = overlap(output.part_logits.argmax(dim=1).to(torch.uint8), targets.parts.to(torch.uint8), labels=LABELS)
    yaw = torch.atan2(output.yaw[:, 1], output.yaw[:, 0]) - targets.yaw_rad
    limbs = torch.zeros(len(skeleton), dtype=torch.bool).index_fill_(0, torch.tensor(skeleton.indices(*LIMB_JOINTS)), 1)
    counts = targets.is_inside & limbs
    torsos = torso_length(targets.keypoints_px, skeleton, mask=targets.is_inside)
    near = (keypoints - targets.keypoints_px).norm(dim=-1) < TORSO_SHARE * torsos[:, None]
    return _Measured(
        is_near=near.float().masked_fill(~counts | torsos.isnan()[:, None], torch.nan),
        has_side=sides_right(keypoints, targets.keypoints_px, skeleton, torsos, mask=counts).amin(dim=-1),
        shared=seen.shared,
        either=seen.either,
        depth_error_m=metres.masked_fill(~targets.is_known, torch.nan),
        yaw_error=torch.atan2(yaw.sin(), yaw.cos()).abs(),
        size_error=(output.log_size - targets.log_size).exp().sub(1).abs(),
    )
