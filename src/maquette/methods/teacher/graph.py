"""MoveNet's features and heads as an ONNX graph, which ONNX Runtime runs in a part of the time."""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from maquette.errors import InputError
from maquette.methods.backbone.network import normalise_colours
from maquette.methods.onnx.graph import GraphOutput, network_to_graph
from maquette.methods.onnx.session import GraphSession
from maquette.methods.teacher.network import CentredNetwork
from maquette.nets.mobile import CentredMaps, CentredPyramid, InvertedResiduals

KIND = "maquette.centred"
"""What the metadata of the graph say."""
OUTPUTS = (
    GraphOutput("heatmaps", "how likely the joint of anybody is in this cell, logits, B x 17 x rows x columns"),
    GraphOutput("centre", "how likely somebody's middle is in this cell, logits, B x 1 x rows x columns"),
    GraphOutput("regress", "from the middle of a person in this cell to the joints, cells, B x 34 x rows x columns"),
    GraphOutput("offset", "from this cell's place to the joint, cells, B x 34 x rows x columns"),
)


def centred_to_graph(features: InvertedResiduals, heads: CentredPyramid, about: dict[str, str]) -> bytes:
    """The content of an ONNX file that gives the maps of pictures of any size.

    Args:
        features: With their weights.
        heads: The same.
        about: Stands in the file's metadata.

    Raises:
        MissingExtraError: The package ``onnx`` is not installed.
    """
    network, told = _Maps(features, heads), {"kind": KIND} | about
    return network_to_graph(network, size_px=CentredNetwork.size_px, outputs=OUTPUTS, about=told, is_size_free=True)


class GraphCentredNetwork(CentredNetwork):
    """MoveNet run by ONNX Runtime.

    Args:
        session: Its graph.

    Raises:
        InputError: It is another network's graph.
    """

    def __init__(self, session: GraphSession) -> None:
        if session.about.get("kind") != KIND or session.outputs != tuple(output.name for output in OUTPUTS):
            raise InputError(f"the graph holds {session.about.get('kind', 'something else')}, not {KIND}; give another")
        self._session = session

    def read_maps(self, pictures: UInt8[Tensor, "B 3 H W"]) -> CentredMaps:
        """What the heads say; what they read is left out."""
        maps = [torch.from_numpy(part) for part in self._session(pictures.numpy())]
        return CentredMaps(*maps, read=maps[0][:, :0])


class _Maps(nn.Module):
    """From bytes to the maps that are used."""

    def __init__(self, features: InvertedResiduals, heads: CentredPyramid) -> None:
        super().__init__()
        self.features, self.heads = features, heads

    def forward(self, pictures: UInt8[Tensor, "B 3 H W"]) -> tuple[Float[Tensor, "B _ h w"], ...]:
        return tuple(self.heads(self.features(normalise_colours(pictures)))[:4])
