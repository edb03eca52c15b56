"""Shadows: what the sun does not see, and where bodies keep the light of their surroundings from skin, cloth and floor.

All are maps of heights along one direction, drawn by the z-buffer with parallel rays: a point is hidden if the map lies
above it. Nine weighted neighbours soften the edges.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from maquette.rendering.mesh import Surface
from maquette.rendering.raster.kernel import draw_rows
from maquette.rendering.raster.raster import empty_buffers, shape_of
from maquette.rendering.raster.shadow_kernel import (
    PLANE_BELOW_M,
    extent_across,
    floor_factors,
    lay_on_grid,
    spread_heights,
    turn_points,
)
from maquette.rendering.surroundings.light import Light, irradiance

_LARGEST = 512
_MARGIN = 2
_SUN_TEXEL_M = 0.01
_SKY_TEXEL_M = 0.04


class HeightMap(NamedTuple):
    """How far towards a direction surfaces reach, on a grid across it."""

    height: Float32[np.ndarray, "rows columns"]
    """Metres along the direction, plus `PLANE_BELOW_M`; 0 where nothing stands."""
    map_from_world: Float[np.ndarray, "3 4"]
    """Leads world points to column, row and height."""
    texel_m: float
    """Side of a cell."""


class Shadows(NamedTuple):
    """What stands between surfaces and their light."""

    sun: HeightMap
    """Towards the sun."""
    sky: HeightMap
    """Upwards, in a coarse grid: what is above."""
    ground: HeightMap
    """Downwards, in a coarse grid: how near the surfaces come to the floor."""


def cast_shadows(
    surfaces: Sequence[Surface], sun_direction: Float[np.ndarray, "3"], *, sun_texel_m: float = _SUN_TEXEL_M
) -> Shadows:
    """The shadows of surfaces in the world, with the sun in ``sun_direction`` (pointing to it).

    Grids have 512 cells a side at most; around what is larger the cells grow.
    """
    sky, ground = _coarse_maps(surfaces)
    return Shadows(height_map(surfaces, np.asarray(sun_direction, np.float64), sun_texel_m), sky, ground)


def _coarse_maps(surfaces: Sequence[Surface]) -> tuple[HeightMap, HeightMap]:
    low, high = _joint_extent([extent_across(np.ascontiguousarray(surface.vertices)) for surface in surfaces])
    texel_m, rows, columns = _grid(low, high, _SKY_TEXEL_M)
    corner = low - _MARGIN * texel_m
    sky, ground = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    for surface in surfaces:
        triangles = (np.ascontiguousarray(surface.vertices), np.ascontiguousarray(surface.triangles), surface.keep)
        spread_heights(sky, ground, triangles, corner, 1 / texel_m)
    map_from_world = np.eye(3, 4)
    map_from_world[:2] /= texel_m
    map_from_world[:, 3] = [*(-corner / texel_m), PLANE_BELOW_M]
    downwards = map_from_world * np.array([1, 1, -1, 1])
    return HeightMap(sky, map_from_world, texel_m), HeightMap(ground, downwards, texel_m)


def height_map(surfaces: Sequence[Surface], direction: Float[np.ndarray, "3"], texel_m: float) -> HeightMap:
    """How far surfaces in the world reach towards a direction; vertices that are lost in space count for nothing."""
    turn = _across(direction)
    places = [turn_points(np.ascontiguousarray(surface.vertices), turn) for surface in surfaces]
    low, high = _joint_extent([bound for _, bound in places])
    texel_m, rows, columns = _grid(low, high, texel_m)
    buffers = empty_buffers(rows, columns)
    first_column, first_row = (_MARGIN - low / texel_m).tolist()
    for surface, (place, _) in zip(surfaces, places, strict=True):
        lay_on_grid(place, 1 / texel_m, first_column, first_row)
        draw_rows(buffers, shape_of(0, surface, place), 0, rows - 1)
    map_from_world = np.concatenate([turn, [[0.0], [0.0], [PLANE_BELOW_M]]], axis=1)
    map_from_world[:2] /= texel_m
    map_from_world[:2, 3] = first_column, first_row
    return HeightMap(buffers.inverse_depth, map_from_world, texel_m)


def _joint_extent(bounds: list[Float[np.ndarray, "2 2"]]) -> tuple[Float[np.ndarray, "2"], Float[np.ndarray, "2"]]:
    """Least and greatest of all bounds; zeros if all are empty."""
    low = np.min([bound[0] for bound in bounds], axis=0, initial=1e9)
    high = np.max([bound[1] for bound in bounds], axis=0, initial=-1e9)
    return (low, high) if (low <= high).all() else (np.zeros(2), np.zeros(2))


def _grid(low: Float[np.ndarray, "2"], high: Float[np.ndarray, "2"], texel_m: float) -> tuple[float, int, int]:
    """Side of a cell, rows and columns of a grid that spans from ``low`` to ``high`` with a margin."""
    texel_m = max(texel_m, float((high - low).max()) / (_LARGEST - 1 - 2 * _MARGIN))
    columns, rows = (np.ceil((high - low) / texel_m).astype(int) + 1 + 2 * _MARGIN).tolist()
    return texel_m, rows, columns


def _across(direction: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3 3"]:
    """Axes of a view against a direction: its columns, its rows, and the direction itself."""
    upward = direction / np.linalg.norm(direction)
    aside = np.eye(3)[np.abs(upward).argmin()]
    columns = np.cross(aside, upward)
    columns /= np.linalg.norm(columns)
    return np.stack([columns, np.cross(columns, upward), upward])


def floor_shadow(
    shadows: Shadows,
    light: Light,
    camera_matrix: Float[np.ndarray, "3 3"],
    camera_from_world: Float[np.ndarray, "3 4"],
    size: tuple[int, int],
) -> Float32[np.ndarray, "H W 3"]:
    """What is left of the light on the floor z = 0, seen in a picture of ``size`` (width, height).

    A factor for the linear colour of each pixel: one where no floor is seen or nothing darkens it.
    """
    pixel_from_floor = np.asarray(camera_matrix, np.float64) @ camera_from_world[:, [0, 1, 3]]
    if abs(np.linalg.det(pixel_from_floor)) < 1e-9:
        return np.ones((size[1], size[0], 3), np.float32)
    skylight = np.maximum(irradiance(light.sh, np.array([0.0, 0.0, 1.0])) / np.pi, 1e-6)
    sunlight = light.sun_radiance * max(float(light.sun_direction[2]), 0.0)
    shares = np.stack([skylight, sunlight]) / (skylight + sunlight)
    factors = np.ones((size[1], size[0], 3), np.float32)
    floor_factors(factors, np.linalg.inv(pixel_from_floor), shadows.sun, shadows.ground, shares)
    return factors
