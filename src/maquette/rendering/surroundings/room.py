"""Rooms and studios: boxes around camera and people, drawn from any viewpoint, that need no files."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Float32

from maquette.rendering.imaging.noise import noise_tile
from maquette.rendering.surroundings.defocus import defocus
from maquette.rendering.surroundings.light import Light, expose, irradiance, sample_room_light
from maquette.rendering.surroundings.palette import sample_muted_colour
from maquette.rendering.surroundings.room_kernel import (
    BOARD,
    BRICKS,
    CARPET,
    CUPBOARD,
    CURTAIN,
    DOOR,
    PAINTING,
    PANEL_COLUMNS,
    PLAIN,
    PLANKS,
    SHELF,
    STRIPES,
    TILES,
    WAINSCOT,
    WINDOW,
    RoomNumbers,
    room_pixels,
)
from maquette.rendering.surroundings.viewpoint import Viewpoint

_FLOORS = {PLAIN: 0.2, PLANKS: 0.4, TILES: 0.2, CARPET: 0.2}
_WALLS = {0: 0.6, BRICKS: 0.12, STRIPES: 0.14, WAINSCOT: 0.14}
_PANELS = {
    CUPBOARD: (0.2, (0.8, 2.2), (0.0, 0.0), (0.8, 2.1)),
    WINDOW: (0.2, (0.7, 2.2), (0.7, 1.0), (1.0, 1.4)),
    PAINTING: (0.22, (0.3, 1.2), (1.1, 1.5), (0.3, 0.9)),
    SHELF: (0.13, (0.8, 2.2), (0.0, 0.9), (0.7, 2.0)),
    DOOR: (0.12, (0.8, 1.0), (0.0, 0.0), (1.98, 2.1)),
    CURTAIN: (0.06, (0.5, 2.0), (0.05, 0.3), (1.9, 2.3)),
    BOARD: (0.07, (0.8, 2.0), (0.9, 1.1), (0.6, 1.1)),
}
"""Share of all panels, and ranges of width, height of the lower edge, and height in metres."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RoomBackdrop:
    """A room and its light, the same from wherever it is seen."""

    heading_rad: float
    """Direction of the room's x axis in the world."""
    numbers: RoomNumbers
    blur: float
    """Standard deviation of the lens's blur as a share of the picture's width."""
    light: Light
    name: Literal["room", "studio"]
    has_floor: bool = True

    def picture_from(self, viewpoint: Viewpoint) -> Float32[np.ndarray, "H W 3"]:
        """Linear radiance of every pixel; the viewpoint must stand inside, as the one it was drawn for does."""
        return defocus(viewpoint, self.blur, self._sharp_picture_from)

    def _sharp_picture_from(self, viewpoint: Viewpoint) -> Float32[np.ndarray, "H W 3"]:
        own_from_world = _turn(-self.heading_rad)
        width, height = viewpoint.size
        picture = np.empty((height, width, 3), np.float32)
        rays = (own_from_world @ viewpoint.world_from_pixel).astype(np.float32)
        position = (own_from_world @ viewpoint.position_m).astype(np.float32)
        position = np.clip(position, self.numbers.box[0] + 0.02, self.numbers.box[1] - 0.02)
        room_pixels(rays, position, self.numbers, picture)
        return picture


def sample_room(viewpoint: Viewpoint, generator: np.random.Generator) -> RoomBackdrop:
    """A room of muted colours with windows, doors, pictures and shelves, around the camera and its people."""
    light = expose(sample_room_light(generator), generator)
    heading = viewpoint.heading_rad + generator.integers(4) * np.pi / 2 + np.radians(22) * generator.normal()
    box = _box_around(viewpoint, heading, generator)
    kinds = [_sample_kind(_FLOORS, generator), _sample_kind(_WALLS, generator), generator.random() < 0.8]
    albedo = np.empty((6, 3))
    albedo[0] = sample_muted_colour("wood" if kinds[0] == PLANKS else "floor", generator)
    albedo[1] = sample_muted_colour("ceiling", generator)
    albedo[2:] = sample_muted_colour("brick" if kinds[1] == BRICKS and generator.random() < 0.6 else "wall", generator)
    if generator.random() < 0.2:
        albedo[generator.integers(2, 6)] = sample_muted_colour("accent", generator)
    lit = _lit(light, heading)
    middle = lit[2:].mean(axis=0)
    lamp = [*generator.uniform(box[0], box[1]), generator.uniform(1.5, 5), generator.uniform(0.1, 0.4), middle.mean()]
    panels = [_panels_of(wall, box, generator) for wall in range(2, 6)]
    return RoomBackdrop(
        heading_rad=float(heading),
        numbers=RoomNumbers(
            box=box,
            colours=(albedo * lit).astype(np.float32),
            kinds=np.array(kinds, np.int32),
            panels=np.concatenate(panels),
            lamp=np.array(lamp, np.float32),
            tile=noise_tile(),
        ),
        blur=_sample_blur(generator),
        light=light,
        name="room",
    )


def sample_studio(viewpoint: Viewpoint, generator: np.random.Generator) -> RoomBackdrop:
    """A photographer's paper roll: one colour for wall and floor, brighter in the middle."""
    light = expose(sample_room_light(generator), generator)
    heading = viewpoint.heading_rad
    box = _box_around(viewpoint, heading, generator)
    box[1, 2] += 6
    lit = _lit(light, heading).mean(axis=0)
    colour = sample_muted_colour("studio", generator) * lit
    forward = viewpoint.camera_from_world[2, :3] * viewpoint.focus_m * 1.3 + viewpoint.position_m
    middle = _turn(-heading) @ forward
    lamp = [*middle, generator.uniform(1.0, 4.0), generator.uniform(0, 0.12), lit.mean()]
    return RoomBackdrop(
        heading_rad=float(heading),
        numbers=RoomNumbers(
            box=box,
            colours=np.tile(colour, (6, 1)).astype(np.float32),
            kinds=np.array([PLAIN, 0, 0], np.int32),
            panels=np.empty((0, PANEL_COLUMNS), np.float32),
            lamp=np.array(lamp, np.float32),
            tile=noise_tile(),
        ),
        blur=0.02,
        light=light,
        name="studio",
    )


def _box_around(viewpoint: Viewpoint, heading: float, generator: np.random.Generator) -> Float32[np.ndarray, "2 3"]:
    """A box, in axes turned by the heading, that holds the camera and what it focuses on."""
    camera = viewpoint.position_m
    target = camera + viewpoint.focus_m * viewpoint.camera_from_world[2, :3]
    points = np.stack([camera, target]) @ _turn(-heading).T
    margin = 1.2 + generator.gamma(2.0, 0.9, size=(2, 3))
    low, high = points.min(axis=0) - margin[0], points.max(axis=0) + margin[1]
    low[2] = 0
    high[2] = max(generator.uniform(2.4, 3.1), 0.3 * viewpoint.focus_m, camera[2] + 0.4, target[2] + 0.4)
    return np.stack([low, high]).astype(np.float32)


def _lit(light: Light, heading: float) -> Float[np.ndarray, "6 3"]:
    """What white planes of the room send back: floor, ceiling, walls at low x, high x, low y, high y."""
    inward = np.array([[0, 0, 1], [0, 0, -1], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]) @ _turn(heading).T
    facing = np.clip(inward @ light.sun_direction, 0, None)[:, None]
    return irradiance(light.sh, inward) / np.pi + 0.7 * facing * light.sun_radiance


def _panels_of(
    wall: int, box: Float32[np.ndarray, "2 3"], generator: np.random.Generator
) -> Float32[np.ndarray, "R 10"]:
    """Things along a wall, from its beginning to its end with gaps between them."""
    axis = 1 if wall < 4 else 0
    place, end, ceiling = float(box[0, axis]), float(box[1, axis]), float(box[1, 2])
    crowded = generator.uniform(0.3, 1.6)
    panels = []
    shares = {kind: share for kind, (share, *_) in _PANELS.items()}
    while len(panels) < 8:
        place += generator.exponential(crowded) + 0.1
        kind = _sample_kind(shares, generator)
        _, *ranges = _PANELS[kind]
        width, lower, height = (generator.uniform(*limits) for limits in ranges)
        if place + width > end - 0.1:
            break
        colour = _panel_colour(kind, generator)
        upper = min(lower + height, ceiling - 0.1)
        panels.append([wall, place, place + width, lower, upper, *colour, kind, generator.uniform(0, 250)])
        place += width
    return np.array(panels, np.float32).reshape(-1, PANEL_COLUMNS)


def _panel_colour(kind: int, generator: np.random.Generator) -> Float[np.ndarray, "3"]:
    if kind == WINDOW:
        return generator.uniform(0.7, 1.3) * np.array([0.88, 0.95, 1.0])
    if kind in (PAINTING, CURTAIN):
        return sample_muted_colour("accent", generator)
    if kind == BOARD:
        return sample_muted_colour("ceiling" if generator.random() < 0.6 else "dark", generator)
    return sample_muted_colour("wood" if generator.random() < 0.6 else "wall", generator)


def _sample_blur(generator: np.random.Generator) -> float:
    """Mostly sharp, at times far out of focus; as a share of the picture's width."""
    return float(0.03 * generator.beta(0.6, 2.0))


def _sample_kind(shares: dict[int, float], generator: np.random.Generator) -> int:
    place = generator.random() * sum(shares.values())
    for kind, share in shares.items():
        place -= share
        if place < 0:
            return kind
    return next(iter(shares))


def _turn(angle: float) -> Float[np.ndarray, "3 3"]:
    """Rotation about z, from x towards y."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
