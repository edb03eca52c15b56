"""``maquette predict``: from pictures to 3D poses."""

from pathlib import Path

from maquette.api.estimate import Estimate
from maquette.api.predict import predict
from maquette.cli.console import stages
from maquette.cli.lifting import lifting_settings
from maquette.cli.live import choose_live, run_live
from maquette.cli.options import Predict
from maquette.cli.outputs import parse_formats
from maquette.cli.several import estimate_each, gather_pictures, open_once
from maquette.methods.weights import trust_weights


def run(options: Predict) -> None:
    """Detect, lift and write, input by input."""
    formats = parse_formats(options.format)
    live = choose_live(options)
    if live is not None:
        with trust_weights(options.trust):
            run_live(live, options, formats)
        return
    inputs = gather_pictures([Path(one) for one in options.inputs], is_clip_said=options.clip)
    settings = open_once(lifting_settings(options), len(inputs))

    def work(path: Path) -> Estimate:
        with stages() as progress:
            return predict(
                path,
                detector=options.detector,
                detector_model=options.detector_model,
                max_persons=options.max_persons,
                flip=options.flip,
                looks=options.looks,
                clip=True,  # folders that are none have been taken apart
                strict=options.strict,
                progress=progress,
                **settings,
            )

    with trust_weights(options.trust):
        estimate_each(inputs, formats, options, work)
