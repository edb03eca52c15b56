"""The inner loops of shading, compiled: from seen triangles to colours and to labels.

Pixels are shaded in blocks, one step after the other for the whole block: such plain loops run on several pixels at
once, and a block's numbers stay in the processor's cache. All arithmetic is in float32.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Int32, UInt8

from maquette.rendering.compilation import compile_kernel
from maquette.rendering.imaging.colour import LINEAR_OF_SRGB
from maquette.rendering.raster.kernel import EXPONENT, Buffers
from maquette.rendering.raster.shadow_kernel import close_in, hide

_BLOCK = 1024
_OFFSET_CELLS = np.float32(1.6)
"""How far shadow lookups leave the surface, in cells of the map: what a neighbourhood three cells wide needs."""
_CLEAR_M = 0.003
_SKY_STRENGTH = np.float32(0.55)
_SKY_REACH_M = 0.35
_HIGHLIGHT_SQUARINGS = 5
"""The highlight is the cosine of the half angle to the power 2 to this."""
_ZERO, _HALF, _ONE, _THREE = np.float32(0), np.float32(0.5), np.float32(1), np.float32(3)
_TINY = np.float32(1e-12)


class Skin(NamedTuple):
    """A surface and how it reflects."""

    vertices: Float32[np.ndarray, "V 3"]
    normals: Float32[np.ndarray, "V 3"]
    triangles: Int32[np.ndarray, "T 3"]
    uv: Float32[np.ndarray, "T 3 2"]
    texture: UInt8[np.ndarray, "rows columns channels"]
    tint: Float32[np.ndarray, "3"]
    shine: float
    is_two_sided: bool


class Lamp(NamedTuple):
    """Light and eye."""

    skylight: Float32[np.ndarray, "9 3"]
    """What a white matt surface returns, by 1, y, z, x, xy, yz, 3zz - 1, xz, xx - yy of its normal."""
    sun_direction: Float32[np.ndarray, "3"]
    sun_radiance: Float32[np.ndarray, "3"]
    eye: Float32[np.ndarray, "3"]


@compile_kernel
def pixels_by_surface(surface: np.ndarray, count: int) -> Any:
    """Where each surface's pixels begin in a list, and that list: flat indices of all pixels that show something."""
    flat = surface.ravel()
    starts = np.zeros(count + 1, np.int64)
    for pixel in range(flat.size):
        if flat[pixel] >= 0:
            starts[flat[pixel] + 1] += 1
    starts = np.cumsum(starts)
    pixels = np.empty(starts[count], np.int32)
    free = starts.copy()
    for pixel in range(flat.size):
        if flat[pixel] >= 0:
            pixels[free[flat[pixel]]] = pixel
            free[flat[pixel]] += 1
    return starts, pixels


@compile_kernel
def shade_pixels(
    radiance: np.ndarray, pixels: np.ndarray, buffers: Buffers, skin: Skin, lamp: Lamp, shadows: Any
) -> None:
    """Write what each of the ``pixels``, all of one surface, sends to the eye."""
    out = radiance.reshape(-1, 3)
    for first in range(0, pixels.size, _BLOCK):
        some = pixels[first : first + _BLOCK]
        place, normal = np.empty((3, some.size), np.float32), np.empty((3, some.size), np.float32)
        light, lit = np.empty((3, some.size), np.float32), np.empty(some.size, np.float32)
        texture_place = np.empty((2, some.size), np.float32)
        _gather(some, buffers, skin, (place, normal, texture_place))
        if skin.is_two_sided:
            _face_eye(some, buffers.triangle.ravel(), skin, place, normal, lamp.eye)
        _zero_what_is_not_finite(texture_place)
        _zero_what_is_not_finite(normal)
        _straighten(normal)
        close_in(shadows[1][0], shadows[1][1], place, _SKY_REACH_M, lit)
        _light_by_sky(lamp.skylight, normal, lit, light)
        raised = np.empty_like(place)
        _raise(place, normal, lamp.sun_direction, _OFFSET_CELLS * np.float32(shadows[0][2]), raised)
        hide(shadows[0][0], shadows[0][1], raised, _CLEAR_M, lit)
        _light_by_sun(lamp, normal, lit, light)
        _colour(skin, texture_place, light, some, out)
        if skin.shine > 0.0:
            _add_highlight(np.float32(skin.shine), lamp, (place, normal, lit), some, out)


@compile_kernel
def _gather(pixels: np.ndarray, buffers: Buffers, skin: Skin, gathered: Any) -> None:
    """Where the pixels' points are in the world, their normals, and their places on the texture."""
    place, normal, texture_place = gathered
    vertices, normals, triangles, uv, _, _, _, _ = skin
    triangle, weights = buffers.triangle.ravel(), buffers.weights.reshape(-1, 2)
    for n in range(pixels.size):
        t = triangle[pixels[n]]
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        b1, b2 = weights[pixels[n], 0], weights[pixels[n], 1]
        b0 = _ONE - b1 - b2
        for c in range(3):
            place[c, n] = b0 * vertices[i, c] + b1 * vertices[j, c] + b2 * vertices[k, c]
            normal[c, n] = b0 * normals[i, c] + b1 * normals[j, c] + b2 * normals[k, c]
        for c in range(2):
            texture_place[c, n] = b0 * uv[t, 0, c] + b1 * uv[t, 1, c] + b2 * uv[t, 2, c]


@compile_kernel
def _face_eye(
    pixels: np.ndarray, triangle: np.ndarray, skin: Skin, place: np.ndarray, normal: np.ndarray, eye: Any
) -> None:
    """Turn the normals round where a triangle is seen from its back."""
    vertices, triangles = skin.vertices, skin.triangles
    for n in range(pixels.size):
        t = triangle[pixels[n]]
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = vertices[j, 0] - vertices[i, 0], vertices[j, 1] - vertices[i, 1], vertices[j, 2] - vertices[i, 2]
        bx, by, bz = vertices[k, 0] - vertices[i, 0], vertices[k, 1] - vertices[i, 1], vertices[k, 2] - vertices[i, 2]
        x, y, z = eye[0] - place[0, n], eye[1] - place[1, n], eye[2] - place[2, n]
        if (ay * bz - az * by) * x + (az * bx - ax * bz) * y + (ax * by - ay * bx) * z < _ZERO:
            for c in range(3):
                normal[c, n] = -normal[c, n]


@compile_kernel
def _zero_what_is_not_finite(values: np.ndarray) -> None:
    flat, bits = values.ravel(), values.ravel().view(np.int32)
    for n in range(flat.size):
        if (bits[n] & EXPONENT) == EXPONENT:
            flat[n] = _ZERO


@compile_kernel
def _straighten(normal: np.ndarray) -> None:
    """Make normals as long as one."""
    for n in range(normal.shape[1]):
        x, y, z = normal[0, n], normal[1, n], normal[2, n]
        scale = _ONE / np.sqrt(max(x * x + y * y + z * z, _TINY))
        normal[0, n], normal[1, n], normal[2, n] = x * scale, y * scale, z * scale


@compile_kernel
def _raise(place: np.ndarray, normal: np.ndarray, sun: np.ndarray, distance: float, raised: np.ndarray) -> None:
    """Lift points off their surface, the more the flatter the sun falls on it, so that it does not shade itself."""
    for n in range(place.shape[1]):
        x, y, z = normal[0, n], normal[1, n], normal[2, n]
        cosine = x * sun[0] + y * sun[1] + z * sun[2]
        offset = distance * np.sqrt(max(_ONE - cosine * cosine, _ZERO))
        raised[0, n], raised[1, n] = place[0, n] + offset * x, place[1, n] + offset * y
        raised[2, n] = place[2, n] + offset * z


@compile_kernel
def _light_by_sky(skylight: np.ndarray, normal: np.ndarray, open_sky: np.ndarray, light: np.ndarray) -> None:
    for c in range(3):
        s0, s1, s2, s3, s4 = skylight[0, c], skylight[1, c], skylight[2, c], skylight[3, c], skylight[4, c]
        s5, s6, s7, s8 = skylight[5, c], skylight[6, c], skylight[7, c], skylight[8, c]
        for n in range(normal.shape[1]):
            x, y, z = normal[0, n], normal[1, n], normal[2, n]
            bent = s4 * x * y + s5 * y * z + s6 * (_THREE * z * z - _ONE) + s7 * x * z + s8 * (x * x - y * y)
            level = max(s0 + s1 * y + s2 * z + s3 * x + bent, _ZERO)
            light[c, n] = level * (_ONE - _SKY_STRENGTH * (_ONE - open_sky[n]))


@compile_kernel
def _light_by_sun(lamp: Lamp, normal: np.ndarray, lit: np.ndarray, light: np.ndarray) -> None:
    sun, radiance = lamp.sun_direction, lamp.sun_radiance
    for n in range(lit.size):
        cosine = normal[0, n] * sun[0] + normal[1, n] * sun[1] + normal[2, n] * sun[2]
        falling = max(cosine, _ZERO) * lit[n]
        light[0, n] += radiance[0] * falling
        light[1, n] += radiance[1] * falling
        light[2, n] += radiance[2] * falling


@compile_kernel
def _colour(skin: Skin, texture_place: np.ndarray, light: np.ndarray, pixels: np.ndarray, out: np.ndarray) -> None:
    """Write texture times tint times light; the texture between its four nearest texels, repeated beyond its edges."""
    texture, tint = skin.texture, skin.tint
    rows, columns = np.int32(texture.shape[0]), np.int32(texture.shape[1])
    for n in range(pixels.size):
        left, right, over = _beside(texture_place[0, n], columns)
        upper, lower, down = _beside(_ONE - texture_place[1, n], rows)
        share00, share01 = (_ONE - over) * (_ONE - down), over * (_ONE - down)
        share10, share11 = (_ONE - over) * down, over * down
        for c in range(3):
            above = (
                share00 * LINEAR_OF_SRGB[texture[upper, left, c]] + share01 * LINEAR_OF_SRGB[texture[upper, right, c]]
            )
            below = (
                share10 * LINEAR_OF_SRGB[texture[lower, left, c]] + share11 * LINEAR_OF_SRGB[texture[lower, right, c]]
            )
            out[pixels[n], c] = (above + below) * tint[c] * light[c, n]


@compile_kernel
def _beside(fraction: float, count: int) -> Any:
    """The two texels next to a place along one side of a repeating texture, and how far it lies from the first."""
    place = (fraction - np.floor(fraction)) * np.float32(count) - _HALF
    floor = np.floor(place)
    first = min(max(np.int32(floor), np.int32(-1)), count - np.int32(1))
    second = first + np.int32(1)
    return first if first >= 0 else count - np.int32(1), second if second < count else np.int32(0), place - floor


@compile_kernel
def _add_highlight(shine: float, lamp: Lamp, points: Any, pixels: np.ndarray, out: np.ndarray) -> None:
    """Add Blinn's highlight: how nearly the normal halves the angle between eye and sun."""
    place, normal, lit = points
    sun, radiance, eye = lamp.sun_direction, lamp.sun_radiance, lamp.eye
    for n in range(pixels.size):
        x, y, z = eye[0] - place[0, n], eye[1] - place[1, n], eye[2] - place[2, n]
        scale = _ONE / np.sqrt(max(x * x + y * y + z * z, _TINY))
        x, y, z = x * scale + sun[0], y * scale + sun[1], z * scale + sun[2]
        cosine = max(normal[0, n] * x + normal[1, n] * y + normal[2, n] * z, _ZERO)
        cosine /= np.sqrt(max(x * x + y * y + z * z, _TINY))
        if normal[0, n] * sun[0] + normal[1, n] * sun[1] + normal[2, n] * sun[2] > _ZERO:
            for _ in range(_HIGHLIGHT_SQUARINGS):
                cosine *= cosine
            for c in range(3):
                out[pixels[n], c] += shine * lit[n] * cosine * radiance[c]


@compile_kernel
def find_labels(buffers: Buffers, parts: np.ndarray, starts: np.ndarray, persons: np.ndarray) -> Any:
    """Depth, part and person at every pixel; ``starts`` is where each surface's triangles begin in ``parts``."""
    inverse_depth, surface, triangle, _ = buffers
    height, width = surface.shape
    depth_m = np.zeros((height, width), np.float32)
    part = np.zeros((height, width), np.uint8)
    instance = np.zeros((height, width), np.uint8)
    for row in range(height):
        for column in range(width):
            index = surface[row, column]
            if index >= 0:
                depth_m[row, column] = 1.0 / inverse_depth[row, column]
                instance[row, column] = persons[index]
                part[row, column] = parts[starts[index] + triangle[row, column]]
    return depth_m, part, instance
