"""Result files as estimates again."""

from pathlib import Path

from maquette.api.estimate import Estimate
from maquette.io.pictures import open_pictures
from maquette.io.results import read_estimate


def read_result(path: str | Path, *, pictures: str | Path | None = None) -> Estimate:
    """The estimate in a result file.

    Args:
        path: An NPZ or JSON file that `Estimate.save` or the command line wrote, or a TRC or C3D file of joints.
        pictures: The video or pictures that it came from, to be shown in pages, overlays and figures.

    Raises:
        SettingError: The file's name ends otherwise.
        InputError: The file is absent, damaged, of another version, or no result at all; or the pictures cannot be
            opened.
        MissingExtraError: The file is C3D, and ezc3d is not installed.
    """
    estimate = read_estimate(Path(path))
    return Estimate.of(estimate, None if pictures is None else open_pictures(Path(pictures)))
