"""Garments of the lower body: jeans, trousers, joggers, leggings, shorts, skirts, and the lower half of dresses."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from maquette.rendering.wardrobe.fabric.cloth import Cloth, sample_cloth
from maquette.rendering.wardrobe.fabric.colour import sample_cloth_colour
from maquette.rendering.wardrobe.style import Range
from maquette.rendering.wardrobe.tailoring.cover import BottomCut, bottom_cover, skirt_cover
from maquette.rendering.wardrobe.tailoring.layer import Layer, Trim, sample_wrinkles
from maquette.rendering.wardrobe.tailoring.sheet import share_rising
from maquette.rendering.wardrobe.tailoring.workshop import Workshop


class BottomStyle(NamedTuple):
    """What trousers of one kind have in common; ranges are drawn from evenly, metres."""

    cloth: str
    waist_m: Range
    hem_m: Range
    thigh_m: Range
    """How far the cloth stands off the thigh."""
    ankle_m: Range
    """The same at the hem."""
    belt: float = 0.0
    """How often there is a belt."""


BOTTOMS: dict[str, BottomStyle] = {
    "skinny": BottomStyle("jeans", (0.98, 1.06), (0.07, 0.14), (0.004, 0.007), (0.004, 0.008), 0.3),
    "jeans": BottomStyle("jeans", (1.0, 1.06), (0.05, 0.12), (0.008, 0.018), (0.012, 0.03), 0.35),
    "wide": BottomStyle("trousers", (1.02, 1.1), (0.04, 0.14), (0.012, 0.025), (0.03, 0.055), 0.2),
    "chinos": BottomStyle("trousers", (1.0, 1.06), (0.05, 0.13), (0.008, 0.016), (0.01, 0.022), 0.5),
    "suit": BottomStyle("suit", (1.02, 1.06), (0.04, 0.07), (0.01, 0.018), (0.016, 0.03), 0.6),
    "joggers": BottomStyle("trousers", (1.0, 1.05), (0.08, 0.14), (0.012, 0.025), (0.006, 0.012)),
    "leggings": BottomStyle("tight", (1.02, 1.1), (0.08, 0.3), (0.003, 0.004), (0.003, 0.004)),
    "shorts": BottomStyle("trousers", (1.0, 1.06), (0.46, 0.66), (0.01, 0.022), (0.015, 0.035), 0.2),
    "denim_shorts": BottomStyle("jeans", (1.0, 1.06), (0.5, 0.74), (0.008, 0.016), (0.01, 0.025), 0.3),
    "sport_shorts": BottomStyle("solid", (1.0, 1.05), (0.56, 0.72), (0.014, 0.024), (0.02, 0.04)),
}  # fmt: skip
"""The kinds of trousers there are."""


def sample_bottom(kind: str, shop: Workshop, generator: np.random.Generator, cloth: Cloth | None = None) -> Layer:
    """Trousers of that kind, one of `BOTTOMS`; of the given cloth, or of a likely one."""
    style = BOTTOMS[kind]
    cloth = cloth or sample_cloth(style.cloth, generator)
    cut = BottomCut(generator.uniform(*style.waist_m), generator.uniform(*style.hem_m))
    thigh, ankle = generator.uniform(*style.thigh_m), generator.uniform(*style.ankle_m)
    trims: tuple[Trim, ...] = ()
    if generator.random() < style.belt:
        trims = (_belt(shop, cut, generator),)
    return Layer(
        covers=bottom_cover(shop.chart, cut),
        offset_m=_offsets(shop, cut, thigh, ankle, generator),
        material=cloth.material,
        tile_m=cloth.tile_m,
        is_smoothed=thigh > 0.007,
        is_two_sided=cut.hem_m > 0.3,
        trims=trims,
    )


def _offsets(
    shop: Workshop, cut: BottomCut, thigh: float, ankle: float, generator: np.random.Generator
) -> Float32[np.ndarray, " W"]:
    """Tight at the waist, then as wide as asked, with folds at knee and hem."""
    height = shop.tights_chart.height
    hem = max(cut.hem_m, 0.05)
    offset = np.interp(height, [hem, 0.6 + 0.3 * hem, 0.9, 1.02], [ankle, (thigh + ankle) / 2, thigh, 0.004])
    folds = np.exp(-(((height - 0.5) / 0.1) ** 2)) + 1.5 * np.exp(-(((height - 0.12) / 0.1) ** 2))
    amplitude = 0.0006 + 0.16 * offset * (0.6 + 0.6 * folds) * (1 - share_rising(height, 0.95, 1.02))
    return (offset + sample_wrinkles(shop.tights, amplitude, generator)).astype(np.float32)


def _belt(shop: Workshop, cut: BottomCut, generator: np.random.Generator) -> Trim:
    below_waist = cut.waist_m + 0.15 * shop.chart.back - shop.chart.height
    width = generator.uniform(0.025, 0.045)
    colour = sample_cloth_colour(generator) * 0.6
    leather = sample_cloth("shoe", generator, colour.astype(np.float32))
    return Trim(covers=np.minimum(below_waist, width - below_waist), material=leather.material, lift_m=0.004)


def sample_skirt(shop: Workshop, generator: np.random.Generator, cloth: Cloth | None = None) -> Layer:
    """A skirt of any length; of the given cloth, or of a likely one."""
    cloth = cloth or sample_cloth("skirt", generator)
    waist = generator.uniform(1.02, 1.08)
    hem = generator.choice([0.62, 0.5, 0.38, 0.18], p=[0.25, 0.4, 0.2, 0.15]) + generator.uniform(-0.05, 0.08)
    ripple = generator.uniform(0.0, 0.09) * (generator.random() < 0.6)
    return _hang(shop, skirt_cover(shop.chart, waist, hem), (generator.uniform(-0.12, 0.4), ripple), cloth, generator)


def sample_coat_tail(shop: Workshop, cloth: Cloth, generator: np.random.Generator) -> Layer:
    """The part of a long coat below the waist, open in front or closed."""
    covers = skirt_cover(shop.chart, 0.98, generator.uniform(0.42, 0.72))
    gap = np.abs(shop.chart.side) - generator.uniform(-0.1, 0.07)
    covers = np.minimum(covers, np.maximum(gap, 3 * (shop.chart.back + 0.03))).astype(np.float32)
    coat = _hang(shop, covers, (generator.uniform(0.0, 0.2), 0.0), cloth, generator)
    return replace(coat, offset_m=coat.offset_m + np.float32(0.016), hides=False)


def _hang(
    shop: Workshop,
    covers: Float32[np.ndarray, " V"],
    widths: tuple[float, float],
    cloth: Cloth,
    generator: np.random.Generator,
) -> Layer:
    """A layer cut from the skirt that grows wider downwards, by shares of its width: evenly, and in pleats."""
    chart = shop.skirt_chart
    drop = np.clip((1.0 - chart.height) / 0.6, 0, 1.5)
    turn = np.arctan2(chart.back, chart.side)
    pleats = generator.integers(5, 16)
    flare = (widths[0] + widths[1] * np.cos(pleats * turn + generator.uniform(0, 6))) * drop
    return Layer(
        covers=covers,
        offset_m=0.008 + sample_wrinkles(shop.skirt, 0.002 * (1 + drop), generator),
        material=cloth.material,
        tile_m=cloth.tile_m,
        is_two_sided=True,
        is_skirt=True,
        flare=flare.astype(np.float32),
    )
