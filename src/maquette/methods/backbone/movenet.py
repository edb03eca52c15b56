"""MoveNet's tensors by our names: from TensorFlow's names and layout to those of `maquette.nets.mobile`."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from maquette.errors import InputError
from maquette.io.graph_model import read_graph_weights
from maquette.nets.sizes import MobileSizes

_HEADS = {"centre": "center_0", "heatmap": "kpt_heatmap_0", "regress": "kpt_regress_0", "offset": "kpt_offset_0"}
"""Our heads and MoveNet's, in the order in which MoveNet counts their layers."""


def read_movenet_weights(path: Path, sizes: MobileSizes) -> dict[str, Tensor]:
    """MoveNet's weights by their names in `InvertedResiduals` and `CentredPyramid`, in torch's layout.

    Args:
        path: The ``model.json`` of the graph, whose normalisations are folded into the convolutions.
        sizes: Which tensors to look for.

    Raises:
        InputError: The graph cannot be read, or a tensor is missing or of another layout.
    """
    weights = read_graph_weights(path)
    return {ours: _to_torch(_find(weights, theirs, path), ours, path) for ours, theirs in graph_names(sizes).items()}


def graph_names(sizes: MobileSizes) -> dict[str, str]:
    """How MoveNet's graph calls our tensors; its names end so, after the scopes that they lie in."""
    folded = {"stem": "model/Conv1/Conv2D", "last": "model/Conv_1/Conv2D"}
    for number, block in enumerate(sizes.blocks):
        scope = f"model/block_{number}" if number else "model/expanded_conv"
        if block.expansion > 1:
            folded[f"blocks.{number}.expand"] = f"{scope}_expand/Conv2D"
        folded[f"blocks.{number}.depthwise"] = f"{scope}_depthwise/depthwise"
        folded[f"blocks.{number}.project"] = f"{scope}_project/Conv2D"
    names: dict[str, str] = {}
    if sizes.pyramid is not None:
        smooths, laterals = len(sizes.pyramid.smooth), len(sizes.pyramid.lateral)
        for number in range(laterals):
            names |= _convolution(f"lateral.{number}", _numbered("conv2d", number))
        for number in range(smooths):
            layer = _numbered("separable_conv2d", number)
            names[f"smooth.{number}.depthwise.weight"] = f"{layer}/separable_conv2d/ReadVariableOp"
            folded[f"smooth.{number}.pointwise"] = f"{layer}/separable_conv2d"
        for number, (ours, theirs) in enumerate(_HEADS.items()):
            names |= _head(f"heads.{ours}", f"{theirs}/separable_conv2d_{smooths + number}")
            names |= _convolution(f"heads.{ours}.out", f"{theirs}/conv2d_{laterals + number}")
    return {
        f"{ours}.{part}": f"{theirs}_{end}"
        for ours, theirs in folded.items()
        for part, end in (("weight", "weights"), ("bias", "bn_offset"))
    } | names


def _convolution(ours: str, theirs: str) -> dict[str, str]:
    return {f"{ours}.weight": f"{theirs}/Conv2D/ReadVariableOp", f"{ours}.bias": f"{theirs}/BiasAdd/ReadVariableOp"}


def _head(ours: str, theirs: str) -> dict[str, str]:
    return {
        f"{ours}.depthwise.weight": f"{theirs}/separable_conv2d/ReadVariableOp",
        f"{ours}.pointwise.weight": f"{theirs}/separable_conv2d/ReadVariableOp_1",
        f"{ours}.pointwise.bias": f"{theirs}/BiasAdd/ReadVariableOp",
    }


def _numbered(layer: str, number: int) -> str:
    """Keras counts layers of one kind, and leaves out the first's number."""
    return f"{layer}_{number}" if number else layer


def _find(weights: dict[str, np.ndarray], ending: str, path: Path) -> np.ndarray:
    found = [value for name, value in weights.items() if name == ending or name.endswith(f"/{ending}")]
    if len(found) != 1:
        count = "several tensors" if found else "no tensor"
        raise InputError(
            f"'{path}' has {count} called '{ending}', as no MoveNet has; give the graph of MoveNet Thunder"
        )
    return found[0]


def _to_torch(value: np.ndarray, ours: str, path: Path) -> Tensor:
    """Filters with their channels first; TensorFlow has them last, and those of single channels in another order."""
    wanted = 4 if ours.endswith("weight") else 1
    if value.ndim != wanted or value.dtype.kind != "f":
        raise InputError(f"'{path}' has no filters where '{ours}' should be; give the graph of MoveNet Thunder")
    if wanted == 4:
        value = value.transpose((2, 3, 0, 1) if ours.endswith("depthwise.weight") else (3, 2, 0, 1))
    return torch.from_numpy(np.array(value, order="C"))
