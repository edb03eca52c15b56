"""Local frames along a body's limbs: the axes in which a bone's direction is given, carried by its parent bone.

Canonical body frame: X where the body faces, Y its left, Z from pelvis to neck. A limb's frame belongs to the bone p->j
and is carried by its parent bone g->p: Z_l points back along the parent bone, Y_l leans to where the body faces,
X_l = Y_l x Z_l. A direction is sin(g) cos(t) X_l + sin(g) sin(t) Y_l + cos(g) Z_l: g is the angle between the bones
(pi where they go straight on), t the way the joint bends.

Frames are computed in rows: coordinate by coordinate, with all limbs of all people in long rows (``limbs`` below).
"""

import torch
from jaxtyping import Float
from torch import Tensor

Axes = tuple[Float[Tensor, "3 *limbs"], Float[Tensor, "3 *limbs"], Float[Tensor, "3 *limbs"]]
"""X_l, Y_l and Z_l of the limbs' frames."""
_AT_POLE = 1e-4
"""Square of the angle around a frame's singularity within which another stands in, as rounding would turn it there."""


def transport_axes(parent: Float[Tensor, "3 *limbs"], resting: Float[Tensor, "3 *#limbs"]) -> Axes:
    """Frames carried along from the resting pose by the least turn of the parent bone.

    With h the sum of parent bone and resting bone, the least turn takes an axis v at right angles to the resting bone
    to v - 2 h (h . v) / (h . h). Within a hundredth of a radian of the direction opposite to rest, where many turns
    are least, the resting frame is first turned half round about canonical X: there the frame jumps.

    Args:
        parent: Unit vectors along the parent bones, away from the trunk.
        resting: The same in the resting pose, at right angles to canonical X.
    """
    middle = parent + resting
    is_opposite = dot_rows(middle, middle) < _AT_POLE
    middle = torch.where(is_opposite, parent - resting, middle)
    ahead = _axis(parent, 0) - 2 * parent[0] / dot_rows(middle, middle) * middle
    return _cross(parent, ahead), ahead, -parent


def face_axes(parent: Float[Tensor, "3 *limbs"]) -> Axes:
    """Frames whose Y_l is canonical X, where the body faces, made upright on the parent bone.

    Within a hundredth of a radian of a parent bone along canonical X that has no direction, and Y_l is canonical Z made
    upright instead: there the frame jumps, and round about it turns quickly.

    Args:
        parent: Unit vectors along the parent bones, away from the trunk.
    """
    is_along = parent[1].square() + parent[2].square() < _AT_POLE
    lean = torch.where(is_along, _axis(parent, 2), _axis(parent, 0))
    upright = lean - dot_rows(lean, parent) * parent
    ahead = upright * dot_rows(upright, upright).rsqrt()
    return _cross(parent, ahead), ahead, -parent


def least_turn(start: Float[Tensor, "*#batch 3"], end: Float[Tensor, "*#batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """The smallest rotation that brings each unit vector ``start`` onto the unit vector ``end``.

    It is made of two half turns, about ``start`` and about the middle of both. Within a hundredth of a radian of
    opposite vectors it is the half turn about the axis across that is nearest to the canonical X, then the smallest
    rotation: there the rotation jumps.
    """
    start, end = torch.broadcast_tensors(start, end)
    middle = start + end
    is_opposite = middle.square().sum(dim=-1, keepdim=True) < _AT_POLE
    x, y, z = start.unbind(dim=-1)
    zero = torch.zeros_like(x)
    across_x, across_y = torch.stack([zero, -z, y], dim=-1), torch.stack([z, zero, -x], dim=-1)
    across = torch.where(across_x.square().sum(dim=-1, keepdim=True) < _AT_POLE, across_y, across_x)
    first = torch.where(is_opposite, across, start)
    second = torch.where(is_opposite, end - start, middle)
    return _half_turn(second) @ _half_turn(first)


def unit(vectors: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3"]:
    """The vectors at length one; those of no length are zero and pass no gradient."""
    square = vectors.square().sum(dim=-1, keepdim=True)
    is_long = square > torch.finfo(square.dtype).tiny ** 0.5
    return vectors * torch.where(is_long, torch.where(is_long, square, 1.0).rsqrt(), 0.0)


def unit_rows(vectors: Float[Tensor, "3 *limbs"], instead: Float[Tensor, "3 *#limbs"]) -> Float[Tensor, "3 *limbs"]:
    """The vectors at length one; where one has no length stands ``instead``, without a gradient."""
    square = dot_rows(vectors, vectors)
    is_long = square > torch.finfo(square.dtype).tiny ** 0.5
    return torch.where(is_long, vectors * torch.where(is_long, square, 1.0).rsqrt(), instead)


def dot_rows(a: Float[Tensor, "3 *#limbs"], b: Float[Tensor, "3 *#limbs"]) -> Float[Tensor, "*limbs"]:
    """Inner products of the vectors."""
    return torch.addcmul(torch.addcmul(a[0] * b[0], a[1], b[1]), a[2], b[2])


def _cross(a: Float[Tensor, "3 *limbs"], b: Float[Tensor, "3 *limbs"]) -> Float[Tensor, "3 *limbs"]:
    """Coordinate by coordinate: `torch.linalg.cross` is many times slower on rows."""
    (ax, ay, az), (bx, by, bz) = a, b
    return torch.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def _axis(rows: Float[Tensor, "3 *limbs"], number: int) -> Float[Tensor, "3 *ones"]:
    """X, Y or Z of the canonical frame, to be broadcast over the limbs."""
    return torch.eye(3, dtype=rows.dtype, device=rows.device)[number].reshape(3, *[1] * (rows.ndim - 1))


def _half_turn(axis: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """The rotation by half a turn about each axis, which may have any length but none."""
    square = axis.square().sum(dim=-1)[..., None, None]
    return 2 * axis[..., :, None] * axis[..., None, :] / square - torch.eye(3, dtype=axis.dtype, device=axis.device)
