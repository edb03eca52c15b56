"""A photograph seen through a homography, in linear light: crops, flips, scales and turns of the camera at once."""

import numpy as np
from jaxtyping import Float, Float32, UInt8

from maquette.rendering.compilation import compile_kernel
from maquette.rendering.imaging.colour import LINEAR_OF_SRGB

_LINEAR_OF_LEVEL = (np.arange(65536) / 65535).astype(np.float32)


def warp_photograph(
    photograph: UInt8[np.ndarray, "rows columns 3"],
    photograph_from_pixel: Float[np.ndarray, "3 3"],
    size: tuple[int, int],
) -> Float32[np.ndarray, "H W 3"]:
    """What each pixel of a new (width, height) picture sees; the photograph is mirrored beyond its edges.

    A photograph with more than twice the wanted resolution is averaged down first.
    """
    matrix = np.array(photograph_from_pixel, np.float64)
    shrink = int(_pixels_per_pixel(matrix, size))
    if shrink >= 2 and min(photograph.shape[:2]) >= 2 * shrink:
        matrix[:2] = matrix[:2] / shrink + matrix[2] * (0.5 / shrink - 0.5)
        return _look_up(_average(photograph, shrink, LINEAR_OF_SRGB), _LINEAR_OF_LEVEL, matrix, size[0], size[1])
    return _look_up(photograph, LINEAR_OF_SRGB, matrix, size[0], size[1])


def _pixels_per_pixel(matrix: Float[np.ndarray, "3 3"], size: tuple[int, int]) -> float:
    """How many photograph pixels pass for one step in the middle of the new picture."""
    x, y = size[0] / 2, size[1] / 2
    ends = matrix @ np.array([[x, x + 1, x], [y, y, y + 1], [1, 1, 1]])
    places = ends[:2] / np.where(np.abs(ends[2]) < 1e-9, 1e-9, ends[2])
    return float(np.clip(np.linalg.norm(places[:, 1:] - places[:, :1], axis=0).min(), 0, 64))


@compile_kernel
def _average(photograph, shrink, table):
    """Means over squares of pixels, in linear light, as levels from 0 to 65535."""
    height, width = photograph.shape[0] // shrink, photograph.shape[1] // shrink
    result = np.empty((height, width, 3), np.uint16)
    share = np.float32(65535.0 / (shrink * shrink))
    for row in range(height):
        for column in range(width):
            for channel in range(3):
                total = np.float32(0)
                for below in range(shrink):
                    for right in range(shrink):
                        total += table[photograph[row * shrink + below, column * shrink + right, channel]]
                result[row, column, channel] = np.uint16(total * share + np.float32(0.5))
    return result


@compile_kernel
def _mirror(place, length):
    """A place on an axis brought back between the first and last pixel as by mirrors at both ends."""
    if 0 <= place <= length - 1:
        return place
    period = 2.0 * length
    place = (place + 0.5) % period
    place = min(place, period - place) - 0.5
    return min(max(place, 0.0), length - 1.0)


@compile_kernel
def _look_up(picture, table, matrix, width, height):
    rows, columns, _ = picture.shape
    result = np.empty((height, width, 3), np.float32)
    for row in range(height):
        for column in range(width):
            depth = matrix[2, 0] * column + matrix[2, 1] * row + matrix[2, 2]
            depth = depth if abs(depth) > 1e-9 else 1e-9
            x = (matrix[0, 0] * column + matrix[0, 1] * row + matrix[0, 2]) / depth
            y = (matrix[1, 0] * column + matrix[1, 1] * row + matrix[1, 2]) / depth
            x, y = _mirror(x, columns), _mirror(y, rows)
            c, r = min(int(x), columns - 2), min(int(y), rows - 2)
            right, below = np.float32(x - c), np.float32(y - r)
            for channel in range(3):
                here, beside = table[picture[r, c, channel]], table[picture[r, c + 1, channel]]
                under, across = table[picture[r + 1, c, channel]], table[picture[r + 1, c + 1, channel]]
                upper = here + (beside - here) * right
                result[row, column, channel] = upper + (under + (across - under) * right - upper) * below
    return result
