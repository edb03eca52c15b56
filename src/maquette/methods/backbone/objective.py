"""What the backbone is asked for: every label of a view at once."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.catalog import H36M_17, MPII_16
from maquette.body.skeleton import Skeleton
from maquette.fields.heatmaps import expected_points, probabilities, read_at
from maquette.losses.field import direction_error, heatmap_cross_entropy, part_cross_entropy
from maquette.methods.backbone.config import TermWeights
from maquette.methods.backbone.model import BackboneAnswer
from maquette.methods.backbone.targets import Targets
from maquette.nets.sizes import STRIDE


def backbone_terms(
    answer: BackboneAnswer, targets: Targets, weights: TermWeights, skeleton: Skeleton
) -> dict[str, Tensor]:
    """The terms of a batch by name, each times its weight; their sum is what is made small.

    Args:
        answer: Of the backbone.
        targets: The labels.
        weights: How much the terms count, and details of the body in them.
        skeleton: Of the joints.
    """
    inside = targets.is_inside
    counts = inside * importance(skeleton, weights.detail).to(inside.device)
    chances = probabilities(answer.heatmaps.float())
    half = chances.shape[-1] * STRIDE / 2
    off = (expected_points(chances, stride=STRIDE) - targets.places_px).abs().sum(dim=-1) / half
    depths = read_at(answer.depth_maps.float(), chances.detach())
    return {
        "heatmaps": weights.heatmaps
        * mean_over(heatmap_cross_entropy(answer.heatmaps.float(), targets.chances, mask=inside), counts),
        "places": weights.places * mean_over(off, counts),
        "depths": weights.depths * mean_over((depths - targets.depths).abs(), counts),
        "parts": weights.parts * part_cross_entropy(answer.part_logits.float(), targets.parts).mean(),
        "yaw": weights.yaw * direction_error(answer.yaw.float(), targets.yaw_rad).mean(),
        "size": weights.size * mean_over((answer.log_size.float() - targets.log_size).abs(), targets.is_whole),
    }


def importance(skeleton: Skeleton, detail: float) -> Float[Tensor, " J"]:
    """1 for joints that bodies are usually described by, ``detail`` for those of face, hands and feet."""
    usual = {*H36M_17.joint_names, *MPII_16.joint_names}
    return torch.tensor([1.0 if joint in usual else detail for joint in skeleton.joint_names])


def mean_over(
    errors: Float[Tensor, "*shape"], counts: Bool[Tensor, "*shape"] | Float[Tensor, "*shape"]
) -> Float[Tensor, ""]:
    """The mean of the errors, each counting so much or not at all; 0 if none does."""
    counts = counts.to(errors.dtype)
    return (torch.where(counts > 0, errors, 0.0) * counts).sum() / counts.sum().clamp_min(1e-6)
