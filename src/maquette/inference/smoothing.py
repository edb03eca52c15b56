"""Smooth motion out of frame-by-frame poses: zero-phase smoothing in time, slower for the trunk than for the hands.

Each coordinate becomes a natural cubic smoothing spline. Its one constant follows from a cut-off frequency: with
samples at a rate r, a spline of smoothness lam passes the frequency f with the amplitude 1 / (1 + lam / r (2 pi f)^4),
which is one half at the cut-off f_c for lam = r / (2 pi f_c)^4. Weighting every sample by the time it stands for makes
that hold for uneven times as well. (Craven and Wahba 1979 for the spline; Woltring 1985 for its use in biomechanics.)
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import scipy
from jaxtyping import Bool, Float, Int

from maquette.body.people import Poses3d
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError

CUTOFF_HZ = 4.5
"""Frequency at which half the amplitude is left, for joints in the middle of a limb."""

CUTOFF_SHARES: dict[str, float] = {
    **dict.fromkeys(("elbow", "knee"), 1.0),
    **dict.fromkeys(("wrist", "ankle", "hand", "foot", "heel", "big_toe", "small_toe", "toe_end"), 1.4),
    **dict.fromkeys(("hand_end", "wrist_twin", "thumb", "index", "pinky"), 1.4),
}
"""How the cut-off differs by joint (name without its side); joints of the trunk and head have `TRUNK_SHARE`."""

TRUNK_SHARE = 0.7

SPLIT_S = 0.5
"""A joint that was unknown for longer starts a new segment; nothing is smoothed across."""

_LEAST_FRAMES = 5  # of a spline


def smooth(poses: Poses3d, *, cutoff_hz: float = CUTOFF_HZ) -> Poses3d:
    """The same poses with less jitter; what is unknown stays so, and very short appearances stay as they are.

    Args:
        cutoff_hz: Where half the amplitude of a knee's or elbow's motion is left; see `CUTOFF_SHARES` for the others.

    Raises:
        SettingError: The cut-off is not a positive finite number.
    """
    if not (np.isfinite(cutoff_hz) and cutoff_hz > 0):
        raise SettingError(f"the cut-off for smoothing is {cutoff_hz} Hz; it must be a positive finite number")
    joints = poses.joints.copy()
    cutoffs_hz = cutoff_hz * cutoff_shares(poses.skeleton)
    for person in range(poses.person_count):
        for together in _alike(poses.mask[:, person], cutoffs_hz):
            for frames in _segments(poses.mask[:, person, together[0]], poses.times):
                at = frames[:, None], person, together
                joints[at] = low_pass(joints[at], poses.times[frames], float(cutoffs_hz[together[0]]))
    return replace(poses, joints=joints)


def low_pass(
    values: Float[np.ndarray, "F *rest"], times: Float[np.ndarray, " F"], cutoff_hz: float
) -> Float[np.ndarray, "F *rest"]:
    """Values at ``times`` (seconds), low-passed along the first axis: half the amplitude is left at ``cutoff_hz``.

    There must be five samples or more; slow motion, a straight line above all, passes unchanged.
    """
    spacing_s = np.gradient(times)
    rate_hz = 1 / spacing_s.mean()
    spline = scipy.interpolate.make_smoothing_spline(
        times - times[0],
        values.reshape(len(values), -1).astype(np.float64),
        w=spacing_s * rate_hz,
        lam=rate_hz / (2 * np.pi * cutoff_hz) ** 4,
    )
    return spline(times - times[0]).reshape(values.shape).astype(values.dtype)


def cutoff_shares(skeleton: Skeleton) -> Float[np.ndarray, " J"]:
    """By how much the cut-off of each joint differs from that of a knee or elbow; see `CUTOFF_SHARES`."""
    names = (joint.removeprefix("l_").removeprefix("r_") for joint in skeleton.joint_names)
    return np.array([CUTOFF_SHARES.get(name, TRUNK_SHARE) for name in names])


def _alike(mask: Bool[np.ndarray, "F J"], cutoffs_hz: Float[np.ndarray, " J"]) -> Iterator[Int[np.ndarray, " N"]]:
    """Joints that are known in the same frames and have the same cut-off, which are smoothed in one go."""
    keys = np.concatenate([mask, cutoffs_hz[None]]).T
    _, group = np.unique(keys, axis=0, return_inverse=True)
    group = group.ravel()
    for number in range(group.max(initial=-1) + 1):
        yield np.flatnonzero(group == number)


def _segments(known: Bool[np.ndarray, " F"], times: Float[np.ndarray, " F"]) -> Iterator[Int[np.ndarray, " N"]]:
    """Known frames without long gaps between them, if they are enough for a spline."""
    frames = np.flatnonzero(known)
    breaks = np.flatnonzero(np.diff(times[frames]) > SPLIT_S) + 1
    for segment in np.split(frames, breaks):
        if len(segment) >= _LEAST_FRAMES:
            yield segment
