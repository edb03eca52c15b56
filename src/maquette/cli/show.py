"""``maquette show``: a result as a page, an overlay video, a figure, or another file format."""

from maquette.api.result import read_result
from maquette.cli.options import Show
from maquette.cli.outputs import parse_formats, require_free_paths, write_outputs


def run(options: Show) -> None:
    """Read and write."""
    formats = parse_formats(options.format)
    require_free_paths(options.out, formats, options.result, options.pictures)
    estimate = read_result(options.result, pictures=options.pictures)
    write_outputs(estimate, options.result, options.out, formats)
