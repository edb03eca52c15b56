"""What the backbone is asked for: every label of a view at once."""

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.catalog import H36M_17, MPII_16
from maquette.body.skeleton import Skeleton
from maquette.fields.heatmaps import read_at, soft_argmax, softmax_cells
from maquette.losses.field import direction_error, heatmap_cross_entropy, part_cross_entropy
from maquette.losses.masking import weighted_mean
from maquette.methods.backbone.config import TermWeights
from maquette.methods.backbone.model import BackboneOutput
from maquette.nets.sizes import STRIDE
from maquette.training.targets import Targets


def backbone_terms(
    output: BackboneOutput, targets: Targets, weights: TermWeights, skeleton: Skeleton
) -> dict[str, Tensor]:
    """The terms of a batch by name, each times its weight; their sum is what is made small.

    Args:
        output: Of the backbone.
        targets: The labels.
        weights: How much the terms count, and details of the body in them.
        skeleton: Of the joints.
    """
    inside = targets.is_inside
    counts = inside * importance(skeleton, weights.detail).to(inside.device)
    probabilities = softmax_cells(output.heatmaps.float())
    half = probabilities.shape[-1] * STRIDE / 2
    off = (soft_argmax(probabilities, stride=STRIDE) - targets.keypoints_px).abs().sum(dim=-1) / half
    depths = read_at(output.depth_maps.float(), probabilities.detach())
    return {
        "heatmaps": weights.heatmaps
        * weighted_mean(heatmap_cross_entropy(output.heatmaps.float(), targets.probabilities, mask=inside), counts),
        "keypoints": weights.keypoints * weighted_mean(off, counts),
        "depths": weights.depths * weighted_mean((depths - targets.depths).abs(), counts),
        "parts": weights.parts * part_cross_entropy(output.part_logits.float(), targets.parts).mean(),
        "yaw": weights.yaw * direction_error(output.yaw.float(), targets.yaw_rad).mean(),
        "size": weights.size * weighted_mean((output.log_size.float() - targets.log_size).abs(), targets.is_whole),
    }


def importance(skeleton: Skeleton, detail: float) -> Float[Tensor, " J"]:
    """1 for joints that bodies are usually described by, ``detail`` for those of face, hands and feet."""
    usual = {*H36M_17.joint_names, *MPII_16.joint_names}
    return torch.tensor([1.0 if joint in usual else detail for joint in skeleton.joint_names])
