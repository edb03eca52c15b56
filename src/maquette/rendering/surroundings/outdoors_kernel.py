"""The pixels of a landscape: ground, sky, and rows of trees and houses at their distances."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32

from maquette.rendering.compilation import compile_kernel
from maquette.rendering.imaging.noise import noise_at

ASPHALT, GRASS, SAND, PAVING = 0, 1, 2, 3
"""Kinds of ground."""
TREES, HOUSES, HILLS, HEDGE = 0, 1, 2, 3
"""Kinds of rows on the horizon."""
ROW_COLUMNS = 9
"""A row is (kind, distance, lowest height, highest height, red, green, blue, seed, haze)."""
_CLOUD_HEIGHT = 0.28
_HAZE = 0.75
"""Brightness of haze against clouds."""


class Landscape(NamedTuple):
    """Ground, rows of things and sky."""

    heading: Float32[np.ndarray, "2"]
    """Direction (cosine, sine) at right angles to the rows of trees and houses."""
    surroundings: Float32[np.ndarray, "10 3"]
    """The light's nine coefficients, and the colour of clouds."""
    ground: Float32[np.ndarray, "2 3"]
    """What the ground and the path on it send back."""
    ground_kind: int
    path: Float32[np.ndarray, "4"]
    """Direction (cosine, sine), place across it and half width, metres."""
    rows: Float32[np.ndarray, "R 9"]
    """From far to near."""
    sky: Float32[np.ndarray, "3"]
    """Cover and seed of the clouds, and the distance at which haze hides half of the ground, metres."""
    tile: Float32[np.ndarray, "256 256"]
    """Noise."""


@compile_kernel
def _ground(kind, x, y, sharp, tile):
    """Brightness of the ground's material against its mean."""
    cloud = 0.4 * (noise_at(tile, 4 * x, 4 * y) - 0.5)
    fine = sharp * (0.8 * noise_at(tile, 290 * x + 170 * y, 290 * y - 170 * x) + noise_at(tile, 61 * x, 61 * y) - 0.9)
    if kind == GRASS:
        return 1 + cloud + 0.8 * fine
    if kind == PAVING:
        column, row = np.floor(x / 0.5), np.floor(y / 0.5)
        seam = x / 0.5 - column < 0.03 or y / 0.5 - row < 0.03
        tone = 0.25 * (noise_at(tile, 23.1 * column, 29.3 * row) - 0.5)
        return 1 + tone + 0.4 * cloud + 0.25 * fine - (0.35 * sharp if seam else 0.0)
    if kind == SAND:
        return 1 + 0.5 * cloud + 0.5 * fine
    return 1 + 0.5 * cloud + 0.4 * fine


@compile_kernel
def _facade(along, height, seed, tile):
    """Brightness of a house's wall: rows of dark windows in a lighter front."""
    column, storey = along / 2.2, height / 3.0
    x, y = column - np.floor(column), storey - np.floor(storey)
    tone = 0.85 + 0.3 * noise_at(tile, 1.5 * along + seed, 4 * height)
    if 0.3 < x < 0.75 and 0.3 < y < 0.8:
        lit = noise_at(tile, np.floor(column) * 7.7 + seed, np.floor(storey) * 9.1)
        return 0.25 + 0.5 * lit
    return tone


@compile_kernel
def _row_height(rows, i, along, tile):
    """Height of the i-th row's upper edge at a place along it, metres."""
    kind, low, high, seed = int(rows[i, 0]), rows[i, 2], rows[i, 3], rows[i, 7]
    if kind == HOUSES:
        share = noise_at(tile, 13.3 * np.floor(along / (0.8 * high) + seed), seed)
        return 0.0 if share < 0.36 else low + (high - low) * (share - 0.36) * 2.5
    detail = 1.0 if kind == HEDGE else 8.0 / rows[i, 1]
    wide = noise_at(tile, 6 * detail * along + seed, seed)
    ragged = noise_at(tile, 40 * detail * along, seed + 9) if kind == TREES else 0.5
    return low + (high - low) * (wide + 0.35 * (ragged - 0.5))


@compile_kernel
def _row_colour(land, i, along, height, out):
    """What the i-th row of things shows at a place, through the haze before it."""
    rows, tile, white = land.rows, land.tile, land.surroundings
    kind, seed, haze = int(rows[i, 0]), rows[i, 7], rows[i, 8]
    if kind == HOUSES:
        house = noise_at(tile, 5.9 * np.floor(along / (0.8 * rows[i, 3]) + seed), seed + 3)
        tone = (0.5 + house) * _facade(along, height, seed, tile)
    elif kind == HILLS:
        tone = 0.8 + 0.4 * noise_at(tile, 0.2 * along, 0.5 * height + seed)
    else:
        leaf = noise_at(tile, 22 * along + seed, 22 * height)
        tone = 0.35 + 1.3 * leaf * (0.5 + 0.5 * noise_at(tile, 5 * along, 5 * height + seed))
    for channel in range(3):
        out[channel] = (1 - haze) * rows[i, 4 + channel] * tone + haze * _HAZE * white[9, channel]


@compile_kernel
def _sky(x, y, z, land, out):
    """Radiance of the sky along a unit direction, clouds drawn over it in perspective."""
    sh, tile, clouds, seed = land.surroundings, land.tile, land.sky[0], land.sky[1]
    up = max(z, 0.0)
    reach = 30.0 / (up + _CLOUD_HEIGHT)
    cloud = noise_at(tile, reach * x + seed, reach * y + seed)
    cover = min(1.0, max(0.0, (cloud - 1 + clouds) * 4)) * min(1.0, 6 * up)
    for channel in range(3):
        blue = sh[0, channel] * 0.2821 + 0.4886 * (sh[1, channel] * y + sh[2, channel] * up + sh[3, channel] * x)
        blue += 1.0925 * (sh[4, channel] * x * y + sh[5, channel] * y * up + sh[7, channel] * x * up)
        blue += 0.3154 * sh[6, channel] * (3 * up * up - 1) + 0.5463 * sh[8, channel] * (x * x - y * y)
        white = sh[9, channel]
        out[channel] = max(blue, 0.3 * white) * (1 - cover) + white * cover


@compile_kernel
def _row_seen(rows, climb, side, height, tile):
    """The nearest row that a ray meets which climbs and drifts aside so much in a metre; -1 where there is none."""
    for i in range(len(rows) - 1, -1, -1):
        at = height + climb * rows[i, 1]
        if 0 < at < 1.4 * rows[i, 3] and at < _row_height(rows, i, side * rows[i, 1], tile):
            return i
    return -1


@compile_kernel
def _ground_pixel(u, v, away, pixel_width, land, out):
    """What the ground sends back at a place, through the haze before it."""
    path, white = land.path, land.surroundings
    is_path = abs(-path[1] * u + path[0] * v - path[2]) < path[3]
    sharp = min(1.0, 0.03 / (away * pixel_width))
    tone = _ground(0 if is_path else land.ground_kind, u, v, sharp, land.tile)
    share = away / (away + land.sky[2])
    for channel in range(3):
        seen = land.ground[1 if is_path else 0, channel] * tone
        out[channel] = seen * (1 - share) + share * _HAZE * white[9, channel]


@compile_kernel
def outdoor_pixels(pixel_rays: np.ndarray, position: np.ndarray, land: Landscape, picture: np.ndarray) -> Any:
    """Fill a picture with the landscape's radiance; rays and position are in world axes."""
    rows, heading, colour = land.rows, land.heading, np.empty(3, np.float32)
    pixel_width = np.sqrt(np.sum(pixel_rays[:, 0] ** 2))
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            x = pixel_rays[0, 0] * column + pixel_rays[0, 1] * row + pixel_rays[0, 2]
            y = pixel_rays[1, 0] * column + pixel_rays[1, 1] * row + pixel_rays[1, 2]
            z = pixel_rays[2, 0] * column + pixel_rays[2, 1] * row + pixel_rays[2, 2]
            level = max(np.sqrt(x * x + y * y), 1e-4)
            onward = max(heading[0] * x + heading[1] * y, 0.2 * level)
            climb, side = z / onward, (heading[0] * y - heading[1] * x) / onward
            seen = _row_seen(rows, climb, side, position[2], land.tile)
            if seen >= 0:
                height = position[2] + climb * rows[seen, 1]
                _row_colour(land, seen, side * rows[seen, 1], height, colour)
            elif z < 0:
                step = -position[2] / z
                u, v = position[0] + step * x, position[1] + step * y
                _ground_pixel(u, v, step * level, pixel_width, land, colour)
            else:
                length = np.sqrt(level * level + z * z)
                _sky(x / length, y / length, z / length, land, colour)
            for channel in range(3):
                picture[row, column, channel] = colour[channel]
