"""Blur of linear pictures: by a lens out of focus, and along a line by movement."""

import numpy as np
from jaxtyping import Float32

from maquette.rendering.compilation import compile_kernel

_LARGEST_SIGMA = 6.0
_LEAST_SIGMA = 0.2


def soften(picture: Float32[np.ndarray, "H W 3"], sigma_px: float) -> Float32[np.ndarray, "H W 3"]:
    """The picture under a Gaussian of this standard deviation; below 0.2 pixels nothing is changed."""
    if sigma_px < _LEAST_SIGMA:
        return picture
    if sigma_px > _LARGEST_SIGMA and min(picture.shape[:2]) >= 4:
        height, width = picture.shape[:2]
        half = resize(picture, ((width + 1) // 2, (height + 1) // 2))
        return resize(soften(half, sigma_px / 2), (width, height))
    reach = int(np.ceil(2.5 * sigma_px))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_px) ** 2)
    return _separable(np.ascontiguousarray(picture), (weights / weights.sum()).astype(np.float32))


def streak(picture: Float32[np.ndarray, "H W 3"], length_px: float, angle_rad: float) -> Float32[np.ndarray, "H W 3"]:
    """The picture as it moves along a line of this length while the shutter is open."""
    if length_px < 0.5:
        return picture
    steps = np.linspace(-0.5, 0.5, 2 * int(np.ceil(length_px)) + 1) * length_px
    points = np.stack([np.sin(angle_rad) * steps, np.cos(angle_rad) * steps], axis=1)
    offsets, shares = np.unique(np.rint(points).astype(np.int32), axis=0, return_counts=True)
    return _gather(np.ascontiguousarray(picture), offsets, (shares / shares.sum()).astype(np.float32))


def resize(picture: Float32[np.ndarray, "H W 3"], size: tuple[int, int]) -> Float32[np.ndarray, "rows columns 3"]:
    """The picture at another (width, height): interpolated when larger, averaged over areas when smaller."""
    height, width = picture.shape[:2]
    rows, columns = _shares(height, size[1]), _shares(width, size[0])
    upright = _along_rows(np.ascontiguousarray(picture), *rows)
    return _along_columns(upright, *columns)


def _shares(length: int, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    """For every wanted cell the first old cell it looks at, and weights of this and the following ones."""
    scale = length / wanted
    reach = max(1.0, scale)
    centre = (np.arange(wanted) + 0.5) * scale - 0.5
    first = np.floor(centre - reach + 1 - 1e-9).astype(np.int32)
    cells = first[:, None] + np.arange(int(np.ceil(2 * reach)) + 1)
    weights = np.clip(1 - np.abs(cells - centre[:, None]) / reach, 0, None)
    return first, (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


@compile_kernel
def _separable(picture, weights):
    height, width, _ = picture.shape
    reach, length = len(weights) // 2, 3 * width
    rows = picture.reshape(height, length)
    result = np.empty((height, length), np.float32)
    padded = np.empty(length + 6 * reach, np.float32)
    for row in range(height):
        middle = padded[3 * reach : 3 * reach + length]
        middle[:] = 0
        for k in range(len(weights)):
            weight, source = weights[k], rows[min(max(row + k - reach, 0), height - 1)]
            for i in range(length):
                middle[i] += weight * source[i]
        for i in range(3 * reach):
            padded[i] = middle[i % 3]
            padded[3 * reach + length + i] = middle[length - 3 + i % 3]
        target = result[row]
        target[:] = 0
        for k in range(len(weights)):
            weight, shifted = weights[k], padded[3 * k : 3 * k + length]
            for i in range(length):
                target[i] += weight * shifted[i]
    return result.reshape(height, width, 3)


@compile_kernel
def _gather(picture, offsets, shares):
    height, width, _ = picture.shape
    result = np.zeros_like(picture)
    for row in range(height):
        for k in range(len(shares)):
            source_row = min(max(row + offsets[k, 0], 0), height - 1)
            for column in range(width):
                source = min(max(column + offsets[k, 1], 0), width - 1)
                for channel in range(3):
                    result[row, column, channel] += shares[k] * picture[source_row, source, channel]
    return result


@compile_kernel
def _along_rows(picture, first, weights):
    height, width, _ = picture.shape
    result = np.zeros((len(first), width, 3), np.float32)
    for row in range(len(first)):
        for k in range(weights.shape[1]):
            weight = weights[row, k]
            source = min(max(first[row] + k, 0), height - 1)
            for column in range(width):
                for channel in range(3):
                    result[row, column, channel] += weight * picture[source, column, channel]
    return result


@compile_kernel
def _along_columns(picture, first, weights):
    height, width, _ = picture.shape
    result = np.zeros((height, len(first), 3), np.float32)
    for row in range(height):
        for column in range(len(first)):
            for k in range(weights.shape[1]):
                source = min(max(first[column] + k, 0), width - 1)
                for channel in range(3):
                    result[row, column, channel] += weights[column, k] * picture[row, source, channel]
    return result
