"""Deferred shading: the light that each seen point of a surface sends to the camera, and the maps of what is seen.

Matt reflection of the surroundings and of the sun, with cast shadows, darker where something is close above, and a
highlight for what shines. All colours are linear.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, UInt8

from maquette.rendering.mesh import Surface
from maquette.rendering.raster.kernel import Buffers
from maquette.rendering.raster.shading_kernel import Lamp, Skin, find_labels, pixels_by_surface, shade_pixels
from maquette.rendering.raster.shadow import Shadows
from maquette.rendering.surroundings.light import Light

_MATT = np.array([0.282095, *[0.488603 * 2 / 3] * 3, *[1.092548 / 4] * 2, 0.315392 / 4, 1.092548 / 4, 0.546274 / 4])
"""What a white matt surface returns of each spherical harmonic: its constant times 1, 2 / 3 or 1 / 4 by degree."""


class PixelLabels(NamedTuple):
    """What is seen at each pixel's centre."""

    depth_m: Float32[np.ndarray, "H W"]
    """Depth along the camera's axis; 0 where there is nothing."""
    parts: UInt8[np.ndarray, "H W"]
    """Label of `body.parts.PARTS_15`; 0 where there is nobody."""
    instances: UInt8[np.ndarray, "H W"]
    """Number of the person; 0 where there is nobody."""


def shade(
    buffers: Buffers,
    surfaces: Sequence[Surface],
    normals: Sequence[Float32[np.ndarray, "_ 3"]],
    light: Light,
    shadows: Shadows,
    camera_position: Float[np.ndarray, "3"],
) -> Float32[np.ndarray, "H W 3"]:
    """Linear radiance at every pixel, 0 where there is nothing.

    Args:
        buffers: What is seen.
        surfaces: All surfaces of the scene in the world, in the order of their numbers in the buffers.
        normals: Unit outward normals of each surface's vertices.
        light: Light of the surroundings and the sun.
        shadows: What stands between surfaces and light.
        camera_position: Place of the camera in the world, metres.
    """
    radiance = np.zeros((*buffers.surface.shape, 3), np.float32)
    starts, pixels = pixels_by_surface(buffers.surface, len(surfaces))
    lamp = Lamp(
        skylight=(_MATT[:, None] * light.sh).astype(np.float32),
        sun_direction=np.asarray(light.sun_direction, np.float32),
        sun_radiance=np.asarray(light.sun_radiance, np.float32),
        eye=np.asarray(camera_position, np.float32),
    )
    for index, (surface, surface_normals) in enumerate(zip(surfaces, normals, strict=True)):
        seen = pixels[starts[index] : starts[index + 1]]
        if len(seen):
            shade_pixels(radiance, seen, buffers, _skin(surface, surface_normals), lamp, shadows)
    return radiance


def _skin(surface: Surface, normals: Float32[np.ndarray, "V 3"]) -> Skin:
    return Skin(
        vertices=np.ascontiguousarray(surface.vertices),
        normals=np.ascontiguousarray(normals),
        triangles=np.ascontiguousarray(surface.triangles),
        uv=np.ascontiguousarray(surface.uv),
        texture=np.ascontiguousarray(surface.material.texture),
        tint=np.asarray(surface.material.tint, np.float32),
        shine=float(surface.material.shine),
        is_two_sided=surface.is_two_sided,
    )


def label_pixels(buffers: Buffers, surfaces: Sequence[Surface]) -> PixelLabels:
    """Depth, body part and person at every pixel of the buffers."""
    parts = [surface.parts for surface in surfaces]
    starts = np.cumsum([0, *map(len, parts)])[:-1].astype(np.int64)
    persons = np.array([surface.person for surface in surfaces], np.uint8)
    all_parts = np.concatenate(parts) if parts else np.zeros(0, np.uint8)
    return PixelLabels(*find_labels(buffers, all_parts, starts, persons))
