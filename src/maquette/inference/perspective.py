"""From joints in a picture and their depths to joints in space: perspective undone, at the size that is told."""

import numpy as np
import torch
from jaxtyping import Bool, Float

from maquette.body.people import Poses2d, Poses3d
from maquette.errors import ConventionError
from maquette.geometry.camera import PinholeCamera, assume_camera
from maquette.inference.proportions import adult_bone_lengths_m


def poses_from_depths(keypoints: Poses2d, camera: PinholeCamera | None = None) -> Poses3d:
    """The poses in the camera frame that keypoints with depths describe, metres, relative to the root.

    With x and y the ray of a joint (lens distortion undone), f the focal length and d the joint's depth, the joint
    lies at m (f + d) (x, y, 1): m metres for one pixel at the root's distance, which is m f. As m scales the whole
    pose, it follows from the sum of the bones' lengths: that of ``sizes_m``, or an adult's where it is unknown. Bones
    of which an end is unknown are left out of the sum, and an adult's share of them out of the size. A person is
    hidden in frames in which the root or every bone is unknown.

    Args:
        keypoints: In pixels, with depths.
        camera: If not given, the lens is assumed; pictures of unknown size are taken to be without perspective.

    Raises:
        ConventionError: The keypoints have no depths.
    """
    if keypoints.depths is None:
        raise ConventionError("keypoints without depths cannot be brought into space; lift them instead")
    unscaled, mask = _unproject(keypoints, keypoints.depths.astype(np.float64), camera)
    root = keypoints.skeleton.index(keypoints.skeleton.root)
    mask = mask & mask[:, :, [root]]
    metres_per_px = _metres_per_px(unscaled, mask, keypoints)
    mask = mask & (metres_per_px > 0)[..., None]
    joints = (unscaled - unscaled[:, :, [root]]) * metres_per_px[..., None, None]
    kind = keypoints.joints.dtype
    return Poses3d(
        skeleton=keypoints.skeleton,
        joints=np.where(mask[..., None], joints, 0.0).astype(kind),
        mask=mask,
        confidence=np.where(mask, keypoints.confidence, 0.0).astype(keypoints.confidence.dtype),
        times=keypoints.times,
        person_ids=keypoints.person_ids,
        root=keypoints.skeleton.root,
    )


def _unproject(
    keypoints: Poses2d, depths: Float[np.ndarray, "F P J"], camera: PinholeCamera | None
) -> tuple[Float[np.ndarray, "F P J 3"], Bool[np.ndarray, "F P J"]]:
    """Joints from the camera in pixels at the root's distance, and which of them lie before it."""
    pixels = np.array(keypoints.joints, np.float64)
    lens = camera or (assume_camera(keypoints.image_size) if keypoints.image_size else None)
    if lens is None:
        return np.concatenate([pixels, depths[..., None]], axis=-1), keypoints.mask
    rays, is_in_view = lens.rays_in_view(torch.from_numpy(pixels).to(lens.matrix.dtype))
    distances = lens.focal + depths
    flat = np.concatenate([rays.double().numpy(), np.ones_like(depths)[..., None]], axis=-1)
    return flat * distances[..., None], keypoints.mask & is_in_view.numpy() & (distances > 0)


def _metres_per_px(
    unscaled: Float[np.ndarray, "F P J 3"], mask: Bool[np.ndarray, "F P J"], keypoints: Poses2d
) -> Float[np.ndarray, "F P"]:
    """What brings the known bones to their share of each person's size; 0 where no bone is known."""
    child, parent = np.array(keypoints.skeleton.bones, np.int64).reshape(-1, 2).T
    known = mask[:, :, child] & mask[:, :, parent]
    lengths_px = np.linalg.norm(unscaled[:, :, child] - unscaled[:, :, parent], axis=-1)
    adult_m = adult_bone_lengths_m(keypoints.skeleton)
    share = (known * adult_m).sum(axis=-1) / max(adult_m.sum(), np.finfo(float).tiny)
    sizes_m = np.full(mask.shape[:2], adult_m.sum())
    if keypoints.sizes_m is not None:
        sizes_m = np.where(keypoints.sizes_m > 0, keypoints.sizes_m, sizes_m)
    sum_px = (known * lengths_px).sum(axis=-1)
    return np.where(sum_px > 0, share * sizes_m / np.where(sum_px > 0, sum_px, 1.0), 0.0)
