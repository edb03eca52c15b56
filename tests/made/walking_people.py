"""People who walk across a picture, as a detector would find them."""

import numpy as np

from maquette.body.catalog import COCO_17
from maquette.body.people import Poses2d

SIZE = (1280, 720)
HEIGHTS = {
    "nose": -0.85, "eye": -0.87, "ear": -0.86, "shoulder": -0.68, "elbow": -0.5, "wrist": -0.35, "hip": -0.38,
    "knee": 0.0, "ankle": 0.4,
}  # fmt: skip
"""Joints below the knee, in heights of the person."""


def standing(feet: np.ndarray, tall: float | np.ndarray, phase: np.ndarray, *, width: float = 0.11) -> np.ndarray:
    """Joints (F, 17, 2) of somebody who walks; knees lie at ``feet``, limbs swing with the phase."""
    names = COCO_17.joint_names
    side = np.array([width if name[:2] == "l_" else -width if name[:2] == "r_" else 0.0 for name in names])
    high = np.array([HEIGHTS[name.removeprefix("l_").removeprefix("r_")] for name in names])
    reach = np.array([0.1 if "ankle" in name or "wrist" in name else 0.04 if "knee" in name else 0 for name in names])
    swing = np.sin(phase)[:, None] * reach * np.sign(side)
    tall = np.broadcast_to(np.asarray(tall, float), phase.shape)[:, None]
    return feet[:, None] + np.stack([(side + swing) * tall, np.broadcast_to(high, swing.shape) * tall], axis=-1)


def as_found(joints: np.ndarray, times: np.ndarray, image_size: tuple[int, int] | None = None) -> Poses2d:
    """Joints (F, P, 17, 2) as a detector gives them that sees everything and is sure of it."""
    mask = np.ones(joints.shape[:3], bool)
    return Poses2d(
        skeleton=COCO_17,
        joints=joints.astype(np.float32),
        mask=mask,
        confidence=np.full(mask.shape, 0.9, np.float32),
        times=times,
        person_ids=np.arange(joints.shape[1]),
        image_size=image_size,
    )


def scene(times: np.ndarray, *people: np.ndarray, seed: int = 0, noise: float = 1.5) -> Poses2d:
    """The people of a video, each in a place of their own."""
    joints = np.stack(people, axis=1) + np.random.default_rng(seed).normal(0, noise, (len(times), len(people), 17, 2))
    return as_found(joints, times, SIZE)


def walking(times: np.ndarray, start: tuple[float, float], speed: float, tall: float = 300.0) -> np.ndarray:
    """Somebody who walks across at ``speed`` pixels a second."""
    feet = np.stack([start[0] + speed * times, np.full_like(times, start[1])], axis=-1)
    return standing(feet, tall, 6.0 * times + start[0])
