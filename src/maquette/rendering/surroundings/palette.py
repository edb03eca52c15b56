"""Colours of things around people: muted, as walls, floors, wood and lacquer are."""

from typing import Literal

import numpy as np
from jaxtyping import Float

from maquette.rendering.imaging.colour import LINEAR_OF_SRGB

Substance = Literal["wall", "ceiling", "floor", "wood", "brick", "accent", "dark", "studio", "stone", "leaf", "sand"]

_COLOURS: dict[Substance, tuple[int, ...]] = {
    "wall": (0xE4E0D8, 0xD9D4C7, 0xCFCFCB, 0xC9C2B2, 0xBFC4C2, 0xC6CBBF, 0xB9BEC4, 0xD8CBBB, 0xA9A79F, 0x8F9496),
    "ceiling": (0xEFEEEA, 0xE8E6E1, 0xDDDCD8),
    "floor": (0x8B857B, 0x9A958C, 0x6F6C68, 0xB0A898, 0x7A7266, 0x5C5A58, 0xA39C93, 0x746A60, 0x66707A),
    "wood": (0x8A6B4D, 0xA08464, 0x6B513B, 0xB79C7C, 0x59442F, 0xC2AE92, 0x7D6550),
    "brick": (0x8C5F50, 0x96715F, 0x7A564A, 0xA58A78, 0xB9AFA6),
    "accent": (0x6F7F73, 0x5D6B7C, 0x8C6A5D, 0x7A5F6B, 0x9A8552, 0x4E5D5A, 0x93765F, 0x5A4E63, 0x7C8A94, 0x8A4C46),
    "dark": (0x2C2C2E, 0x38342F, 0x2B3338, 0x40403F),
    "studio": (0xE6E6E4, 0xC8C8C6, 0x9B9B99, 0x6D6D6C, 0x3E3E3F, 0xB8AFA2, 0x8C97A0, 0x7F8A80, 0xA38F88, 0x29292A),
    "stone": (0x8D8B86, 0xA29D93, 0x77756F, 0xB5B0A5, 0x6A6764, 0x9A8E7E),
    "sand": (0xA8997F, 0xB8AA92, 0x95866E, 0x8C7F6B),
    "leaf": (0x4A5A36, 0x5C6A40, 0x3B4A30, 0x6C7448, 0x55633F, 0x47553B),
}


def sample_muted_colour(material: Substance, generator: np.random.Generator) -> Float[np.ndarray, "3"]:
    """A linear RGB albedo of a kind of material, a little different every time."""
    shade = _COLOURS[material][generator.integers(len(_COLOURS[material]))]
    linear = LINEAR_OF_SRGB[[shade >> 16, shade >> 8 & 255, shade & 255]].astype(np.float64)
    varied = linear * np.exp(0.12 * generator.normal() + 0.04 * generator.normal(size=3))
    return np.clip(varied, 0.01, 0.9)
