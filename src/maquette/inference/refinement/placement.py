"""Where people are before and after the fit: the lens, their places before it, and what the fit has changed."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float

from maquette.body.people import Poses2d, Poses3d
from maquette.geometry.camera import PinholeCamera, assume_camera
from maquette.inference.placing import place
from maquette.inference.smoothing import smooth

_FAR = 10.0
"""Where the picture's size is unknown, the camera is so many times as far away as all keypoints spread."""
_PLACINGS = 5
_SURE_WITHIN_M = 0.03
"""Keypoints nearer than this count in full where people are placed first."""


def choose_lens(camera: PinholeCamera | None, keypoints: Poses2d) -> PinholeCamera:
    """The camera, or the lens that is assumed without one; one that is far away where not even pictures' size is known.

    Args:
        camera: What is known of it.
        keypoints: In pixels.
    """
    if camera is not None:
        return camera
    if keypoints.image_size is not None:
        return assume_camera(keypoints.image_size)
    known = keypoints.joints[keypoints.mask].astype(np.float64)
    low, high = (known.min(axis=0), known.max(axis=0)) if len(known) else (np.zeros(2), np.ones(2))
    focal, (x, y) = _FAR * max(float((high - low).max()), 1.0), (low + high).tolist()
    matrix = torch.tensor([[focal, 0, x / 2], [0, focal, y / 2], [0, 0, 1]], dtype=torch.float64)
    size = (max(round(x), 1), max(round(y), 1))
    return PinholeCamera(matrix, size, torch.zeros(5, dtype=torch.float64), is_lens_known=False)


def place_calmly(
    poses: Poses3d, keypoints: Poses2d, lens: PinholeCamera
) -> tuple[Float[np.ndarray, "F P J 3"], Bool[np.ndarray, " P"]]:
    """The joints, smoothed, at their places before the camera, and who has a place at all.

    Where a person has none in a frame, it is between those before and after.

    Args:
        poses: Relative to a root.
        keypoints: Of the same frames, persons and joints, in pixels.
        lens: What they were seen with.
    """
    calm = smooth(poses)
    placed = _place_robustly(calm, keypoints, lens)
    is_placed = np.asarray(placed.present.any(axis=0))
    moves = (placed.joints - calm.joints).astype(np.float64)
    joints = calm.joints.astype(np.float64)
    for person in np.flatnonzero(is_placed):
        frames = np.flatnonzero(placed.present[:, person])
        path = moves[frames, person, placed.mask[frames, person].argmax(axis=1)]
        whole = [np.interp(poses.times, poses.times[frames], coordinate) for coordinate in path.T]
        joints[:, person] += np.stack(whole, axis=-1)[:, None]
    return joints, is_placed


def _place_robustly(poses: Poses3d, keypoints: Poses2d, lens: PinholeCamera) -> Poses3d:
    """`place`, where keypoints that are far off count less (Weiszfeld's rounds to the least sum of distances)."""
    placed = place(poses, keypoints, lens)
    rays, _ = lens.rays_in_view(torch.from_numpy(keypoints.joints).double())
    for _ in range(_PLACINGS):
        off_m = np.linalg.norm(placed.joints[..., :2] - rays.numpy() * placed.joints[..., 2:], axis=-1)
        certainty = keypoints.confidence * _SURE_WITHIN_M / np.maximum(off_m, _SURE_WITHIN_M)
        placed = place(poses, replace(keypoints, confidence=certainty.astype(keypoints.confidence.dtype)), lens)
    return placed


def relative_again(refined: Poses3d, poses: Poses3d) -> Poses3d:
    """Refined poses relative to the root that the poses had before; who was not placed is only smoothed.

    Args:
        refined: Absolute.
        poses: Before the fit.
    """
    assert poses.root is not None
    found, calm = refined.relative_to(poses.root), smooth(poses)
    joints = np.where(found.mask[..., None], found.joints, calm.joints)
    return replace(found, joints=joints, mask=poses.mask, confidence=poses.confidence)


def describe_refined(refined: Poses3d, poses: Poses3d) -> str:
    """A sentence on what the fit did: how far joints moved on average, and how far the camera's tilt turned."""
    before = smooth(poses).joints
    after = relative_again(refined, poses).joints
    moved = np.linalg.norm(after - before, axis=-1)[poses.mask & refined.mask]
    mean_mm = 1000 * float(moved.mean()) if len(moved) else 0.0
    turned = ""
    if poses.up is not None and refined.up is not None:
        angle_deg = float(np.degrees(np.arccos(np.clip(np.dot(poses.up, refined.up), -1.0, 1.0))))
        turned = f"; by standing feet the camera's tilt turned by {angle_deg:.1f} degrees" if angle_deg >= 0.05 else ""
    return (
        "refined over the track: lifted poses, 2D keypoints, one length of each bone, even motion and standing feet "
        f"fitted together, which moved joints by {mean_mm:.0f} mm on average{turned}"
    )
