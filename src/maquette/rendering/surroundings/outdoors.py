"""Landscapes: ground, sky, trees and houses around camera and people, drawn from any viewpoint without files."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from maquette.rendering.imaging.noise import noise_tile
from maquette.rendering.surroundings.defocus import defocus
from maquette.rendering.surroundings.light import Light, expose, irradiance, sample_daylight
from maquette.rendering.surroundings.outdoors_kernel import (
    ASPHALT,
    GRASS,
    HEDGE,
    HILLS,
    HOUSES,
    PAVING,
    ROW_COLUMNS,
    SAND,
    TREES,
    Landscape,
    outdoor_pixels,
)
from maquette.rendering.surroundings.palette import Substance, sample_muted_colour
from maquette.rendering.surroundings.viewpoint import Viewpoint

_GROUNDS: tuple[tuple[int, Substance], ...] = (
    (ASPHALT, "stone"),
    (ASPHALT, "floor"),
    (GRASS, "leaf"),
    (GRASS, "leaf"),
    (SAND, "sand"),
    (PAVING, "stone"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class OutdoorBackdrop:
    """A landscape under its sky, the same from wherever it is seen."""

    land: Landscape
    blur: float
    """Standard deviation of the lens's blur as a share of the picture's width."""
    light: Light
    name: str = "outdoors"
    has_floor: bool = True

    def picture_from(self, viewpoint: Viewpoint) -> Float32[np.ndarray, "H W 3"]:
        """Linear radiance of every pixel."""
        return defocus(viewpoint, self.blur, self._sharp_picture_from)

    def _sharp_picture_from(self, viewpoint: Viewpoint) -> Float32[np.ndarray, "H W 3"]:
        width, height = viewpoint.size
        picture = np.empty((height, width, 3), np.float32)
        outdoor_pixels(viewpoint.world_from_pixel, viewpoint.position_m, self.land, picture)
        return picture


def sample_outdoors(viewpoint: Viewpoint, generator: np.random.Generator) -> OutdoorBackdrop:
    """A landscape of muted colours: lawn, road, paving or sand, with hedges, trees, houses and hills around."""
    light = expose(sample_daylight(generator), generator)
    up = np.array([0.0, 0.0, 1.0])
    lit = irradiance(light.sh, up) / np.pi + max(light.sun_direction[2], 0) * light.sun_radiance
    upright = irradiance(light.sh, np.eye(3)[:2]).mean(axis=0) / np.pi + 0.35 * light.sun_radiance
    kind, material = _GROUNDS[generator.integers(len(_GROUNDS))]
    ground = np.stack([sample_muted_colour(material, generator), sample_muted_colour("stone", generator)]) * lit
    angle = generator.uniform(-np.pi, np.pi)
    half_width = generator.uniform(0.5, 3) if generator.random() < 0.35 else 0.0
    beside = viewpoint.position_m + viewpoint.camera_from_world[2, :3] * viewpoint.focus_m
    place = -np.sin(angle) * beside[0] + np.cos(angle) * beside[1] + generator.uniform(-4, 4)
    clouds = max(0.0, generator.uniform(-0.3, 0.75))
    heading = viewpoint.heading_rad + np.radians(12) * generator.normal()
    land = Landscape(
        heading=np.array([np.cos(heading), np.sin(heading)], np.float32),
        surroundings=_surroundings(light, generator),
        ground=ground.astype(np.float32),
        ground_kind=kind,
        path=np.array([np.cos(angle), np.sin(angle), place, half_width], np.float32),
        rows=_sample_rows(viewpoint, upright, generator),
        sky=np.array([clouds, generator.uniform(0, 250), generator.uniform(60, 300)], np.float32),
        tile=noise_tile(),
    )
    return OutdoorBackdrop(land=land, blur=float(0.02 * generator.beta(0.8, 2.0)), light=light)


def _surroundings(light: Light, generator: np.random.Generator) -> Float32[np.ndarray, "10 3"]:
    """The light's coefficients, and the colour of clouds below them."""
    white = light.sh[0] * 0.2821 * generator.uniform(1.1, 1.7)
    return np.concatenate([light.sh, white[None]]).astype(np.float32)


def _sample_rows(
    viewpoint: Viewpoint, lit: Float[np.ndarray, "3"], generator: np.random.Generator
) -> Float32[np.ndarray, "R 9"]:
    """Hills, then houses or trees, then hedges; none nearer than what the camera looks at."""
    nearest = 1.6 * viewpoint.focus_m + 2
    rows = []
    if generator.random() < 0.5:
        height = generator.uniform(15, 70)
        rows.append([HILLS, 600.0, 0.2 * height, height, *(sample_muted_colour("leaf", generator) * lit), 0, 0.55])
    for _ in range(generator.integers(1, 4)):
        kind = HOUSES if generator.random() < 0.45 else TREES
        distance = nearest + generator.gamma(2.0, 16.0)
        if kind == HOUSES:
            colour, low, high = sample_muted_colour("wall", generator) * 0.7, 4.0, generator.uniform(7, 22)
        else:
            colour, low, high = (
                sample_muted_colour("leaf", generator) * 0.8,
                generator.uniform(0, 3),
                generator.uniform(5, 13),
            )
        rows.append([kind, distance, low, high, *(colour * lit), 0, distance / (distance + 250)])
    if generator.random() < 0.35:
        height = generator.uniform(0.6, 2.2)
        rows.append(
            [
                HEDGE,
                nearest + generator.uniform(0, 6),
                0.7 * height,
                height,
                *(sample_muted_colour("leaf", generator) * lit),
                0,
                0,
            ]
        )
    rows.sort(key=lambda row: -row[1])
    result = np.array(rows, np.float32).reshape(-1, ROW_COLUMNS)
    result[:, 7] = generator.uniform(0, 250, len(rows))
    return result
