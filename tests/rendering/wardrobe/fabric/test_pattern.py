"""Fabrics: sound, seamless pictures in muted colours."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra 'synth' is not installed")
pytest.importorskip("anny", reason="the extra 'synth' is not installed")

from maquette.rendering.wardrobe.fabric.cloth import sample_cloth
from maquette.rendering.wardrobe.fabric.colour import sample_cloth_colour, sample_denim_colour, sample_second_colour
from maquette.rendering.wardrobe.fabric.pattern import PATTERNS, dye_pattern, look_up, pattern


@pytest.mark.parametrize("kind", PATTERNS)
def test_every_pattern_is_seamless(kind):
    for variant in range(3):
        grey = dye_pattern(pattern(kind, variant), np.array([[0.2] * 3, [0.4] * 3, [0.6] * 3, [0.8] * 3]))[
            ..., 0
        ].astype(float)
        for axis in (0, 1):
            inside = np.abs(np.diff(grey, axis=axis)).mean(axis=1 - axis)
            seam = np.abs(np.take(grey, 0, axis=axis) - np.take(grey, -1, axis=axis)).mean()
            assert seam <= inside.max() + 2


def test_dyes_are_what_is_seen():
    picture = dye_pattern(pattern("check", 0), np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1.0]]), contrast=0.0)
    assert {tuple(colour) for colour in np.unique(picture.reshape(-1, 3), axis=0)} <= {
        (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255),
    }  # fmt: skip


def test_looking_up_is_indexing():
    generator = np.random.default_rng(0)
    table = generator.integers(0, 256, (300, 3)).astype(np.uint8)
    entry = generator.integers(0, 300, (5, 7)).astype(np.uint16)
    assert np.array_equal(look_up(table, entry), table[entry])


def test_colours_are_muted():
    generator = np.random.default_rng(1)
    colours = np.array([sample_cloth_colour(generator) for _ in range(500)])
    assert colours.min() >= 0
    assert colours.max() <= 1
    assert np.median(np.ptp(colours, axis=1)) < 0.15
    sober = np.array([sample_cloth_colour(generator, is_sober=True) for _ in range(300)])
    assert np.mean(np.ptp(sober, axis=1)) < np.mean(np.ptp(colours, axis=1))
    denim = np.array([sample_denim_colour(generator) for _ in range(100)])
    assert (denim[:, 2] > denim[:, 0] - 0.05).all()


def test_a_second_colour_can_be_seen_beside_the_first():
    generator = np.random.default_rng(2)
    for colour in (np.zeros(3, np.float32), np.full(3, 0.9, np.float32)):
        others = np.array([sample_second_colour(colour, generator) for _ in range(30)])
        assert np.median(np.abs(others - colour).max(axis=1)) > 0.1


def test_pictures_fit_around_the_trunk():
    generator = np.random.default_rng(3)
    for use in ("shirt", "button", "skirt", "jumper"):
        width, _ = sample_cloth(use, generator).tile_m
        assert 0.96 / width == pytest.approx(round(0.96 / width), abs=1e-6)
