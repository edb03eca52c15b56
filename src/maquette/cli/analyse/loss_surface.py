"""``maquette analyse loss-surface``: the loss over the places of an elbow."""

from maquette.cli.analyse.output import write_analysis
from maquette.cli.outputs import require_writable
from maquette.methods.structure_motion.analysis_options import LossSurfaceOptions
from maquette.methods.structure_motion.loss_surface import analyse_loss_surface
from maquette.show.surface_figures import PoseMark, SurfaceDrawing, surface_html, surface_png


def run(options: LossSurfaceOptions) -> None:
    """Work it out and write it."""
    require_writable(options.out)
    found = analyse_loss_surface()
    drawing = SurfaceDrawing(
        found.skeleton,
        found.moved,
        found.x,
        found.z,
        losses=found.losses,
        cuts=found.cuts,
        marks=tuple(PoseMark(*mark) for mark in found.marks),
    )
    picture, page = surface_png(drawing), surface_html(drawing)
    write_analysis(options.out, "loss-surface", picture=picture, page=page, numbers=found.numbers())
