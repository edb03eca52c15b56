"""What the backbone is asked for: every label of rendered people, keypoints in photographs, and to forget nothing."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from maquette.body.catalog import H36M_17, MPII_16
from maquette.body.skeleton import Skeleton
from maquette.data.views.samples import AnnotatedSample
from maquette.fields.heatmaps import (
    cell_offsets,
    gaussian_heatmaps,
    read_at,
    soft_argmax,
    softmax_cells,
    spread_evenly,
)
from maquette.losses.field import direction_error, heatmap_cross_entropy, part_cross_entropy
from maquette.losses.masking import weighted_mean
from maquette.methods.backbone.config import TermWeights
from maquette.methods.backbone.model import BackboneOutput
from maquette.nets.mobile import CentredMaps
from maquette.nets.sizes import STRIDE
from maquette.training.targets import Targets, inside_picture


def backbone_terms(
    output: BackboneOutput, targets: Targets, weights: TermWeights, skeleton: Skeleton
) -> dict[str, Tensor]:
    """The terms of rendered people by name, each times its weight; their sum is what is made small.

    Args:
        output: Of the backbone.
        targets: The labels.
        weights: How much the terms count, and details of the body in them.
        skeleton: Of the joints.
    """
    counts = targets.is_inside * importance(skeleton, weights.detail).to(targets.is_inside.device)
    probabilities = softmax_cells(output.heatmaps.float())
    depths = read_at(output.depth_maps.float(), probabilities.detach())
    terms = place_terms(output, probabilities, targets.probabilities, targets.keypoints_px, counts)
    return {
        "heatmaps": weights.heatmaps * terms["heatmaps"],
        "keypoints": weights.keypoints * terms["keypoints"],
        "depths": weights.depths * weighted_mean((depths - targets.depths).abs(), counts),
        "parts": weights.parts * part_cross_entropy(output.part_logits.float(), targets.parts).mean(),
        "yaw": weights.yaw * direction_error(output.yaw.float(), targets.yaw_rad).mean(),
        "size": weights.size * weighted_mean((output.log_size.float() - targets.log_size).abs(), targets.is_whole),
        **detail_terms(output, probabilities, targets, weights, counts),
    }


def place_terms(
    output: BackboneOutput,
    probabilities: Float[Tensor, "B J H W"],
    target: Float[Tensor, "B J H W"],
    keypoints_px: Float[Tensor, "B J 2"],
    counts: Float[Tensor, "B J"],
) -> dict[str, Tensor]:
    """Errors of the heatmaps and of their mean places, in normalised coordinates.

    Args:
        output: Of the backbone.
        probabilities: Its heatmaps as such.
        target: What they should be.
        keypoints_px: Where the joints are.
        counts: How much each joint counts; nothing for those that are not in the picture.
    """
    half = probabilities.shape[-1] * STRIDE / 2
    off = (soft_argmax(probabilities, stride=STRIDE) - keypoints_px).abs().sum(dim=-1) / half
    entropy = heatmap_cross_entropy(output.heatmaps.float(), target, mask=counts > 0)
    return {"heatmaps": weighted_mean(entropy, counts), "keypoints": weighted_mean(off, counts)}


def detail_terms(
    output: BackboneOutput,
    probabilities: Float[Tensor, "B J H W"],
    targets: Targets,
    weights: TermWeights,
    counts: Float[Tensor, "B J"],
) -> dict[str, Tensor]:
    """The terms of the further heads, if there are any."""
    if output.details is None:
        return {}
    offsets, visibility, centre = (part.float() for part in output.details)
    size = (offsets.shape[-2], offsets.shape[-1])
    misses = (offsets - cell_offsets(targets.keypoints_px, size, stride=STRIDE)).abs().sum(dim=2)
    seen = read_at(visibility, probabilities.detach())
    unseen = binary_cross_entropy_with_logits(seen, targets.is_visible.float(), reduction="none")
    middle = gaussian_heatmaps(targets.middle_px[:, None], targets.is_placed[:, None], size, stride=STRIDE, sigma=2.0)
    off_middle = heatmap_cross_entropy(centre[:, None], spread_evenly(middle), mask=targets.is_placed[:, None])
    return {
        "offsets": weights.offsets * weighted_mean(read_at(misses, targets.probabilities), counts),
        "visibility": weights.visibility * weighted_mean(unseen, counts),
        "centre": weights.centre * weighted_mean(off_middle[:, 0], targets.is_placed),
    }


def photograph_terms(
    output: BackboneOutput, batch: AnnotatedSample, weights: TermWeights, skeleton: Skeleton
) -> dict[str, Tensor]:
    """The terms of people in photographs, of whom joints are known in 2D alone.

    Args:
        output: Of the backbone.
        batch: The people; joints as rendered bodies have them.
        weights: How much the terms count.
        skeleton: Of the joints.
    """
    side, cells = batch.picture.shape[-1], (output.heatmaps.shape[-2], output.heatmaps.shape[-1])
    is_inside = inside_picture(batch.joints_px, batch.is_known, side)
    counts = is_inside * importance(skeleton, weights.detail).to(is_inside.device)
    target = spread_evenly(gaussian_heatmaps(batch.joints_px, is_inside, cells, stride=STRIDE))
    probabilities = softmax_cells(output.heatmaps.float())
    terms = place_terms(output, probabilities, target, batch.joints_px, counts)
    return {
        "heatmaps in photographs": weights.photographs * weights.heatmaps * terms["heatmaps"],
        "keypoints in photographs": weights.photographs * weights.keypoints * terms["keypoints"],
    }


def brought_error(now: CentredMaps, before: CentredMaps) -> Float[Tensor, ""]:
    """How far brought heads say something else than they came, over the maps; zero if they say the same.

    Args:
        now: Of features that have learnt.
        before: Of those that were brought.
    """
    joints, middles = before.heatmaps.float().sigmoid(), before.centre.float().sigmoid()
    entropy = _entropy_beyond(now.heatmaps.float(), joints) + _entropy_beyond(now.centre.float(), middles)
    regress = ((now.regress - before.regress).float().abs() * middles).sum() / middles.sum().clamp_min(1e-6)
    twice = joints.repeat_interleave(2, dim=1)
    offset = ((now.offset - before.offset).float().abs() * twice).sum() / twice.sum().clamp_min(1e-6)
    return 100.0 * entropy + (regress + offset) / now.regress.shape[1]


def importance(skeleton: Skeleton, detail: float) -> Float[Tensor, " J"]:
    """1 for joints that bodies are usually described by, ``detail`` for those of face, hands and feet."""
    usual = {*H36M_17.joint_names, *MPII_16.joint_names}
    return torch.tensor([1.0 if joint in usual else detail for joint in skeleton.joint_names])


def _entropy_beyond(logits: Tensor, target: Tensor) -> Float[Tensor, ""]:
    """Cross entropy, less what it is at best."""
    best = binary_cross_entropy_with_logits(target.logit(eps=1e-6), target)
    return binary_cross_entropy_with_logits(logits, target) - best
