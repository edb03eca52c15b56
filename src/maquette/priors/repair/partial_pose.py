"""Poses of which some joints are unknown: gathered in rows, and filled in."""

from math import prod
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.anatomy import bone_ratios, without_side
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, InputError
from maquette.geometry.canonical import canonical_from_world
from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.local_pose import LocalTree

STANDING_DEG: dict[str, tuple[float, float]] = {
    "shoulder": (90.0, 180.0), "head_top": (180.0, 0.0), "elbow": (90.0, 180.0), "wrist": (180.0, 0.0),
    "knee": (90.0, 180.0), "ankle": (180.0, 0.0), "foot": (90.0, 90.0),
}  # fmt: skip
"""Gamma and theta of every right limb of somebody who stands upright with hanging arms."""
_TRUNK = ("pelvis", "thorax", "l_hip", "r_hip")


class PartialPoses(NamedTuple):
    """Poses in rows, and which of their joints are known; the others are filled in somehow."""

    joints: Float[Tensor, "N J 3"]
    known: Bool[Tensor, "N J"]


def fill_in_standing(
    poses: Float[Tensor, "*batch J 3"], skeleton: Skeleton, *, mask: Bool[Tensor, "*batch J"]
) -> Float[Tensor, "*batch J 3"]:
    """The poses with their unknown limbs as those of somebody who stands upright with hanging arms.

    Their bones are as long as their twins or, where these are not known either, as average bodies of that size have
    them. Arguments and errors as for `maquette.priors.repair.limits.repair_by_limits`.
    """
    return fill_in_limbs(gather_partial_poses(poses, skeleton, mask), skeleton).joints.reshape(poses.shape)


def gather_partial_poses(
    poses: Float[Tensor, "*batch J 3"], skeleton: Skeleton, mask: Bool[Tensor, "*batch J"] | None
) -> PartialPoses:
    """Poses in rows; unknown joints lie at the pelvis.

    Raises:
        InputError: A known joint is not finite, or a pose's pelvis, thorax or hips are not known.
        ConventionError: The joints are not those of the skeleton, or the mask is of other poses.
    """
    if poses.shape[-2] != len(skeleton):
        raise ConventionError(f"{poses.shape[-2]} joints came for {skeleton}; name the skeleton they belong to")
    if mask is not None and mask.shape != poses.shape[:-1]:
        raise ConventionError(f"the mask has the shape {tuple(mask.shape)}; give one of {tuple(poses.shape[:-1])}")
    rows = poses.reshape(prod(poses.shape[:-2]), len(skeleton), 3)
    known = torch.ones_like(rows[..., 0], dtype=torch.bool) if mask is None else mask.reshape(rows.shape[:-1])
    if not known[:, skeleton.indices(*_TRUNK)].all():
        raise InputError(f"poses lack one of {', '.join(_TRUNK)}, without which nobody faces anywhere; leave such out")
    filled = torch.where(known[..., None], rows, rows[:, skeleton.index("pelvis"), None])
    if not filled.isfinite().all():
        raise InputError("some known joints are not finite; say by the mask that they are unknown")
    return PartialPoses(filled, known)


def fill_in_limbs(people: PartialPoses, skeleton: Skeleton) -> PartialPoses:
    """The same with limbs that are not known as `fill_in_standing` puts them."""
    tree = LocalTree(skeleton)
    pelvis = people.joints[:, skeleton.index("pelvis"), None]
    turn = canonical_from_world(people.joints, skeleton)
    canonical = (people.joints - pelvis) @ turn.mT
    local = tree.localise(canonical)
    is_seen = people.known[:, _limb_ends(tree)].all(dim=-1)[..., None]
    directions = torch.where(is_seen, local.directions, _standing(tree).to(canonical))
    lengths = torch.where(
        _known_bones(people, skeleton), _lengths(people, skeleton), symmetric_lengths(people, skeleton)
    )
    placed = tree.assemble(local._replace(directions=directions), lengths) @ turn + pelvis
    return people._replace(joints=torch.where(people.known[..., None], people.joints, placed))


def _limb_ends(tree: LocalTree) -> list[list[int]]:
    ends = tree.skeleton.indices(*tree.limbs)
    return [[end, tree.skeleton.parents[end]] for end in ends]


def _standing(tree: LocalTree) -> Float[Tensor, "L 3"]:
    """Directions of the limbs at `STANDING_DEG`."""
    gamma, theta = torch.deg2rad(torch.tensor([STANDING_DEG[without_side(limb)] for limb in tree.limbs])).unbind(dim=-1)
    directions = tree.from_angles(gamma, theta, gamma.new_zeros(())).directions
    is_left = torch.tensor([limb.startswith("l_") for limb in tree.limbs])
    return torch.where(is_left[:, None], directions * directions.new_tensor([-1.0, 1.0, 1.0]), directions)


def _lengths(people: PartialPoses, skeleton: Skeleton) -> Float[Tensor, "N B"]:
    return KinematicTree(skeleton).bone_lengths(people.joints)


def _known_bones(people: PartialPoses, skeleton: Skeleton) -> Bool[Tensor, "N B"]:
    return people.known[:, torch.tensor(skeleton.bones, device=people.known.device)].all(dim=-1)


def symmetric_lengths(people: PartialPoses, skeleton: Skeleton) -> Float[Tensor, "N B"]:
    """Bone lengths, the mean of left and right; where neither is known, those of an average body of that size."""
    lengths, known = _lengths(people, skeleton), _known_bones(people, skeleton).to(people.joints)
    children, mirror = [child for child, _ in skeleton.bones], skeleton.mirror.tolist()
    twin = [children.index(mirror[child]) for child in children]
    ratios = lengths.new_tensor(bone_ratios(skeleton))
    size = (lengths * known).sum(dim=-1, keepdim=True) / (ratios * known).sum(dim=-1, keepdim=True)
    votes = known + known[:, twin]
    alike = (lengths * known + lengths[:, twin] * known[:, twin]) / votes.clamp_min(1)
    return torch.where(votes > 0, alike, ratios * size)
