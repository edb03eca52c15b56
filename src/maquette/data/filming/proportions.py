"""Proportions of people: bodies of all ages as the body model has them, and others at random."""

from functools import cache
from importlib.resources import as_file, files

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.skeleton import Skeleton

_WIDER = {"hip": 2.0, "shoulder": 1.3}
"""Which bones vary more than others at random, and how many times as much."""


@cache
def read_proportions() -> tuple[tuple[str, ...], Float[np.ndarray, "P K"]]:
    """Names of joints without their sides, and how many times as long as an average adult's the bones to them are.

    P bodies of Anny, girls and boys among them; `benchmarks/proportions.py` measures them.
    """
    with as_file(files("maquette.data.filming") / "proportions.npz") as path, np.load(path) as stored:
        return tuple(stored["joint_names"].tolist()), stored["factors"].astype(np.float64)


def sample_body_factors(count: int, skeleton: Skeleton, *, generator: torch.Generator) -> Float[Tensor, "N B"]:
    """How many times as long the bones of random bodies are as an average adult's, left and right alike.

    Args:
        count: How many people.
        skeleton: Whose bones; those that no body knows are as long as its others on average.
        generator: Of the choice.
    """
    known, factors = read_proportions()
    rows = torch.randint(len(factors), (count,), generator=generator)
    drawn = torch.from_numpy(factors).float()[rows]
    drawn = torch.cat([drawn, drawn.mean(dim=1, keepdim=True)], dim=1)
    return drawn[:, [known.index(name) if name in known else len(known) for name in _bone_kinds(skeleton)]]


def sample_bone_factors(
    count: int, skeleton: Skeleton, *, spread: float, generator: torch.Generator
) -> Float[Tensor, "N B"]:
    """How many times as long bones are as they came: left and right alike, hips and shoulders varying most.

    Args:
        count: How many people.
        skeleton: Whose bones.
        spread: Standard deviation of the factors of arms and legs.
        generator: Of the choice.
    """
    names = _bone_kinds(skeleton)
    kinds = sorted(set(names))
    wider = torch.tensor([_WIDER.get(kind, 1.0) for kind in kinds])
    drawn = 1 + spread * wider * torch.randn(count, len(kinds), generator=generator).clamp(-2.5, 2.5)
    return drawn[:, [kinds.index(name) for name in names]]


def _bone_kinds(skeleton: Skeleton) -> list[str]:
    """The joint that each bone leads to, without its side."""
    return [skeleton.joint_names[child].removeprefix("l_").removeprefix("r_") for child, _ in skeleton.bones]
