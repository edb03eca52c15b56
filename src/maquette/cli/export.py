"""``maquette export``: a network as an ONNX file."""

from maquette.cli.console import progress, say_written
from maquette.cli.options import Export
from maquette.methods.exports import export_graph
from maquette.methods.weights import trust_weights


def run(options: Export) -> None:
    """Write the file."""
    with trust_weights(options.trust), progress("exporting"):
        export_graph(options.weights, options.onnx, int8=options.int8)
    say_written((options.onnx,))
