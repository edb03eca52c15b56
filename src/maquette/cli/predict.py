"""``maquette predict``: from pictures to 3D poses."""

from maquette.api.predict import predict
from maquette.cli.console import stages
from maquette.cli.lifting import lifting_settings
from maquette.cli.options import Predict
from maquette.cli.outputs import parse_formats, require_free_paths, write_outputs
from maquette.methods.weights import trust_weights


def run(options: Predict) -> None:
    """Detect, lift and write."""
    formats, settings = parse_formats(options.format), lifting_settings(options)
    require_free_paths(options.out, formats, options.input)
    with trust_weights(options.trust), stages() as progress:
        estimate = predict(
            options.input,
            detector=options.detector,
            detector_model=options.detector_model,
            max_persons=options.max_persons,
            flip=options.flip,
            looks=options.looks,
            progress=progress,
            **settings,
        )
    write_outputs(estimate, options.input, options.out, formats)
