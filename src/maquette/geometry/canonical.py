"""People between four spaces: global, relative to the root, canonical, and the picture.

Canonical means: the pelvis at the origin, X where the body faces (the normal of neck and hips), Z from pelvis to neck,
Y the person's left. Canonical joints turned by T_R are relative to the root, moved by T_G global, projected by T_K in
pixels (Kundu et al., ECCV 2020).
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.anatomy import joint_index
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, InputError
from maquette.geometry.camera import WeakPerspectiveCamera
from maquette.geometry.limbs import bend_products
from maquette.geometry.local_frame import unit

_LEAST_LENGTH = 1e-3
"""Of the body's extent: a shorter hip line or trunk, or a flatter triangle of both, has no direction."""
_CLEAR_BEND = 0.1
"""Scale-free volume from which an elbow or knee is clearly bent."""
_NEAREST = 0.05
"""Of the root's depth: what is nearer is projected as if it stood there."""


class Canonical(NamedTuple):
    """People in the canonical frame, and what brings them back to where they were."""

    joints: Float[Tensor, "*batch J 3"]
    """Pelvis at the origin, facing X, neck on Z; in the unit they came in."""
    rotation: Float[Tensor, "*batch 3 3"]
    """From the canonical frame to the axes the joints came in."""
    root: Float[Tensor, "*batch 3"]
    """Where the pelvis was."""


def to_canonical(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> Canonical:
    """People in the canonical frame: neither turning nor moving them changes their canonical joints.

    Args:
        joints: In any right-handed frame and unit.
        skeleton: Has pelvis, thorax or neck, hips, elbows and knees.

    Raises:
        InputError: A coordinate is not finite, or hips and trunk of a body span no plane.
        ConventionError: The skeleton lacks one of these joints or has another number of them, or the frame is
            left-handed (see `require_right_handed`).
    """
    _refuse_bad_bodies(joints.detach(), skeleton)
    root = joints[..., joint_index(skeleton, "pelvis"), :]
    turn = canonical_from_world(joints, skeleton)
    return Canonical((joints - root[..., None, :]) @ turn.mT, turn.mT, root)


def from_canonical(canonical: Canonical) -> Float[Tensor, "*batch J 3"]:
    """The joints where they were before `to_canonical`."""
    return canonical.joints @ canonical.rotation.mT + canonical.root[..., None, :]


def require_right_handed(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> None:
    """Refuse people whose frame is left-handed, or whose left and right are exchanged.

    Only bent limbs tell: at three or four of the four elbows and knees, more poses bend clearly the wrong way than bend
    clearly the right way, and of all clear bends more than two thirds are wrong. So one pose is refused if three of its
    limbs are clearly bent the wrong way; that of straighter limbs may be a mirror image, and nothing can tell.

    Args:
        joints: Any position, heading and size; joints that are not finite tell nothing.
        skeleton: Has thorax or neck, pelvis, arms and legs.

    Raises:
        ConventionError: They are, or the skeleton lacks one of these joints.
    """
    bends = bend_products(joints, skeleton, is_scale_free=True).reshape(-1, 4)
    wrong, right = (bends < -_CLEAR_BEND).sum(dim=0), (bends > _CLEAR_BEND).sum(dim=0)
    if (wrong > right).sum() >= 3 and wrong.sum() > 2 * right.sum():
        raise ConventionError(
            f"{int(wrong.sum())} of {int((wrong + right).sum())} clearly bent elbows and knees bend the wrong way: the "
            "frame is left-handed or left and right are swapped; negate one axis or swap the sides"
        )


def canonical_from_world(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> Float[Tensor, "*batch 3 3"]:
    """The rotation into the canonical frame of each body: facing the normal of neck and hips, pelvis to neck upwards.

    Args:
        joints: Right-handed, any position and heading. Nothing is refused: where hips or trunk have no length the
            axes are zero.
        skeleton: Has pelvis, thorax (the neck of others) and hips.

    Raises:
        ConventionError: The skeleton lacks one of these joints.
    """
    trunk, hip_line, neck_side = _trunk_and_hips(joints, skeleton)
    up = unit(trunk)
    ahead = torch.linalg.cross(hip_line, neck_side)
    ahead = unit(ahead - (ahead * up).sum(dim=-1, keepdim=True) * up)
    return torch.stack([ahead, torch.linalg.cross(up, ahead), up], dim=-2)


def rotation_from_pairs(pairs: Float[Tensor, "*batch 3 2"]) -> Float[Tensor, "*batch 3 3"]:
    """T_R: the rotation Rx Ry Rz of three angles, each given as its (sine, cosine) times any positive number.

    A pair of zeros counts as the angle zero.
    """
    (sx, sy, sz), (cx, cy, cz) = (part.unbind(dim=-1) for part in _normalise(pairs).unbind(dim=-1))
    rows = [
        cy * cz, -cy * sz, sy,
        cx * sz + sx * sy * cz, cx * cz - sx * sy * sz, -sx * cy,
        sx * sz - cx * sy * cz, sx * cz + cx * sy * sz, cx * cy,
    ]  # fmt: skip
    return torch.stack(rows, dim=-1).unflatten(-1, (3, 3))


def pairs_from_rotation(rotation: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch 3 2"]:
    """The (sine, cosine) of three angles whose `rotation_from_pairs` is this rotation.

    The second angle lies within a quarter turn; where it is a whole one, the third is zero.
    """
    (m00, m01, m02), (m10, m11, _), (m20, m21, _) = (row.unbind(dim=-1) for row in rotation.unbind(dim=-2))
    third = _normalise(torch.stack([-m01, m00], dim=-1))
    sz, cz = third.unbind(dim=-1)
    first = torch.stack([m20 * sz + m21 * cz, m10 * sz + m11 * cz], dim=-1)
    second = torch.stack([m02, m00 * cz - m01 * sz], dim=-1)
    return torch.stack([first, second, third], dim=-2)


def root_translation(
    root_px: Float[Tensor, "*batch 2"],
    depth: Float[Tensor, "*batch"],
    focal_px: float,
    centre_px: tuple[float, float],
) -> Float[Tensor, "*batch 3"]:
    """T_G: where a root is that is seen at a pixel and lies so deep, in the camera frame and the unit of ``depth``."""
    across = (root_px - root_px.new_tensor(centre_px)) * depth[..., None] / focal_px
    return torch.cat([across, depth[..., None]], dim=-1)


def project_weak(
    relative: Float[Tensor, "*batch J 3"],
    root_px: Float[Tensor, "*batch 2"],
    depth: Float[Tensor, "*batch"],
    focal_px: float,
) -> Float[Tensor, "*batch J 2"]:
    """T_K: pixels of joints relative to the root, as if all of a body stood as deep as its root.

    Args:
        relative: In the axes of the camera frame.
        root_px: Where the root is seen.
        depth: Of the root, positive, in the unit of ``relative``.
        focal_px: Focal length.
    """
    return WeakPerspectiveCamera(focal_px / depth, root_px).project(relative)


def project_perspective(
    relative: Float[Tensor, "*batch J 3"],
    root_px: Float[Tensor, "*batch 2"],
    depth: Float[Tensor, "*batch"],
    focal_px: float,
    centre_px: tuple[float, float],
) -> Float[Tensor, "*batch J 2"]:
    """T_K in full perspective: each joint is seen at its own depth; arguments as in `project_weak`.

    Joints nearer than a twentieth of the root's depth (or behind the camera) count as that near.
    """
    place = relative + root_translation(root_px, depth, focal_px, centre_px)[..., None, :]
    deep = torch.maximum(place[..., 2:], _NEAREST * depth[..., None, None])
    return focal_px * place[..., :2] / deep + place.new_tensor(centre_px)


def _normalise(pairs: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 2"]:
    """(Sine, cosine) at length one; that of the angle zero, without a gradient, where there is no length."""
    square = pairs.square().sum(dim=-1, keepdim=True)
    is_long = square > torch.finfo(pairs.dtype).eps ** 2
    return torch.where(is_long, pairs * torch.where(is_long, square, 1.0).rsqrt(), pairs.new_tensor([0.0, 1.0]))


def _trunk_and_hips(
    joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton
) -> tuple[Float[Tensor, "*batch 3"], Float[Tensor, "*batch 3"], Float[Tensor, "*batch 3"]]:
    """Pelvis to neck, right hip to left hip, right hip to neck."""
    names = ("pelvis", "thorax|upper_neck", "l_hip", "r_hip")
    pelvis, neck, left, right = (joints[..., joint_index(skeleton, name), :] for name in names)
    return neck - pelvis, left - right, neck - right


def _refuse_bad_bodies(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> None:
    if joints.shape[-2] != len(skeleton):
        raise ConventionError(f"{joints.shape[-2]} joints came for {skeleton}; name the skeleton they belong to")
    is_finite = joints.isfinite().flatten(-2).all(dim=-1)
    if not is_finite.all():
        raise InputError(
            f"{_first(~is_finite)} has coordinates that are not finite; leave out such joints or whole poses first"
        )
    trunk, hip_line, _ = _trunk_and_hips(joints, skeleton)
    extent = (joints - joints.mean(dim=-2, keepdim=True)).norm(dim=-1).amax(dim=-1)
    shortest = torch.minimum(trunk.norm(dim=-1), hip_line.norm(dim=-1))
    area = torch.linalg.cross(trunk, hip_line).norm(dim=-1)
    is_flat = (shortest <= _LEAST_LENGTH * extent) | (area <= _LEAST_LENGTH * extent * shortest)
    if is_flat.any():
        raise InputError(
            f"{_first(is_flat)} has hips, pelvis and neck that span no plane (some of them coincide or lie on one "
            "line), so it faces nowhere; leave such poses out"
        )
    require_right_handed(joints, skeleton)


def _first(is_bad: Bool[Tensor, "*batch"]) -> str:
    """Says which of how many poses is the first bad one."""
    flat = is_bad.reshape(-1)
    return f"pose {int(flat.nonzero()[0])} of {len(flat)} ({int(flat.sum())} of them in all)"
