"""``maquette lift``: from any detector's keypoint files to 3D poses."""

from maquette.api.lift import lift
from maquette.cli.console import stages
from maquette.cli.lifting import lifting_settings
from maquette.cli.options import Lift
from maquette.cli.outputs import parse_formats, require_free_paths, write_outputs
from maquette.methods.weights import trust_weights


def run(options: Lift) -> None:
    """Read, lift and write."""
    formats, settings = parse_formats(options.format), lifting_settings(options)
    require_free_paths(options.out, formats, options.keypoints, options.pictures)
    with trust_weights(options.trust), stages() as progress:
        estimate = lift(
            options.keypoints,
            skeleton=options.skeleton,
            detector=options.detector,
            pictures=options.pictures,
            progress=progress,
            **settings,
        )
    write_outputs(estimate, options.keypoints, options.out, formats)
