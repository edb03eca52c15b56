"""Skin: its tone, flush, brows, beard and lips, painted in the body's texture coordinates; and the eyes."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, UInt8

from maquette.rendering.bodies.body import AnnyBody
from maquette.rendering.imaging.colour import SrgbColour
from maquette.rendering.mesh import Material
from maquette.rendering.wardrobe.fabric.pattern import look_up
from maquette.rendering.wardrobe.skin.skin_map import REGIONS, SHADES, skin_map

_TONES = np.array(
    [[226, 194, 174], [219, 183, 160], [210, 170, 145], [193, 146, 116], [168, 120, 90], [134, 92, 68], [98, 66, 50],
     [72, 49, 39], [54, 38, 32]]
) / 255  # fmt: skip
"""From the least to the most melanin, sRGB."""
_MELANIN = {"african": (0.58, 0.98), "asian": (0.12, 0.52), "caucasian": (0.0, 0.4)}
_SHINE = 0.06
_BEARD_AGE = 0.66


class Complexion(NamedTuple):
    """The colours of one person, sRGB 0 to 1."""

    skin: SrgbColour
    flush: SrgbColour
    """Where blood shows: cheeks, knuckles; lips even more."""
    hair: SrgbColour
    beard: float
    """0 shaven, 0.2 stubble, 1 full."""
    scalp: float
    """How much hair shows on the skin of the head, 0 to 1."""
    briefs: SrgbColour
    top: SrgbColour | None
    """Colour of a bra; None without one."""


def sample_skin_tone(origins: Float[np.ndarray, " 3"], generator: np.random.Generator) -> SrgbColour:
    """A tone of skin, sRGB 0 to 1, for shares of African, Asian and Caucasian descent."""
    ranges = np.array(list(_MELANIN.values()))
    melanin = generator.dirichlet(8 * origins / max(origins.sum(), 1e-6) + 0.05) @ generator.uniform(*ranges.T)
    place = melanin * (len(_TONES) - 1)
    tone = np.array([np.interp(place, np.arange(len(_TONES)), channel) for channel in _TONES.T])
    blood = generator.normal(0, 0.012)
    return np.clip(tone * (1 + generator.normal(0, 0.03)) + blood * np.array([1, -0.6, -0.6]), 0.08, 0.95)


def sample_flush(skin: SrgbColour, generator: np.random.Generator) -> SrgbColour:
    """The same skin where more blood shows."""
    strength = generator.uniform(0.6, 1.2)
    return np.clip(skin * (1 - strength * np.array([0.03, 0.22, 0.2])), 0, 1)


def sample_complexion(
    phenotypes: Float32[np.ndarray, " K"], hair: SrgbColour, generator: np.random.Generator
) -> Complexion:
    """The colours of a person of these phenotypes (in the order of `shape.PHENOTYPES`) and that hair."""
    skin = sample_skin_tone(phenotypes[-3:].astype(np.float64), generator)
    is_grown_man = phenotypes[0] < 0.5 and phenotypes[1] > _BEARD_AGE
    beard = float(generator.choice([0.0, 0.12, 0.35, 0.75], p=[0.4, 0.25, 0.17, 0.18])) if is_grown_man else 0.0
    underwear = np.array([[0.1, 0.1, 0.11], [0.85, 0.85, 0.83], [0.5, 0.5, 0.52], [0.16, 0.2, 0.33], [0.7, 0.56, 0.5]])
    briefs, top = underwear[generator.integers(len(underwear), size=2)]
    return Complexion(
        skin=skin,
        flush=sample_flush(skin, generator),
        hair=hair,
        beard=beard,
        scalp=0.85,
        briefs=briefs,
        top=top if phenotypes[0] > 0.5 else None,
    )


def paint_skin(body: AnnyBody, complexion: Complexion) -> Material:
    """The skin of a person as a material in the body's own texture coordinates."""
    shades = 1 + 0.3 * (np.arange(SHADES) / (SHADES / 2) - 1)
    colours = _region_colours(complexion)
    table = np.clip(colours[:, None] * shades[:, None] * 255, 0, 255).astype(np.uint8).reshape(-1, 3)
    return Material(texture=look_up(table, skin_map(body)), shine=_SHINE)


def _region_colours(complexion: Complexion) -> Float[np.ndarray, "regions 3"]:
    skin, flush, hair = complexion.skin, complexion.flush, complexion.hair
    lips = np.clip(flush * np.array([0.92, 0.84, 0.86]), 0, 1)
    colours = {"skin": skin, "lips": lips, "mouth": 0.4 * lips, "brows": 0.25 * skin + 0.75 * hair * 0.8}
    colours["nails"] = 0.8 * skin + 0.15
    colours |= {f"flushed_{step}": skin + (flush - skin) * step / 8 for step in range(1, 5)}
    colours |= {f"beard_{step}": skin + (hair - skin) * complexion.beard * step / 3 for step in range(1, 4)}
    colours |= {f"scalp_{step}": skin + (hair - skin) * complexion.scalp * step / 3 for step in range(1, 4)}
    colours |= {"briefs": complexion.briefs, "top": skin if complexion.top is None else complexion.top}
    return np.stack([colours[name] for name in REGIONS])


def paint_on_photograph(
    body: AnnyBody, photograph: UInt8[np.ndarray, "rows columns 3"], complexion: Complexion
) -> Material:
    """A skin from a picture of `skin_map.SKIN_PX` a side, with underwear and a shadow of hair painted on."""
    picture = photograph.copy()
    paints = {"briefs": complexion.briefs, "top": complexion.top if complexion.top is not None else None}
    if complexion.scalp > 0:
        paints["scalp_3"] = complexion.hair
    for region, colour in paints.items():
        if colour is not None:
            rows, columns = _pixels(body, region)
            picture[rows, columns] = (np.clip(colour, 0, 1) * 255).astype(np.uint8)
    return Material(texture=picture, shine=_SHINE)


@lru_cache(maxsize=16)
def _pixels(body: AnnyBody, region: str) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.nonzero(skin_map(body) // SHADES == REGIONS.index(region))
    return rows, columns
