"""Light that falls on a scene: spherical harmonics of the surroundings and one sun, drawn or taken from a panorama."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32


class Light(NamedTuple):
    """Light that falls on a scene; linear RGB."""

    sh: Float32[np.ndarray, "9 3"]
    """Radiance coefficients of the surroundings without the sun, in world axes (z up) and the order of `harmonics`."""
    sun_direction: Float32[np.ndarray, "3"]
    """Unit vector towards the sun (or the strongest lamp)."""
    sun_radiance: Float32[np.ndarray, "3"]
    """What a white matt surface sends back that faces the sun: its irradiance divided by pi."""


_CONSTANTS = np.array([0.282095, *[0.488603] * 3, *[1.092548] * 2, 0.315392, 1.092548, 0.546274])
_COSINE_LOBE = np.pi * np.array([1, *[2 / 3] * 3, *[1 / 4] * 5])
"""How strongly a matt surface gathers each function of the basis: pi, 2 pi / 3, pi / 4 by degree."""

GREY_ALBEDO = 0.35
"""The surface by which exposure is judged: it renders at 0.18 to 0.5, averaged over the ways it can face."""
_EXPOSURE = (0.52, 1.4)
_WHITE_BALANCE = 0.8
"""How much of the light's colour cameras take away."""
_LARGEST_SUN = 0.55
"""Share of all light that the sun may take from the surroundings."""
_LOWEST_SUN = 0.05
"""Height (sine of the elevation) below which the brightest direction is no sun."""


def _spread_directions(count: int) -> Float[np.ndarray, "D 3"]:
    """Directions spread evenly over the sphere, along a golden spiral."""
    height = 1 - (2 * np.arange(count) + 1) / count
    angle = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    radius = np.sqrt(1 - height**2)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), height])


_DIRECTIONS = _spread_directions(400)
_FACINGS = _DIRECTIONS[_DIRECTIONS[:, 2] > -0.5][::6]


def harmonics(directions: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 9"]:
    """Real orthonormal spherical harmonics of unit directions, in the order 1, y, z, x, xy, yz, 3z²-1, xz, x²-y²."""
    x, y, z = np.moveaxis(directions, -1, 0)
    values = [np.ones_like(x), y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y]
    return np.stack(values, axis=-1) * _CONSTANTS


_BASIS = harmonics(_DIRECTIONS)


def irradiance(sh: Float[np.ndarray, "9 3"], normals: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
    """Light gathered by matt surfaces with these normals (Ramamoorthi and Hanrahan, SIGGRAPH 2001, equation 10).

    A surface sends back albedo x irradiance / pi.
    """
    return harmonics(normals) @ (_COSINE_LOBE[:, None] * sh)


def turn_surroundings(sh: Float[np.ndarray, "9 3"], angle_rad: float) -> Float[np.ndarray, "9 3"]:
    """The same surroundings turned about z by an angle, from x towards y."""
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    cosine_2, sine_2 = np.cos(2 * angle_rad), np.sin(2 * angle_rad)
    result = np.array(sh, np.float64)
    result[3], result[1] = cosine * sh[3] - sine * sh[1], sine * sh[3] + cosine * sh[1]
    result[7], result[5] = cosine * sh[7] - sine * sh[5], sine * sh[7] + cosine * sh[5]
    result[8], result[4] = cosine_2 * sh[8] - sine_2 * sh[4], sine_2 * sh[8] + cosine_2 * sh[4]
    return result.astype(sh.dtype)


def mirror_surroundings(sh: Float[np.ndarray, "9 3"]) -> Float[np.ndarray, "9 3"]:
    """The same surroundings with x turned into -x."""
    signs = np.array([1, 1, 1, -1, -1, 1, 1, -1, 1], sh.dtype)
    return sh * signs[:, None]


def light_of_surroundings(sh: Float[np.ndarray, "9 3"]) -> Light:
    """A sun where the surroundings are brightest, and what remains of them without it.

    The sun is the point source that best explains the first and second degree (Sloan, "Stupid Spherical Harmonics
    Tricks", 2008), its colour mostly that of the whole. Nearly half of the light stays in the
    surroundings at least, and they darken no surface below zero.
    """
    sh = np.asarray(sh, np.float64)
    direction = np.array([sh[3].mean(), sh[1].mean(), sh[2].mean()])
    length = np.linalg.norm(direction)
    direction = direction / length if length > 1e-9 else np.array([0.0, 0.0, 1.0])
    point = harmonics(direction)
    whole = np.maximum(sh[0], 0) / point[0]
    share = point[1:] @ sh[1:] / (point[1:] @ point[1:]) / np.maximum(whole, 1e-9)
    share = np.clip((share + 3 * share.mean()) / 4, 0, _LARGEST_SUN) if direction[2] > _LOWEST_SUN else np.zeros(3)
    strength = share * whole
    rest = _never_dark(sh - point[:, None] * strength)
    return Light(rest.astype(np.float32), direction.astype(np.float32), (strength / np.pi).astype(np.float32))


def sample_light(generator: np.random.Generator, environment: Float32[np.ndarray, "9 3"] | None = None) -> Light:
    """Light as out of doors or in a room, or that of given surroundings, as a camera exposes and balances it.

    Args:
        environment: Radiance coefficients of the surroundings in world axes.
    """
    if environment is not None:
        light = light_of_surroundings(environment)
    elif generator.random() < 0.5:
        light = sample_daylight(generator)
    else:
        light = sample_room_light(generator)
    return expose(light, generator)


def sample_daylight(generator: np.random.Generator) -> Light:
    """Sun, sky and the light that the ground throws back; about a third of the days are overcast. Not yet exposed."""
    azimuth = generator.uniform(-np.pi, np.pi)
    elevation = np.radians(generator.triangular(8, 40, 75))
    sun = np.array([np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)])
    height = np.sin(elevation)
    z = _DIRECTIONS[:, 2]
    if generator.random() < 0.35:
        sun_colour, sun_strength = np.ones(3), 0.0
        sky = ((1 + 2 * np.clip(z, 0, 1)) / 3)[:, None] * np.array([0.92, 0.97, 1.0])
    else:
        sun_colour = (1 - height) * np.array([1.0, 0.72, 0.45]) + height * np.array([1.0, 0.95, 0.86])
        sun_strength = generator.uniform(0.4, 2.6) * (0.35 + 0.65 * height)
        glow = np.exp(6 * (_DIRECTIONS @ sun - 1))[:, None] * sun_colour
        gradient = (1.25 - 0.6 * np.clip(z, 0, 1))[:, None] * np.array([0.66, 0.82, 1.0])
        sky = gradient + generator.uniform(0.3, 1.5) * glow
    ground = generator.uniform(0.1, 0.35) * generator.uniform(0.75, 1.1, 3)
    thrown_back = ground * (0.8 + sun_strength * height * sun_colour)
    sh = _coefficients(np.where(z[:, None] > 0, sky, thrown_back))
    return Light(_never_dark(sh).astype(np.float32), sun.astype(np.float32), _float32(sun_strength * sun_colour))


def sample_room_light(generator: np.random.Generator) -> Light:
    """Lamps under a ceiling, or a window at one side, with the walls' soft light. Not yet exposed."""
    azimuth = generator.uniform(-np.pi, np.pi)
    has_window = generator.random() < 0.5
    elevation = np.radians(generator.uniform(12, 40) if has_window else generator.uniform(45, 85))
    lamp = np.array([np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)])
    cool, warm = np.array([0.85, 0.95, 1.0]), np.array([1.0, 0.85, 0.66])
    mix = generator.uniform(0, 0.4) if has_window else generator.uniform(0.3, 1.0)
    colour = (1 - mix) * cool + mix * warm
    walls = 0.5 * generator.uniform(0.85, 1.0, 3) * colour
    z = _DIRECTIONS[:, 2:]
    radiance = walls * (1 + generator.uniform(0.2, 0.6) * z)
    lobe = np.exp(generator.uniform(3, 10) * (_DIRECTIONS @ lamp - 1))[:, None]
    radiance = radiance + generator.uniform(1.0, 3.0) * lobe * colour
    sun = _float32(generator.uniform(0.05, 0.5) * colour)
    return Light(_never_dark(_coefficients(radiance)).astype(np.float32), _float32(lamp), sun)


def expose(light: Light, generator: np.random.Generator) -> Light:
    """The same light as a camera sees it: mostly white, and as bright as photographs are, give or take."""
    gathered = _reflect(light).mean(axis=0)
    balance = (gathered.mean() / np.maximum(gathered, 1e-6)) ** _WHITE_BALANCE
    level = np.clip(0.85 * np.exp(0.25 * generator.normal()), *_EXPOSURE)
    gain = balance * level / (gathered * balance).mean()
    return Light(_float32(light.sh * gain), light.sun_direction, _float32(light.sun_radiance * gain))


def _reflect(light: Light) -> Float[np.ndarray, "D 3"]:
    """What white matt surfaces of many facings send back, in the sun and not shaded."""
    cosine = np.clip(_FACINGS @ light.sun_direction, 0, None)
    return irradiance(light.sh, _FACINGS) / np.pi + cosine[:, None] * light.sun_radiance


def _coefficients(radiance: Float[np.ndarray, "400 3"]) -> Float[np.ndarray, "9 3"]:
    return _BASIS.T @ radiance * (4 * np.pi / len(_DIRECTIONS))


def _never_dark(sh: Float[np.ndarray, "9 3"]) -> Float[np.ndarray, "9 3"]:
    """The coefficients with their uneven part weakened until every surface gathers at least a tenth of the mean."""
    mean = _COSINE_LOBE[0] * _CONSTANTS[0] * sh[0]
    least = irradiance(sh, _DIRECTIONS).min(axis=0)
    dip = np.maximum(mean - least, 1e-9)
    weaker = sh.copy()
    weaker[1:] *= np.clip(0.9 * mean / dip, 0, 1)
    return weaker


def _float32(values: Float[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
    return np.asarray(values, np.float32)
