"""A tile of cloudy noise that repeats without seams: what walls, lawns and skies are varied with."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float32

from maquette.rendering.compilation import compile_kernel

TILE = 256
"""Cells along each side of the tile."""


@lru_cache
def noise_tile() -> Float32[np.ndarray, "256 256"]:
    """Noise of mean 0.5 between 0 and 1, with detail of all sizes; the same in every run."""
    generator = np.random.default_rng(20)
    frequency = np.hypot(np.fft.fftfreq(TILE)[:, None], np.fft.rfftfreq(TILE)[None]) * TILE
    spectrum = np.fft.rfft2(generator.normal(size=(TILE, TILE))) / np.maximum(frequency, 2.0) ** 1.4
    spectrum[0, 0] = 0
    values = np.fft.irfft2(spectrum, s=(TILE, TILE))
    return np.clip(0.5 + 0.2 * values / values.std(), 0, 1).astype(np.float32)


@compile_kernel
def noise_at(tile, x, y):
    """The tile at cell coordinates, interpolated; it repeats in both directions."""
    column, row = np.floor(x), np.floor(y)
    right, below = x - column, y - row
    c0, r0 = int(column) & (TILE - 1), int(row) & (TILE - 1)
    c1, r1 = (c0 + 1) & (TILE - 1), (r0 + 1) & (TILE - 1)
    upper = tile[r0, c0] * (1 - right) + tile[r0, c1] * right
    lower = tile[r1, c0] * (1 - right) + tile[r1, c1] * right
    return upper * (1 - below) + lower * below
