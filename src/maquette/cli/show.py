"""``maquette show``: a result as a page, an overlay video, a figure, or another file format."""

from maquette.cli.options import Show
from maquette.cli.outputs import parse_formats, require_free_paths, say_summary, write_outputs
from maquette.io.pictures import open_pictures
from maquette.io.results import read_estimate


def run(options: Show) -> None:
    """Read and write."""
    formats = parse_formats(options.format)
    estimate = read_estimate(options.result)
    pictures = None if options.pictures is None else open_pictures(options.pictures)
    require_free_paths(options.out, formats, options.result, options.pictures)
    say_summary(estimate)
    write_outputs(estimate, options.result, options.out, formats, pictures)
