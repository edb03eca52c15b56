"""Bones as vectors: their lengths left and right, and the volumes by which elbows and knees bend.

Poses are taken a block at a time, each laid out coordinate by coordinate with its samples in a row (``n``): every step
is then one sweep over long rows in the processor's cache, which is faster than joint by joint.
"""

from collections.abc import Callable
from functools import lru_cache
from math import prod

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from maquette.body.anatomy import LEGAL_BENDS, Bones, joint_index, on_side
from maquette.body.skeleton import Skeleton

Chains = tuple[tuple[str, ...], ...]
"""Chains of equally many joints, by name as in `maquette.body.anatomy`; a bone is a chain of two."""

_BLOCK = 8_192
"""Poses at a time: intermediate results of a whole large batch would leave the cache and ask for fresh memory."""
_BENDS: Chains = tuple(chain for chain, _ in LEGAL_BENDS)


def bone_lengths(
    joints: Float[Tensor, "*batch J D"], skeleton: Skeleton, bones: Chains
) -> Float[Tensor, "*batch bones"]:
    """Lengths whose gradient is finite everywhere: zero at a bone of no length (which counts as 1e-19 long).

    Raises:
        ConventionError: The skeleton lacks one of the joints.
    """
    index = _indices(skeleton, bones, joints.device)
    return _by_block(joints, lambda rows: _lengths(_steps(rows, index))[0])


def sided_lengths(
    joints: Float[Tensor, "*batch J D"], skeleton: Skeleton, bones: Bones
) -> Float[Tensor, "*batch 2 bones"]:
    """Lengths of bones written without sides: those of the left side, then those of the right.

    Raises:
        ConventionError: The skeleton lacks one of the joints.
    """
    return bone_lengths(joints, skeleton, both_sides(bones)).unflatten(-1, (2, len(bones)))


def sides_known(mask: Bool[Tensor, "*batch J"], skeleton: Skeleton, bones: Bones) -> Bool[Tensor, "*batch 2 bones"]:
    """Of which of the `sided_lengths` both ends are known."""
    return chains_known(mask, skeleton, both_sides(bones)).reshape(*mask.shape[:-1], 2, len(bones))


def chains_known(mask: Bool[Tensor, "*batch J"], skeleton: Skeleton, chains: Chains) -> Bool[Tensor, "*batch chains"]:
    """Of which chains every joint is known."""
    return mask[..., _indices(skeleton, chains, mask.device)].all(dim=-2)


def bend_products(
    joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton, *, is_scale_free: bool = False
) -> Float[Tensor, "*batch 4"]:
    """The signed volume (ab x bc) . cd of the `LEGAL_BENDS` times its legal sign: negative bends the wrong way.

    Args:
        is_scale_free: Whether bones count as one unit long, so that the volume is one of shape alone, between -1 and 1.
            A bone of no length then has no volume and no gradient.

    Raises:
        ConventionError: The skeleton lacks one of the joints.
    """
    index = _indices(skeleton, _BENDS, joints.device)
    signs = joints.new_tensor([[sign] for _, sign in LEGAL_BENDS])

    def volumes(rows: Float[Tensor, "J 3 n"]) -> Float[Tensor, "4 n"]:
        bones = _steps(rows, index)
        return signs * _triple_product(_directions(bones) if is_scale_free else bones)

    return _by_block(joints, volumes)


def bends_known(mask: Bool[Tensor, "*batch J"], skeleton: Skeleton) -> Bool[Tensor, "*batch 4"]:
    """Of which of the `LEGAL_BENDS` all four joints are known."""
    return chains_known(mask, skeleton, _BENDS)


def _by_block(
    joints: Float[Tensor, "*batch J D"], measure: Callable[[Float[Tensor, "J D n"]], Float[Tensor, "chains n"]]
) -> Float[Tensor, "*batch chains"]:
    """What ``measure`` makes of the joints; it is given a block of the batch, joint by joint."""
    *batch, count, dimensions = joints.shape
    flat = joints.reshape(prod(batch), count * dimensions)
    blocks = (part.mT.contiguous().unflatten(0, (count, dimensions)) for part in flat.split(_BLOCK))
    measured = [measure(block) for block in blocks]
    whole = measured[0] if len(measured) == 1 else torch.cat(measured, dim=-1)
    return whole.mT.unflatten(0, batch) if batch else whole[:, 0]


def _steps(
    rows: Float[Tensor, "J D n"], index: Int[Tensor, "joints chains"]
) -> tuple[Float[Tensor, "bones chains n"], ...]:
    """The vectors from each joint of a chain to the next, coordinate by coordinate."""
    places = (row.index_select(0, index.flatten()).unflatten(0, index.shape) for row in rows.unbind(dim=1))
    return tuple(place[1:] - place[:-1] for place in places)


def _lengths(bones: tuple[Float[Tensor, "*bones n"], ...]) -> Float[Tensor, "*bones n"]:
    square = bones[0].square()
    for coordinate in bones[1:]:
        square = torch.addcmul(square, coordinate, coordinate)
    return square.clamp_min(torch.finfo(square.dtype).tiny).sqrt()


def _directions(bones: tuple[Float[Tensor, "*bones n"], ...]) -> tuple[Float[Tensor, "*bones n"], ...]:
    """The bones at length one; those of no length become zero, without a gradient."""
    lengths = _lengths(bones)
    no_length = lengths <= torch.finfo(lengths.dtype).tiny ** 0.5
    divisor = lengths.masked_fill(no_length, torch.inf)
    return tuple(coordinate / divisor for coordinate in bones)


def _triple_product(bones: tuple[Float[Tensor, "3 chains n"], ...]) -> Float[Tensor, "chains n"]:
    """(first x second) . third, coordinate by coordinate: `torch.linalg.cross` is many times slower on rows."""
    (ax, bx, cx), (ay, by, cy), (az, bz, cz) = bones
    return (ay * bz - az * by) * cx + (az * bx - ax * bz) * cy + (ax * by - ay * bx) * cz


def both_sides(bones: Bones) -> Bones:
    """Bones written without sides as those of the left, then those of the right."""
    return on_side(bones, "l") + on_side(bones, "r")


@lru_cache(maxsize=256)
def _indices(skeleton: Skeleton, chains: Chains, device: torch.device) -> Int[Tensor, "joints chains"]:
    """Looked up once; never an inference tensor, which no later gradient could pass."""
    with torch.inference_mode(False):
        found = [[joint_index(skeleton, joint) for joint in chain] for chain in chains]
        return torch.tensor(found, device=device).mT.contiguous()
