"""Results with gaps: joints, whole persons and whole frames are missing."""

from dataclasses import replace

import numpy as np

from maquette.body.catalog import H36M_17
from maquette.body.estimate import PoseEstimate
from maquette.body.people import Poses2d, Poses3d


def an_estimate(frames=6, persons=2, skeleton=H36M_17, seed=0, **changes) -> PoseEstimate:
    """Poses with gaps: joints, whole persons and whole frames are missing."""
    generator = np.random.default_rng(seed)
    shape = (frames, persons, len(skeleton))
    mask, seen = generator.random(shape) < 0.8, generator.random(shape) < 0.7
    mask[2:4, -1:], seen[2:4, -1:] = False, False
    mask[5:], seen[5:] = False, False
    shared = {
        "skeleton": skeleton,
        "times": np.concatenate([[0.0], np.cumsum(generator.uniform(0.01, 0.1, frames - 1))])
        if frames
        else np.zeros(0),
        "person_ids": np.arange(persons) * 4 + 3,
    }
    poses = Poses3d(
        joints=np.where(mask[..., None], generator.normal(size=(*shape, 3)), 0).astype(np.float32),
        mask=mask,
        confidence=np.where(mask, generator.random(shape), 0).astype(np.float32),
        **shared | changes,
    )
    keypoints = Poses2d(
        joints=np.where(seen[..., None], generator.uniform(0, 1000, (*shape, 2)), 0).astype(np.float32),
        mask=seen,
        confidence=np.where(seen, generator.random(shape), 0).astype(np.float32),
        image_size=(1920, 1080),
        **shared,
    )
    notes = ("joint synthesised: pelvis", 'größe, "quoted"\nand broken')
    return PoseEstimate(poses=poses, keypoints=keypoints, method="lifting", detector="mediapipe", notes=notes)


def with_uncertainty(estimate):
    spread = np.where(estimate.poses.mask, np.float32(0.05), np.float32(0))
    return replace(estimate, poses=replace(estimate.poses, uncertainty=spread))
