"""SAP-Net as an ONNX graph: the whole reading of pictures, from bytes to joints, depths and sizes."""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from jaxtyping import UInt8
from torch import Tensor, nn

from maquette.body.catalog import find_skeleton
from maquette.methods.onnx.graph import GraphOutput, network_to_graph
from maquette.methods.structure_motion.model import Reading, SapNet
from maquette.methods.structure_motion.weights import KIND, read_sap

OUTPUTS = (
    GraphOutput("keypoints_px", "batch x joints x 2: (x, y) in pixels of the picture, from its first pixel's centre"),
    GraphOutput("confidence", "batch x joints: 0 to 1"),
    GraphOutput("depths_px", "batch x joints: beyond the root joint, in pixels at the root's distance"),
    GraphOutput("sizes_m", "batch: the sum of all bones' lengths in metres"),
)
"""Those of `maquette.methods.structure_motion.model.Reading`, in its order."""


class SapReading(nn.Module):
    """A SAP-Net whose forward pass is its reading.

    Args:
        model: The network.
    """

    def __init__(self, model: SapNet) -> None:
        super().__init__()
        self.model = model

    def forward(self, pictures: UInt8[Tensor, "B 3 H W"]) -> Reading:
        """Keypoints, certainties, depths and sizes."""
        return self.model.read(pictures)


def sap_to_graph(model: SapNet, about: dict[str, str] | None = None) -> bytes:
    """The content of an ONNX file of a network.

    Args:
        model: The network; it is left ready to be used, not to be trained.
        about: Stands in the file's metadata too.

    Raises:
        MissingExtraError: The package ``onnx`` is not installed.
    """
    config = model.config
    skeleton = find_skeleton(config.skeleton)
    told = {
        "kind": KIND,
        "method": "structure-motion",
        "skeleton": skeleton.name,
        "joints": json.dumps(skeleton.joint_names),
        "root": skeleton.root,
        "sizes": json.dumps(asdict(config.sizes)),
    }
    with torch.no_grad():
        reading, told = SapReading(model), told | (about or {})
        return network_to_graph(reading, size_px=config.size_px, outputs=OUTPUTS, about=told)


def read_graph_content(path: Path, about: dict[str, str]) -> bytes:
    """The content of an ONNX file of the network in a file of weights; see `sap_to_graph`.

    Raises:
        InputError: The weights cannot be read.
        MissingExtraError: The package ``onnx`` is not installed.
    """
    return sap_to_graph(read_sap(path), about)
