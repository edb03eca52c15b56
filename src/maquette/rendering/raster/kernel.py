"""The z-buffer's inner loops, compiled: vertices to screen points, and triangles to pixels.

Screen points are (column, row, w) with w one over the depth. A vertex with w <= 0 is nowhere, and so is every triangle
that has it. For parallel rays w is the height above a plane so far below that its differences hardly count.
"""

from math import ceil, floor
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Int16, Int32, UInt8

from maquette.rendering.compilation import compile_kernel

NEAR_M = 0.05
"""Nearest depth that is drawn, metres."""
EXPONENT = np.int32(0x7F800000)
"""Bits of a float32 that are all set only in infinity and NaN, which fast arithmetic does not see otherwise."""
_FAR_AWAY_PX = 1e7
_ON_THE_EDGE = 1e-9
_OPAQUE = 128
_BATCH = 1024


class Buffers(NamedTuple):
    """What is seen at every pixel: how near it is, which surface and triangle, and where in the triangle."""

    inverse_depth: Float32[np.ndarray, "H W"]
    """One over the depth along the camera's axis, 1/m; 0 where there is nothing."""
    surface: Int16[np.ndarray, "H W"]
    """Number of the surface; -1 where there is nothing."""
    triangle: Int32[np.ndarray, "H W"]
    """Index of the surface's triangle; without meaning where there is nothing."""
    weights: Float32[np.ndarray, "H W 2"]
    """Shares of the triangle's corners 1 and 2, true in space; corner 0 has the rest; as above."""


class Shape(NamedTuple):
    """A surface on the screen, as the loops want it."""

    screen: Float32[np.ndarray, "V 3"]
    triangles: Int32[np.ndarray, "T 3"]
    uv: Float32[np.ndarray, "T 3 2"]
    keep: Float32[np.ndarray, " V"]
    texture: UInt8[np.ndarray, "rows columns channels"]
    is_two_sided: bool
    number: int
    """What is written as the surface's number."""


@compile_kernel
def transform_points(points: np.ndarray, transform: np.ndarray) -> Any:
    """Points (V, 3) under a transform (3, 4)."""
    result = np.empty_like(points)
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        for k in range(3):
            result[i, k] = transform[k, 0] * x + transform[k, 1] * y + transform[k, 2] * z + transform[k, 3]
    return result


@compile_kernel
def project_points(points: np.ndarray, matrix: np.ndarray) -> Any:
    """Screen points of camera-frame points; w is 0 for those too near, behind the camera or not finite."""
    screen = np.zeros_like(points)
    bits = points.view(np.int32)
    for i in range(points.shape[0]):
        is_odd = False
        for k in range(3):
            is_odd |= (bits[i, k] & EXPONENT) == EXPONENT
        if is_odd or points[i, 2] < NEAR_M:
            continue
        w = 1.0 / np.float64(points[i, 2])
        x, y = points[i, 0] * w, points[i, 1] * w
        column = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
        row = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
        screen[i, 0] = min(max(column, -_FAR_AWAY_PX), _FAR_AWAY_PX)
        screen[i, 1] = min(max(row, -_FAR_AWAY_PX), _FAR_AWAY_PX)
        screen[i, 2] = w
    return screen


@compile_kernel
def draw_rows(buffers: Buffers, shape: Shape, first_row: int, last_row: int) -> None:
    """Draw a surface into the rows from ``first_row`` to ``last_row``, both included."""
    last_column = buffers.inverse_depth.shape[1] - 1
    seen = np.empty((_BATCH, 5), np.int32)
    for first in range(0, shape.triangles.shape[0], _BATCH):
        count = _find_seen(seen, shape, first, last_column, (first_row, last_row))
        if shape.texture.shape[2] == 4:
            _fill_around_holes(buffers, shape, seen[:count])
        else:
            _fill(buffers, shape, seen[:count])


@compile_kernel
def _find_seen(seen: np.ndarray, shape: Shape, first: int, last_column: int, rows: Any) -> int:
    """How many of the next triangles may be seen; their indices and boxes (columns, then rows) go to ``seen``."""
    screen, triangles, keep = shape.screen, shape.triangles, shape.keep
    first_row, last_row = rows
    count = 0
    for t in range(first, min(first + _BATCH, triangles.shape[0])):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if min(i, j, k) < 0 or max(i, j, k) >= screen.shape[0]:
            continue
        if min(screen[i, 2], screen[j, 2], screen[k, 2]) <= 0.0 or max(keep[i], keep[j], keep[k]) < 0.0:
            continue
        x0, x1, x2 = np.float64(screen[i, 0]), np.float64(screen[j, 0]), np.float64(screen[k, 0])
        y0, y1, y2 = np.float64(screen[i, 1]), np.float64(screen[j, 1]), np.float64(screen[k, 1])
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0.0 or (area > 0.0 and not shape.is_two_sided):
            continue
        left, right = ceil(max(min(x0, x1, x2), 0.0)), floor(min(max(x0, x1, x2), last_column))
        top, bottom = ceil(max(min(y0, y1, y2), first_row)), floor(min(max(y0, y1, y2), last_row))
        if left <= right and top <= bottom:
            seen[count, 0], seen[count, 1], seen[count, 2], seen[count, 3], seen[count, 4] = t, left, right, top, bottom
            count += 1
    return count


@compile_kernel
def _fill(buffers: Buffers, shape: Shape, seen: np.ndarray) -> None:
    # Arrays are taken out of the tuples here, once: inside the loop each such step would count references.
    inverse_depth, surface, triangle, weights = buffers
    screen, triangles, _, keep, _, _, number = shape
    for n in range(seen.shape[0]):
        t, left, right = seen[n, 0], seen[n, 1], seen[n, 2]
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, across1, across2, down1, down2 = _plane(screen, i, j, k)
        w0, w1, w2 = screen[i, 2], screen[j, 2], screen[k, 2]
        keep0, keep1, keep2 = keep[i], keep[j] - keep[i], keep[k] - keep[i]
        for row in range(seen[n, 3], seen[n, 4] + 1):
            for column in range(left, right + 1):
                a1 = (column - x0) * across1 + (row - y0) * down1
                a2 = (column - x0) * across2 + (row - y0) * down2
                if min(a1, a2, 1.0 - a1 - a2) < -_ON_THE_EDGE:
                    continue
                w = w0 + np.float32(a1) * (w1 - w0) + np.float32(a2) * (w2 - w0)
                if w <= inverse_depth[row, column] or keep0 + a1 * keep1 + a2 * keep2 < 0.0:
                    continue
                inverse_depth[row, column] = w
                surface[row, column] = number
                triangle[row, column] = t
                weights[row, column, 0] = a1 * w1 / w
                weights[row, column, 1] = a2 * w2 / w


@compile_kernel
def _fill_around_holes(buffers: Buffers, shape: Shape, seen: np.ndarray) -> None:
    # The same with one look into the texture's alpha; kept apart because it makes the plain loop twice as slow.
    inverse_depth, surface, triangle, weights = buffers
    screen, triangles, uv, keep, texture, _, number = shape
    for n in range(seen.shape[0]):
        t, left, right = seen[n, 0], seen[n, 1], seen[n, 2]
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, across1, across2, down1, down2 = _plane(screen, i, j, k)
        w0, w1, w2 = screen[i, 2], screen[j, 2], screen[k, 2]
        keep0, keep1, keep2 = keep[i], keep[j] - keep[i], keep[k] - keep[i]
        for row in range(seen[n, 3], seen[n, 4] + 1):
            for column in range(left, right + 1):
                a1 = (column - x0) * across1 + (row - y0) * down1
                a2 = (column - x0) * across2 + (row - y0) * down2
                if min(a1, a2, 1.0 - a1 - a2) < -_ON_THE_EDGE:
                    continue
                w = w0 + np.float32(a1) * (w1 - w0) + np.float32(a2) * (w2 - w0)
                if w <= inverse_depth[row, column] or keep0 + a1 * keep1 + a2 * keep2 < 0.0:
                    continue
                b1, b2 = a1 * w1 / w, a2 * w2 / w
                if _alpha(texture, uv, t, b1, b2) < _OPAQUE:
                    continue
                inverse_depth[row, column] = w
                surface[row, column] = number
                triangle[row, column] = t
                weights[row, column, 0] = b1
                weights[row, column, 1] = b2


@compile_kernel
def _plane(screen: np.ndarray, i: int, j: int, k: int) -> Any:
    """Where corner 0 is, and what the shares of corners 1 and 2 gain from column to column and from row to row."""
    x0, x1, x2 = np.float64(screen[i, 0]), np.float64(screen[j, 0]), np.float64(screen[k, 0])
    y0, y1, y2 = np.float64(screen[i, 1]), np.float64(screen[j, 1]), np.float64(screen[k, 1])
    inverse = 1.0 / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
    return x0, y0, (y2 - y0) * inverse, (y0 - y1) * inverse, (x0 - x2) * inverse, (x1 - x0) * inverse


@compile_kernel
def _alpha(texture: np.ndarray, uv: np.ndarray, t: int, b1: float, b2: float) -> float:
    u = uv[t, 0, 0] + b1 * (uv[t, 1, 0] - uv[t, 0, 0]) + b2 * (uv[t, 2, 0] - uv[t, 0, 0])
    v = uv[t, 0, 1] + b1 * (uv[t, 1, 1] - uv[t, 0, 1]) + b2 * (uv[t, 2, 1] - uv[t, 0, 1])
    left, right, over = neighbouring_texels(u, texture.shape[1])
    upper, lower, down = neighbouring_texels(1.0 - v, texture.shape[0])
    above = texture[upper, left, 3] * (1.0 - over) + texture[upper, right, 3] * over
    below = texture[lower, left, 3] * (1.0 - over) + texture[lower, right, 3] * over
    return above * (1.0 - down) + below * down


@compile_kernel
def neighbouring_texels(fraction: float, count: int) -> Any:
    """The two texels next to a place along one side of a repeating texture, and how far it lies from the first."""
    place = (fraction - floor(fraction)) * count - 0.5
    first = min(max(np.int32(floor(place)), -1), count - 1)
    share = min(max(place - first, 0.0), 1.0)
    second = first + 1 if first + 1 < count else 0
    return (first if first >= 0 else count - 1), second, share
