"""``maquette analyse limits``: how many people joint limits hold, and how many of their samples are implausible."""

import re
from functools import partial
from pathlib import Path

import torch

from maquette.body.catalog import KUNDU_17, MPI_15
from maquette.cli.analyse.limits_options import LimitsOptions
from maquette.cli.analyse.output import write_analysis
from maquette.cli.console import progress
from maquette.cli.outputs import require_writable
from maquette.data.motion.source import read_pose_source
from maquette.io.limits_file import read_limits
from maquette.methods.lifting.weights import read_bundled_prior
from maquette.priors.limits.analysis import LimitsAnalysis, analyse_limits
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, MEASURED_LIMITS, Limits
from maquette.priors.limits.border import resting_pose
from maquette.show.body_sheet import BodyRow
from maquette.show.limits_figures import LimitsDrawing, SampleDrawing, SphereDrawing, limits_html, limits_png

_MOST_LETTERS = 24


def run(options: LimitsOptions) -> None:
    """Work it out and write it."""
    require_writable(options.out)
    limits = _read_limits(options.limits)
    source = read_pose_source(options.data, (KUNDU_17, MPI_15), read_bundled_prior, seed=options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    with progress("drawing bodies"):
        found = analyse_limits(limits, source.poses, source.skeleton, count=options.count, generator=generator)
    drawing = _drawing(found, source.name)
    numbers = {"poses": source.numbers(), **found.numbers()}
    write_analysis(options.out, "limits", picture=limits_png(drawing), page=limits_html(drawing), numbers=numbers)


def _read_limits(path: Path | None) -> dict[str, Limits]:
    """The default ranges, and what they are held against."""
    if path is None:
        return {"default": DEFAULT_LIMITS, "measured": MEASURED_LIMITS}
    name = re.sub(r"[^\w .-]", "_", path.name)[:_MOST_LETTERS]
    return {"default": DEFAULT_LIMITS, f"those of {name}": read_limits(path)}


def _drawing(found: LimitsAnalysis, source: str) -> LimitsDrawing:
    """What is drawn of an analysis."""
    spheres = {
        joint: SphereDrawing(sphere.back, sphere.borders, sphere.directions, partial(found.is_outside, joint))
        for joint, sphere in found.spheres.items()
    }
    rows = tuple(
        SampleDrawing(bodies.limits, bodies.implausible_share, BodyRow(bodies.poses, bodies.is_implausible))
        for bodies in found.bodies
    )
    return LimitsDrawing(found.skeleton, spheres, resting_pose(found.skeleton), found.held, rows, source)
