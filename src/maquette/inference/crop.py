"""Square pieces of a picture, one around each person, and the way of points back out of them."""

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image

from maquette.arrays import Picture
from maquette.body.skeleton import Skeleton
from maquette.inference.proportions import adult_bone_lengths_m

MARGIN = 1.25
"""How much larger than the longer side of a person's box the square is."""

_REACH_M: dict[str, float] = {
    **dict.fromkeys(("nose", "eye", "eye_inner", "eye_outer", "ear", "mouth", "head"), 0.16),
    "wrist": 0.17, "hand": 0.1, "thumb": 0.08, "index": 0.1, "pinky": 0.1,
    "ankle": 0.14, "heel": 0.05, "foot": 0.09, "big_toe": 0.05, "small_toe": 0.05,
    "head_top": 0.03, "hip": 0.13,
}  # fmt: skip
_USUAL_REACH_M = 0.09
"""How far an adult's body goes on around a joint (named without its side)."""

_LEAST_SIDE_PX = 4.0
_SPARE_PX = 4


def person_squares(
    joints: Float[np.ndarray, "P J 2"],
    mask: Bool[np.ndarray, "P J"],
    skeleton: Skeleton,
    picture_size: tuple[int, int],
) -> Float[np.ndarray, "P 3"]:
    """Squares (x, y of the upper left corner, side) in pixels, in which the whole of each person should be.

    A person's box goes around the known joints and as far beyond them as flesh, hair, hands and feet reach, at the
    scale that the bones' lengths in the picture suggest. What lies outside the picture does not count: the square
    is `MARGIN` times as long as the box's longer side within the picture, and has the same middle.

    Args:
        mask: Which joints to go by; each person must have two or more.
        picture_size: (width, height).
    """
    reach = _reach_m(skeleton) * pixels_per_metre(joints, mask, skeleton)[:, None]
    low = np.where(mask[..., None], joints - reach[..., None], np.inf).min(axis=1)
    high = np.where(mask[..., None], joints + reach[..., None], -np.inf).max(axis=1)
    last = np.array(picture_size) - 0.5
    low, high = np.clip(low, -0.5, last), np.clip(high, -0.5, last)
    sides = np.maximum(MARGIN * (high - low).max(axis=1, keepdims=True), _LEAST_SIDE_PX)
    return np.concatenate([(low + high - sides) / 2, sides], axis=1)


def cut_out_square(picture: Picture, square: Float[np.ndarray, " 3"], size_px: int) -> UInt8[np.ndarray, "S S 3"]:
    """A square of the picture as a picture of ``size_px``, averaged where it shrinks; black outside the picture."""
    x, y, side = square.tolist()
    spare = _SPARE_PX + 2 * side / size_px  # what the filter's window sees beyond the square
    left, top = int(np.floor(x + 0.5 - spare)), int(np.floor(y + 0.5 - spare))
    right, bottom = int(np.ceil(x + 0.5 + side + spare)), int(np.ceil(y + 0.5 + side + spare))
    around = Image.fromarray(np.ascontiguousarray(picture)).crop((left, top, right, bottom))
    box = (x + 0.5 - left, y + 0.5 - top, x + 0.5 - left + side, y + 0.5 - top + side)
    return np.asarray(around.resize((size_px, size_px), Image.Resampling.BILINEAR, box))


def in_picture(
    points: Float[np.ndarray, "P J 2"], squares: Float[np.ndarray, "P 3"], size_px: int
) -> Float[np.ndarray, "P J 2"]:
    """Pixels of the cut-out squares as pixels of the picture."""
    step = squares[:, None, 2:] / size_px
    return squares[:, None, :2] + (points + 0.5) * step


def pixels_per_metre(
    joints: Float[np.ndarray, "P J 2"], mask: Bool[np.ndarray, "P J"], skeleton: Skeleton
) -> Float[np.ndarray, " P"]:
    """How large people are, by the bones whose ends are known, were they adults; the longest bones count most."""
    child, parent = np.array(skeleton.bones).T
    known = mask[:, child] & mask[:, parent]
    squares_px = np.square(joints[:, child] - joints[:, parent]).sum(axis=-1)
    squares_m = np.square(adult_bone_lengths_m(skeleton))
    above, below = (known * squares_px).sum(axis=1), (known * squares_m).sum(axis=1)
    return np.sqrt(above / np.where(below > 0, below, 1.0))


def _reach_m(skeleton: Skeleton) -> Float[np.ndarray, " J"]:
    plain = (joint.removeprefix("l_").removeprefix("r_") for joint in skeleton.joint_names)
    return np.array([_REACH_M.get(joint, _USUAL_REACH_M) for joint in plain])
