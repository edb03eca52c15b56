"""What every lifter gives to the pipeline: the lifted poses as `Poses3d`, and a sentence on the lens."""

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.people import Poses2d, Poses3d
from maquette.body.skeleton import Skeleton
from maquette.geometry.camera import PinholeCamera

FEWEST_KNOWN_JOINTS = 6
"""Persons with fewer known joints in a frame are not lifted there."""
_SURE_WITHIN_M = 0.15
"""A joint whose deviation is this large has the confidence 1/e."""


def gather_poses(
    keypoints: Poses2d,
    skeleton: Skeleton,
    rows: Bool[np.ndarray, "F P"],
    joints_m: Float[np.ndarray, "N J 3"],
    deviation_m: Float[np.ndarray, "N J"],
) -> Poses3d:
    """The poses of those who were lifted; every joint of theirs is known, its deviation says how well.

    Args:
        keypoints: That were lifted.
        skeleton: Of the poses.
        rows: Who was lifted, in which frames; N of them.
        joints_m: Camera frame, relative to the skeleton's root.
        deviation_m: Of each joint.
    """
    shape = (*rows.shape, len(skeleton))
    joints, deviation = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)
    joints[rows], deviation[rows] = joints_m, deviation_m
    mask = np.broadcast_to(rows[..., None], shape).copy()
    confidence = np.where(mask, np.exp(-deviation / _SURE_WITHIN_M), 0.0).astype(np.float32)
    return Poses3d(
        skeleton=skeleton,
        joints=joints,
        mask=mask,
        confidence=confidence,
        uncertainty=deviation,
        times=keypoints.times,
        person_ids=keypoints.person_ids,
        root=skeleton.root,
    )


def describe_lens(camera: PinholeCamera | None, lens: PinholeCamera | None) -> tuple[str, ...]:
    """A sentence where the lens is not that of a known camera.

    Args:
        camera: What is known of the camera.
        lens: What was lifted with.
    """
    if camera is not None and camera.is_lens_known:
        return ()
    if lens is None:
        return ("picture size unknown: lifted without perspective",)
    return (f"lens unknown: focal length assumed to be the picture's diagonal, {lens.focal:.0f} px",)
