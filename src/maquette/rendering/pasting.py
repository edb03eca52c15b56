"""Pieces of other photographs pasted over people at training time, and which pixels they hide."""

import numpy as np
from jaxtyping import Float, UInt8

from maquette.arrays import Picture

_LARGEST_SHARE = 0.45
"""An occluder covers no more than this of the box around a person."""


def sample_cover(
    size: tuple[int, int], box_px: Float[np.ndarray, "4"], generator: np.random.Generator
) -> UInt8[np.ndarray, "H W"]:
    """How much an occluder hides of each pixel, 0 to 255: a soft-edged box, disc or blob over part of a person.

    Args:
        size: (width, height) of the picture.
        box_px: (x, y, width, height) around the person; may reach beyond the picture.
    """
    width, height = size
    cover = np.zeros((height, width), np.uint8)
    sides = np.maximum(box_px[2:], 2.0)
    radii = np.maximum(sides * generator.uniform(0.12, 0.4, 2), 2.0)
    radii *= min(1.0, np.sqrt(_LARGEST_SHARE * sides.prod() / (4 * radii.prod())))
    centre = box_px[:2] + sides * generator.uniform(0, 1, 2)
    reach = float(np.hypot(*radii)) + 1
    left, top = np.maximum(np.floor(centre - reach), 0).astype(int)
    right, bottom = np.minimum(np.ceil(centre + reach) + 1, size).astype(int)
    if left >= right or top >= bottom:
        return cover
    rows, columns = np.mgrid[top:bottom, left:right].astype(np.float32)
    turn = generator.uniform(0, np.pi)
    x, y = columns - centre[0], rows - centre[1]
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    soft = generator.uniform(0.6, 1.6)
    inside = (1 - _distance(u / radii[0], v / radii[1], generator)) * radii.min() / soft + 0.5
    cover[top:bottom, left:right] = np.rint(255 * np.clip(inside, 0, 1))
    return cover


def paste_occluder(picture: Picture, cover: UInt8[np.ndarray, "H W"], patch: Picture) -> Picture:
    """The picture with a patch of its own size over it where the cover says so.

    Masks lose the same pixels, and a joint counts as hidden where the cover at its pixel is above 127.
    """
    share = cover[..., None].astype(np.uint16)
    mixed = (picture * (255 - share) + patch * share + 127) // 255
    return mixed.astype(np.uint8)


def _distance(
    u: Float[np.ndarray, "H W"], v: Float[np.ndarray, "H W"], generator: np.random.Generator
) -> Float[np.ndarray, "H W"]:
    """Zero in the middle of the shape and one at its edge."""
    kind = generator.integers(3)
    if kind == 0:
        return np.maximum(np.abs(u), np.abs(v))
    if kind == 1:
        return np.hypot(u, v)
    corners = generator.integers(5, 12)
    angles = np.linspace(-np.pi, np.pi, corners + 1)
    edge = generator.uniform(0.45, 1.0, corners)
    return np.hypot(u, v) / np.interp(np.arctan2(v, u), angles, np.append(edge, edge[0]))
