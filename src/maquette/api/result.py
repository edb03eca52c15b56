"""Result files as estimates again."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from maquette.api.estimate import Estimate
from maquette.io.matched_pictures import match_pictures, numbers_of_times
from maquette.io.pictures import open_pictures
from maquette.io.results import read_estimate


def read_result(path: str | Path, *, pictures: str | Path | None = None) -> Estimate:
    """The estimate in a result file.

    Args:
        path: An NPZ or JSON file that `Estimate.save` or the command line wrote, or a TRC or C3D file of joints.
        pictures: The video or pictures that it came from, to be shown in pages, overlays and figures. Where there are
            not as many as frames, each frame is shown in the picture of its time.

    Raises:
        SettingError: The file's name ends otherwise.
        InputError: The file is absent, damaged, of another version, or no result at all; or the pictures cannot be
            opened.
        MissingExtraError: The file is C3D, and ezc3d is not installed.
    """
    estimate = read_estimate(Path(path))
    if pictures is None:
        return Estimate.of(estimate)
    source, poses = open_pictures(Path(pictures)), estimate.poses
    if source.frame_count == poses.frame_count:
        return Estimate.of(estimate, source)
    numbers = numbers_of_times(poses.times)
    is_seen = np.any(poses.present, axis=1)
    source, notes = match_pictures(source, numbers, poses.times, is_seen)
    return replace(Estimate.of(estimate, source), notes=(*estimate.notes, *notes))
