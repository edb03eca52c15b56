"""What people wear, in a few numbers that bear other light: the mean colours of the torso and of the thighs.

Each part is looked at in a grid of points within the body's own quadrilateral, from shoulders to hips and from hips to
knees. Two differences of logarithms say which colour it is, whatever the light's strength; the third number, how light
it is, counts less.
"""

import numpy as np
from jaxtyping import Bool, Float

from maquette.arrays import Picture
from maquette.body.skeleton import Skeleton

CHROMA_SPREAD, LIGHTNESS_SPREAD = 0.12, 0.4
"""Natural logarithms by which the colour and the lightness of the same clothes differ from picture to picture."""

MEMORY_S = 1.0
"""Time over which what somebody wears is averaged."""

_PARTS = (("shoulder", "hip"), ("hip", "knee"))
_WORTH = np.array([1.0, 0.25])  # thighs hide behind tables and other people
_NARROWEST = 0.25  # of a part's length: how broad it is at least, seen from the side
_POINTS = 6
_DARK = 16.0  # grey levels; darker than this, colour is noise
_ACROSS, _ALONG = (0.2, 0.8), (0.15, 0.75)  # edges show what is behind


def describe_clothes(
    picture: Picture, joints: Float[np.ndarray, "P J 2"], mask: Bool[np.ndarray, "P J"], skeleton: Skeleton
) -> Float[np.ndarray, "P 2 4"]:
    """What each person wears on torso and thighs: redness, blueness, lightness, and the share of the part in sight.

    The first three are natural logarithms. All four are 0 where a corner of the part is unknown or none of it lies in
    the picture, and for skeletons without those joints.

    Args:
        picture: The whole of it.
        joints: In pixels.
        mask: Which joints are known.
        skeleton: Of those joints.
    """
    names = [f"{side}_{end}" for part in _PARTS for end in part for side in "lr"]
    if not len(joints) or not set(names) <= set(skeleton.joint_names):
        return np.zeros((len(joints), len(_PARTS), 4))
    at = np.array(skeleton.indices(*names)).reshape(len(_PARTS), 2, 2)
    points = _points_within(np.where(mask[..., None], joints, 0.0).astype(np.float64)[:, at])
    size = np.array(picture.shape[1::-1])
    is_known = np.asarray(mask[:, at].all(axis=(-2, -1)))
    inside = np.all((points > -0.5) & (points < size - 0.5), axis=-1) & is_known[..., None]
    column, row = np.moveaxis(np.clip(np.rint(np.where(inside[..., None], points, 0)), 0, size - 1).astype(int), -1, 0)
    red, green, blue = np.moveaxis(np.log(picture[row, column] + _DARK), -1, 0)
    colours = np.stack([red - green, blue - (red + green) / 2, (red + green + blue) / 3], axis=-1)
    seen = inside.sum(axis=-1, keepdims=True)
    mean = np.where(inside[..., None], colours, 0).sum(axis=-2) / np.maximum(seen, 1)
    return np.concatenate([mean, seen / inside.shape[-1]], axis=-1)


def compare_clothes(ones: Float[np.ndarray, "D 2 4"], others: Float[np.ndarray, "T 2 4"]) -> Float[np.ndarray, "D T"]:
    """How unlike the clothes of each of the ones are those of each other: -1 the same, 1 others, 0 unknown."""
    change = (ones[:, None, :, :3] - others[..., :3]) / (CHROMA_SPREAD, CHROMA_SPREAD, LIGHTNESS_SPREAD)
    seen = np.minimum(ones[:, None, :, 3], others[..., 3])
    unlike = 1 - 2 * np.exp(-0.5 * np.square(change).sum(axis=-1))
    return (_WORTH * seen * unlike).sum(axis=-1) / _WORTH.sum()


def remember_clothes(
    known: Float[np.ndarray, "M 2 4"], seen: Float[np.ndarray, "M 2 4"], share: Float[np.ndarray, " M"]
) -> Float[np.ndarray, "M 2 4"]:
    """What people are known to wear once they are seen again.

    Args:
        known: Until now.
        seen: Now.
        share: How much what is seen now counts, 0 to 1, where all of it is in sight.
    """
    rate = np.where(known[..., 3:] > 0, share[:, None, None] * seen[..., 3:], seen[..., 3:] > 0)
    colours = known[..., :3] + rate * (seen[..., :3] - known[..., :3])
    return np.concatenate([colours, np.maximum(known[..., 3:], seen[..., 3:])], axis=-1)


def _points_within(corners: Float[np.ndarray, "P 2 2 2 2"]) -> Float[np.ndarray, "P 2 G 2"]:
    """A grid of points in each part, given its ends, both sides of each: at least so broad that it is no mere line."""
    middle, half = corners.mean(axis=-2), (corners[..., 0, :] - corners[..., 1, :]) / 2
    along = middle[..., 1, :] - middle[..., 0, :]
    length = np.linalg.norm(along, axis=-1)[..., None]
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1) / np.maximum(length, 1e-9)
    breadth = (half * across[..., None, :]).sum(axis=-1)
    least = _NARROWEST * length / 2
    breadth = np.where(breadth < 0, np.minimum(breadth, -least), np.maximum(breadth, least))
    side = np.linspace(-1, 1, _POINTS) * (_ACROSS[1] - _ACROSS[0])
    down = np.linspace(*_ALONG, _POINTS)[:, None]
    aside = (breadth[..., 0, None, None] * (1 - down) + breadth[..., 1, None, None] * down) * side
    points = (
        middle[..., 0, None, None, :]
        + down[..., None] * along[..., None, None, :]
        + aside[..., None] * across[..., None, None, :]
    )
    return points.reshape(*points.shape[:-3], -1, 2)
