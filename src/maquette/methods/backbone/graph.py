"""The backbone as an ONNX graph: the whole reading of pictures, from bytes to joints, depths, parts, yaw and size."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from maquette.body.parts import PARTS_15
from maquette.fields.heatmaps import certainty, read_at, softmax_cells
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.reading import find_places
from maquette.methods.backbone.weights import KIND, StoredBackbone, read_backbone
from maquette.methods.onnx.graph import GraphOutput, network_to_graph
from maquette.nets.sizes import STRIDE

OUTPUTS = (
    GraphOutput("keypoints_px", "batch x joints x 2: (x, y) in pixels of the picture, from its first pixel's centre"),
    GraphOutput("confidence", "batch x joints: 0 to 1"),
    GraphOutput("depths_px", "batch x joints: beyond the pelvis, in pixels at its distance"),
    GraphOutput("sizes_m", "batch: the sum of all bones' lengths in metres"),
    GraphOutput("part_labels", f"bytes, batch x rows x columns, a cell for {STRIDE} pixels: 0 nobody, i the i-th part"),
    GraphOutput("yaw_rad", "batch: where the body faces, radians: 0 towards the camera, positive towards the right"),
)
"""Those of `BackboneReading`, in its order."""


class BackboneReading(NamedTuple):
    """The output of a backbone as joints and labels."""

    keypoints_px: Float[Tensor, "B J 2"]
    confidence: Float[Tensor, "B J"]
    """0 to 1."""
    depths_px: Float[Tensor, "B J"]
    """Beyond the pelvis, in pixels at its distance."""
    sizes_m: Float[Tensor, " B"]
    """The sum of all bones' lengths."""
    part_labels: UInt8[Tensor, "B H W"]
    """0 is nobody, ``i`` is ``PARTS_15[i - 1]``."""
    yaw_rad: Float[Tensor, " B"]
    """Where bodies face, as `maquette.data.views.labelling.compute_body_yaws` counts it."""


class BackboneReader(nn.Module):
    """A backbone whose forward pass is its reading.

    Args:
        model: The backbone.
    """

    def __init__(self, model: BackboneModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, pictures: UInt8[Tensor, "B 3 H W"]) -> BackboneReading:
        """What is in pictures of one person each."""
        output = self.model(pictures)
        probabilities = softmax_cells(output.heatmaps.float())
        depths = read_at(output.depth_maps.float(), probabilities) * (pictures.shape[-1] / 2)
        return BackboneReading(
            find_places(output, probabilities),
            certainty(probabilities),
            depths,
            output.log_size.float().exp(),
            output.part_logits.argmax(dim=1).to(torch.uint8),
            torch.atan2(output.yaw[:, 1].float(), output.yaw[:, 0].float()),
        )


def backbone_to_graph(backbone: StoredBackbone, about: dict[str, str] | None = None) -> bytes:
    """The content of an ONNX file of a backbone.

    Args:
        backbone: As it was stored.
        about: Stands in the file's metadata too.

    Raises:
        MissingExtraError: The package ``onnx`` is not installed.
    """
    config = backbone.config
    told = {
        "kind": KIND,
        "skeleton": SKELETON.name,
        "joints": json.dumps(SKELETON.joint_names),
        "root": SKELETON.root,
        "parts": json.dumps(PARTS_15),
        "sizes": json.dumps(asdict(config.sizes)),
    }
    with torch.no_grad():
        reader, told = BackboneReader(backbone.model), told | (about or {})
        return network_to_graph(reader, size_px=config.size_px, outputs=OUTPUTS, about=told)


def read_graph_content(path: Path, about: dict[str, str]) -> bytes:
    """The content of an ONNX file of the backbone in a file of weights; see `backbone_to_graph`.

    Raises:
        InputError: The weights cannot be read.
        MissingExtraError: The package ``onnx`` is not installed.
    """
    return backbone_to_graph(read_backbone(path), about)
