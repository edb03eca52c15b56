"""``maquette analyse limits`` and ``maquette analyse embedding``: what bodies can do, by ranges and by codes."""

import re
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.catalog import KUNDU_17, MPI_15
from maquette.body.skeleton import Skeleton
from maquette.cli.analysis_files import write_analysis
from maquette.cli.console import progress
from maquette.cli.options import Analyse
from maquette.data.motion.complete_poses import read_complete_poses
from maquette.data.motion.prior_poses import sample_prior_poses
from maquette.errors import ConventionError
from maquette.geometry.canonical import to_canonical
from maquette.io.limits_file import read_limits
from maquette.methods.embedding.analysis import (
    NEAR_MM,
    EmbeddingAnalysis,
    analyse_embedding,
    evenly_spaced,
    far_pairs,
    walk_codes,
)
from maquette.methods.embedding.weights import bundled_embedding, read_embedding
from maquette.methods.lifting.weights import bundled_prior
from maquette.priors.bend_ranges import DEFAULT_LIMITS, MEASURED_LIMITS, Limits
from maquette.priors.embedding import METRES_PER_HEAD, PoseEmbedding
from maquette.priors.limits_analysis import LimitsFigures, implausible_shares, judge_limits
from maquette.priors.plausibility import is_implausible
from maquette.priors.range_borders import limb_directions
from maquette.show.embedding_figures import CodeSpace, Strip, embedding_html, embedding_png
from maquette.show.limits_figures import RangesOfJoints, SampledBodies, limits_html, limits_png

_SAMPLES, _CODES = 20_000, 2_000
_SHOWN = 12
_STRIPS, _STEPS, _WALK = 3, 9, 120
_PAIRED_OF = 400
_MOST_LETTERS = 24
_QUANTILES = (0.5, 0.9, 0.95, 0.99)


class _People(NamedTuple):
    """Poses that limits and codes are held against."""

    poses: Float[Tensor, "N J 3"]
    skeleton: Skeleton
    source: str
    """In a few words."""


def analyse_limits(options: Analyse) -> None:
    """How many people joint limits hold, and how many of their samples are implausible."""
    limits = _limits(options)
    people = _people(options, (KUNDU_17, MPI_15))
    generator = torch.Generator().manual_seed(options.seed)
    with progress("drawing bodies"):
        found = {
            name: judge_limits(one, people.poses, people.skeleton, count=options.count or _SAMPLES, generator=generator)
            for name, one in limits.items()
        }
    numbers = {
        "poses": {"source": people.source, "count": len(people.poses), "skeleton": people.skeleton.name},
        "implausible_poses": implausible_shares(people.poses, people.skeleton)._asdict(),
        "samples": options.count or _SAMPLES,
        "limits": {name: _limits_numbers(limits[name], figures) for name, figures in found.items()},
    }
    ranges = RangesOfJoints(
        people.skeleton,
        limits,
        limb_directions(people.poses, people.skeleton),
        {name: {**figures.held.joints, "whole pose": figures.held.whole} for name, figures in found.items()},
        _bodies(found, people.skeleton),
        people.source,
    )
    write_analysis(options.out, options.analysis, picture=limits_png(ranges), page=limits_html(ranges), numbers=numbers)


def analyse_codes(options: Analyse) -> None:
    """What an embedding reaches, and how its random people are."""
    embedding = bundled_embedding() if options.weights is None else read_embedding(options.weights)
    people = _people(options, (embedding.skeleton,))
    generator = torch.Generator().manual_seed(options.seed)
    with progress("seeking poses") as told:
        found = analyse_embedding(
            embedding, people.poses, count=options.count or _CODES, generator=generator, progress=told
        )
    space = CodeSpace(
        embedding.skeleton,
        people=found.people[: 2 * _SHOWN].numpy(),
        is_strange=found.is_strange[: 2 * _SHOWN].numpy(),
        strips=_strips(embedding, people),
        walk=walk_codes(embedding, _WALK, generator).numpy(),
        distances=_distances(found),
        near_mm=NEAR_MM,
        source=people.source,
    )
    numbers = {"poses": {"source": people.source, "count": len(people.poses), "skeleton": people.skeleton.name}}
    numbers |= {"weights": "bundled" if options.weights is None else options.weights.name, **_embedding_numbers(found)}
    write_analysis(
        options.out, options.analysis, picture=embedding_png(space), page=embedding_html(space), numbers=numbers
    )


def _limits(options: Analyse) -> dict[str, Limits]:
    """The default ranges, and what they are held against."""
    if options.limits is None:
        return {"default": DEFAULT_LIMITS, "measured": MEASURED_LIMITS}
    name = re.sub(r"[^\w .-]", "_", options.limits.name)[:_MOST_LETTERS]
    return {"default": DEFAULT_LIMITS, f"those of {name}": read_limits(options.limits)}


def _people(options: Analyse, skeletons: tuple[Skeleton, ...]) -> _People:
    """The poses of --data, or likely ones, with the first of the skeletons whose joints they have."""
    *better, last = skeletons
    if options.data is None:
        poses = sample_prior_poses(bundled_prior(), last, np.random.default_rng(options.seed))
        return _People(poses, last, "drawn from the bundled pose prior")
    for skeleton in better:
        try:
            return _People(torch.from_numpy(read_complete_poses(options.data, skeleton)), skeleton, options.data.name)
        except ConventionError:
            continue
    return _People(torch.from_numpy(read_complete_poses(options.data, last)), last, options.data.name)


def _limits_numbers(limits: Limits, figures: LimitsFigures) -> dict[str, object]:
    ranges = {joint: {"gamma": bend.gamma, "theta": bend.theta} for joint, bend in limits.ranges.items()}
    return {
        "ranges_deg": {**ranges, "hip_tilt": limits.hip_tilt_deg},
        "held": figures.held._asdict(),
        "implausible_samples": figures.sampled._asdict(),
        "implausible_after_rejection": figures.after_rejection._asdict(),
    }


def _bodies(found: dict[str, LimitsFigures], skeleton: Skeleton) -> tuple[SampledBodies, ...]:
    """A row for each limits, and one more for the last with the implausible ones left out."""
    last = list(found)[-1]
    rows = {
        f"drawn evenly from the ranges '{name}', {100 * own.sampled.either:.0f} % of them implausible": own.samples
        for name, own in found.items()
    }
    rows[f"drawn from the ranges '{last}', implausible ones left out"] = found[last].kept
    return tuple(
        SampledBodies(title, poses[:_SHOWN].numpy(), is_implausible(poses[:_SHOWN], skeleton).numpy())
        for title, poses in rows.items()
    )


def _strips(embedding: PoseEmbedding, people: _People) -> tuple[Strip, ...]:
    """Ways from poses to others that are far from them."""
    some = to_canonical(evenly_spaced(people.poses, _PAIRED_OF), people.skeleton).joints
    pairs = far_pairs(some, _STRIPS)
    ways = [embedding.interpolate(some[start], some[end], _STEPS) for start, end in pairs]
    return tuple(Strip(way.numpy(), is_implausible(way, people.skeleton).numpy()) for way in ways)


def _distances(found: EmbeddingAnalysis) -> dict[str, np.ndarray]:
    """Distances in millimetres by what they are between."""
    return {
        "from poses to the nearest code": found.pose_to_code_mm.numpy(),
        "from random codes to the nearest pose": found.code_to_pose_mm.numpy(),
        "from artificial poses to the nearest pose": found.artificial_to_pose_mm.numpy(),
    }


def _embedding_numbers(found: EmbeddingAnalysis) -> dict[str, object]:
    def told(distances: Float[Tensor, " n"]) -> dict[str, float]:
        quantiles = distances.double().quantile(torch.tensor(_QUANTILES).double()).tolist()
        named = {f"quantile_{share:g}": value for share, value in zip(_QUANTILES, quantiles, strict=True)}
        return {"mean": distances.double().mean().item(), **named}

    return {
        "unit": f"millimetres on an adult whose head is {1000 * METRES_PER_HEAD:g} long, means over joints",
        "reconstruction_mm": found.reconstruction_mm,
        "implausible_random_codes": found.implausible_codes,
        "implausible_artificial_poses": found.implausible_artificial,
        "implausible_poses": found.implausible_poses,
        "codes": len(found.code_to_pose_mm),
        "random_code_to_nearest_pose_mm": told(found.code_to_pose_mm),
        "artificial_pose_to_nearest_pose_mm": told(found.artificial_to_pose_mm),
        "sought_poses": len(found.pose_to_code_mm),
        "pose_to_nearest_code_mm": told(found.pose_to_code_mm),
        "coverage": {"within_mm": NEAR_MM, "share": found.coverage},
        "greatest_relative_bone_error": found.bone_error,
    }
