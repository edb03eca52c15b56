"""Local frames along a body's limbs, and directions in them as two angles.

Canonical body frame: X where the body faces, Y its left, Z from pelvis to neck. A limb's frame belongs to the bone p->j
and is carried by its parent bone g->p: Z_l points back along the parent bone, Y_l leans to where the body faces,
X_l = Y_l x Z_l. A direction is sin(g) cos(t) X_l + sin(g) sin(t) Y_l + cos(g) Z_l: g is the angle between the bones
(pi where they go straight on), t the way the joint bends.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.skeleton import Skeleton


def unit(vectors: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3"]:
    """The vectors at length one; those of no length stay zero."""
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(torch.finfo(vectors.dtype).tiny ** 0.5)


def canonical_from_world(poses: Float[Tensor, "N J 3"], skeleton: Skeleton) -> Float[Tensor, "N 3 3"]:
    """The rotation into the canonical frame of each body: facing the normal of neck and hips, pelvis to neck upwards.

    Args:
        poses: Right-handed, any position and heading.
        skeleton: Has pelvis, thorax (the neck of others) and hips.
    """
    pelvis, neck, left, right = (poses[:, skeleton.index(name)] for name in ("pelvis", "thorax", "l_hip", "r_hip"))
    up = unit(neck - pelvis)
    ahead = torch.linalg.cross(left - right, neck - right)
    ahead = unit(ahead - (ahead * up).sum(dim=-1, keepdim=True) * up)
    return torch.stack([ahead, torch.linalg.cross(up, ahead), up], dim=-2)


def least_turn(start: Float[Tensor, "*#batch 3"], end: Float[Tensor, "*#batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """The smallest rotation that brings each unit vector ``start`` onto the unit vector ``end``.

    Opposite vectors are turned half round about the axis across that is nearest to the canonical X.
    """
    a, b = torch.broadcast_tensors(start, end)
    axis = torch.linalg.cross(a, b)
    zero = torch.zeros_like(axis[..., 0])
    x, y, z = axis.unbind(dim=-1)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))
    cosine = (a * b).sum(dim=-1)[..., None, None]
    eye = torch.eye(3, dtype=a.dtype, device=a.device)
    turn = eye + cross + cross @ cross / (1 + cosine).clamp_min(1e-9)
    across = unit(eye[0] - a * a[..., :1] + 1e-6 * (eye[1] - a * a[..., 1:2]))
    half_round = 2 * across[..., :, None] * across[..., None, :] - eye
    return torch.where(cosine < -1 + 1e-6, half_round, turn)


def transported_frame(
    parent: Float[Tensor, "*batch 3"], resting_parent: Float[Tensor, "*#batch 3"]
) -> Float[Tensor, "*batch 3 3"]:
    """Frames (axes X_l, Y_l, Z_l as columns) carried from the resting pose by the least turn of the parent bone.

    Args:
        parent: Unit vectors along the parent bones, away from the trunk.
        resting_parent: The same in the resting pose, at right angles to canonical X.
    """
    back = -resting_parent
    ahead = torch.zeros_like(back) + back.new_tensor([1.0, 0.0, 0.0])
    resting = torch.stack([torch.linalg.cross(ahead, back), ahead, back], dim=-1)
    return least_turn(resting_parent, parent) @ resting


def angles_to_direction(
    frame: Float[Tensor, "*batch 3 3"], gamma_rad: Float[Tensor, "*batch"], theta_rad: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch 3"]:
    """The unit vector at the angles ``gamma_rad`` and ``theta_rad`` of each frame."""
    local = torch.stack([gamma_rad.sin() * theta_rad.cos(), gamma_rad.sin() * theta_rad.sin(), gamma_rad.cos()], dim=-1)
    return (frame @ local[..., None])[..., 0]


def direction_to_angles(
    frame: Float[Tensor, "*batch 3 3"], direction: Float[Tensor, "*batch 3"]
) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    """The angles of each unit vector in its frame: gamma in [0, pi] and theta in (-pi, pi]."""
    x, y, z = (frame.mT @ direction[..., None])[..., 0].unbind(dim=-1)
    return torch.atan2(torch.hypot(x, y), z), torch.atan2(y, x)
