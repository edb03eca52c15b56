"""Prints on the chest: letters, numbers, badges, stripes and simple figures, as thin cut-outs on a shirt."""

from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8
from PIL import Image, ImageDraw, ImageFont

from maquette.rendering.mesh import Material
from maquette.rendering.wardrobe.fabric.colour import sample_cloth_colour, sample_second_colour
from maquette.rendering.wardrobe.tailoring.layer import Trim
from maquette.rendering.wardrobe.tailoring.workshop import Workshop

_PX = 64
_KINDS = ("letters", "number", "disc", "ring", "box", "bars", "star", "triangle", "badge")
_LETTERS = "ABCDEFGHKLMNOPRSTUVXZ"
_CHEST_M = 1.27
"""Height of the middle of a print on the chart."""


def sample_motif(shop: Workshop, covers: Float32[np.ndarray, " V"], generator: np.random.Generator) -> Trim:
    """A print on the front of a garment that ``covers`` as it does."""
    kind = _KINDS[generator.integers(len(_KINDS))]
    width, height = generator.uniform(0.12, 0.26, size=2)
    side, level = 0.0, _CHEST_M + generator.uniform(-0.04, 0.02)
    if kind == "badge":
        width, height, side, level = 0.07, 0.07, 0.08, 1.32
    chart = shop.tights_chart
    uv = np.stack([(chart.side - side) / width + 0.5, (chart.height - level) / height + 0.5], axis=-1)
    inside = np.minimum(width / 2 - np.abs(shop.chart.side - side), height / 2 - np.abs(shop.chart.height - level))
    return Trim(
        covers=np.minimum(np.minimum(covers, inside), -0.03 - shop.chart.back).astype(np.float32),
        material=Material(_print(kind, generator)),
        uv=uv[shop.tights.triangles].astype(np.float32),
    )


def _print(kind: str, generator: np.random.Generator) -> UInt8[np.ndarray, "64 64 4"]:
    colour = sample_cloth_colour(generator)
    colours = np.stack([sample_second_colour(colour, generator), colour])
    figure = _figure(kind, int(generator.integers(40)))
    picture = np.empty((_PX, _PX, 4), np.uint8)
    picture[..., :3] = (colours[np.maximum(figure - 1, 0)] * 255).astype(np.uint8)
    picture[..., 3] = np.where(figure > 0, 255, 0)
    return picture


@lru_cache(maxsize=512)
def _figure(kind: str, variant: int) -> Int[np.ndarray, "64 64"]:
    """0 where there is no print, 1 and 2 for its two colours."""
    generator = np.random.default_rng([variant, *kind.encode()])
    rows, columns = (np.mgrid[:_PX, :_PX] + 0.5) / _PX * 2 - 1
    radius, turn = np.hypot(rows, columns), np.arctan2(rows, columns)
    if kind in ("letters", "number"):
        return _write(kind, generator) * 1
    if kind == "bars":
        return ((np.abs(rows) < 0.9) & ((rows * generator.integers(1, 4) + 5) % 1 < 0.55)) * (1 + (rows > 0))
    if kind == "star":
        points = generator.integers(4, 8)
        return (radius < 0.55 + 0.35 * np.cos(points * turn)) * 1
    if kind == "triangle":
        return ((np.abs(columns) < (rows + 0.9) / 2) & (rows < 0.8)) * 1
    outer = radius < 0.92 if kind in ("disc", "ring", "badge") else np.maximum(abs(rows), abs(columns)) < 0.92
    inner = radius < generator.uniform(0.4, 0.75)
    if kind == "ring":
        return (outer & ~inner) * 1 + (radius < 0.3) * 2
    return outer * 1 + (inner & (generator.random() < 0.7)) * 1


def _write(kind: str, generator: np.random.Generator) -> Bool[np.ndarray, "64 64"]:
    if kind == "number":
        text = str(generator.integers(1, 100))
    else:
        text = "".join(_LETTERS[i] for i in generator.integers(len(_LETTERS), size=generator.integers(2, 7)))
    image = Image.new("L", (_PX * 4, _PX * 4))
    font = ImageFont.load_default(size=120)
    draw = ImageDraw.Draw(image)
    box = draw.textbbox((0, 0), text, font=font)
    canvas = Image.new("L", (round(box[2] - box[0]) + 2, round(box[3] - box[1]) + 2))
    ImageDraw.Draw(canvas).text((1 - box[0], 1 - box[1]), text, fill=255, font=font)
    share: Float[np.ndarray, "rows columns"] = np.asarray(canvas.resize((_PX - 4, _PX * 2 // 3)), float) / 255
    page = np.zeros((_PX, _PX), bool)
    page[_PX // 6 : _PX // 6 + share.shape[0], 2:-2] = share > 0.5
    return page
