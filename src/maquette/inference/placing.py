"""Persons put into the space before a calibrated camera: where they stand, and how large they are on known ground."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.people import Poses2d, Poses3d
from maquette.geometry.camera import PinholeCamera
from maquette.inference.fitting import FOOT_SHARE, estimate_bone_lengths

_LEAST_SPREAD = 1e-9


def place(poses: Poses3d, keypoints: Poses2d, camera: PinholeCamera) -> Poses3d:
    """The same poses at the place before the camera where they project onto their keypoints best; root is None.

    For each person and frame the translation solves the linear equations x (Z + t_z) = X + t_x of all joints whose
    2D points are known, weighed by confidence, with (x, y) the joint's ray. Persons for whom the equations have no
    solution in front of the camera are hidden.
    """
    rays, is_in_view = camera.rays_in_view(torch.from_numpy(keypoints.joints).double())
    certainty = np.where(keypoints.mask & poses.mask, keypoints.confidence, 0.0)
    weights = torch.from_numpy(certainty).double() * is_in_view
    translation, is_found = _translations(torch.from_numpy(poses.joints).double(), rays, weights)
    mask = poses.mask & is_found.numpy()[..., None]
    joints = np.where(mask[..., None], poses.joints + translation.numpy()[:, :, None], 0.0)
    confidence = np.where(mask, poses.confidence, 0.0).astype(poses.confidence.dtype)
    return replace(poses, joints=joints.astype(poses.joints.dtype), mask=mask, confidence=confidence, root=None)


def _translations(
    joints: Float[Tensor, "F P J 3"], rays: Float[Tensor, "F P J 2"], weights: Float[Tensor, "F P J"]
) -> tuple[Float[Tensor, "F P 3"], Tensor]:
    ones, zeros = torch.ones_like(rays[..., 0]), torch.zeros_like(rays[..., 0])
    rows_x = torch.stack([ones, zeros, -rays[..., 0]], dim=-1)
    rows_y = torch.stack([zeros, ones, -rays[..., 1]], dim=-1)
    rows = torch.stack([rows_x, rows_y], dim=-2) * weights[..., None, None]
    target = (rays * joints[..., 2:] - joints[..., :2]) * weights[..., None]
    normal = torch.einsum("fpjra,fpjrb->fpab", rows, rows)
    right = torch.einsum("fpjra,fpjr->fpa", rows, target)
    is_solvable = torch.linalg.det(normal) > _LEAST_SPREAD
    safe = torch.where(is_solvable[..., None, None], normal, torch.eye(3, dtype=normal.dtype))
    translation = torch.linalg.solve(safe, right)
    return translation, is_solvable & (translation[..., 2] > 0)


def scale_to_ground(poses: Poses3d, camera: PinholeCamera) -> Poses3d:
    """The same placed poses at the size that puts each person's feet on the ground (world z = 0).

    Seen from the camera a person may be small and near or tall and far; only one size stands on the floor. The factor
    follows in each frame from the height of the camera and of the lower ankle, and its median over the frames is
    taken, so that a jump does not matter. Persons without a known ankle are scaled like the others. The poses stay as
    they are if nobody's size can be told: no ankle is known, or the camera lies below the ground or all feet above it.
    """
    centre, world = _in_world(poses, camera)
    ankles = poses.skeleton.indices("l_ankle", "r_ankle")
    known = poses.mask[:, :, ankles]
    lowest = np.where(known, world[:, :, ankles, 2], np.inf).min(axis=-1)
    below = centre[2] - lowest + _ankle_height(poses)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(known.any(axis=-1) & (below > 0) & (centre[2] > 0), centre[2] / below, np.nan)
    if not np.isfinite(factor).any():
        return poses
    factors = np.array([np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in factor.T])
    factors = np.where(np.isfinite(factors), factors, np.nanmedian(factors))
    return poses.scaled(factors, scale_known=True)


def _in_world(poses: Poses3d, camera: PinholeCamera) -> tuple[np.ndarray, Float[np.ndarray, "F P J 3"]]:
    """The camera's centre and the joints in the world, metres."""
    assert camera.rotation is not None and camera.translation is not None
    rotation, translation = camera.rotation.double().numpy(), camera.translation.double().numpy()
    return -rotation.T @ translation, (poses.joints - translation) @ rotation


def _ankle_height(poses: Poses3d) -> Float[np.ndarray, " P"]:
    """Height of each person's ankles above the sole, from the length of the legs."""
    lengths = estimate_bone_lengths(poses)
    legs = [bone for bone, (child, _) in enumerate(poses.skeleton.bones) if _is_leg(poses.skeleton.joint_names[child])]
    return FOOT_SHARE * lengths[:, legs].sum(axis=1) / 2


def _is_leg(joint: str) -> bool:
    return joint.endswith(("_knee", "_ankle"))
