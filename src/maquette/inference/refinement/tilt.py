"""The tilt of the camera out of standing feet: those of people who walk about tell which way is up."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from maquette.inference.refinement.config import RefinementConfig
from maquette.inference.refinement.fit import Fit
from maquette.inference.refinement.track import Track


def find_tilt(
    tracks: Sequence[Track], fits: Sequence[Fit], estimate: Float[np.ndarray, " 3"], config: RefinementConfig
) -> Float[np.ndarray, " 3"]:
    """The unit vector against gravity that an estimate and everybody's ground agree on.

    Each kind of foot joint of each person has a ground of its own height; where people stay in one place, nothing is
    learnt.

    Args:
        tracks: Of all persons.
        fits: The same persons' fits.
        estimate: Against gravity, before the feet were asked.
        config: The numbers.
    """
    across = np.linalg.svd(estimate[None])[2][1:]
    normal = np.eye(2) / np.deg2rad(config.up_deg) ** 2
    right = np.zeros(2)
    for track, fit in zip(tracks, fits, strict=True):
        feet = fit.joints[:, track.feet]
        kinds = feet.shape[1] // 2
        points = feet.reshape(len(feet), 2, kinds, 3).transpose(2, 0, 1, 3).reshape(kinds, -1, 3)
        weight = _weights(track, fit, config).reshape(len(feet), 2, kinds).transpose(2, 0, 1).reshape(kinds, -1, 1)
        middle = (points * weight).sum(axis=1, keepdims=True) / np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
        slopes, heights = (points - middle) @ across.T, (points - middle) @ estimate
        normal = normal + np.einsum("kna,knb->ab", slopes * weight, slopes)
        right = right - np.einsum("kna,kn->a", slopes * weight, heights)
    up = estimate + np.linalg.solve(normal, right) @ across
    return up / np.linalg.norm(up)


def _weights(track: Track, fit: Fit, config: RefinementConfig) -> Float[np.ndarray, "F N"]:
    """How much each foot tells of the ground at each moment; nothing if it stands on something else."""
    if fit.up is None:
        return np.zeros_like(fit.standing)
    off = (fit.joints[:, track.feet] @ fit.up - fit.ground_m) / (3 * config.ground_m)
    seconds = track.share[:, None] * config.frame_s
    return fit.standing * seconds / config.ground_known_s / (1 + off**2) ** 2 / config.ground_m**2
