"""``maquette lift``: from any detector's keypoint files to 3D poses."""

from pathlib import Path

from maquette.api.estimate import Estimate
from maquette.api.lift import lift
from maquette.cli.console import stages
from maquette.cli.lifting import lifting_settings
from maquette.cli.options import Lift
from maquette.cli.outputs import parse_formats
from maquette.cli.several import estimate_each, open_once
from maquette.errors import SettingError
from maquette.methods.weights import trust_weights


def run(options: Lift) -> None:
    """Read, lift and write, file by file."""
    formats = parse_formats(options.format)
    inputs = list(dict.fromkeys(options.keypoints))
    if len(inputs) > 1 and options.pictures is not None:
        raise SettingError("--pictures are those of one keypoint file; give the files one by one")
    settings = open_once(lifting_settings(options), len(inputs))

    def work(path: Path) -> Estimate:
        with stages() as progress:
            return lift(
                path,
                skeleton=options.skeleton,
                detector=options.detector,
                pictures=options.pictures,
                clip=options.clip,
                progress=progress,
                **settings,
            )

    with trust_weights(options.trust):
        estimate_each(inputs, formats, options, work, pictures=options.pictures)
