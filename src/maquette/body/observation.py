"""What of a result was observed, what is an estimate alone, and what the method itself doubts: decided here alone."""

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.people import Poses2d, Poses3d

KNOWN_CONFIDENCE = 0.05
"""Joints of which the detector is less sure than this count as unknown."""

DOUBTFUL_BELOW = 0.4
"""A person is doubtful whose observed joints have a lower mean confidence (benchmarks/results/doubtful.json)."""


def find_observed(keypoints: Poses2d) -> Bool[np.ndarray, "F P J"]:
    """Which joints were observed: given by the detector or file, surely enough, and inside the picture.

    Surely enough is a confidence of at least `KNOWN_CONFIDENCE`. Without a picture size every place is inside.
    """
    is_sure = keypoints.mask & (keypoints.confidence >= KNOWN_CONFIDENCE)
    if keypoints.unit == "fraction":
        low, high = 0.0, np.ones(2)
    elif keypoints.image_size is not None:
        low, high = -0.5, np.array(keypoints.image_size) - 0.5
    else:
        return is_sure
    return is_sure & np.all((keypoints.joints >= low) & (keypoints.joints <= high), axis=-1)


def mean_confidence(poses: Poses3d) -> Float[np.ndarray, "F P"]:
    """The mean confidence of each person's observed joints in each frame; 0 where none is."""
    observed = poses.observed
    total = np.where(observed, poses.confidence, 0.0).sum(axis=-1)
    return total / np.maximum(observed.sum(axis=-1), 1)


def find_doubtful(poses: Poses3d) -> Bool[np.ndarray, "F P"]:
    """Who is there, and is doubted by the method that says so: with a mean confidence below `DOUBTFUL_BELOW`."""
    return poses.present & (mean_confidence(poses) < DOUBTFUL_BELOW)
