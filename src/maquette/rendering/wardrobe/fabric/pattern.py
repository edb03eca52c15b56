"""Patterns: small woven, knitted and printed pictures that repeat without a seam, dyed in up to four colours."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Real, UInt8, UInt16
from scipy.ndimage import gaussian_filter

from maquette.rendering.compilation import compile_kernel

PATTERN_PX = 128
_SHADES = 64
_VARIANTS = 3
"""How many different pictures there are of each pattern; dyes and scales make the rest of the variety."""

Shade = Float[np.ndarray, "rows columns"]
"""How bright each pixel is: 0 as dyed, 1 twice that, -1 black, before contrast."""
Dye = Real[np.ndarray, "rows columns"]
"""Which of four dyes each pixel takes, 0 to 3."""
Pattern = UInt8[np.ndarray, "rows columns"]
"""Which of four dyes each pixel takes (times 64), plus how bright it is: 32 is the dye itself."""


def dye_pattern(
    pattern: Pattern, dyes: Float[np.ndarray, "4 3"], contrast: float = 0.5
) -> UInt8[np.ndarray, "rows columns 3"]:
    """The pattern in colour.

    Args:
        pattern: One of `pattern`'s.
        dyes: sRGB, 0 to 1.
        contrast: How much darker and lighter than the dye its shades get.
    """
    shades = 1 + contrast * (np.arange(_SHADES) / (_SHADES / 2) - 1)
    table = np.clip(dyes[:, None] * shades[:, None] * 255, 0, 255).astype(np.uint8).reshape(-1, 3)
    return look_up(table, pattern)


def look_up(
    table: UInt8[np.ndarray, "entries 3"], entry: UInt8[np.ndarray, "rows columns"] | UInt16[np.ndarray, "rows columns"]
) -> UInt8[np.ndarray, "rows columns 3"]:
    """The picture whose pixels are those entries of a table of colours."""
    picture = np.empty((*entry.shape, 3), np.uint8)
    _look_up(table, entry, picture)
    return picture


@compile_kernel
def _look_up(table, entry, picture):
    for row in range(entry.shape[0]):
        for column in range(entry.shape[1]):
            place = entry[row, column]
            for channel in range(3):
                picture[row, column, channel] = table[place, channel]


def pattern(kind: str, variant: int) -> Pattern:
    """The pattern of that kind, one of `PATTERNS`; any ``variant`` is taken modulo how many there are."""
    return _pattern(kind, variant % _VARIANTS)


@lru_cache(maxsize=128)
def _pattern(kind: str, variant: int) -> Pattern:
    generator = np.random.default_rng([variant, *kind.encode()])
    dye, shade = _MAKERS[kind](generator)
    level = np.clip((shade + _creases(generator) * 0.15 + 1) * _SHADES / 2, 0, _SHADES - 1)
    return (dye.astype(np.uint8) * _SHADES + level.astype(np.uint8)).astype(np.uint8)


def _grid() -> tuple[Shade, Shade]:
    """Row and column of every pixel as shares of the picture, 0 to 1."""
    rows, columns = np.mgrid[:PATTERN_PX, :PATTERN_PX] / PATTERN_PX
    return rows, columns


def _noise(generator: np.random.Generator, sigma_px: tuple[float, float]) -> Shade:
    """Blurred noise that repeats, with a spread of one."""
    noise = gaussian_filter(generator.normal(size=(PATTERN_PX, PATTERN_PX)), sigma_px, mode="wrap")
    return noise / noise.std()


def _creases(generator: np.random.Generator) -> Shade:
    """Soft folds, mostly across."""
    return (
        0.55 * _noise(generator, (5.0, 14.0))
        + 0.25 * _noise(generator, (2.5, 7.0))
        + 0.2 * _noise(generator, (14.0, 14.0))
    )


def _plain(generator: np.random.Generator) -> tuple[Dye, Shade]:
    return np.zeros((PATTERN_PX, PATTERN_PX)), 0.1 * _noise(generator, (0.6, 0.6))


def _melange(generator: np.random.Generator) -> tuple[Dye, Shade]:
    fibres = _noise(generator, (0.5, 2.0)) + _noise(generator, (2.0, 0.5))
    return np.zeros_like(fibres), 0.09 * fibres


def _knit(generator: np.random.Generator) -> tuple[Dye, Shade]:
    rows, columns = _grid()
    count = 16
    stitch = np.sin(2 * np.pi * (rows * count + 0.5 * np.abs((columns * count) % 1 - 0.5) * 2))
    ribs = np.abs(np.sin(np.pi * columns * count))
    return np.zeros_like(rows), 0.22 * stitch + 0.3 * (ribs - 0.6) + 0.1 * _noise(generator, (0.7, 0.7))


def _denim(generator: np.random.Generator) -> tuple[Dye, Shade]:
    rows, columns = _grid()
    twill = np.sin(2 * np.pi * (rows * 32 + columns * 32))
    worn = _noise(generator, (14.0, 14.0))
    threads = _noise(generator, (0.4, 3.0)) + _noise(generator, (3.0, 0.4))
    return (threads + 0.5 * worn > 2.9) * 1, 0.1 * twill + 0.09 * threads + 0.12 * worn


def _across(generator: np.random.Generator) -> tuple[Dye, Shade]:
    rows, _ = _grid()
    count, share = generator.integers(3, 9), generator.uniform(0.2, 0.6)
    phase = (rows * count) % 1
    second = (phase > 0.85) & (generator.random() < 0.4)
    return np.where(phase < share, 1, np.where(second, 2, 0)), 0.08 * _noise(generator, (0.6, 0.6))


def _along(generator: np.random.Generator) -> tuple[Dye, Shade]:
    dye, shade = _across(generator)
    return dye.T, shade


def _pinstripe(generator: np.random.Generator) -> tuple[Dye, Shade]:
    _, columns = _grid()
    return ((columns * generator.integers(10, 20)) % 1 < 0.13) * 1, 0.06 * _noise(generator, (0.6, 0.6))


def _check(generator: np.random.Generator) -> tuple[Dye, Shade]:
    rows, columns = _grid()
    count = generator.integers(4, 11)
    across, along = (rows * count) % 1 < 0.5, (columns * count) % 1 < 0.5
    return across.astype(int) + along, 0.08 * _noise(generator, (0.6, 0.6))


def _plaid(generator: np.random.Generator) -> tuple[Dye, Shade]:
    rows, columns = _grid()
    count = generator.integers(2, 5)
    edges = np.sort(generator.uniform(0.05, 0.95, size=5))
    dyes = generator.permutation([0, 1, 0, 2, 0, 3])
    bands = [dyes[np.searchsorted(edges, (axis * count) % 1)] for axis in (rows, columns)]
    pixel = np.mgrid[:PATTERN_PX, :PATTERN_PX]
    is_weft = (pixel[0] + pixel[1]) % 2 == 0
    return np.where(is_weft, bands[0], bands[1]), 0.06 * _noise(generator, (0.6, 0.6))


def _dots(generator: np.random.Generator) -> tuple[Dye, Shade]:
    rows, columns = _grid()
    count, radius = 2 * generator.integers(3, 7), generator.uniform(0.14, 0.32)
    shifted = columns * count + 0.5 * (np.floor(rows * count) % 2)
    is_dot = np.hypot((rows * count) % 1 - 0.5, shifted % 1 - 0.5) < radius
    return is_dot * 1, 0.08 * _noise(generator, (0.6, 0.6))


def _blossoms(generator: np.random.Generator) -> tuple[Dye, Shade]:
    rows, columns = _grid()
    dye = np.zeros((PATTERN_PX, PATTERN_PX), int)
    for _ in range(generator.integers(10, 26)):
        row, column, turn = generator.random(3)
        y, x = (rows - row + 0.5) % 1 - 0.5, (columns - column + 0.5) % 1 - 0.5
        size, petals = generator.uniform(0.05, 0.12), generator.integers(4, 7)
        distance, angle = np.hypot(x, y), np.arctan2(y, x) + 7 * turn
        dye[distance < size * (0.7 + 0.4 * np.cos(petals * angle))] = generator.integers(1, 3)
        dye[distance < size * 0.25] = 3
    return dye, 0.1 * _noise(generator, (0.7, 0.7))


def _camouflage(generator: np.random.Generator) -> tuple[Dye, Shade]:
    layers = [_noise(generator, (5.0, 8.0)) > limit for limit in (0.3, 0.6, 0.9)]
    dye = np.zeros((PATTERN_PX, PATTERN_PX), int)
    for number, layer in enumerate(layers, start=1):
        dye[layer] = number
    return dye, 0.08 * _noise(generator, (0.6, 0.6))


def _leather(generator: np.random.Generator) -> tuple[Dye, Shade]:
    grain = _noise(generator, (1.2, 1.2))
    return np.zeros_like(grain), 0.1 * np.abs(grain) - 0.1 + 0.2 * _noise(generator, (8.0, 8.0))


def _strands(generator: np.random.Generator) -> tuple[Dye, Shade]:
    fine, locks = _noise(generator, (20.0, 0.7)), _noise(generator, (24.0, 3.0))
    return (fine > 1.3) * 1, 0.28 * fine + 0.22 * locks


def _curls(generator: np.random.Generator) -> tuple[Dye, Shade]:
    curls = _noise(generator, (1.3, 1.3)) + 0.7 * _noise(generator, (3.0, 3.0))
    return (curls > 1.8) * 1, 0.32 * curls


_MAKERS: dict[str, Callable[[np.random.Generator], tuple[Dye, Shade]]] = {
    "plain": _plain, "melange": _melange, "knit": _knit, "denim": _denim, "across": _across, "along": _along,
    "pinstripe": _pinstripe, "check": _check, "plaid": _plaid, "dots": _dots, "blossoms": _blossoms,
    "camouflage": _camouflage, "leather": _leather, "strands": _strands, "curls": _curls,
}  # fmt: skip
PATTERNS: tuple[str, ...] = tuple(_MAKERS)
"""The patterns there are; ``across`` and ``along`` are stripes, ``strands`` and ``curls`` are hair."""
