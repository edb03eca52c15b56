"""The structure-aware loss: what a 2D annotation and a body's build alone say about depth."""

import math
from dataclasses import astuple, dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, SettingError
from maquette.losses.angle import illegal_angle_energy
from maquette.losses.bone import asymmetry_and_variance, bone_asymmetry, bone_ratio_variance


@dataclass(frozen=True)
class StructuralWeights:
    """How much each term of `structural_energy` counts; the published weights by default (Dabral et al., ECCV 2018).

    A term of weight zero is not computed.

    Raises:
        SettingError: A weight is negative or not finite.
    """

    angle: float = 0.03
    """Of `illegal_angle_energy` (lambda_a)."""
    ratio: float = 0.03
    """Of `bone_ratio_variance` (lambda_g)."""
    symmetry: float = 0.05
    """Of `bone_asymmetry` (lambda_s)."""

    def __post_init__(self) -> None:
        if not all(math.isfinite(weight) and weight >= 0 for weight in astuple(self)):
            raise SettingError(f"{self} has a weight that is negative or not finite; weights are zero or more")


PUBLISHED_WEIGHTS = StructuralWeights()
"""lambda_a = 0.03, lambda_g = 0.03, lambda_s = 0.05."""


def structural_energy(
    joints: Float[Tensor, "*batch J 3"],
    skeleton: Skeleton,
    weights: StructuralWeights = PUBLISHED_WEIGHTS,
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch"]:
    """The weighted sum of illegal angles, bone ratios and asymmetry of each pose (L_SA of the source).

    Args:
        joints: In normalised coordinates of a crop, -1 to 1; for weak supervision what `compose_pose` gives.
        mask: Joints that are known, all by default.

    Raises:
        ConventionError: As for the three terms.
    """
    energy = joints.new_zeros(joints.shape[:-2])
    if weights.angle:
        energy = energy + weights.angle * illegal_angle_energy(joints, skeleton, mask=mask).sum(dim=-1)
    if weights.symmetry and weights.ratio:
        asymmetry, variance = asymmetry_and_variance(joints, skeleton, mask=mask)
        return energy + weights.symmetry * asymmetry.sum(dim=-1) + weights.ratio * variance.sum(dim=-1)
    if weights.symmetry:
        return energy + weights.symmetry * bone_asymmetry(joints, skeleton, mask=mask).sum(dim=-1)
    if weights.ratio:
        return energy + weights.ratio * bone_ratio_variance(joints, skeleton, mask=mask).sum(dim=-1)
    return energy


def compose_pose(xy: Float[Tensor, "*batch J 2"], z: Float[Tensor, "*batch J"]) -> Float[Tensor, "*batch J 3"]:
    """True 2D joints with predicted depths, in one unit; gradients flow to ``z`` alone.

    Raises:
        ConventionError: The shapes disagree.
    """
    if xy.shape != (*z.shape, 2):
        raise ConventionError(
            f"2D joints of the shape {tuple(xy.shape)} do not go with depths of the shape {tuple(z.shape)}; two "
            "coordinates are wanted for each depth"
        )
    return torch.cat([xy.detach(), z[..., None]], dim=-1)
