"""Smooth motion while it happens: each pose from itself and those before it, nothing from later.

A first-order low pass whose cut-off rises with the speed of the joint: what rests does not tremble, what moves does not
lag (Casiez, Roussel and Vogel, "1 euro filter", CHI 2012).
"""

import numpy as np
from jaxtyping import Bool, Float, Int

RESTING_CUTOFF_HZ = 1.0
"""Of joints at rest, ..."""

CUTOFF_HZ_PER_SPEED = 2.0
"""... and so much more for every metre per second."""

SPEED_CUTOFF_HZ = 1.0
"""Of the speed itself."""

FORGOTTEN_S = 0.5
"""Who was away for longer starts anew."""


class CausalSmoother:
    """Joints of people, known by whole numbers from 0 up, frame after frame."""

    def __init__(self, joint_count: int) -> None:
        self._joints = np.zeros((0, joint_count, 3))
        self._speed = np.zeros((0, joint_count, 3))
        self._seen_s = np.full((0, joint_count), -np.inf)

    def smooth(
        self,
        numbers: Int[np.ndarray, " P"],
        joints: Float[np.ndarray, "P J 3"],
        mask: Bool[np.ndarray, "P J"],
        time_s: float,
    ) -> Float[np.ndarray, "P J 3"]:
        """The joints of the people of the next frame, in metres; unknown joints stay as they are given."""
        self._make_room(int(numbers.max(initial=-1)) + 1)
        passed = time_s - self._seen_s[numbers]
        is_followed = mask & (passed <= FORGOTTEN_S) & (passed > 0)
        passed = np.where(is_followed, passed, 1.0)[..., None]
        before = self._joints[numbers]
        speed = self._speed[numbers] + _share(SPEED_CUTOFF_HZ, passed) * (
            (joints - before) / passed - self._speed[numbers]
        )
        pace = np.linalg.norm(speed, axis=-1, keepdims=True)
        smoothed = before + _share(RESTING_CUTOFF_HZ + CUTOFF_HZ_PER_SPEED * pace, passed) * (joints - before)
        smoothed = np.where(is_followed[..., None], smoothed, joints)
        self._joints[numbers] = np.where(mask[..., None], smoothed, before)
        self._speed[numbers] = np.where(is_followed[..., None], speed, 0.0)
        self._seen_s[numbers] = np.where(mask, time_s, self._seen_s[numbers])
        return smoothed

    def _make_room(self, count: int) -> None:
        new = count - len(self._joints)
        if new > 0:
            room = ((0, new), (0, 0), (0, 0))
            self._joints, self._speed = np.pad(self._joints, room), np.pad(self._speed, room)
            self._seen_s = np.pad(self._seen_s, room[:2], constant_values=-np.inf)


def _share(cutoff_hz: float | Float[np.ndarray, "..."], passed_s: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """How much of the way to the new value is gone."""
    return 1 - np.exp(-2 * np.pi * cutoff_hz * passed_s)
