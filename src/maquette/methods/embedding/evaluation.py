"""How good an embedding is, in a few numbers that a journal can hold."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.geometry.local_pose import LocalPose
from maquette.priors.embedding.model import METRES_PER_HEAD, PoseEmbedding
from maquette.priors.limits.plausibility import is_implausible

_SEED = 1234
_LEAST_SPREAD = 1e-3
_LEAST_CODE_SPREAD = 0.1


class EmbeddingFigures(NamedTuple):
    """What an embedding reaches on poses that it did not learn from, and how its random people are."""

    reconstruction_mm: float
    """Mean distance of the joints (pelvis included) from those of the pose encoded and decoded, on an adult with the
    bone ratios of the source (`maquette.priors.embedding.model.METRES_PER_HEAD`)."""
    implausible: float
    """Share of random codes whose bodies no living body takes."""
    least_spread: float
    """How widely a joint of random people is spread, against the same joint of the poses; of the joint for which this
    is least. One is as wide; far less says that poses are forgotten."""
    codes_used: float
    """Share of the code's numbers that poses make use of."""


@torch.no_grad()
def evaluate_embedding(
    embedding: PoseEmbedding, local: LocalPose, *, spread: Float[Tensor, " J"] | None = None, count: int = 4096
) -> EmbeddingFigures:
    """The figures of an embedding.

    Args:
        embedding: As it is.
        local: Poses that it did not learn from; N of them.
        spread: How widely the joints of all poses are spread (`joint_spread`); by default those of ``local``.
        count: Random codes, always the same ones.
    """
    poses = embedding.tree.assemble(local, embedding.ratios)
    codes = embedding.encode(poses)
    people = embedding.sample_poses(count, generator=torch.Generator().manual_seed(_SEED))
    spread = joint_spread(poses) if spread is None else spread
    is_moving = spread > _LEAST_SPREAD
    return EmbeddingFigures(
        reconstruction_mm=1000 * METRES_PER_HEAD * (embedding.decode(codes) - poses).norm(dim=-1).mean().item(),
        implausible=is_implausible(people, embedding.skeleton).float().mean().item(),
        least_spread=(joint_spread(people) / spread)[is_moving].amin().item() if is_moving.any() else 1.0,
        codes_used=(codes.std(dim=0) > _LEAST_CODE_SPREAD).float().mean().item(),
    )


def joint_spread(poses: Float[Tensor, "N J 3"]) -> Float[Tensor, " J"]:
    """How far each joint of canonical poses is from its mean place, in root mean square."""
    return poses.var(dim=0).sum(dim=-1).sqrt()
