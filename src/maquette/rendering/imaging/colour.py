"""Colours as pictures store them (sRGB, eight bits) and as light adds up (linear)."""

import numpy as np
from jaxtyping import Float, Float32, UInt8

SrgbColour = Float[np.ndarray, " 3"]
"""Red, green and blue as pictures store them, 0 to 1."""
_LEVELS = 4096


def _decode(encoded: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encode(linear: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


LINEAR_OF_SRGB: Float32[np.ndarray, "256"] = _decode(np.arange(256) / 255).astype(np.float32)
"""Linear value, 0 to 1, of every stored level (IEC 61966-2-1)."""


def linear_of_srgb(picture: UInt8[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    """Linear values, 0 to 1, of a stored picture."""
    return LINEAR_OF_SRGB[picture]


def srgb_of_linear(linear: Float[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
    """A stored picture of linear values; what is brighter than one is cut off."""
    return np.rint(255 * _encode(np.clip(linear, 0, 1))).astype(np.uint8)


def tone_table(gamma: float, contrast: float) -> UInt8[np.ndarray, "4096"]:
    """Stored level of 4096 square roots of linear values, evenly from 0 to 1, through a camera's tone curve.

    Args:
        gamma: Exponent on the stored value; below one lightens.
        contrast: Slope at mid-grey of an S-shaped curve through black, mid-grey and white; one changes nothing.
    """
    encoded = _encode(np.linspace(0, 1, _LEVELS) ** 2) ** gamma
    centred = 2 * encoded - 1
    curved = centred * contrast / (1 + (contrast - 1) * np.abs(centred))
    return np.rint(255 * np.clip((curved + 1) / 2, 0, 1)).astype(np.uint8)
