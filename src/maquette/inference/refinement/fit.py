"""The state of a fit: where the joints are, and what follows from them until the next round."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Fit(NamedTuple):
    """Of one person."""

    joints: Float[np.ndarray, "F J 3"]
    """Camera frame, metres."""
    lengths_m: Float[np.ndarray, " B"]
    """Of the bones; 0 is unknown."""
    offsets_m: Float[np.ndarray, "J 2"]
    """What the keypoints of a joint are off all through the track, right and down."""
    standing: Float[np.ndarray, "F N"]
    """How much each of the feet stands, 0 to 1."""
    up: Float[np.ndarray, " 3"] | None
    """Against gravity; None if nobody knows."""
    ground_m: Float[np.ndarray, " N"]
    """Height of the feet on the ground along ``up``, joint by joint."""

    def part(self, frames: slice) -> "Fit":
        """The same in some of the frames."""
        return self._replace(joints=self.joints[frames], standing=self.standing[frames])
