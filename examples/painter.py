"""Paints the made-up person of walker.py as shaded capsules before a calm background, with a depth buffer.

Each part of the body is a row of spheres whose radius changes evenly; each sphere is a disc in the picture.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

SPHERES = 30
FINENESS = 2
"""Pixels are painted so many times finer in both directions, then averaged."""
LIGHT = np.array([-0.45, -0.70, -0.55])
"""Towards the lamp, in the camera frame: from the upper left, behind the viewer."""
WALL_Y_M = 4.5

SKIN, SHIRT, TROUSERS, SHOES = (224, 172, 142), (62, 112, 168), (66, 66, 82), (40, 38, 40)
HAIR, DARK = (74, 52, 40), (30, 26, 26)
Colour = tuple[int, int, int]


class Part(NamedTuple):
    """A capsule from one point of the body to another, with its radii in metres."""

    start: str
    end: str
    first_m: float
    last_m: float
    colour: Colour


_TWINS = (
    Part("{}_hip", "{}_knee", 0.085, 0.058, TROUSERS),
    Part("{}_knee", "{}_ankle", 0.056, 0.040, TROUSERS),
    Part("{}_ankle", "{}_toe", 0.042, 0.030, SHOES),
    Part("{}_shoulder", "{}_elbow", 0.054, 0.042, SHIRT),
    Part("{}_elbow", "{}_wrist", 0.038, 0.028, SKIN),
    Part("{}_wrist", "{}_hand", 0.033, 0.026, SKIN),
    Part("{}_shoulder", "{}_waist", 0.060, 0.080, SHIRT),
    Part("{}_chest", "{}_waist", 0.095, 0.090, SHIRT),
    Part("{}_ear", "{}_ear", 0.016, 0.016, SKIN),
    Part("{}_eye", "{}_eye", 0.012, 0.012, DARK),
)
PARTS = (
    *(part._replace(start=part.start.format(side), end=part.end.format(side)) for side in "lr" for part in _TWINS),
    Part("l_hip", "r_hip", 0.09, 0.09, TROUSERS),
    Part("l_shoulder", "r_shoulder", 0.058, 0.058, SHIRT),
    Part("thorax", "spine", 0.105, 0.10, SHIRT),
    Part("l_waist", "r_waist", 0.092, 0.092, SHIRT),
    Part("thorax", "neck", 0.055, 0.05, SKIN),
    Part("neck", "crown", 0.05, 0.088, SKIN),
    Part("chin", "crown", 0.042, 0.085, SKIN),
    Part("nose", "nose", 0.016, 0.016, SKIN),
)
_HAIR_BACK_M, _HAIR_RISE_M, _HAIR_RADIUS_M = 0.022, 0.018, 0.088


def paint_walk(
    points: dict[str, np.ndarray], rotation: np.ndarray, translation: np.ndarray, matrix: np.ndarray, size: tuple
) -> Iterator[np.ndarray]:
    """The frames of a video as uint8 RGB pictures of ``size`` (width, height).

    Args:
        points: World positions (F, 3) by name, as `walker.walk` gives them.
        rotation: ``camera_from_world``; with ``translation`` in metres.
        matrix: Camera matrix in pixels.
    """
    ground, background = _stage(rotation, translation, matrix, size)
    for frame in range(len(points["pelvis"])):
        here = {name: point[frame] for name, point in points.items()}
        picture = background * _shadow(ground, here)[..., None]
        centres, radii, colours = _spheres(here)
        _paint(picture, centres @ rotation.T + translation, radii, colours, matrix)
        yield np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _stage(rotation: np.ndarray, translation: np.ndarray, matrix: np.ndarray, size: tuple) -> tuple:
    """Where on the floor each pixel looks (infinite on the wall), and the colours of floor and wall."""
    width, height = size
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    rays = np.stack([x, y, np.ones_like(x)], axis=-1) @ np.linalg.inv(matrix).T @ rotation
    centre = -rotation.T @ translation
    with np.errstate(divide="ignore"):
        reach = np.where(rays[..., 2] < 0, -centre[2] / rays[..., 2], np.inf)
    is_floor = centre[1] + np.where(np.isfinite(reach), reach, 1e9) * rays[..., 1] < WALL_Y_M
    ground = np.where(is_floor[..., None], centre[:2] + np.where(is_floor, reach, 0.0)[..., None] * rays[..., :2], 1e6)
    fade = np.linspace(0.0, 1.0, height)[:, None, None]
    wall, floor = np.array([206.0, 212.0, 214.0]), np.array([176.0, 170.0, 160.0])
    return ground, np.where(is_floor[..., None], floor + 22 * fade, wall - 14 * fade)


def _shadow(ground: np.ndarray, here: dict[str, np.ndarray]) -> np.ndarray:
    """How much light reaches each pixel's place: less on the floor under the body and the feet."""
    light = np.ones(ground.shape[:2])
    for name, radius_m, strength in (("pelvis", 0.28, 0.25), ("l_toe", 0.10, 0.22), ("r_toe", 0.10, 0.22)):
        near = np.square(ground - here[name][:2]).sum(axis=-1) / (2 * radius_m**2)
        light *= 1 - strength * np.exp(-np.minimum(near, 50.0)) * np.exp(-here[name][2] / 2)
    return light


def _spheres(here: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centres in the world, radii and colours of all spheres of the body, hair included."""
    share = np.linspace(0.0, 1.0, SPHERES)[:, None]
    first = np.stack([here[part.start] for part in PARTS])
    last = np.stack([here[part.end] for part in PARTS])
    centres = first + share[..., None] * (last - first)
    radii = (1 - share) * np.array([part.first_m for part in PARTS]) + share * np.array([part.last_m for part in PARTS])
    colours = np.broadcast_to(np.array([part.colour for part in PARTS], float), centres.shape)
    middle = (here["l_ear"] + here["r_ear"]) / 2
    behind = middle - here["nose"]
    behind[2] = 0.0
    behind /= np.linalg.norm(behind)
    hair = here["crown"] + _HAIR_BACK_M * behind + [0.0, 0.0, _HAIR_RISE_M]
    nape = middle + 0.035 * behind
    rows = nape + share * (hair - nape)
    return (
        np.concatenate([centres.reshape(-1, 3), rows]),
        np.concatenate([radii.ravel(), np.full(SPHERES, _HAIR_RADIUS_M)]),
        np.concatenate([colours.reshape(-1, 3), np.full((SPHERES, 3), HAIR, float)]),
    )


def _paint(
    picture: np.ndarray, centres: np.ndarray, radii: np.ndarray, colours: np.ndarray, matrix: np.ndarray
) -> None:
    """Paint spheres in the camera frame over a picture, nearer ones over farther ones, with smooth edges."""
    focal = matrix[0, 0] * FINENESS
    pixels = centres[:, :2] / centres[:, 2:] * focal + (matrix[:2, 2] + 0.5) * FINENESS - 0.5
    reach = radii / centres[:, 2] * focal
    low = np.floor((pixels - reach[:, None]).min(axis=0) / FINENESS).astype(int)
    high = np.ceil((pixels + reach[:, None]).max(axis=0) / FINENESS).astype(int) + 1
    low, high = np.maximum(low, 0), np.minimum(high, picture.shape[1::-1])
    wide, tall = (high - low) * FINENESS
    canvas = np.zeros((tall, wide, 4))
    canvas[..., 3] = np.inf
    for disc in zip(pixels - low * FINENESS, reach, centres[:, 2], radii, colours, strict=True):
        _paint_disc(canvas, *disc)
    covered = np.isfinite(canvas[..., 3:]).astype(float)
    here = picture[low[1] : high[1], low[0] : high[0]]
    here += _coarse(canvas[..., :3]) - here * _coarse(covered)


def _paint_disc(
    canvas: np.ndarray, pixel: np.ndarray, reach: float, distance: float, radius: float, colour: np.ndarray
) -> None:
    """Paint one sphere, ``reach`` pixels and ``radius`` metres large, into the colours and depths (H, W, 4)."""
    left, top = np.maximum(np.floor(pixel - reach).astype(int), 0)
    right, bottom = np.ceil(pixel + reach).astype(int) + 1
    part = canvas[top:bottom, left:right]
    y = (np.arange(top, top + len(part)) - pixel[1])[:, None] / reach
    x = (np.arange(left, left + part.shape[1]) - pixel[0])[None] / reach
    square = x * x + y * y
    bulge = np.sqrt(np.maximum(1 - square, 0.0))
    near = distance - radius * bulge
    seen = (square <= 1) & (near < part[..., 3])
    light = (x * LIGHT[0] + y * LIGHT[1] - bulge * LIGHT[2]) / np.linalg.norm(LIGHT)
    shade = 0.55 + 0.5 * np.maximum(light, 0.0)
    part[seen] = np.column_stack([shade[seen][:, None] * colour, near[seen]])


def _coarse(fine: np.ndarray) -> np.ndarray:
    rows, columns, layers = fine.shape
    return fine.reshape(rows // FINENESS, FINENESS, columns // FINENESS, FINENESS, layers).mean(axis=(1, 3))
