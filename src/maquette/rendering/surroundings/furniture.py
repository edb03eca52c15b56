"""Things that stand about: tables, chairs, sofas, crates, counters, poles, balls, plants, in plain materials."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from jaxtyping import UInt8

from maquette.rendering.imaging.colour import srgb_of_linear
from maquette.rendering.imaging.noise import noise_tile
from maquette.rendering.mesh import Material
from maquette.rendering.surroundings.palette import Substance, sample_muted_colour
from maquette.rendering.surroundings.solid import Solid

Weave = Literal["grain", "cloth", "plain", "planks", "checks", "leaves"]
_SIDE = 64


@dataclass(frozen=True, eq=False)
class Furniture:
    """A thing in its own axes: x along its width, y its back, z up, the floor at zero."""

    solids: Sequence[Solid]
    material: Material


def sample_furniture(kind: str, generator: np.random.Generator) -> Furniture:
    """A thing of one of the `FURNITURE`, of usual size and muted colour."""
    return FURNITURE[kind](generator)


@lru_cache
def _texture(weave: Weave) -> UInt8[np.ndarray, "64 64 channels"]:
    """Brightness of a material against white, 64 pixels a side; leaves are cut out."""
    tile = noise_tile()
    rows, columns = np.mgrid[0:_SIDE, 0:_SIDE]
    cloud = tile[:_SIDE, :_SIDE]
    values = 0.8 + 0.25 * (cloud - 0.5)
    if weave == "grain":
        values = 0.78 + 0.5 * (tile[(4 * rows) % 256, columns // 8] - 0.5)
    elif weave == "cloth":
        values = 0.75 + 0.1 * ((rows + columns) % 2) + 0.2 * (tile[(7 * rows) % 256, (7 * columns) % 256] - 0.5)
    elif weave == "planks":
        values = 0.78 + 0.4 * (tile[(3 * rows) % 256, 20 * (rows // 16) + columns // 8] - 0.5) - 0.4 * (rows % 16 == 0)
    elif weave == "checks":
        values = 0.55 + 0.3 * ((rows // 16 + columns // 16) % 2) + 0.1 * (cloud - 0.5)
    grey = srgb_of_linear(np.clip(values, 0, 1))
    picture = np.repeat(grey[..., None], 3, axis=2)
    if weave == "leaves":
        stem = np.abs(columns - 31.5) / 32 * (0.45 + rows / 80)
        is_leaf = tile[(5 * rows) % 256, (5 * columns) % 256] - 0.55 * stem > 0.3
        return np.concatenate([picture, np.where(is_leaf, 255, 0)[..., None].astype(np.uint8)], axis=2)
    return picture


def material_of(substance: Substance, weave: Weave, generator: np.random.Generator, *, shine: float = 0.0) -> Material:
    """A material of a muted colour."""
    red, green, blue = sample_muted_colour(substance, generator) / 0.8
    return Material(texture=_texture(weave), tint=(float(red), float(green), float(blue)), shine=shine)


def _wood_or_paint(generator: np.random.Generator) -> Material:
    if generator.random() < 0.6:
        return material_of("wood", "grain", generator, shine=0.05)
    return material_of("wall" if generator.random() < 0.6 else "dark", "plain", generator, shine=0.1)


def _four_legs(width: float, depth: float, height: float, thickness: float) -> list[Solid]:
    x, y = (width - thickness) / 2, (depth - thickness) / 2
    size = (thickness, thickness, height)
    return [Solid("box", (sx * x, sy * y, height / 2), size) for sx in (-1, 1) for sy in (-1, 1)]


def _table(generator: np.random.Generator) -> Furniture:
    width, depth, height = generator.uniform(0.7, 1.8), generator.uniform(0.5, 0.9), generator.uniform(0.42, 0.78)
    top = Solid("box", (0.0, 0.0, height - 0.02), (width, depth, 0.04))
    return Furniture([top, *_four_legs(width - 0.06, depth - 0.06, height - 0.04, 0.05)], _wood_or_paint(generator))


def _chair(generator: np.random.Generator) -> Furniture:
    width, height = generator.uniform(0.4, 0.5), generator.uniform(0.42, 0.48)
    back = generator.uniform(0.35, 0.55)
    seat = Solid("box", (0.0, 0.0, height - 0.02), (width, width, 0.04))
    rest = Solid("box", (0.0, width / 2 - 0.02, height + 0.6 * back), (width, 0.03, 0.7 * back))
    posts = [
        Solid("box", (s * (width / 2 - 0.02), width / 2 - 0.02, height + back / 2), (0.03, 0.03, back)) for s in (-1, 1)
    ]
    return Furniture([seat, rest, *posts, *_four_legs(width, width, height - 0.04, 0.035)], _wood_or_paint(generator))


def _sofa(generator: np.random.Generator) -> Furniture:
    width, depth = generator.uniform(0.8, 2.1), generator.uniform(0.75, 0.95)
    seat = Solid("box", (0.0, 0.0, 0.21), (width, depth, 0.42))
    back = Solid("box", (0.0, depth / 2 - 0.1, 0.62), (width, 0.2, 0.45))
    arms = [Solid("box", (s * (width / 2 - 0.09), 0.0, 0.5), (0.18, depth, 0.2)) for s in (-1, 1)]
    substance = "accent" if generator.random() < 0.5 else "floor"
    return Furniture([seat, back, *arms], material_of(substance, "cloth", generator))


def _crate(generator: np.random.Generator) -> Furniture:
    width, depth, height = generator.uniform(0.25, 0.8, 3)
    material = material_of("wood", "planks" if generator.random() < 0.5 else "plain", generator)
    solids = [Solid("box", (0.0, 0.0, height / 2), (width, depth, height))]
    if generator.random() < 0.3:
        upper = 0.7 * height
        solids.append(Solid("box", (0.1 * width, 0.0, height + upper / 2), (0.7 * width, 0.7 * depth, upper)))
    return Furniture(solids, material)


def _counter(generator: np.random.Generator) -> Furniture:
    width, height = generator.uniform(0.8, 3.0), generator.uniform(0.6, 1.2)
    body = Solid("box", (0.0, 0.0, height / 2), (width, 0.5, height))
    top = Solid("box", (0.0, 0.0, height + 0.015), (width + 0.06, 0.56, 0.03))
    return Furniture([body, top], _wood_or_paint(generator))


def _low_wall(generator: np.random.Generator) -> Furniture:
    width, height = generator.uniform(1.0, 4.0), generator.uniform(0.4, 1.2)
    substance: Substance = "brick" if generator.random() < 0.4 else "stone"
    return Furniture(
        [Solid("box", (0.0, 0.0, height / 2), (width, 0.22, height))], material_of(substance, "planks", generator)
    )


def _cupboard(generator: np.random.Generator) -> Furniture:
    width, height = generator.uniform(0.4, 1.2), generator.uniform(1.2, 2.1)
    return Furniture([Solid("box", (0.0, 0.0, height / 2), (width, 0.45, height))], _wood_or_paint(generator))


def _pole(generator: np.random.Generator) -> Furniture:
    thickness, height = generator.uniform(0.04, 0.25), generator.uniform(2.2, 4.0)
    shape = "cylinder" if generator.random() < 0.7 else "box"
    substance: Substance = "dark" if generator.random() < 0.5 else "stone"
    pole = Solid(shape, (0.0, 0.0, height / 2), (thickness, thickness, height))
    return Furniture([pole], material_of(substance, "plain", generator, shine=0.1))


def _ball(generator: np.random.Generator) -> Furniture:
    size = float(generator.choice([0.22, 0.24, 0.65]) * generator.uniform(0.9, 1.1))
    material = material_of("accent", "checks" if generator.random() < 0.4 else "plain", generator, shine=0.15)
    return Furniture([Solid("ball", (0.0, 0.0, size / 2), (size, size, size))], material)


def _plant(generator: np.random.Generator) -> Furniture:
    height = generator.uniform(0.5, 1.7)
    width = height * generator.uniform(0.5, 0.9)
    return Furniture(
        [Solid("cards", (0.0, 0.0, height / 2), (width, width, height))], material_of("leaf", "leaves", generator)
    )


def _post_box(generator: np.random.Generator) -> Furniture:
    width, height = generator.uniform(0.3, 0.6), generator.uniform(0.8, 1.4)
    shape = "cylinder" if generator.random() < 0.5 else "box"
    return Furniture(
        [Solid(shape, (0.0, 0.0, height / 2), (width, width, height))], material_of("accent", "plain", generator)
    )


FURNITURE: dict[str, Callable[[np.random.Generator], Furniture]] = {
    "table": _table,
    "chair": _chair,
    "sofa": _sofa,
    "crate": _crate,
    "counter": _counter,
    "low wall": _low_wall,
    "cupboard": _cupboard,
    "pole": _pole,
    "ball": _ball,
    "plant": _plant,
    "post box": _post_box,
}
"""How each kind of thing is made."""
