"""Which feet stand: those that are slow for a while and low; and the ground that they stand on."""

import numpy as np
from jaxtyping import Bool, Float

from maquette.inference.refinement.config import RefinementConfig
from maquette.inference.refinement.track import Track

_TIE_S = 1e-6
"""Times are sums of frames, so that those that are equal may differ by their last bits."""


def find_standing(
    track: Track, joints: Float[np.ndarray, "F J 3"], up: Float[np.ndarray, " 3"] | None, config: RefinementConfig
) -> Float[np.ndarray, "F N"]:
    """How much each of the `Track.feet` stands, 0 to 1.

    Nothing is taken for granted: who jumps, swings a leg or holds it up does not stand on it.

    Args:
        track: Of the person.
        joints: Camera frame, metres.
        up: Against gravity; if nobody knows, no foot is known to be the lower one.
        config: The numbers.
    """
    feet = joints[:, track.feet]
    if len(track.times) < 3 or not len(track.feet):
        return np.zeros(feet.shape[:2])
    speed = _speeds(feet, track.times, config)
    slow, fast = config.still_mps
    still = np.clip((fast - speed) / (fast - slow), 0.0, 1.0) * track.is_known[:, track.feet]
    if up is not None:
        heights = np.where(track.is_known[:, track.feet], feet @ up, np.inf)
        # Toes lie below ankles, so that each kind of joint is held against its twin.
        twins = heights.reshape(len(heights), 2, -1)
        is_low = twins <= twins.min(axis=1, keepdims=True) + config.lowest_m
        still = still * is_low.reshape(still.shape)
    return still * _lasting(still > 0, track.times, config)


def _speeds(
    feet: Float[np.ndarray, "F N 3"], times: Float[np.ndarray, " F"], config: RefinementConfig
) -> Float[np.ndarray, "F N"]:
    """In metres per second, the part along the line of sight counting less."""
    velocity = np.gradient(feet, times, axis=0)
    sight = feet / np.maximum(np.linalg.norm(feet, axis=-1, keepdims=True), 1e-9)
    along = (velocity * sight).sum(axis=-1)
    across = np.square(velocity).sum(axis=-1) - np.square(along)
    return np.sqrt(np.maximum(across, 0.0) + np.square(config.depth_share * along))


def _lasting(
    is_still: Bool[np.ndarray, "F N"], times: Float[np.ndarray, " F"], config: RefinementConfig
) -> Bool[np.ndarray, "F N"]:
    """Those moments of stillness that last; a gap in time ends them."""
    new = np.ones(is_still.shape, bool)
    new[1:] = (is_still[1:] != is_still[:-1]) | (np.diff(times) > config.apart_s)[:, None]
    run = (np.cumsum(new.T.ravel()) - 1).reshape(new.T.shape).T
    at = np.broadcast_to(times[:, None], run.shape)
    first, last = np.full(run.max() + 1, np.inf), np.full(run.max() + 1, -np.inf)
    np.minimum.at(first, run, at)
    np.maximum.at(last, run, at)
    return is_still & (last - first >= config.still_s - _TIE_S)[run]


def find_ground(
    feet: Float[np.ndarray, "F N 3"],
    standing: Float[np.ndarray, "F N"],
    up: Float[np.ndarray, " 3"],
) -> Float[np.ndarray, " N"]:
    """The height along ``up`` of each foot's ground, the same for left and right; 0 where no foot stands.

    The median over all moments of standing.
    """
    heights = (feet @ up).reshape(len(feet), 2, -1).transpose(2, 0, 1).reshape(feet.shape[1] // 2, -1)
    weights = standing.reshape(len(feet), 2, -1).transpose(2, 0, 1).reshape(heights.shape)
    hidden = np.ma.masked_array(heights, weights <= 0)
    return np.tile(np.ma.median(hidden, axis=1).filled(0.0), 2)
