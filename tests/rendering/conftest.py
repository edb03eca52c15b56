"""Small closed surfaces and a camera that looks at them."""

from collections.abc import Callable

import numpy as np
import pytest

from maquette.rendering.mesh import Material, Surface, uncut_field

_SQUARE = [(-1, -1), (1, -1), (1, 1), (-1, 1)]


def made_surface(vertices: np.ndarray, triangles: np.ndarray, **changes: object) -> Surface:
    """A grey surface of the first part of person 1."""
    named = {
        "uv": np.zeros((len(triangles), 3, 2), np.float32),
        "material": Material(np.full((4, 4, 3), 188, np.uint8)),
        "keep": uncut_field(len(vertices)),
        "parts": np.ones(len(triangles), np.uint8),
        "person": 1,
        **changes,
    }
    return Surface(vertices=vertices.astype(np.float32), triangles=triangles.astype(np.int32), **named)


@pytest.fixture(scope="session")
def make_surface() -> Callable[..., Surface]:
    return made_surface


@pytest.fixture(scope="session")
def make_sphere() -> Callable[..., Surface]:
    """A sphere of circles of latitude; corners counter-clockwise seen from outside."""

    def make(radius: float = 0.5, centre: tuple = (0.0, 0.0, 1.0), rings: int = 24, **changes: object) -> Surface:
        polar, azimuth = np.meshgrid(
            np.linspace(0, np.pi, rings + 1), np.arange(2 * rings) * np.pi / rings, indexing="ij"
        )
        unit = np.stack([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], axis=-1)
        index = np.arange(unit[..., 0].size).reshape(polar.shape)
        here, beside = index, np.roll(index, -1, axis=1)
        upper = np.stack([here[:-1], here[1:], beside[1:]], axis=-1)[1:]
        lower = np.stack([here[:-1], beside[1:], beside[:-1]], axis=-1)[1:]
        cap = np.stack([here[0], here[1], beside[1]], axis=-1)
        triangles = np.concatenate([cap, upper.reshape(-1, 3), lower.reshape(-1, 3)])
        return made_surface(unit.reshape(-1, 3) * radius + centre, triangles, **changes)

    return make


@pytest.fixture(scope="session")
def make_box() -> Callable[..., Surface]:
    """A closed box of twelve triangles."""

    def make(size: tuple = (1.0, 1.0, 1.0), centre: tuple = (0.0, 0.0, 1.0), **changes: object) -> Surface:
        corners = np.array([(x, y, z) for z in (-0.5, 0.5) for x, y in np.array(_SQUARE) / 2])
        sides = [(0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
        triangles = np.array([turn for a, b, c, d in sides for turn in ((a, b, c), (a, c, d))])
        return made_surface(corners * size + centre, triangles, **changes)

    return make


@pytest.fixture(scope="session")
def make_camera() -> Callable[..., tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Intrinsic matrix, world-to-camera matrix and place of a camera in front of (at -y of) a point it looks at."""

    def make(size: int = 64, focal: float = 80.0, distance: float = 3.0, height: float = 1.0, target_z: float = 1.0):
        place = np.array([0.0, -distance, height])
        forward = np.array([0.0, 0.0, target_z]) - place
        forward /= np.linalg.norm(forward)
        right = np.array([1.0, 0.0, 0.0])
        rotation = np.stack([right, np.cross(forward, right), forward])
        matrix = np.array([[focal, 0, (size - 1) / 2], [0, focal, (size - 1) / 2], [0, 0, 1]])
        return matrix, np.concatenate([rotation, (-rotation @ place)[:, None]], axis=1), place

    return make
