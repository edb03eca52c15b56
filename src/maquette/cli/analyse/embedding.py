"""``maquette analyse embedding``: what an embedding reaches, and how its random people are."""

import torch

from maquette.cli.analyse.output import write_analysis
from maquette.cli.console import progress
from maquette.cli.outputs import require_writable
from maquette.data.motion.source import read_pose_source
from maquette.methods.embedding.analysis import NEAR_MM, Bodies, analyse_embedding
from maquette.methods.embedding.analysis_options import EmbeddingAnalysisOptions
from maquette.methods.embedding.weights import read_bundled_embedding, read_embedding
from maquette.methods.lifting.weights import read_bundled_prior
from maquette.show.body_sheet import BodyRow
from maquette.show.embedding_figures import EmbeddingDrawing, embedding_html, embedding_png


def run(options: EmbeddingAnalysisOptions) -> None:
    """Work it out and write it."""
    require_writable(options.out)
    embedding = read_bundled_embedding() if options.weights is None else read_embedding(options.weights)
    source = read_pose_source(options.data, (embedding.skeleton,), read_bundled_prior, seed=options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    with progress("seeking poses") as bar:
        found = analyse_embedding(embedding, source.poses, count=options.count, generator=generator, progress=bar)
    drawing = EmbeddingDrawing(
        embedding.skeleton,
        people=_row(found.people),
        strips=tuple(_row(strip) for strip in found.strips),
        walk=found.walk.numpy(),
        distances={name: distances.numpy() for name, distances in found.distances_mm.items()},
        near_mm=NEAR_MM,
        source=source.name,
    )
    weights = "bundled" if options.weights is None else options.weights.name
    numbers = {"poses": source.numbers(), "weights": weights, **found.numbers()}
    picture, page = embedding_png(drawing), embedding_html(drawing)
    write_analysis(options.out, "embedding", picture=picture, page=page, numbers=numbers)


def _row(bodies: Bodies) -> BodyRow:
    return BodyRow(bodies.poses.numpy(), bodies.is_implausible.numpy())
