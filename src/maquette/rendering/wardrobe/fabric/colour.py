"""Colours of clothes: likely ones for cloth and denim, and second ones that go with them."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32


def sample_cloth_colour(generator: np.random.Generator, *, is_sober: bool = False) -> Float32[np.ndarray, " 3"]:
    """A colour that clothes have, sRGB 0 to 1: mostly black, grey, navy, white, beige; now and then a strong one.

    Args:
        generator: Of the random choices.
        is_sober: Whether strong colours are left out and white is rare, as for trousers, suits and coats.
    """
    colours, shares = _palette()
    if is_sober:
        strength = np.ptp(colours, axis=1) + np.maximum(colours.max(axis=1) - 0.6, 0)
        shares = shares * np.exp(-((strength / 0.2) ** 2))
        shares /= shares.sum()
    colour = colours[generator.choice(len(colours), p=shares)] + generator.normal(0, 0.018, size=3)
    return np.clip(colour * generator.uniform(0.88, 1.08), 0.02, 0.95).astype(np.float32)


def sample_denim_colour(generator: np.random.Generator) -> Float32[np.ndarray, " 3"]:
    """A colour of jeans, sRGB 0 to 1, from nearly black over indigo to washed blue."""
    wash = generator.beta(1.3, 1.6)
    dark, light = np.array([0.10, 0.12, 0.18]), np.array([0.50, 0.60, 0.72])
    return np.clip(dark + wash * (light - dark) + generator.normal(0, 0.015, size=3), 0, 1).astype(np.float32)


def sample_second_colour(colour: Float[np.ndarray, " 3"], generator: np.random.Generator) -> Float32[np.ndarray, " 3"]:
    """A colour to go with another in one pattern: much lighter or darker, or off-white, or a new one."""
    draw, is_light = generator.random(), float(np.mean(colour)) > 0.35
    if draw < 0.35 and not is_light:
        return np.array([0.88, 0.87, 0.84], np.float32)
    if draw < 0.75:
        shaded = np.asarray(colour) * 0.45 if is_light else np.asarray(colour) + 0.25
        return np.clip(shaded, 0, 1).astype(np.float32)
    return sample_cloth_colour(generator)


@lru_cache(maxsize=1)
def _palette() -> tuple[Float[np.ndarray, "C 3"], Float[np.ndarray, " C"]]:
    colours = {
        (28, 28, 30): 16, (52, 54, 58): 7, (95, 97, 100): 7, (150, 150, 150): 6, (196, 196, 194): 4,
        (232, 231, 226): 13, (35, 42, 68): 10, (55, 75, 110): 5, (120, 145, 175): 5, (205, 190, 165): 5,
        (165, 140, 108): 4, (105, 78, 56): 4, (92, 96, 66): 4, (58, 78, 62): 3, (118, 36, 42): 4,
        (178, 52, 50): 3, (205, 140, 140): 3, (196, 160, 66): 2, (190, 98, 56): 2, (110, 74, 108): 2,
        (66, 122, 124): 2, (214, 206, 222): 1, (60, 108, 172): 2, (222, 178, 176): 2, (76, 140, 92): 1,
    }  # fmt: skip
    shares = np.array(list(colours.values()), float)
    return np.array(list(colours)) / 255, shares / shares.sum()
