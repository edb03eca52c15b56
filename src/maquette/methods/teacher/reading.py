"""What the teacher reads of one person in several views: cut out a little larger or smaller, and mirrored."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from maquette.arrays import Picture
from maquette.body.skeleton import Skeleton
from maquette.inference.crop import cut_out_square
from maquette.inference.same_person import measure_scales
from maquette.inference.top_down import TopDownNetwork, find_in_squares

ENLARGED = (0.9, 1.0, 1.15)
"""By how much the squares of the views are larger than the person's own; each is seen mirrored, too."""


class Readings(NamedTuple):
    """The joints of P people, from V views of each."""

    joints: Float[np.ndarray, "P J 2"]
    """Pixels; the mean of the views, by their confidence."""
    confidence: Float[np.ndarray, "P J"]
    """Mean of the views."""
    spread: Float[np.ndarray, "P J"]
    """How far the views are from the mean, root mean square, as a share of the person's scale."""
    scales_px: Float[np.ndarray, " P"]
    """Length of the torso, or a share of the whole extent if that is longer."""

    def select(self, persons: np.ndarray) -> "Readings":
        """Some of them (indices or a mask)."""
        return Readings(*(part[persons] for part in self))


def read_views(picture: Picture, squares: Float[np.ndarray, "P 3"], network: TopDownNetwork) -> Readings:
    """What the network reads of the people in these squares.

    Args:
        picture: All of them are in it.
        squares: (x, y of the upper left corner, side) in pixels.
        network: Is shown every view by itself.
    """
    mirror, size_px = network.skeleton.mirror, network.size_px
    joints, confidence = [], []
    for enlarged in ENLARGED:
        views = enlarge_squares(squares, enlarged)
        crops = np.stack([cut_out_square(picture, square, size_px) for square in views])
        plain = find_in_squares(network, crops, views)
        turned = find_in_squares(network, crops[:, :, ::-1], views)
        flipped = turned.joints[:, mirror]
        flipped[..., 0] = 2 * views[:, None, 0] + views[:, None, 2] - flipped[..., 0]
        joints += [plain.joints, flipped]
        confidence += [plain.confidence, turned.confidence[:, mirror]]
    return combine_views(np.stack(joints), np.stack(confidence), network.skeleton)


def enlarge_squares(squares: Float[np.ndarray, "P 3"], factor: float) -> Float[np.ndarray, "P 3"]:
    """Squares of the same middles, larger by a factor."""
    sides = squares[:, 2:] * factor
    return np.concatenate([squares[:, :2] + (squares[:, 2:] - sides) / 2, sides], axis=1)


def combine_views(
    joints: Float[np.ndarray, "V P J 2"], confidence: Float[np.ndarray, "V P J"], skeleton: Skeleton
) -> Readings:
    """The mean of several views, and how well they agree."""
    weights = confidence / np.maximum(confidence.sum(axis=0), 1e-9)
    mean = (weights[..., None] * joints).sum(axis=0)
    apart = np.sqrt((weights * np.square(joints - mean).sum(axis=-1)).sum(axis=0))
    sure = confidence.mean(axis=0)
    scales = measure_scales(mean, sure > 0, skeleton)
    return Readings(mean, sure, apart / scales[:, None], scales)
