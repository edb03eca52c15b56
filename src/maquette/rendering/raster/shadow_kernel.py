"""The inner loops of shadows, compiled: maps of heights, and what they hide of many points at once.

Points come as arrays (3, N), so that plain loops over N run on several at once; all arithmetic is in float32.
"""

from typing import Any

import numpy as np

from maquette.rendering.compilation import compile_kernel
from maquette.rendering.raster.kernel import EXPONENT

PLANE_BELOW_M = 1000.0
"""Heights count from so far below the world's origin that perspective no longer matters; they step by 0.06 mm."""
_LOST_M = 200.0
_MOST_STEPS = 256
_CONTACT_REACH_M = 0.12
_CONTACT_STRENGTH = 0.75
_FAR_FLOOR_M = 60.0
_VAST = np.float32(1e9)
_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)


@compile_kernel
def turn_points(points: np.ndarray, turn: np.ndarray) -> Any:
    """Points in other axes, the third counted from the plane below, and the least and greatest of the first two.

    The third is 0 for points that are not finite or more than 200 m away.
    """
    result = np.zeros_like(points)
    bits = points.view(np.int32)
    left, top, right, bottom = _VAST, _VAST, -_VAST, -_VAST
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        if max(bits[i, 0] & EXPONENT, bits[i, 1] & EXPONENT, bits[i, 2] & EXPONENT) == EXPONENT:
            continue
        if max(abs(x), abs(y), abs(z)) > _LOST_M:
            continue
        column = turn[0, 0] * x + turn[0, 1] * y + turn[0, 2] * z
        row = turn[1, 0] * x + turn[1, 1] * y + turn[1, 2] * z
        result[i, 0], result[i, 1] = column, row
        result[i, 2] = turn[2, 0] * x + turn[2, 1] * y + turn[2, 2] * z + PLANE_BELOW_M
        left, top = min(left, result[i, 0]), min(top, result[i, 1])
        right, bottom = max(right, result[i, 0]), max(bottom, result[i, 1])
    return result, np.array([[left, top], [right, bottom]])


@compile_kernel
def lay_on_grid(points: np.ndarray, scale: float, first_column: float, first_row: float) -> None:
    """Turn the first two coordinates of turned points from metres into columns and rows."""
    for i in range(points.shape[0]):
        points[i, 0] = points[i, 0] * scale + first_column
        points[i, 1] = points[i, 1] * scale + first_row


@compile_kernel
def extent_across(vertices: np.ndarray) -> Any:
    """Least and greatest x and y of all points that are finite and not lost in space."""
    bits = vertices.view(np.int32)
    left, top, right, bottom = _VAST, _VAST, -_VAST, -_VAST
    for i in range(vertices.shape[0]):
        if max(bits[i, 0] & EXPONENT, bits[i, 1] & EXPONENT, bits[i, 2] & EXPONENT) == EXPONENT:
            continue
        x, y = vertices[i, 0], vertices[i, 1]
        if max(abs(x), abs(y), abs(vertices[i, 2])) <= _LOST_M:
            left, top = min(left, x), min(top, y)
            right, bottom = max(right, x), max(bottom, y)
    return np.array([[left, top], [right, bottom]])


@compile_kernel
def spread_heights(sky: np.ndarray, ground: np.ndarray, surface: Any, corner: Any, scale: float) -> None:
    """Note in coarse grids how high and (counted downwards) how low a surface reaches over each cell.

    Every triangle is noted at points about a cell apart, a small one at one corner: its neighbours note the others.
    """
    vertices, triangles, keep = surface
    bits = vertices.view(np.int32)
    x0, y0, per_m = np.float32(corner[0]), np.float32(corner[1]), np.float32(scale)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if min(i, j, k) < 0 or max(i, j, k) >= vertices.shape[0] or max(keep[i], keep[j], keep[k]) < 0.0:
            continue
        if max(bits[i, 2] & EXPONENT, bits[j, 2] & EXPONENT, bits[k, 2] & EXPONENT) == EXPONENT:
            continue
        _note(sky, ground, (vertices[i, 0] - x0) * per_m, (vertices[i, 1] - y0) * per_m, vertices[i, 2])
        across = max(abs(vertices[j, 0] - vertices[i, 0]), abs(vertices[k, 0] - vertices[i, 0]))
        down = max(abs(vertices[j, 1] - vertices[i, 1]), abs(vertices[k, 1] - vertices[i, 1]))
        steps = int(min(max(across, down) * per_m, _MOST_STEPS)) + 1
        for a in range(steps + 1 if steps > 1 else 0):
            for b in range(steps + 1 - a):
                share1, share2 = np.float32(a) / np.float32(steps), np.float32(b) / np.float32(steps)
                share0 = _ONE - share1 - share2
                x = share0 * vertices[i, 0] + share1 * vertices[j, 0] + share2 * vertices[k, 0]
                y = share0 * vertices[i, 1] + share1 * vertices[j, 1] + share2 * vertices[k, 1]
                z = share0 * vertices[i, 2] + share1 * vertices[j, 2] + share2 * vertices[k, 2]
                _note(sky, ground, (x - x0) * per_m, (y - y0) * per_m, z)


@compile_kernel
def _note(sky: np.ndarray, ground: np.ndarray, column: float, row: float, height: float) -> None:
    c, r = np.int32(column + _HALF), np.int32(row + _HALF)
    if 0 <= c < sky.shape[1] and 0 <= r < sky.shape[0]:
        sky[r, c] = max(sky[r, c], np.float32(PLANE_BELOW_M) + height)
        ground[r, c] = max(ground[r, c], np.float32(PLANE_BELOW_M) - height)


@compile_kernel
def hide(height: np.ndarray, map_from_world: np.ndarray, place: np.ndarray, bias_m: float, lit: np.ndarray) -> None:
    """Write how much of each point is not hidden by what the map has more than ``bias_m`` above it."""
    m, flat, width = map_from_world.astype(np.float32), height.ravel(), height.shape[1]
    for n in range(lit.size):
        x, y, z = place[0, n], place[1, n], place[2, n]
        limit = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3] + np.float32(bias_m)
        first, across, down = _around(m, x, y, z, height.shape)
        second, third = first + width, first + width + width
        upper = _row_above(flat, first, across, limit)
        lower = _row_above(flat, third, across, limit)
        lit[n] = _ONE - down[0] * upper - down[1] * _row_above(flat, second, across, limit) - down[2] * lower


@compile_kernel
def close_in(
    height: np.ndarray, map_from_world: np.ndarray, place: np.ndarray, reach_m: float, left: np.ndarray
) -> None:
    """Write how open each point is above: 1 if nothing is there, 0 for a map that lies ``reach_m`` higher."""
    m, flat, width = map_from_world.astype(np.float32), height.ravel(), height.shape[1]
    scale = _ONE / np.float32(reach_m)
    for n in range(left.size):
        x, y, z = place[0, n], place[1, n], place[2, n]
        own = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
        first, across, down = _around(m, x, y, z, height.shape)
        second, third = first + width, first + width + width
        upper = _row_closing(flat, first, across, own, scale)
        lower = _row_closing(flat, third, across, own, scale)
        left[n] = _ONE - down[0] * upper - down[1] * _row_closing(flat, second, across, own, scale) - down[2] * lower


@compile_kernel
def touch(height: np.ndarray, map_from_world: np.ndarray, place: np.ndarray, reach_m: float, near: np.ndarray) -> None:
    """Write how close the map comes to each point: 1 where it touches, a half at a distance ``reach_m``."""
    m, flat, width = map_from_world.astype(np.float32), height.ravel(), height.shape[1]
    scale = _ONE / np.float32(reach_m)
    for n in range(near.size):
        x, y, z = place[0, n], place[1, n], place[2, n]
        own = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
        first, across, down = _around(m, x, y, z, height.shape)
        second, third = first + width, first + width + width
        upper = _row_near(flat, first, across, own, scale)
        lower = _row_near(flat, third, across, own, scale)
        near[n] = down[0] * upper + down[1] * _row_near(flat, second, across, own, scale) + down[2] * lower


@compile_kernel
def _around(m: np.ndarray, x: float, y: float, z: float, shape: Any) -> Any:
    """The first of the nine cells around a point (flat index), and the weights of columns and rows: a B-spline."""
    column = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]
    row = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]
    column = min(max(column, _ONE), np.float32(shape[1] - 2))
    row = min(max(row, _ONE), np.float32(shape[0] - 2))
    c, r = np.int32(column + _HALF), np.int32(row + _HALF)
    return (r - 1) * shape[1] + c - 1, _bell(column - np.float32(c)), _bell(row - np.float32(r))


@compile_kernel
def _bell(offset: float) -> Any:
    last = _HALF * (_HALF + offset) * (_HALF + offset)
    return last - offset, _ONE + offset - last - last, last


@compile_kernel
def _row_above(flat: np.ndarray, i: int, across: Any, limit: float) -> float:
    first, second, third = flat[i] > limit, flat[i + 1] > limit, flat[i + 2] > limit
    return across[0] * np.float32(first) + across[1] * np.float32(second) + across[2] * np.float32(third)


@compile_kernel
def _row_closing(flat: np.ndarray, i: int, across: Any, own: float, scale: float) -> float:
    first, second = max(flat[i] - own, _ZERO) * scale, max(flat[i + 1] - own, _ZERO) * scale
    third = max(flat[i + 2] - own, _ZERO) * scale
    outer = across[0] * first / (_ONE + first * first) + across[2] * third / (_ONE + third * third)
    return _TWO * (outer + across[1] * second / (_ONE + second * second))


@compile_kernel
def _row_near(flat: np.ndarray, i: int, across: Any, own: float, scale: float) -> float:
    first, second, third = (flat[i] - own) * scale, (flat[i + 1] - own) * scale, (flat[i + 2] - own) * scale
    outer = across[0] / (_ONE + first * first) + across[2] / (_ONE + third * third)
    return outer + across[1] / (_ONE + second * second)


@compile_kernel
def floor_factors(factors: np.ndarray, floor_from_pixel: np.ndarray, sun: Any, ground: Any, shares: np.ndarray) -> None:
    """Write what is left of the floor's light at every pixel; ``shares`` (2, 3) are those of the sky and of the sun.

    Pixels that see no floor, or floor on which nothing can cast a shadow, are left alone.
    """
    width = factors.shape[1]
    columns, place = np.empty(width, np.int32), np.zeros((3, width), np.float32)
    contact, lit = np.empty(width, np.float32), np.empty(width, np.float32)
    for row in range(factors.shape[0]):
        count = _floor_places(columns, place, floor_from_pixel, row, (sun, ground))
        touch(ground[0], ground[1], place, _CONTACT_REACH_M, contact[:count])
        hide(sun[0], sun[1], place, sun[2], lit[:count])
        for n in range(count):
            for k in range(3):
                open_sky = 1.0 - _CONTACT_STRENGTH * contact[n]
                factors[row, columns[n], k] = shares[0, k] * open_sky + shares[1, k] * lit[n]


@compile_kernel
def _floor_places(columns: np.ndarray, place: np.ndarray, floor_from_pixel: np.ndarray, row: int, maps: Any) -> int:
    """How many pixels of a row see floor inside one of the maps; their columns and what they see are written."""
    m = floor_from_pixel
    sun, ground = maps
    count = 0
    for column in range(columns.size):
        scale = m[2, 0] * column + m[2, 1] * row + m[2, 2]
        if scale < 1.0 / _FAR_FLOOR_M:
            continue
        x = (m[0, 0] * column + m[0, 1] * row + m[0, 2]) / scale
        y = (m[1, 0] * column + m[1, 1] * row + m[1, 2]) / scale
        if _is_inside(sun[1], sun[0].shape, x, y) or _is_inside(ground[1], ground[0].shape, x, y):
            columns[count], place[0, count], place[1, count] = column, x, y
            count += 1
    return count


@compile_kernel
def _is_inside(m: np.ndarray, shape: Any, x: float, y: float) -> bool:
    column, row = m[0, 0] * x + m[0, 1] * y + m[0, 3], m[1, 0] * x + m[1, 1] * y + m[1, 3]
    return min(column, row, shape[1] - 1 - column, shape[0] - 1 - row) >= 0
