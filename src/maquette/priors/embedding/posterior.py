"""The most probable pose of an embedding, given joints of which some are noisy and others unknown.

Codes are taken for normal numbers of the variance that evenly drawn ones have, a third.
`maquette.priors.embedding.model.PoseEmbedding.find_nearest` asks for the nearest pose however rare its code; the search
is the same (`maquette.priors.embedding.search`).
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.geometry.procrustes import align
from maquette.priors.embedding.model import PoseEmbedding
from maquette.priors.embedding.search import search_codes

_ROUNDS = 10
_CODE_VARIANCE = 1 / 3


@torch.no_grad()
def infer_from_embedding(
    joints: Float[Tensor, "N J 3"],
    known: Bool[Tensor, "N J"],
    embedding: PoseEmbedding,
    lengths: Float[Tensor, "N B"],
    *,
    noise: float,
) -> Float[Tensor, "N J 3"]:
    """The most probable poses with these bone lengths, where they were seen.

    Args:
        joints: Canonical; unknown ones filled in somehow.
        known: Which joints count.
        embedding: Whose skeleton it is.
        lengths: Of the bones, left and right hip alike.
        noise: Standard deviation of a coordinate, in lengths of the head.
    """
    size = (lengths.sum(dim=-1) / embedding.ratios.sum()).to(embedding.ratios)[:, None, None]
    target, bones = joints.to(size) / size, lengths.to(size) / size[..., 0]

    def decode(codes: Float[Tensor, "M code"]) -> Float[Tensor, "M J 3"]:
        return embedding.decode(codes, bones.repeat(len(codes) // max(len(bones), 1), 1))

    pull = noise**2 / _CODE_VARIANCE
    best = search_codes(decode, embedding.encode(joints), target, known, rounds=_ROUNDS, pull=pull)
    laid = align(best.points, target, mask=known, scale=False).apply(best.points)
    return (laid * size).to(joints)
