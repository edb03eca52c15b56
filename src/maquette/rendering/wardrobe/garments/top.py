"""Garments of the upper body: T-shirts, blouses, shirts, jumpers, hoodies, jackets, coats, waistcoats, tops."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from maquette.rendering.wardrobe.fabric.cloth import Cloth, sample_cloth
from maquette.rendering.wardrobe.fabric.colour import sample_cloth_colour
from maquette.rendering.wardrobe.garments.motif import sample_motif
from maquette.rendering.wardrobe.style import Range
from maquette.rendering.wardrobe.tailoring.cover import TopCut, collar_cover, top_cover
from maquette.rendering.wardrobe.tailoring.layer import Layer, Trim, sample_wrinkles
from maquette.rendering.wardrobe.tailoring.sheet import share_rising
from maquette.rendering.wardrobe.tailoring.workshop import Workshop


class TopStyle(NamedTuple):
    """What tops of one kind have in common; ranges are drawn from evenly, metres."""

    cloth: str
    sleeve_m: Range
    hem_m: Range
    necklines: tuple[str, ...]
    depth_m: Range
    ease_m: Range
    """How far the cloth stands off at the belly."""
    sleeve_ease_m: Range
    opening_m: Range | None = None
    has_collar: bool = False
    has_cuffs: bool = False
    motif: float = 0.0
    """How often there is a print on the chest."""


# fmt: off
TOPS: dict[str, TopStyle] = {
    "tshirt": TopStyle(
        "shirt", (0.1, 0.2), (0.9, 1.0), ("crew", "crew", "v"), (0.0, 0.07),
        (0.008, 0.03), (0.008, 0.022), motif=0.35,
    ),
    "fitted": TopStyle(
        "tight", (-0.02, 0.16), (0.94, 1.06), ("crew", "scoop", "v", "boat"), (0.01, 0.1),
        (0.003, 0.008), (0.003, 0.006), motif=0.1,
    ),
    "long_sleeve": TopStyle(
        "shirt", (0.44, 0.48), (0.9, 1.0), ("crew", "crew", "v", "boat", "scoop"), (0.0, 0.07),
        (0.006, 0.022), (0.005, 0.012), motif=0.15,
    ),
    "tank": TopStyle(
        "shirt", (-0.1, -0.03), (0.92, 1.02), ("scoop", "crew"), (0.03, 0.1),
        (0.005, 0.02), (0.004, 0.006), motif=0.2,
    ),
    "polo": TopStyle(
        "shirt", (0.13, 0.2), (0.9, 0.98), ("crew",), (0.0, 0.01),
        (0.01, 0.025), (0.008, 0.016), has_collar=True,
    ),
    "blouse": TopStyle(
        "blouse", (0.1, 0.48), (0.9, 1.0), ("v", "scoop", "boat", "crew"), (0.02, 0.1),
        (0.008, 0.025), (0.008, 0.022),
    ),
    "button": TopStyle(
        "button", (0.45, 0.48), (0.88, 0.96), ("v",), (0.02, 0.06),
        (0.01, 0.025), (0.008, 0.016), has_collar=True, has_cuffs=True,
    ),
    "rolled": TopStyle(
        "button", (0.2, 0.36), (0.88, 0.96), ("v",), (0.02, 0.07),
        (0.01, 0.025), (0.01, 0.018), has_collar=True, has_cuffs=True,
    ),
    "jumper": TopStyle(
        "jumper", (0.45, 0.48), (0.88, 0.97), ("crew", "crew", "v", "turtle"), (0.0, 0.06),
        (0.015, 0.035), (0.012, 0.024), has_cuffs=True,
    ),
    "hoodie": TopStyle(
        "jumper", (0.45, 0.48), (0.88, 0.95), ("crew",), (-0.05, -0.02),
        (0.022, 0.045), (0.018, 0.03), has_collar=True, has_cuffs=True, motif=0.3,
    ),
    "jacket": TopStyle(
        "coat", (0.45, 0.48), (0.86, 0.98), ("crew",), (-0.03, 0.02),
        (0.025, 0.045), (0.018, 0.03), (-0.06, 0.1), has_collar=True,
    ),
    "puffer": TopStyle(
        "coat", (0.46, 0.48), (0.84, 0.94), ("turtle",), (0.0, 0.0),
        (0.04, 0.06), (0.03, 0.042), (-0.1, 0.06), has_collar=True,
    ),
    "cardigan": TopStyle(
        "jumper", (0.44, 0.48), (0.85, 0.95), ("v",), (0.1, 0.2),
        (0.018, 0.032), (0.014, 0.022), (0.02, 0.08),
    ),
    "blazer": TopStyle(
        "suit", (0.45, 0.48), (0.84, 0.9), ("v",), (0.12, 0.2),
        (0.018, 0.03), (0.014, 0.022), (-0.06, 0.05), has_collar=True,
    ),
    "coat": TopStyle(
        "coat", (0.46, 0.48), (0.88, 0.92), ("v",), (0.04, 0.14),
        (0.03, 0.045), (0.02, 0.03), (-0.1, 0.07), has_collar=True,
    ),
    "vest": TopStyle(
        "coat", (-0.04, 0.0), (0.92, 0.99), ("v",), (0.05, 0.2),
        (0.022, 0.035), (0.01, 0.012), (-0.06, 0.06),
    ),
}
# fmt: on
"""The kinds of tops there are, inner ones first."""
_OUTER = ("jacket", "puffer", "cardigan", "blazer", "coat", "vest")


def sample_top(kind: str, shop: Workshop, generator: np.random.Generator, cloth: Cloth | None = None) -> Layer:
    """A garment of that kind, one of `TOPS`; of the given cloth, or of a likely one."""
    style = TOPS[kind]
    cloth = cloth or sample_cloth(style.cloth, generator)
    cut = _cut(style, generator)
    ease, sleeve_ease = generator.uniform(*style.ease_m), generator.uniform(*style.sleeve_ease_m)
    covers = top_cover(shop.chart, cut)
    trims = _trims(style, cut, cloth, shop, generator)
    if generator.random() < style.motif:
        trims = (*trims, sample_motif(shop, covers, generator))
    return Layer(
        covers=covers,
        offset_m=_offsets(shop, cut, ease, sleeve_ease, generator),
        material=cloth.material,
        tile_m=cloth.tile_m,
        is_smoothed=ease > 0.009,
        is_two_sided=kind in _OUTER or cut.sleeve_m < 0.4,
        trims=trims,
    )


def _cut(style: TopStyle, generator: np.random.Generator) -> TopCut:
    return TopCut(
        sleeve_m=generator.uniform(*style.sleeve_m),
        hem_m=generator.uniform(*style.hem_m),
        neckline=style.necklines[generator.integers(len(style.necklines))],
        neck_depth_m=generator.uniform(*style.depth_m),
        opening_m=generator.uniform(*style.opening_m) if style.opening_m else None,
    )


def _offsets(
    shop: Workshop, cut: TopCut, ease: float, sleeve_ease: float, generator: np.random.Generator
) -> Float32[np.ndarray, " W"]:
    """Tight over the shoulders, wider to the hem and along the sleeve, with folds at elbow and waist."""
    chart = shop.tights_chart
    below_chest = 1 - share_rising(chart.height, 1.1, 1.42)
    trunk = 0.005 + 0.4 * ease + 0.6 * ease * below_chest
    along_sleeve = share_rising(chart.arm, 0.0, 0.12)
    cuff = 1 - 0.5 * share_rising(chart.arm, 0.4, 0.47)
    offset = trunk + along_sleeve * (0.004 + sleeve_ease * cuff - trunk)
    bends = np.exp(-(((chart.arm - 0.28) / 0.09) ** 2)) + np.exp(-(((chart.height - 1.02) / 0.08) ** 2))
    amplitude = 0.0008 + 0.22 * np.where(chart.arm > 0, sleeve_ease, ease) * (0.6 + 0.7 * bends)
    return (offset + sample_wrinkles(shop.tights, amplitude, generator)).astype(np.float32)


def _trims(
    style: TopStyle, cut: TopCut, cloth: Cloth, shop: Workshop, generator: np.random.Generator
) -> tuple[Trim, ...]:
    trims = []
    contrast = cloth if generator.random() < 0.75 else sample_cloth("solid", generator, sample_cloth_colour(generator))
    material = contrast.material._replace(tint=(0.8, 0.8, 0.8))
    if style.has_collar:
        band = collar_cover(shop.chart, generator.uniform(0.012, 0.03), generator.uniform(0.006, 0.03))
        trims.append(Trim(covers=band, material=material, lift_m=0.004, tile_m=contrast.tile_m, reaches_beyond=True))
    if style.has_cuffs:
        cuff = shop.chart.arm - cut.sleeve_m + generator.uniform(0.03, 0.06)
        trims.append(Trim(covers=cuff, material=material, lift_m=0.002, tile_m=contrast.tile_m))
    return tuple(trims)
