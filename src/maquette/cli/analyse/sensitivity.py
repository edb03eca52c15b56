"""``maquette analyse sensitivity``: which joints and moments sway a temporal network."""

from pathlib import Path

import torch

from maquette.cli.analyse.output import write_analysis
from maquette.cli.console import progress
from maquette.cli.outputs import require_writable
from maquette.data.motion.source import read_motion_source
from maquette.errors import InputError
from maquette.methods.bundled import find_bundled
from maquette.methods.lifting.weights import read_bundled_prior
from maquette.methods.table import REFINEMENTS
from maquette.methods.temporal.analysis_options import SensitivityOptions
from maquette.methods.temporal.model import TemporalModel
from maquette.methods.temporal.sensitivity import analyse_sensitivity
from maquette.methods.temporal.weights import read_model
from maquette.show.sensitivity_figures import SensitivityDrawing, sensitivity_html, sensitivity_png


def run(options: SensitivityOptions) -> None:
    """Work it out and write it."""
    require_writable(options.out)
    model = _read_model(options.weights)
    with progress("moving joints"):
        motion = read_motion_source(options.data, read_bundled_prior, seed=options.seed)
        found = analyse_sensitivity(model, motion.capture, generator=torch.Generator().manual_seed(options.seed))
    drawing = SensitivityDrawing(found.skeleton, found.steps, found.curves, found.maps, found.step_s)
    picture, page = sensitivity_png(drawing), sensitivity_html(drawing)
    numbers = {"poses": motion.name, **found.numbers()}
    write_analysis(options.out, "sensitivity", picture=picture, page=page, numbers=numbers)


def _read_model(weights: Path | None) -> TemporalModel:
    if weights is not None:
        return read_model(weights)
    path = find_bundled(REFINEMENTS["tp"].weights)
    if not path.is_file():
        raise InputError(
            "no temporal network comes with this version; give one of 'maquette train temporal' with --weights"
        )
    return read_model(path)
