"""``maquette show``: a result as a page, an overlay video, a figure, or another file format."""

from maquette.api.result import read_result
from maquette.cli.options import Show
from maquette.cli.outputs import parse_formats, parse_frame, require_free_paths, write_outputs
from maquette.io.results import result_names
from maquette.lock import alone_in


def run(options: Show) -> None:
    """Read and write."""
    formats = parse_formats(options.format)
    frame = parse_frame(options.frame, formats)
    (name,) = result_names((options.result,))
    read = (options.result,) if options.pictures is None else (options.result, options.pictures)
    require_free_paths(options.out, formats, name, read)
    with alone_in(options.out):
        estimate = read_result(options.result, pictures=options.pictures)
        write_outputs(estimate, name, options.out, formats, frame=frame)
