"""``maquette lift``: from any detector's keypoint files to 3D poses."""

import re

from maquette.body.catalog import find_skeleton
from maquette.cli.console import progress
from maquette.cli.lifting import Found, lifted, require_sensible
from maquette.cli.options import Lift
from maquette.cli.outputs import parse_formats, require_free_paths, say_summary, write_outputs
from maquette.errors import SettingError
from maquette.io.keypoints import read_keypoints
from maquette.io.pictures import open_pictures
from maquette.methods.table import open_estimator


def run(options: Lift) -> None:
    """Read, lift and write."""
    formats = parse_formats(options.format)
    require_sensible(options)
    size = None if options.image_size is None else parse_size(options.image_size)
    skeleton = None if options.skeleton is None else find_skeleton(options.skeleton)
    pictures = None if options.pictures is None else open_pictures(options.pictures, options.fps)
    if pictures is not None:
        size = size or pictures.image_size
    estimator = open_estimator(options.method, options.weights)
    with progress("reading keypoints"):
        read = read_keypoints(options.keypoints, fps=options.fps, image_size=size, skeleton=skeleton)
    require_free_paths(options.out, formats, options.keypoints, options.pictures)
    found = Found(read.poses, read.format, read.is_tracked, read.notes)
    estimate = lifted(options, found, estimator, named_like=options.keypoints)
    say_summary(estimate)
    write_outputs(estimate, options.keypoints, options.out, formats, pictures)


def parse_size(text: str) -> tuple[int, int]:
    """(width, height) out of ``WIDTHxHEIGHT``.

    Raises:
        SettingError: It is written otherwise, or a side is zero.
    """
    match = re.fullmatch(r"(\d{1,6})[xX](\d{1,6})", text.strip())
    if match is None or "0" in (match[1].lstrip("0") or "0", match[2].lstrip("0") or "0"):
        raise SettingError(f"--image-size {text!r} is not understood; write WIDTHxHEIGHT, such as 1920x1080")
    return int(match[1]), int(match[2])
