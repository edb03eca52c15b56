"""What the space of codes is like: what it reaches, how plausible its random people are, and walks through it."""

from math import pi
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.geometry.canonical import to_canonical
from maquette.geometry.kinematics import KinematicTree
from maquette.priors.embedding.model import METRES_PER_HEAD, PoseEmbedding
from maquette.priors.limits.plausibility import is_implausible
from maquette.priors.limits.sampling import sample_limited_poses

NEAR_MM = 30.0
"""A pose counts as covered if the joints of some decoded code are so near on average."""
_MOST_POSES = 10_000
_STRIPS, _STEPS, _WALK = 3, 9, 120
_PAIRED_OF = 400
_QUANTILES = (0.5, 0.9, 0.95, 0.99)
_AT_ONCE = 64
_PROJECTED_AT_ONCE = 512
_MM = 1000 * METRES_PER_HEAD


class Bodies(NamedTuple):
    """Some bodies, canonical and in lengths of the head."""

    poses: Float[Tensor, "N J 3"]
    is_implausible: Bool[Tensor, " N"]
    """Which of them no living body takes."""


class EmbeddingAnalysis(NamedTuple):
    """What an embedding is like; distances are means over the joints, pelvis included, at adult size.

    They are measured between canonical poses with the bone lengths of the source's ratios
    (`maquette.priors.embedding.model.METRES_PER_HEAD`).
    """

    reconstruction_mm: float
    """Of the poses given: from each to the same encoded and decoded."""
    implausible_codes: float
    """Share of random codes whose bodies no living body takes."""
    implausible_artificial: float
    """The same of poses drawn evenly from joint limits."""
    implausible_poses: float
    """The same of the poses given: the tests are crude, so it is not nought."""
    bone_error: float
    """Greatest difference of a random body's bone from the length it was to have, as a share of that."""
    code_to_pose_mm: Float[Tensor, " N"]
    """From bodies of random codes to the nearest of the poses given."""
    artificial_to_pose_mm: Float[Tensor, " N"]
    """The same of poses drawn evenly from joint limits."""
    pose_to_code_mm: Float[Tensor, " M"]
    """From some of the poses given to the nearest body that a code decodes to (`PoseEmbedding.find_nearest`)."""
    people: Bodies
    """Of random codes."""
    strips: tuple[Bodies, ...]
    """On the way from some of the poses given to others that are far from them, along the embedding."""
    walk: Float[Tensor, "T J 3"]
    """Along a closed way through the codes (`walk_codes`)."""

    @property
    def coverage(self) -> float:
        """Share of poses with a body nearer than `NEAR_MM`."""
        return (self.pose_to_code_mm < NEAR_MM).double().mean().item()

    @property
    def distances_mm(self) -> dict[str, Float[Tensor, " _"]]:
        """The distances by what they are between."""
        return {
            "from poses to the nearest code": self.pose_to_code_mm,
            "from random codes to the nearest pose": self.code_to_pose_mm,
            "from artificial poses to the nearest pose": self.artificial_to_pose_mm,
        }

    def numbers(self) -> dict[str, object]:
        """The figures as JSON can hold them."""
        return {
            "unit": f"millimetres on an adult whose head is {_MM:g} long, means over joints",
            "reconstruction_mm": self.reconstruction_mm,
            "implausible_random_codes": self.implausible_codes,
            "implausible_artificial_poses": self.implausible_artificial,
            "implausible_poses": self.implausible_poses,
            "codes": len(self.code_to_pose_mm),
            "random_code_to_nearest_pose_mm": _summarise(self.code_to_pose_mm),
            "artificial_pose_to_nearest_pose_mm": _summarise(self.artificial_to_pose_mm),
            "sought_poses": len(self.pose_to_code_mm),
            "pose_to_nearest_code_mm": _summarise(self.pose_to_code_mm),
            "coverage": {"within_mm": NEAR_MM, "share": self.coverage},
            "greatest_relative_bone_error": self.bone_error,
        }


@torch.no_grad()
def analyse_embedding(
    embedding: PoseEmbedding,
    poses: Float[Tensor, "M J 3"],
    *,
    count: int,
    generator: torch.Generator | None = None,
    progress: Progress = no_progress,
) -> EmbeddingAnalysis:
    """The figures of an embedding.

    Args:
        embedding: As it is.
        poses: Of people, right-handed, any place, heading and size; best such that it did not learn from.
        count: Random codes and artificial poses to draw. So many of the poses, evenly spaced, are sought among the
            codes; 10 000 are what random bodies are held against.
        generator: Where the randomness comes from.
        progress: Of the poses that were sought.

    Raises:
        InputError: A pose is not finite or faces nowhere.
        ConventionError: The frame is left-handed, or the joints are not those of the embedding's skeleton.
    """
    adults = _to_adults(embedding, poses)
    people = embedding.sample_poses(count, generator=generator)
    artificial = sample_limited_poses(
        count, generator=generator, skeleton=embedding.skeleton, dtype=embedding.ratios.dtype
    )
    implausible = [is_implausible(some, embedding.skeleton) for some in (people, artificial)]
    compared = space_evenly(adults, _MOST_POSES)
    return EmbeddingAnalysis(
        reconstruction_mm=_MM * (embedding.decode(embedding.encode(adults)) - adults).norm(dim=-1).mean().item(),
        implausible_codes=implausible[0].double().mean().item(),
        implausible_artificial=implausible[1].double().mean().item(),
        implausible_poses=is_implausible(adults, embedding.skeleton).double().mean().item(),
        bone_error=(KinematicTree(embedding.skeleton).bone_lengths(people) / embedding.ratios - 1).abs().max().item(),
        code_to_pose_mm=_MM * least_distances(people, compared),
        artificial_to_pose_mm=_MM * least_distances(artificial, compared),
        pose_to_code_mm=_MM * _seek(embedding, space_evenly(adults, count), progress),
        people=Bodies(people, implausible[0]),
        strips=_strips(embedding, poses),
        walk=walk_codes(embedding, _WALK, generator),
    )


def _to_adults(embedding: PoseEmbedding, poses: Float[Tensor, "M J 3"]) -> Float[Tensor, "M J 3"]:
    """The poses in the canonical frame with bones of the source's ratios."""
    local = embedding.tree.localise(to_canonical(poses.to(embedding.ratios), embedding.skeleton).joints)
    return embedding.tree.assemble(local, embedding.ratios)


def space_evenly(poses: Float[Tensor, "N J 3"], most: int) -> Float[Tensor, "M J 3"]:
    """So many of the poses, or all if they are fewer."""
    return poses[torch.linspace(0, len(poses) - 1, min(most, len(poses))).round().long()]


def least_distances(poses: Float[Tensor, "N J 3"], others: Float[Tensor, "M J 3"]) -> Float[Tensor, " N"]:
    """Mean distance of the joints from those of the nearest other pose."""
    columns = others.transpose(0, 1).contiguous()
    exact = "donot_use_mm_for_euclid_dist"
    parts = [
        torch.cdist(part.transpose(0, 1).contiguous(), columns, compute_mode=exact).mean(dim=0).amin(dim=1)
        for part in poses.split(_AT_ONCE)
    ]
    return torch.cat(parts)


def far_pairs(poses: Float[Tensor, "N J 3"], count: int) -> list[tuple[int, int]]:
    """Pairs of poses that are far from each other, none in two of them; fewer if there are not so many different ones.

    A lone pose is paired with itself.
    """
    distances = torch.cdist(poses.flatten(1), poses.flatten(1))
    chosen = [0]
    for _ in range(2 * count - 1):
        chosen.append(int(distances[chosen].amin(dim=0).argmax()))
    free, pairs = list(dict.fromkeys(chosen)), []
    while len(free) > 1:
        rest = free[1:]
        partner = max(rest, key=lambda other: distances[free[0], other].item())
        pairs.append((free[0], partner))
        free = [one for one in rest if one != partner]
    return pairs or [(0, 0)]


@torch.no_grad()
def walk_codes(
    embedding: PoseEmbedding, steps: int, generator: torch.Generator | None = None
) -> Float[Tensor, "steps J 3"]:
    """Bodies along a closed way through the codes that never leaves and at every step is an even draw.

    Every number of the code goes its own way: a sum of random waves of one to three turns, which is normally
    distributed at each step, laid evenly between -1 and 1.
    """
    turns, size = 3, embedding.sizes.code
    draw = torch.randn((2, turns, size), dtype=embedding.ratios.dtype, generator=generator)
    angle = torch.arange(steps)[:, None] * torch.arange(1, turns + 1) * (2 * pi / steps)
    waves = torch.stack([angle.cos(), angle.sin()]).to(draw) / turns**0.5
    course = torch.einsum("kst,ktd->sd", waves, draw)
    return embedding.decode(2 * torch.special.ndtr(course) - 1)


def _strips(embedding: PoseEmbedding, poses: Float[Tensor, "M J 3"]) -> tuple[Bodies, ...]:
    some = to_canonical(space_evenly(poses, _PAIRED_OF), embedding.skeleton).joints
    ways = [embedding.interpolate(some[start], some[end], _STEPS) for start, end in far_pairs(some, _STRIPS)]
    return tuple(Bodies(way, is_implausible(way, embedding.skeleton)) for way in ways)


def _summarise(distances: Float[Tensor, " n"]) -> dict[str, float]:
    """Mean and quantiles."""
    quantiles = distances.double().quantile(torch.tensor(_QUANTILES).double()).tolist()
    named = {f"quantile_{share:g}": value for share, value in zip(_QUANTILES, quantiles, strict=True)}
    return {"mean": distances.double().mean().item(), **named}


def _seek(embedding: PoseEmbedding, poses: Float[Tensor, "M J 3"], progress: Progress) -> Float[Tensor, " M"]:
    """Mean distance of the joints of each pose from those of the nearest code's body."""
    found = []
    for part in poses.split(_PROJECTED_AT_ONCE):
        found.append((embedding.find_nearest(part).poses - part).norm(dim=-1).mean(dim=-1))
        progress(sum(map(len, found)), len(poses))
    return torch.cat(found)
