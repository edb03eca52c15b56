"""What a garment is made of: a fabric in a pattern and colours, as a material with the size of one repeat."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from maquette.rendering.imaging.colour import SrgbColour
from maquette.rendering.mesh import Material
from maquette.rendering.wardrobe.fabric.colour import sample_cloth_colour, sample_denim_colour, sample_second_colour
from maquette.rendering.wardrobe.fabric.pattern import dye_pattern, pattern


class Cloth(NamedTuple):
    """A fabric ready to be sewn."""

    material: Material
    tile_m: tuple[float, float]
    """Width and height of one repeat of its picture."""
    colour: SrgbColour
    """Its main colour, sRGB 0 to 1."""


_PATTERNS: dict[str, dict[str, float]] = {
    "shirt": {"plain": 60, "melange": 12, "across": 10, "blossoms": 2, "dots": 1.5, "camouflage": 1, "plaid": 1},
    "blouse": {"plain": 50, "across": 8, "along": 6, "dots": 7, "blossoms": 12, "check": 3, "pinstripe": 4},
    "button": {"plain": 42, "along": 9, "pinstripe": 9, "check": 9, "plaid": 16, "denim": 5, "dots": 2},
    "jumper": {"knit": 45, "melange": 25, "plain": 18, "across": 12},
    "coat": {"plain": 55, "leather": 14, "melange": 14, "denim": 9, "check": 3, "plaid": 3, "camouflage": 2},
    "suit": {"plain": 60, "melange": 20, "pinstripe": 16, "check": 4},
    "trousers": {"plain": 75, "melange": 12, "pinstripe": 4, "camouflage": 3, "check": 3, "leather": 3},
    "jeans": {"denim": 1},
    "tight": {"plain": 80, "melange": 8, "blossoms": 3, "across": 2},
    "skirt": {
        "plain": 50,
        "denim": 8,
        "plaid": 8,
        "dots": 6,
        "blossoms": 14,
        "across": 5,
        "melange": 6,
        "pinstripe": 3,
    },
    "solid": {"plain": 1},
    "shoe": {"leather": 1},
}
"""How often each use of cloth has each pattern."""
_SOBER = {"coat": 0.8, "suit": 1.0, "trousers": 0.92, "tight": 0.7, "jumper": 0.5, "solid": 0.5, "skirt": 0.4}
"""How often the colour is a quiet one."""
_TILE_M = {
    "plain": (0.3, 0.5), "melange": (0.2, 0.32), "knit": (0.09, 0.24), "denim": (0.24, 0.4), "across": (0.12, 0.4),
    "along": (0.12, 0.4), "pinstripe": (0.24, 0.5), "check": (0.08, 0.3), "plaid": (0.12, 0.4), "dots": (0.1, 0.35),
    "blossoms": (0.16, 0.42), "camouflage": (0.3, 0.6), "leather": (0.3, 0.4),
}  # fmt: skip
_GIRTH_M = 0.96
"""Around the trunk the picture must fit in a whole number of times, so that no seam is seen."""


def sample_cloth(use: str, generator: np.random.Generator, colour: SrgbColour | None = None) -> Cloth:
    """A cloth for some use.

    Args:
        use: "shirt", "blouse", "button", "jumper", "coat", "suit", "trousers", "jeans", "tight", "skirt", "solid" or
            "shoe".
        generator: Of the random choices.
        colour: Its main colour; a likely one if left out.
    """
    shares = np.array(list(_PATTERNS[use].values()))
    kind = list(_PATTERNS[use])[generator.choice(len(shares), p=shares / shares.sum())]
    if colour is None:
        is_sober = generator.random() < _SOBER.get(use, 0)
        is_denim = kind == "denim"
        colour = sample_denim_colour(generator) if is_denim else sample_cloth_colour(generator, is_sober=is_sober)
    contrast = 0.55 - 0.3 * float(np.mean(colour))
    texture = dye_pattern(pattern(kind, int(generator.integers(1 << 16))), _dyes(kind, colour, generator), contrast)
    size = generator.uniform(*_TILE_M[kind])
    width = _GIRTH_M / max(round(_GIRTH_M / size), 1)
    shine = generator.uniform(0.05, 0.2) if kind == "leather" else 0.0
    return Cloth(Material(texture=texture, shine=float(shine)), (width, size), colour)


def _dyes(kind: str, colour: SrgbColour, generator: np.random.Generator) -> Float[np.ndarray, "4 3"]:
    other = sample_second_colour(colour, generator)
    if kind == "denim":
        worn = np.clip(colour * 1.35 + 0.05, 0, 1)
        return np.stack([colour, worn, worn, worn])
    if kind == "check":
        return np.stack([colour, (colour + other) / 2, other, other])
    if kind == "camouflage":
        return colour * np.array([1.0, 0.7, 1.35, 0.4])[:, None] + 0.03
    return np.stack([colour, other, sample_second_colour(colour, generator), sample_second_colour(other, generator)])
