"""``maquette lift``: from any detector's keypoint files to 3D poses."""

from maquette.body.catalog import find_skeleton
from maquette.cli.console import progress
from maquette.cli.lifting import Found, lift_found, open_method, parse_size, require_sensible
from maquette.cli.options import Lift
from maquette.cli.outputs import parse_formats, require_free_paths, say_summary, write_outputs
from maquette.inference.estimator import require_keypoints_enough
from maquette.io.keypoints import read_keypoints
from maquette.io.pictures import open_pictures


def run(options: Lift) -> None:
    """Read, lift and write."""
    formats = parse_formats(options.format)
    require_sensible(options)
    size = parse_size(options.image_size)
    skeleton = None if options.skeleton is None else find_skeleton(options.skeleton)
    pictures = None if options.pictures is None else open_pictures(options.pictures, options.fps)
    if pictures is not None:
        size = size or pictures.image_size
    method = open_method(options)
    require_keypoints_enough(method.estimator)
    with progress("reading keypoints"):
        read = read_keypoints(options.keypoints, fps=options.fps, image_size=size, skeleton=skeleton)
    require_free_paths(options.out, formats, options.keypoints, options.pictures)
    found = Found(read.poses, options.detector or read.format, read.is_tracked, read.notes)
    estimate = lift_found(options, found, method, named_like=options.keypoints)
    say_summary(estimate)
    write_outputs(estimate, options.keypoints, options.out, formats, pictures)
