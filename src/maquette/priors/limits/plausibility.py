"""Poses that no living body takes: elbows and knees bent the wrong way, and limbs that pass through one another.

A body is ten capsules, each a straight line between two joints with a radius. They are cores of the limbs and thinner
than flesh, so that hands may rest on thighs and the rigs of motion capture may differ.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import combinations
from math import prod
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from maquette.body.anatomy import joint_index
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError
from maquette.geometry.limbs import bend_products
from maquette.priors.limits.angle import check_joints


class Capsule(NamedTuple):
    """The core of a limb: all that is no farther than the radius from the line between two joints."""

    start: str
    end: str
    radius: float
    """As a share of the trunk's length, from pelvis to thorax."""


CAPSULES: dict[str, Capsule] = {
    "trunk": Capsule("pelvis", "thorax|upper_neck", 0.11),
    "head": Capsule("thorax|upper_neck", "head_top", 0.1),
    **{
        f"{side}_{limb}": Capsule(f"{side}_{start}", f"{side}_{end}", radius)
        for side in "lr"
        for limb, start, end, radius in (
            ("upper_arm", "shoulder", "elbow", 0.05),
            ("forearm", "elbow", "wrist", 0.035),
            ("thigh", "hip", "knee", 0.055),
            ("shin", "knee", "ankle", 0.05),
        )
    },
}
"""The limbs of a body by name. The radii are as large as motion capture of ten rigs lets them be: by these 1.3 % of
7 112 and 1.5 % of 19 399 recorded poses meet themselves, mostly with hands on thighs and crossed arms. They were chosen
with all of these in view, so none is held out."""

_JOINED = {
    frozenset(pair)
    for pair in (
        ("trunk", "head"),
        *((f"{side}_{a}", f"{side}_{b}") for side in "lr" for a, b in (("upper_arm", "forearm"), ("thigh", "shin"))),
        *(("trunk", f"{side}_{limb}") for side in "lr" for limb in ("upper_arm", "thigh")),
    )
}
CAPSULE_PAIRS: tuple[tuple[str, str], ...] = tuple(
    pair for pair in combinations(CAPSULES, 2) if frozenset(pair) not in _JOINED
)
"""The pairs of limbs that can meet: all but those that hang together."""

_TRUNK = list(CAPSULES).index("trunk")
_LEAST_SHARE = 1e-3
_LEAST_DRAWN, _MOST_DRAWN = 1_024, 65_536
_BLOCK = 4_096
"""Poses at a time: intermediate results of more would leave the processor's cache."""


def is_illegal_bend(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> Bool[Tensor, "*batch 4"]:
    """Whether each of the elbows and knees of `maquette.body.anatomy.LEGAL_BENDS` bends the wrong way.

    The test is that of the sign alone (Dabral et al., ECCV 2018) and so an approximation: about one elbow in twenty of
    true motion fails it, with the arm raised. A straight limb is legal. The frame must be right-handed.

    Raises:
        ConventionError: The skeleton lacks one of the joints, or the joints are not its joints.
        InputError: A joint is not finite.
    """
    check_joints(joints, skeleton)
    return bend_products(joints, skeleton) < 0


def self_intersections(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> Bool[Tensor, "*batch pairs"]:
    """Which of the `CAPSULE_PAIRS` pass through each other.

    Args:
        joints: Any position, heading and size.
        skeleton: Has the joints of the `CAPSULES`.

    Raises:
        ConventionError: The skeleton lacks one of the joints, or the joints are not its joints.
        InputError: A joint is not finite.
    """
    return capsule_gaps(joints, skeleton) < 0


def capsule_gaps(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> Float[Tensor, "*batch pairs"]:
    """Room between the two limbs of each of the `CAPSULE_PAIRS`, as a share of the trunk's length; negative inside.

    Errors as for `self_intersections`.
    """
    check_joints(joints, skeleton)
    *batch, count, _ = joints.shape
    ends, sides = _indices(skeleton, joints.device)
    radii = joints.new_tensor([capsule.radius for capsule in CAPSULES.values()])[sides].sum(dim=0)

    def gaps(rows: Float[Tensor, "3 J n"]) -> Float[Tensor, "pairs n"]:
        limbs = rows[:, ends]
        distances = _segment_distances(*(limbs[:, end][:, side] for side in sides for end in (0, 1)))
        trunk = _norm(limbs[:, 1, _TRUNK] - limbs[:, 0, _TRUNK])
        return distances / trunk.clamp_min(torch.finfo(trunk.dtype).tiny ** 0.25) - radii[:, None]

    blocks = joints.reshape(prod(batch), count, 3).split(_BLOCK)
    measured = torch.cat([gaps(block.permute(2, 1, 0).contiguous()) for block in blocks], dim=-1)
    return measured.mT.reshape(*batch, len(CAPSULE_PAIRS))


def is_implausible(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> Bool[Tensor, "*batch"]:
    """Whether an elbow or a knee bends the wrong way or two limbs pass through each other.

    Errors as for `self_intersections`.
    """
    return is_illegal_bend(joints, skeleton).any(dim=-1) | self_intersections(joints, skeleton).any(dim=-1)


def sample_plausible(
    count: int, sample: Callable[[int], Float[Tensor, "N J 3"]], skeleton: Skeleton
) -> Float[Tensor, "M J 3"]:
    """So many poses out of a random source, the implausible ones left out.

    Args:
        count: How many poses to keep.
        sample: Draws as many poses as are asked for, such as `sample_limited_poses` with a generator.
        skeleton: That of the poses.

    Raises:
        SettingError: Of a thousand poses drawn less than one is plausible.
    """
    kept, found, drawn = [sample(0)], 0, 0
    while found < count:
        poses = sample(min(max(2 * (count - found), _LEAST_DRAWN), _MOST_DRAWN))
        kept.append(poses[~is_implausible(poses, skeleton)])
        found, drawn = found + len(kept[-1]), drawn + len(poses)
        if found < _LEAST_SHARE * drawn:
            raise SettingError(f"of {drawn} poses drawn only {found} are plausible; widen the limits or take others")
    return torch.cat(kept)[:count]


def _segment_distances(
    start: Float[Tensor, "3 pairs n"],
    end: Float[Tensor, "3 pairs n"],
    other_start: Float[Tensor, "3 pairs n"],
    other_end: Float[Tensor, "3 pairs n"],
) -> Float[Tensor, "pairs n"]:
    """Least distance of two straight lines between their ends (Ericson, Real-Time Collision Detection, 5.1.9)."""
    along, other, between = end - start, other_end - other_start, start - other_start
    tiny = torch.finfo(start.dtype).tiny ** 0.5
    length, other_length = _dot(along, along).clamp_min(tiny), _dot(other, other).clamp_min(tiny)
    crossing, own_lag, other_lag = _dot(along, other), _dot(along, between), _dot(other, between)
    spread = length * other_length - crossing.square()
    is_parallel = spread <= 1e-6 * length * other_length
    at = ((crossing * other_lag - own_lag * other_length) / spread.masked_fill(is_parallel, torch.inf)).clamp(0, 1)
    other_at = ((crossing * at + other_lag) / other_length).clamp(0, 1)
    at = ((crossing * other_at - own_lag) / length).clamp(0, 1)
    return _norm(between + at * along - other_at * other)


def _dot(a: Float[Tensor, "3 *rows"], b: Float[Tensor, "3 *rows"]) -> Float[Tensor, "*rows"]:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _norm(vectors: Float[Tensor, "3 *rows"]) -> Float[Tensor, "*rows"]:
    """Lengths; those of nothing are zero and pass no gradient."""
    square = _dot(vectors, vectors)
    is_some = square > torch.finfo(square.dtype).tiny ** 0.5
    return torch.where(is_some, torch.where(is_some, square, 1.0).sqrt(), 0.0)


@lru_cache(maxsize=64)
def _indices(skeleton: Skeleton, device: torch.device) -> tuple[Int[Tensor, "2 limbs"], Int[Tensor, "2 pairs"]]:
    """The joints at the start and the end of every limb, and the two limbs of every pair."""
    with torch.inference_mode(False):
        ends = [[joint_index(skeleton, joint) for joint in capsule[:2]] for capsule in CAPSULES.values()]
        names = list(CAPSULES)
        pairs = [[names.index(limb) for limb in pair] for pair in CAPSULE_PAIRS]
        return torch.tensor(ends, device=device).mT.contiguous(), torch.tensor(pairs, device=device).mT.contiguous()
