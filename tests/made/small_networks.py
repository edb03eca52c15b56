"""Networks of both kinds of backbone that are small enough for tests, their heatmaps sharp, and pictures for them."""

from dataclasses import replace

import numpy as np
import torch
from painted_people import painted_picture

from maquette.body.catalog import find_skeleton
from maquette.methods.backbone import config as backbone
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.weights import StoredBackbone
from maquette.methods.structure_motion.config import TINY, StructureMotionConfig
from maquette.methods.structure_motion.model import SapNet
from maquette.nets.sizes import InvertedResidual, KeypointPyramid, MobileSizes

SIDE = 64
_BLOCKS = (
    InvertedResidual(6, expansion=1), InvertedResidual(8, 2, 2), InvertedResidual(8, expansion=2),
    InvertedResidual(10, 2, 2), InvertedResidual(12, 2, 2), InvertedResidual(12, 1, 2, kernel=5),
    InvertedResidual(14, 2, 2), InvertedResidual(14, expansion=2),
)  # fmt: skip
_PYRAMID = KeypointPyramid(reads=(4, 3, 2), lateral=(8, 8, 6, 6), smooth=(6, 6, 6), hidden=8)
SIZES = {
    "hourglass": TINY.sizes,
    "mobile": MobileSizes(stem=8, blocks=_BLOCKS, last=24, top_features=8, head_features=12),
    "mobile with a pyramid": MobileSizes(
        stem=8, blocks=_BLOCKS, last=24, pyramid=_PYRAMID, top_features=8, head_features=12
    ),
}
"""Of backbones, by what they are."""


def small_sap(kind: str, seed: int = 0, **changes: object) -> SapNet:
    """A SAP-Net with random weights that moves keypoints by its shifts as well."""
    config: StructureMotionConfig = replace(TINY, sizes=SIZES[kind], **changes)
    torch.manual_seed(seed)
    model = SapNet(config, len(find_skeleton(config.skeleton)))
    if config.depth == "joints":
        torch.nn.init.normal_(model.depth.last.weight, std=0.05)
    return _sharpen(model)


def small_backbone(kind: str, seed: int = 0) -> StoredBackbone:
    """A backbone with random weights."""
    torch.manual_seed(seed)
    model = BackboneModel(SIZES[kind], len(SKELETON))
    return StoredBackbone(_sharpen(model), replace(backbone.TINY, sizes=SIZES[kind], size_px=SIDE))


def shown_pictures(count: int, seed: int = 0) -> np.ndarray:
    """Bytes (count, 3, SIDE, SIDE) of painted people."""
    painted = [painted_picture(1, size=SIDE, seed=seed + number).picture for number in range(count)]
    return np.ascontiguousarray(np.stack(painted).transpose(0, 3, 1, 2))


def _sharpen(model):
    """Normalisation as if something had been learnt, and heatmaps in which rounding does not choose between spots."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d):
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
    for name, weight in model.named_parameters():
        if "heatmaps" in name and weight.dim() > 1:
            weight.data *= 8
    return model.eval()
