"""Local poses: the direction of each free bone in the frame that its parent bone carries, and bodies out of them again.

Bone lengths, heading and place are gone from a local pose. The neck has no freedom (it is canonical Z from the pelvis),
the hips have one (their line tilts), every other bone has two: a direction.
"""

from functools import lru_cache
from itertools import pairwise
from math import prod
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from maquette.body.anatomy import without_side
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.geometry.local_frame import Axes, dot_rows, face_axes, transport_axes, unit_rows

LimbFrame = Literal["transport", "face"]
"""How frames follow their parent bones: by the least turn from rest (smooth), or leaning to where the body faces."""

_SIDEWAYS, _UP, _DOWN, _AHEAD = (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0)
RESTING_DIRECTIONS: dict[str, tuple[float, float, float]] = {
    "thorax": _UP, "head_top": _UP, "shoulder": _SIDEWAYS, "elbow": _SIDEWAYS, "wrist": _SIDEWAYS, "hip": _SIDEWAYS,
    "knee": _DOWN, "ankle": _DOWN, "foot": _AHEAD,
}  # fmt: skip
"""Where the bone that ends at each right joint points in the resting T pose; the left side is its mirror image."""
_TRUNK = ("thorax", "r_hip", "l_hip")
"""Bones that are no free limbs, in the order in which they are laid down."""


class LocalPose(NamedTuple):
    """People as the directions of their limbs; L is the number of `LocalTree.limbs`."""

    directions: Float[Tensor, "*batch L 3"]
    """Unit vectors along X_l, Y_l and Z_l of each limb's frame (`maquette.geometry.local_frame`)."""
    hip_tilt_rad: Float[Tensor, "*batch"]
    """By how much the hip line is turned about canonical X: positive lifts the left hip."""


class LocalTree:
    """A skeleton's limbs with their frames: canonical joints to local poses (T_L) and back (FK).

    All limbs of a level of the tree are taken at once, and gradients are finite everywhere. A frame has one singular
    direction of the parent bone (``transport``: opposite to rest; ``face``: along the face vector); within a hundredth
    of a radian of it another frame stands in, so that directions jump there, but the way back stays exact.

    Frames of left and right limbs are built alike, so that the mirror image of a person has the x of its directions
    negated: theta of a left limb is pi minus theta of its mirror image on the right.

    Args:
        skeleton: `KUNDU_17`, `MPI_15`, or another tree whose bones end at joints of these.
        frame: ``transport`` carries the frame of the resting T pose along by the least turn of the parent bone;
            ``face`` is built from parent bone and face vector, and the published components along (a, b, n) are
            (z, y, -x) here.

    Raises:
        ConventionError: The skeleton has a bone whose resting direction is not known, or lacks trunk or hips.
    """

    def __init__(self, skeleton: Skeleton, frame: LimbFrame = "transport") -> None:
        _refuse_unknown(skeleton)
        self.skeleton = skeleton
        self.frame: LimbFrame = frame
        self.limbs = tuple(name for name in skeleton.joint_names if name not in ("pelvis", *_TRUNK))
        """Names of the joints at which the free bones end, in the skeleton's order."""

    def localise(self, canonical: Float[Tensor, "*batch J 3"]) -> LocalPose:
        """T_L: the local poses of people in the canonical frame, whatever their bone lengths.

        A bone of no length counts as pointing where it points at rest. The hips count as opposite each other.

        Raises:
            ConventionError: The skeleton has another number of joints.
        """
        batch = canonical.shape[:-2]
        _refuse_count(canonical.shape[-2], len(self.skeleton), "joints", self.skeleton)
        plan = _plan(self.skeleton, canonical.dtype, canonical.device)
        joints = canonical.reshape(prod(batch), len(self.skeleton), 3).permute(2, 1, 0).contiguous()
        tilt, trunk = _hip_line(joints.index_select(1, plan.hips))
        bones = joints.index_select(1, plan.child) - joints.index_select(1, plan.parent)
        bones = unit_rows(bones, plan.resting)
        carriers = torch.cat([trunk, bones], dim=1).index_select(1, plan.carrier)
        inside = torch.stack([dot_rows(axis, bones) for axis in self._axes(carriers, plan.resting_carrier)])
        directions = inside.index_select(1, plan.limb_order).permute(2, 1, 0).contiguous()
        return LocalPose(directions.reshape(*batch, len(self.limbs), 3), tilt.reshape(batch))

    def assemble(self, local: LocalPose, lengths: Float[Tensor, "*#batch B"]) -> Float[Tensor, "*batch J 3"]:
        """FK: canonical joints with exactly these bone lengths, the pelvis at the origin.

        Args:
            local: Directions of any length; each counts as the unit vector along it.
            lengths: In the order of ``skeleton.bones``.

        Raises:
            ConventionError: There are not as many directions or lengths as the skeleton has limbs and bones.
        """
        batch = local.directions.shape[:-2]
        _refuse_count(local.directions.shape[-2], len(self.limbs), "limbs", self.skeleton)
        _refuse_count(lengths.shape[-1], len(self.skeleton.bones), "bone lengths", self.skeleton)
        plan = _plan(self.skeleton, local.directions.dtype, local.directions.device)
        directions = local.directions.reshape(prod(batch), len(self.limbs), 3).permute(2, 1, 0)
        directions = directions.index_select(1, plan.level_order)
        sizes = _columns(lengths, batch).index_select(0, plan.bone)
        bones = _trunk(local.hip_tilt_rad.reshape(-1))
        places = bones * sizes[:3]
        for level in plan.levels:
            carrier = plan.carrier[level]
            axes = self._axes(bones.index_select(1, carrier), plan.resting_carrier[:, level])
            x, y, z = directions[:, level]
            pointed = unit_rows(x * axes[0] + y * axes[1] + z * axes[2], plan.resting[:, level])
            size = sizes[3:][level]
            places = torch.cat([places, places.index_select(1, carrier) + pointed * size], dim=1)
            bones = torch.cat([bones, pointed], dim=1)
        joints = torch.cat([torch.zeros_like(places[:, :1]), places], dim=1).index_select(1, plan.joint_order)
        return joints.permute(2, 1, 0).contiguous().reshape(*batch, len(self.skeleton), 3)

    def angles(self, local: LocalPose) -> tuple[Float[Tensor, "*batch L"], Float[Tensor, "*batch L"]]:
        """Gamma in [0, pi] (pi where the limb goes straight on) and theta in (-pi, pi] of every limb.

        Theta of a left limb is pi minus that of its mirror image on the right. Where gamma is 0 or pi theta is zero.
        """
        x, y, z = local.directions.unbind(dim=-1)
        square = x.square() + y.square()
        has_way = square > torch.finfo(square.dtype).eps ** 2
        gamma = torch.atan2(torch.where(has_way, torch.where(has_way, square, 1.0).sqrt(), 0.0), z)
        return gamma, torch.atan2(torch.where(has_way, y, 0.0), torch.where(has_way, x, 1.0))

    def from_angles(
        self,
        gamma_rad: Float[Tensor, "*batch L"],
        theta_rad: Float[Tensor, "*batch L"],
        hip_tilt_rad: Float[Tensor, "*batch"],
    ) -> LocalPose:
        """The local pose at these `angles`."""
        across = gamma_rad.sin()
        directions = [across * theta_rad.cos(), across * theta_rad.sin(), gamma_rad.cos()]
        return LocalPose(torch.stack(directions, dim=-1), hip_tilt_rad)

    def _axes(self, carriers: Float[Tensor, "3 limbs N"], resting: Float[Tensor, "3 limbs 1"]) -> Axes:
        return transport_axes(carriers, resting) if self.frame == "transport" else face_axes(carriers)


class _Plan(NamedTuple):
    """Where everything lies when the bones are laid down level by level: trunk and hips first, then the limbs."""

    hips: Int[Tensor, " 2"]
    """Joints: left and right."""
    child: Int[Tensor, " L"]
    """Joint at which each limb ends, level by level."""
    parent: Int[Tensor, " L"]
    """Joint at which it starts."""
    carrier: Int[Tensor, " L"]
    """The bone that carries its frame, counted in the order in which they are laid down."""
    resting: Float[Tensor, "3 L 1"]
    resting_carrier: Float[Tensor, "3 L 1"]
    levels: tuple[slice, ...]
    """Of the limbs."""
    bone: Int[Tensor, " B"]
    """Of each bone laid down its place among ``skeleton.bones``."""
    level_order: Int[Tensor, " L"]
    """Brings the limbs from the skeleton's order into that of the levels."""
    limb_order: Int[Tensor, " L"]
    """And back."""
    joint_order: Int[Tensor, " J"]
    """Brings pelvis and ends of the bones laid down into the skeleton's order."""


@lru_cache(maxsize=64)
def _plan(skeleton: Skeleton, dtype: torch.dtype, device: torch.device) -> _Plan:
    """Made once; its tensors are never inference tensors, which no later gradient could pass."""
    names, parents = skeleton.joint_names, skeleton.parents
    root, *trunk = skeleton.indices("pelvis", *_TRUNK)
    levels = [[at for at in level.tolist() if at not in (root, *trunk)] for level in skeleton.levels]
    children = [at for level in levels for at in level]
    laid = [*trunk, *children]
    starts = [sum(map(len, levels[:depth])) for depth in range(len(levels) + 1)]
    limbs = sorted(children)
    bones = [child for child, _ in skeleton.bones]
    with torch.inference_mode(False):

        def whole(values: list[int]) -> Int[Tensor, " n"]:
            return torch.tensor(values, dtype=torch.long, device=device)

        def resting(joints: list[int]) -> Float[Tensor, "3 n 1"]:
            rows = [_resting(names[at]) for at in joints]
            return torch.tensor(rows, dtype=dtype, device=device).mT[..., None].contiguous()

        return _Plan(
            hips=whole(skeleton.indices("l_hip", "r_hip")),
            child=whole(children),
            parent=whole([parents[at] for at in children]),
            carrier=whole([laid.index(parents[at]) for at in children]),
            resting=resting(children),
            resting_carrier=resting([parents[at] for at in children]),
            levels=tuple(slice(a, b) for a, b in pairwise(starts) if a < b),
            bone=whole([bones.index(at) for at in laid]),
            level_order=whole([limbs.index(at) for at in children]),
            limb_order=whole([children.index(at) for at in limbs]),
            joint_order=whole([[root, *laid].index(at) for at in range(len(names))]),
        )


def _resting(joint: str) -> tuple[float, float, float]:
    x, y, z = RESTING_DIRECTIONS[without_side(joint)]
    return (x, -y, z) if joint.startswith("l_") else (x, y, z)


def _hip_line(hips: Float[Tensor, "3 2 N"]) -> tuple[Float[Tensor, " N"], Float[Tensor, "3 3 N"]]:
    """How far the line from right to left hip is tilted, and the `_trunk` that goes with it."""
    _, y, z = hips[:, 0] - hips[:, 1]
    is_line = y.square() + z.square() > torch.finfo(y.dtype).tiny ** 0.5
    tilt = torch.atan2(torch.where(is_line, z, 0.0), torch.where(is_line, y, 1.0))
    return tilt, _trunk(tilt)


def _trunk(tilt: Float[Tensor, " N"]) -> Float[Tensor, "3 3 N"]:
    """Unit vectors along the `_TRUNK`: up to the neck, to the right hip and to the left."""
    zero, one, y, z = torch.zeros_like(tilt), torch.ones_like(tilt), tilt.cos(), tilt.sin()
    return torch.stack([zero, zero, zero, zero, -y, y, one, -z, z]).unflatten(0, (3, 3))


def _columns(lengths: Float[Tensor, "*#batch B"], batch: torch.Size) -> Float[Tensor, "B N"]:
    """One column of lengths for each of the poses, or one for all of them."""
    if lengths.numel() == lengths.shape[-1]:
        return lengths.reshape(-1, 1)
    return lengths.expand(*batch, lengths.shape[-1]).reshape(prod(batch), lengths.shape[-1]).mT


def _refuse_count(came: int, wanted: int, things: str, skeleton: Skeleton) -> None:
    if came != wanted:
        raise ConventionError(
            f"{came} {things} came for {skeleton}, which has {wanted}; they belong to another skeleton"
        )


def _refuse_unknown(skeleton: Skeleton) -> None:
    names, parents = skeleton.joint_names, skeleton.parents
    unknown = {without_side(name) for name in names} - {"pelvis", *RESTING_DIRECTIONS}
    hung = {name: names[parents[at]] for at, name in enumerate(names) if name in _TRUNK}
    if unknown or skeleton.root != "pelvis" or hung != dict.fromkeys(_TRUNK, "pelvis"):
        raise ConventionError(
            f"{skeleton} has no local poses: thorax and hips must start at the root pelvis, and all other bones must "
            f"end at {', '.join(RESTING_DIRECTIONS)}; map its joints to mpi_15 or kundu_17 first"
        )
