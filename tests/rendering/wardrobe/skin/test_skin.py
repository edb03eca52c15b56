"""Skin and eyes: natural tones, nobody naked, both sides alike."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra 'synth' is not installed")
pytest.importorskip("anny", reason="the extra 'synth' is not installed")

from maquette.rendering.bodies.body import anny_body
from maquette.rendering.bodies.shape import PHENOTYPES, sample_phenotypes
from maquette.rendering.wardrobe.skin.eye import sample_eyes
from maquette.rendering.wardrobe.skin.skin import paint_on_photograph, paint_skin, sample_complexion, sample_skin_tone
from maquette.rendering.wardrobe.skin.skin_map import REGIONS, SHADES, SKIN_PX, skin_map, skin_places
from maquette.rendering.wardrobe.tailoring.workshop import workshop


@pytest.fixture(scope="module")
def body():
    return anny_body()


def _complexion(generator, gender):
    phenotypes = np.full(len(PHENOTYPES), 0.5, np.float32)
    phenotypes[0] = gender
    phenotypes[1] = 0.75
    return sample_complexion(phenotypes, np.array([0.2, 0.14, 0.1]), generator)


def test_the_map_knows_every_region(body):
    found = np.unique(skin_map(body) // SHADES)
    assert set(found) == set(range(len(REGIONS)))


def test_places_are_those_of_the_surface(body):
    places, chart = skin_places(body), workshop(body).chart
    corner = body.skin_triangles[::50, 0]
    u, v = body.skin_uv[::50, 0].T
    column = np.clip((u * SKIN_PX - 0.5).round().astype(int), 0, SKIN_PX - 1)
    row = np.clip(((1 - v) * SKIN_PX - 0.5).round().astype(int), 0, SKIN_PX - 1)
    distance = np.abs(places.height[row, column] - chart.height[corner])
    assert np.median(distance) < 0.004
    assert np.quantile(distance, 0.95) < 0.02


def test_tones_are_natural_and_follow_descent():
    generator = np.random.default_rng(0)
    tones = {
        name: np.array([sample_skin_tone(np.eye(3)[i], generator) for _ in range(100)])
        for i, name in enumerate(("african", "asian", "caucasian"))
    }
    for tone in tones.values():
        assert (tone[:, 0] > tone[:, 1]).all()
        assert (tone[:, 1] > tone[:, 2] - 0.02).all()
    assert tones["african"].mean() < tones["asian"].mean() < tones["caucasian"].mean()


def test_underwear_is_painted_on_everyone(body):
    generator = np.random.default_rng(1)
    briefs = skin_map(body) // SHADES == REGIONS.index("briefs")
    for gender in (0.0, 1.0):
        complexion = _complexion(generator, gender)
        painted = paint_skin(body, complexion).texture[briefs].mean(axis=0) / 255
        assert np.abs(painted - complexion.briefs).max() < 0.08
        photograph = np.full((SKIN_PX, SKIN_PX, 3), 200, np.uint8)
        covered = paint_on_photograph(body, photograph, complexion).texture
        assert np.abs(covered[briefs] / 255 - complexion.briefs).max() < 0.01
        assert (photograph == 200).all()


def test_only_women_wear_a_bra_and_only_men_have_beards():
    generator = np.random.default_rng(2)
    men = [_complexion(generator, 0.1) for _ in range(40)]
    women = [_complexion(generator, 0.9) for _ in range(40)]
    assert all(one.top is None for one in men)
    assert all(one.top is not None and one.beard == 0 for one in women)
    assert any(one.beard > 0 for one in men)


def test_eyes_are_white_with_an_iris_in_their_middle(body):
    rest = body.rest(sample_phenotypes(1, np.random.default_rng(0))[0])
    surface = sample_eyes(body, rest, np.random.default_rng(0))
    assert surface.uv.min() >= 0
    assert surface.uv.max() <= 1
    texture = surface.material.texture
    assert texture[32, 32].max() < 30
    assert texture[2, 2].min() > 120
