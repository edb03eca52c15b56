"""Backbones of inverted residuals so small that a step takes no time, with and without heads that were brought."""

import torch

from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.network import trust_by_name
from maquette.methods.backbone.start import BROUGHT, Start
from maquette.nets.sizes import InvertedResidual, KeypointPyramid, MobileSizes

SMALL_MOBILE = MobileSizes(
    stem=4,
    blocks=(
        InvertedResidual(4, expansion=1), InvertedResidual(4, 2), InvertedResidual(6, 2), InvertedResidual(6, 2),
        InvertedResidual(8, 2, kernel=5), InvertedResidual(8),
    ),
    last=12,
    pyramid=KeypointPyramid(reads=(3, 2, 1), lateral=(6, 6, 4, 4), smooth=(4, 4, 4), hidden=6),
    top_features=6,
    head_features=8,
)  # fmt: skip
"""With heads for COCO's joints."""


def brought_start(sizes=SMALL_MOBILE, seed=7):
    """What a pre-trained network of these sizes would bring; its numbers are random."""
    torch.manual_seed(seed)
    values = BackboneModel(sizes, len(SKELETON)).state_dict()
    brought = {name: value for name, value in values.items() if name.startswith(BROUGHT)}
    return Start({**brought, "backbone.centred_to_heatmaps.weight": trust_by_name(SKELETON)}, is_whole=False)
