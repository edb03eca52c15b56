"""MoveNet as it came: its own heads find COCO's joints of the person in the middle of a crop, or of everybody."""

from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from maquette.body.catalog import COCO_17
from maquette.errors import InputError
from maquette.fields.centred import read_centred
from maquette.inference.top_down import CropKeypoints
from maquette.methods.backbone.config import MOVENET_THUNDER
from maquette.methods.backbone.network import normalise_colours, read_middle
from maquette.methods.backbone.pretrained import FEATURE_TENSORS, HEAD_TENSORS
from maquette.methods.weights import read_any_weights
from maquette.nets.mobile import CentredMaps, CentredPyramid, InvertedResiduals
from maquette.nets.sizes import STRIDE, MobileSizes

_ADVICE = "give MoveNet Thunder as a safetensors file (see docs/training.md)"
_BATCH = 16
_Part = TypeVar("_Part", bound=nn.Module)


class CentredNetwork:
    """MoveNet with the heads that it brings, as a `maquette.inference.top_down.TopDownNetwork`; it knows no depths.

    Args:
        features: With their weights.
        heads: The same.
    """

    name = "movenet-thunder"
    skeleton = COCO_17
    size_px = 256

    def __init__(self, features: InvertedResiduals, heads: CentredPyramid) -> None:
        self._features, self._heads = (part.eval().requires_grad_(False) for part in (features, heads))

    @torch.inference_mode()
    def read_maps(self, pictures: UInt8[Tensor, "B 3 H W"]) -> CentredMaps:
        """What the heads say; sides of pictures are multiples of 32."""
        return self._heads(self._features(normalise_colours(pictures)))

    @torch.inference_mode()
    def find_keypoints(self, crops: UInt8[np.ndarray, "P H W 3"]) -> CropKeypoints:
        """The joints of the person in the middle of each crop."""
        pictures = torch.from_numpy(np.ascontiguousarray(crops.transpose(0, 3, 1, 2)))
        parts = [self._find(some) for some in pictures.split(_BATCH)]
        joints, confidence = (np.concatenate(column) for column in zip(*parts, strict=True))
        return CropKeypoints(joints, confidence, np.zeros_like(confidence), np.zeros(len(joints)))

    def _find(
        self, pictures: UInt8[Tensor, "B 3 H W"]
    ) -> tuple[Float[np.ndarray, "B 17 2"], Float[np.ndarray, "B 17"]]:
        maps = self.read_maps(pictures)
        reading = read_middle(maps)
        found = read_centred(maps.heatmaps.sigmoid(), reading.guess, maps.offset, stride=STRIDE)
        return found.keypoints_px.numpy(), found.confidence.numpy()


def open_centred_network(path: Path, sizes: MobileSizes = MOVENET_THUNDER) -> CentredNetwork:
    """MoveNet from a file of its weights, ready to be used.

    Args:
        path: A safetensors file with its own names (see docs/training.md).
        sizes: Of its parts.

    Raises:
        InputError: The file cannot be read, or holds another network.
    """
    if sizes.pyramid is None:
        raise InputError(f"'{path}' cannot be read as a network without heads; {_ADVICE}")
    values = {name: value.float() for name, value in read_any_weights(path, _ADVICE).tensors.items()}
    with torch.device("meta"):
        parts = (InvertedResiduals(sizes), CentredPyramid(sizes, sizes.pyramid))
    return CentredNetwork(
        _fill(parts[0], {name: value for name, value in values.items() if name.startswith(FEATURE_TENSORS)}, path),
        _fill(parts[1], {name: value for name, value in values.items() if name.startswith(HEAD_TENSORS)}, path),
    )


def _fill(part: _Part, values: dict[str, Tensor], path: Path) -> _Part:
    """The part with these weights.

    Raises:
        InputError: They are another network's.
    """
    if {name: value.shape for name, value in part.state_dict().items()} != {n: v.shape for n, v in values.items()}:
        raise InputError(f"'{path}' does not hold MoveNet Thunder; {_ADVICE}")
    part.load_state_dict(values, assign=True)
    return part.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
