"""``maquette analyse sensitivity``: which joints and moments sway a temporal network."""

from pathlib import Path

import numpy as np
import torch

from maquette.cli.analyse.output import write_analysis
from maquette.cli.analyse.pose_source import FROM_PRIOR
from maquette.cli.console import progress
from maquette.cli.outputs import require_writable
from maquette.data.motion.mocap import MotionCapture, read_mocap
from maquette.data.motion.prior_motion import sample_prior_motion
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
        capture = _read_motion(options.data, options.seed)
        found = analyse_sensitivity(model, capture, generator=torch.Generator().manual_seed(options.seed))
    drawing = SensitivityDrawing(found.skeleton, found.steps, found.curves, found.maps, found.step_s)
    source = FROM_PRIOR if options.data is None else options.data.name
    picture, page = sensitivity_png(drawing), sensitivity_html(drawing)
    write_analysis(options.out, "sensitivity", picture=picture, page=page, numbers={"poses": source, **found.numbers()})


def _read_model(weights: Path | None) -> TemporalModel:
    if weights is not None:
        return read_model(weights)
    path = find_bundled(REFINEMENTS["tp"].weights)
    if not path.is_file():
        raise InputError(
            "no temporal network comes with this version; give one of 'maquette train temporal' with --weights"
        )
    return read_model(path)


def _read_motion(data: Path | None, seed: int) -> MotionCapture:
    return sample_prior_motion(read_bundled_prior(), np.random.default_rng(seed)) if data is None else read_mocap(data)
