"""The pixels of a room: rays against its six planes, with floors, walls and what hangs on them painted on."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Int32

from maquette.rendering.compilation import compile_kernel
from maquette.rendering.imaging.noise import noise_at

PLAIN, PLANKS, TILES, CARPET = 0, 1, 2, 3
"""Kinds of floors."""
BRICKS, STRIPES, WAINSCOT = 1, 2, 3
"""Kinds of walls; 0 is plain."""
CUPBOARD, WINDOW, PAINTING, SHELF, DOOR, CURTAIN, BOARD = 0, 1, 2, 3, 4, 5, 6
"""Kinds of panels."""
PANEL_COLUMNS = 10
"""A panel is (wall, u from, u to, v from, v to, red, green, blue, kind, seed); v is the height above the floor."""


class RoomNumbers(NamedTuple):
    """A room in its own axes, metres."""

    box: Float32[np.ndarray, "2 3"]
    """Low and high corner."""
    colours: Float32[np.ndarray, "6 3"]
    """What each plane sends back under the light."""
    kinds: Int32[np.ndarray, "3"]
    """Floor, walls, and whether there is a skirting."""
    panels: Float32[np.ndarray, "R 10"]
    lamp: Float32[np.ndarray, "6"]
    """Place and width of a pool of light, darkness of corners, brightness of what hangs on the walls."""
    tile: Float32[np.ndarray, "256 256"]
    """Noise."""


@compile_kernel
def _exit(position, direction, low, high):
    """Where a ray from inside leaves the box: distance, and plane 0 floor, 1 ceiling, 2, 3 x walls, 4, 5 y walls."""
    nearest, plane = np.float32(1e9), 0
    for axis in range(3):
        if abs(direction[axis]) < 1e-9:
            continue
        end = high[axis] if direction[axis] > 0 else low[axis]
        distance = (end - position[axis]) / direction[axis]
        if distance < nearest:
            nearest = distance
            plane = (2 * axis + 2) % 6 + (1 if direction[axis] > 0 else 0)
    return nearest, plane


@compile_kernel
def _grid(place, cell, gap):
    """One inside a cell and zero in the gap before it."""
    return 0.0 if place / cell - np.floor(place / cell) < gap / cell else 1.0


@compile_kernel
def _floor(kind, u, v, sharp, tile):
    """Brightness of the floor's material against its mean."""
    cloud = 0.3 * (noise_at(tile, 9 * u, 9 * v) - 0.5)
    if kind == PLANKS:
        row = np.floor(v / 0.15)
        board = np.floor(u / 1.7 + 0.37 * row)
        tone = 0.45 * (noise_at(tile, 17.3 * row, 31.7 * board) - 0.5)
        grain = 0.35 * sharp * (noise_at(tile, 11 * u, 160 * v) - 0.5)
        gap = 0.35 * sharp * (1 - _grid(v, 0.15, 0.008))
        return 1 + tone + grain - gap + 0.3 * cloud
    if kind == TILES:
        tone = 0.2 * (noise_at(tile, 23.1 * np.floor(u / 0.4), 29.3 * np.floor(v / 0.4)) - 0.5)
        gap = 0.3 * sharp * (1 - _grid(u, 0.4, 0.012) * _grid(v, 0.4, 0.012))
        return 1 + tone - gap + 0.4 * cloud
    if kind == CARPET:
        return 1 + 0.5 * cloud + 0.5 * sharp * (noise_at(tile, 210 * u, 210 * v) - 0.5)
    return 1 + cloud


@compile_kernel
def _wall(kind, u, v, sharp, tile):
    """Brightness of the wall's material against its mean."""
    cloud = 0.12 * (noise_at(tile, 7 * u, 7 * v) - 0.5)
    if kind == BRICKS:
        row = np.floor(v / 0.075)
        shifted = u + 0.11 * (row - 2 * np.floor(row / 2))
        tone = 0.5 * (noise_at(tile, 19.7 * row, 27.1 * np.floor(shifted / 0.22)) - 0.5)
        mortar = 1 - _grid(shifted, 0.22, 0.012) * _grid(v, 0.075, 0.012)
        return 1 + sharp * (tone + 0.45 * mortar) + cloud
    if kind == STRIPES:
        return 1 + cloud + 0.12 * (_grid(u, 0.24, 0.12) - 0.5)
    if kind == WAINSCOT and v < 1.0:
        return 0.72 + cloud - 0.2 * sharp * (1 - _grid(u, 0.5, 0.03))
    return 1 + cloud


@compile_kernel
def _shelf(u, v, seed, tile, colour, out):
    """Boards, and between them the backs of books of many colours."""
    if _grid(v, 0.34, 0.04) == 0:
        for channel in range(3):
            out[channel] = colour[channel]
        return
    level = np.floor(v / 0.34)
    book = np.floor(u / 0.045 + 3 * noise_at(tile, 9 * u, level * 13 + seed))
    height = 0.16 + 0.14 * noise_at(tile, book * 7.7, level * 11.3 + seed)
    if v - level * 0.34 - 0.04 > height:
        for channel in range(3):
            out[channel] = 0.3 * colour[channel]
        return
    tone = 0.1 + 0.5 * noise_at(tile, book * 13.7 + seed, level * 5.1)
    for channel in range(3):
        hue = noise_at(tile, book * 5.3 + 50 * channel, level * 9.9 + seed)
        out[channel] = tone * (0.45 + 0.8 * hue) * (0.5 * colour[0] + 0.45)


@compile_kernel
def _window(within, place, panel, tile, out):
    """A pale day behind bars, greener below."""
    (across, up), (u, v) = within, place
    edge = 0.05
    width, height = panel[2] - panel[1], panel[4] - panel[3]
    x, y = across * width, up * height
    bar = abs(x - width / 2) < 0.025 or x < edge or y < edge or width - x < edge or height - y < edge
    if bar:
        for channel in range(3):
            out[channel] = 0.55
        return
    leaf = noise_at(tile, 60 * u + panel[9], 60 * v)
    below = max(0.0, min(1.0, 2.5 * (0.55 - up) + 1.5 * (leaf - 0.5)))
    for channel in range(3):
        green = (0.35, 0.42, 0.26)[channel] * (0.5 + leaf)
        out[channel] = panel[5 + channel] * (1 - below) + green * below


@compile_kernel
def _painting(within, place, panel, tile, out):
    """A picture in its frame: two colours that run into each other."""
    (across, up), (u, v) = within, place
    if min(across, 1 - across) * (panel[2] - panel[1]) < 0.03 or min(up, 1 - up) * (panel[4] - panel[3]) < 0.03:
        for channel in range(3):
            out[channel] = 0.08 + 0.2 * (panel[9] - np.floor(panel[9]))
        return
    mix = noise_at(tile, 45 * u + panel[9], 45 * v)
    for channel in range(3):
        other = noise_at(tile, panel[9] * 3.7 + 40 * channel, panel[9])
        out[channel] = mix * panel[5 + channel] + (1 - mix) * (0.15 + 0.5 * other)


@compile_kernel
def _panel(panel, u, v, tile, out):
    """The colour that a panel shows at a place of its wall."""
    across, up = (u - panel[1]) / (panel[2] - panel[1]), (v - panel[3]) / (panel[4] - panel[3])
    kind = int(panel[8])
    if kind == SHELF:
        _shelf(u, v, panel[9], tile, panel[5:8], out)
    elif kind == WINDOW:
        _window((across, up), (u, v), panel, tile, out)
    elif kind == PAINTING:
        _painting((across, up), (u, v), panel, tile, out)
    else:
        factor = 1.0 + 0.1 * (noise_at(tile, 12 * u + panel[9], 3 * v) - 0.5)
        if kind == CUPBOARD:
            factor -= 0.4 * (1 - _grid(u - panel[1], 0.45, 0.012) * _grid(v - panel[3], 0.7, 0.012))
        elif kind == DOOR:
            inset = min(min(across, 1 - across) * 5, min(up, abs(up - 0.5), 1 - up) * 12)
            factor -= 0.25 if 0.8 < inset < 1 else 0.0
        elif kind == CURTAIN:
            factor += 0.3 * np.sin(70 * u + 8 * noise_at(tile, 6 * u, 2 * v))
        elif kind == BOARD and (min(across, 1 - across) < 0.02 or min(up, 1 - up) < 0.03):
            factor *= 0.4
        for channel in range(3):
            out[channel] = panel[5 + channel] * factor


@compile_kernel
def _plane_colour(plane, hit, sharp, room, out):
    """What a plane of the room sends back at a place, before corners and the pool of light."""
    _, colours, kinds, panels, lamp, tile = room
    factor, lit = 1.0, lamp[5]
    if plane == 0:
        factor = _floor(kinds[0], hit[0], hit[1], sharp, tile)
    elif plane > 1:
        u, v = hit[1] if plane < 4 else hit[0], hit[2]
        for i in range(len(panels)):
            if panels[i, 0] == plane and panels[i, 1] < u < panels[i, 2] and panels[i, 3] < v < panels[i, 4]:
                _panel(panels[i], u, v, tile, out)
                brightness = 1.0 if panels[i, 8] == WINDOW else lit
                for channel in range(3):
                    out[channel] *= brightness
                return
        if v < 0.09 and kinds[2]:
            for channel in range(3):
                out[channel] = 0.6 * lit
            return
        factor = _wall(kinds[1], u, v, sharp, tile)
    for channel in range(3):
        out[channel] = colours[plane, channel] * factor


@compile_kernel
def room_pixels(pixel_rays: np.ndarray, position: np.ndarray, room: RoomNumbers, picture: np.ndarray) -> Any:
    """Fill a picture with the room's radiance; rays and position are in the room's own axes."""
    low, high, lamp = room.box[0], room.box[1], room.lamp
    direction, colour, hit = np.empty(3, np.float32), np.empty(3, np.float32), np.empty(3, np.float32)
    pixel_width = np.sqrt(np.sum(pixel_rays[:, 0] ** 2))
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            for axis in range(3):
                direction[axis] = pixel_rays[axis, 0] * column + pixel_rays[axis, 1] * row + pixel_rays[axis, 2]
            distance, plane = _exit(position, direction, low, high)
            spread, corner = np.float32(0), np.float32(1)
            for axis in range(3):
                hit[axis] = position[axis] + distance * direction[axis]
                spread += (hit[axis] - lamp[axis]) ** 2
                near = min(hit[axis] - low[axis], high[axis] - hit[axis])
                corner *= 1 if plane // 2 == (axis + 1) % 3 else 1 - lamp[4] / (1 + 20 * near * near)
            light = corner * (0.72 + 0.5 / (1 + spread / (2 * lamp[3] * lamp[3])))
            sharp = min(1.0, 0.012 / (distance * pixel_width))
            _plane_colour(plane, hit, sharp, room, colour)
            for channel in range(3):
                picture[row, column, channel] = colour[channel] * light
