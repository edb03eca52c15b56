"""Eyes: the fronts of the eyeballs, painted with white, iris and pupil."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float32, UInt8

from maquette.rendering.bodies.body import AnnyBody, RestBody
from maquette.rendering.bodies.source import EYE_VERTICES
from maquette.rendering.mesh import Material, RestingSurface
from maquette.rendering.wardrobe.tailoring.workshop import workshop

_IRISES = np.array([[70, 42, 24], [96, 62, 34], [44, 28, 20], [110, 92, 52], [88, 104, 84], [92, 118, 140]]) / 255
_SHARES_DARK = np.array([3, 3, 3, 0.3, 0.05, 0.05])
_SHARES_LIGHT = np.array([2, 2, 1, 1, 1, 2.0])
_SHARE_OF_EYEBALL = 0.47
"""Radius of the iris over that of the eyeball."""
_PX = 64
_SHINE = 0.35


def sample_eyes(body: AnnyBody, rest: RestBody, generator: np.random.Generator) -> RestingSurface:
    """Both eyes of a person; light irises where the ancestors were light."""
    is_light = generator.random() < rest.phenotypes[-1] ** 2
    shares = _SHARES_LIGHT if is_light else _SHARES_DARK
    iris = int(generator.choice(len(_IRISES), p=shares / shares.sum()))
    return replace(body.eyes_surface(rest, Material(texture=_picture(iris), shine=_SHINE)), uv=_uv(body))


@lru_cache(maxsize=2)
def _uv(body: AnnyBody) -> Float32[np.ndarray, "T 3 2"]:
    """Both eyeballs seen from the front, each filling the picture."""
    places = workshop(body).chart.places[EYE_VERTICES]
    seen = places[:, [0, 2]]
    is_left = places[:, :1] > 0
    middle = np.where(is_left, seen[is_left[:, 0]].mean(axis=0), seen[~is_left[:, 0]].mean(axis=0))
    radius = np.abs(seen - middle).max()
    uv = 0.5 + (seen - middle) / (2.1 * radius)
    return uv[body.eye_triangles - EYE_VERTICES.start].astype(np.float32)


@lru_cache(maxsize=16)
def _picture(iris: int) -> UInt8[np.ndarray, "64 64 3"]:
    rows, columns = (np.mgrid[:_PX, :_PX] + 0.5) / _PX * 2 - 1
    radius, turn = np.hypot(rows, columns), np.arctan2(rows, columns)
    white = np.array([0.86, 0.83, 0.80]) * (1 - 0.18 * radius[..., None] ** 2)
    rays = 1 + 0.25 * np.cos(17 * turn) * np.cos(5 * turn + 1)
    rim = np.clip((_SHARE_OF_EYEBALL - radius) / 0.1, 0.35, 1)
    picture = np.where((radius < _SHARE_OF_EYEBALL)[..., None], _IRISES[iris] * (rays * rim)[..., None], white)
    picture[radius < 0.19] = 0.03
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8)
