"""``maquette analyse``: a paper's analysis worked out again, as a figure, an interactive page and its numbers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from maquette.atomic import require_writable
from maquette.cli.analyse_poses import analyse_codes, analyse_limits
from maquette.cli.analysis_files import write_analysis
from maquette.cli.console import progress
from maquette.cli.options import Analyse
from maquette.data.motion.mocap import MotionCapture, read_mocap
from maquette.data.motion.prior_motion import prior_motion
from maquette.errors import InputError, SettingError
from maquette.inference.windows import STEP_S
from maquette.methods.lifting.weights import bundled_prior
from maquette.methods.structure_motion.loss_surface import loss_surface
from maquette.methods.table import REFINEMENTS
from maquette.methods.temporal.error_model import plausible_errors
from maquette.methods.temporal.examples import MotionExamples
from maquette.methods.temporal.model import TemporalModel
from maquette.methods.temporal.sensitivity import Sensitivity, perturbation_sensitivity
from maquette.methods.temporal.weights import read_model
from maquette.methods.weights import bundled
from maquette.show.sensitivity_figures import Influence, influence_html, influence_png
from maquette.show.surface_figures import surface_html, surface_png

_WINDOWS = 256
_MAPPED_STEPS = (0, -1)
_MOST_SAMPLES = 1_000_000
_TAKEN = {
    "loss-surface": (),
    "sensitivity": ("weights", "data"),
    "limits": ("data", "limits", "count"),
    "embedding": ("weights", "data", "count"),
}
"""The options that each analysis looks at, beside those of all."""


def run(options: Analyse) -> None:
    """Work it out and write it."""
    if options.analysis not in ANALYSES:
        raise SettingError(f"there is no analysis '{options.analysis}'; known are {', '.join(ANALYSES)}")
    if not 0 <= options.seed < 2**63:
        raise SettingError(f"--seed {options.seed} is out of range; give a whole number from 0 up")
    _refuse_unused(options)
    if options.count is not None and not 1 <= options.count <= _MOST_SAMPLES:
        raise SettingError(f"--count {options.count} is out of range; give a number from 1 to {_MOST_SAMPLES}")
    require_writable(options.out)
    ANALYSES[options.analysis](options)


def _refuse_unused(options: Analyse) -> None:
    """An option that would be passed over is refused."""
    for name in ("weights", "data", "limits", "count"):
        if getattr(options, name) is not None and name not in _TAKEN[options.analysis]:
            raise SettingError(f"{options.analysis} needs no --{name}; leave it out")


def _loss_surface(options: Analyse) -> None:
    """The loss over the places of an elbow."""
    surface = loss_surface()
    numbers = {
        "unit": "half crops; camera frame, relative to the pelvis",
        "moved": surface.moved,
        "marks": [
            {"title": mark.title, "xz": surface.place(mark), "losses": mark.losses, "joints": mark.joints.tolist()}
            for mark in surface.marks
        ],
        "skeleton": surface.skeleton.name,
        "joint_names": surface.skeleton.joint_names,
        "z": np.round(surface.z, 6).tolist(),
        "losses_along_z": {name: np.round(surface.cut(name), 9).tolist() for name in surface.losses},
    }
    picture, page = surface_png(surface), surface_html(surface)
    write_analysis(options.out, options.analysis, picture=picture, page=page, numbers=numbers)


def _sensitivity(options: Analyse) -> None:
    """What sways a temporal net."""
    model = _temporal_model(options.weights)
    draws = torch.Generator().manual_seed(options.seed)
    with progress("moving joints"):
        capture = _motion(options)
        examples = MotionExamples(capture, plausible_errors(model.skeleton), model.config)
        rows = torch.randperm(len(examples), generator=draws)[:_WINDOWS]
        windows = examples.batch(rows, generator=draws).windows
        found = perturbation_sensitivity(model, windows, generator=draws)
    if not found.response.isfinite().all():
        raise InputError("the net's answers are not finite; give other weights with --weights")
    influence = _influence(found)
    numbers = {
        "unit": "metres for each metre",
        "windows": len(windows),
        "poses": "drawn from the bundled pose prior" if options.data is None else options.data.name,
        "skeleton": found.skeleton.name,
        "joint_names": found.skeleton.joint_names,
        "steps": found.steps.tolist(),
        "curves": np.round(influence.curves, 6).tolist(),
        "maps": {str(step): np.round(values, 6).tolist() for step, values in influence.maps.items()},
    }
    picture, page = influence_png(influence), influence_html(influence)
    write_analysis(options.out, options.analysis, picture=picture, page=page, numbers=numbers)


ANALYSES: dict[str, Callable[[Analyse], None]] = {
    "loss-surface": _loss_surface,
    "sensitivity": _sensitivity,
    "limits": analyse_limits,
    "embedding": analyse_codes,
}
"""Every analysis by name."""


def _temporal_model(weights: Path | None) -> TemporalModel:
    if weights is not None:
        return read_model(weights)
    path = bundled(REFINEMENTS["tp"].weights)
    if not path.is_file():
        raise InputError(
            "no temporal net comes with this version; give one of 'maquette train temporal' with --weights"
        )
    return read_model(path)


def _motion(options: Analyse) -> MotionCapture:
    if options.data is not None:
        return read_mocap(options.data)
    return prior_motion(bundled_prior(), np.random.default_rng(options.seed))


def _influence(found: Sensitivity) -> Influence:
    """What is drawn of a sensitivity."""
    maps = {step: found.matrix(step).double().numpy() for step in _MAPPED_STEPS if step in found.steps}
    return Influence(found.skeleton, found.steps.numpy(), found.curve().double().numpy(), maps, STEP_S)
