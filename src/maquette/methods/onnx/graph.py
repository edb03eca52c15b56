"""Networks as ONNX files: one graph from the bytes of pictures to what is read in them, and what its outputs mean."""

import json
import tempfile
import warnings
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from maquette.extras import optional_import
from maquette.version import __version__

OPSET = 17
"""Version of ONNX's operators: all of ours are in it, and ONNX Runtime knows it from 1.12 on."""
INPUT = "pictures"
_INPUT_MEANING = "bytes, red green blue, batch x 3 x rows x columns; one person each, in the middle"


class GraphOutput(NamedTuple):
    """One output of a graph."""

    name: str
    meaning: str
    """What its numbers are, their shape and unit."""


def network_to_graph(
    network: nn.Module,
    *,
    size_px: int,
    outputs: tuple[GraphOutput, ...],
    about: dict[str, str],
    is_size_free: bool = False,
) -> bytes:
    """The content of an ONNX file that does what a network does, for any number of pictures at once.

    Torch's older exporter is used, since it needs nothing beside the package ``onnx``.

    Args:
        network: From bytes (B, 3, H, W) to a tuple of tensors; it is left ready to be used, not to be trained.
        size_px: Side of the pictures.
        outputs: What the tensors are called and mean.
        about: Stands in the file's metadata, beside the version of this library and the meanings.
        is_size_free: Pictures may have other sizes too; outputs are maps then, whose last axes are rows and columns.

    Raises:
        MissingExtraError: The package ``onnx`` is not installed.
    """
    onnx = optional_import("onnx", extra="export")
    shown = torch.zeros(2, 3, size_px, size_px, dtype=torch.uint8)
    names = [output.name for output in outputs]
    free = {2: "rows", 3: "columns"} if is_size_free else {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is the older one, and that the sizes of pictures become fixed
        file = Path(folder) / "network.onnx"
        torch.onnx.export(
            network.eval(), (shown,), file, dynamo=False, opset_version=OPSET, input_names=[INPUT],
            output_names=names, dynamic_axes={name: {0: "batch"} | free for name in (INPUT, *names)},
        )  # fmt: skip
        model = onnx.load(file)
    model.producer_name, model.producer_version = "maquette", __version__
    model.graph.name = about.get("kind", "network")
    meanings = {INPUT: _INPUT_MEANING} | {output.name: output.meaning for output in outputs}
    for value in (*model.graph.input, *model.graph.output):
        value.doc_string = meanings[value.name]
    told = {"maquette": __version__, "size_px": str(size_px), "meanings": json.dumps(meanings)} | about
    onnx.helper.set_model_props(model, dict(sorted(told.items())))
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def size_px_of(content: bytes) -> int:
    """The side of the pictures that a graph of ours wants.

    Args:
        content: As `network_to_graph` makes it.

    Raises:
        MissingExtraError: The package ``onnx`` is not installed.
    """
    model = optional_import("onnx", extra="export").load_model_from_string(content)
    return int(next(one.value for one in model.metadata_props if one.key == "size_px"))
