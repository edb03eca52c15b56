"""Weights of networks that read pictures as ONNX files, for programs without this library or without torch."""

import hashlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from maquette.atomic import replacing, require_writable_file
from maquette.errors import InputError, SettingError
from maquette.extras import optional_import
from maquette.methods.backbone.weights import KIND as BACKBONE
from maquette.methods.bundled import find_weights
from maquette.methods.onnx.graph import size_px_of
from maquette.methods.onnx.int8 import graph_to_int8, read_squares
from maquette.methods.onnx.kept import WEIGHTS_DIGEST
from maquette.methods.structure_motion.weights import KIND as SAP_NET
from maquette.methods.weights import read_any_weights

_GRAPHS = {
    BACKBONE: "maquette.methods.backbone.graph",
    SAP_NET: "maquette.methods.structure_motion.graph",
}
"""By the kind that a file's header says, the module whose ``read_graph_content`` makes the graph."""

_ADVICE = "give weights of a backbone or of structure-motion, or the name of bundled ones (maquette models lists them)"


def export_graph(weights: str | Path, out: Path, *, int8: Path | None = None) -> None:
    """Write the network in a file of weights as an ONNX file, from the bytes of pictures to what is read in them.

    Args:
        weights: A file, or the name of weights that come along, such as ``structure_motion``.
        out: The ONNX file; one that is there is replaced.
        int8: Some pictures of one person each, in a folder or a video: convolutions count in 8 bits, whose ranges are
            measured on these pictures.

    Raises:
        InputError: The weights or pictures cannot be read, or the weights are no network's that reads pictures.
        SettingError: The ONNX file would have another ending or replace the weights.
        OutputError: It cannot be written.
        MissingExtraError: The package ``onnx`` is not installed.
    """
    if out.suffix != ".onnx":
        raise SettingError(f"`onnx` '{out}' must be a file that ends in .onnx; name it so")
    path = find_weights(weights, _ADVICE)
    require_writable_file(out)
    optional_import("onnx", extra="export")
    make = _graph_maker(path)
    content = make(path, {WEIGHTS_DIGEST: hashlib.sha256(path.read_bytes()).hexdigest()})
    if int8 is not None:
        content = graph_to_int8(content, read_squares(int8, size_px_of(content)))
    with replacing(out) as target:
        target.write_bytes(content)


def _graph_maker(path: Path) -> Callable[[Path, dict[str, str]], bytes]:
    kind = read_any_weights(path, _ADVICE).about.get("kind")
    if kind not in _GRAPHS:
        raise InputError(f"'{path}' holds {kind or 'something else'}, which reads no pictures; {_ADVICE}")
    return import_module(_GRAPHS[kind]).read_graph_content
