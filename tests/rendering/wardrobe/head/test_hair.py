"""Hair and headwear: every kind fits every head."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra 'synth' is not installed")
pytest.importorskip("anny", reason="the extra 'synth' is not installed")

from maquette.rendering.bodies.body import anny_body
from maquette.rendering.bodies.shape import PHENOTYPES, sample_phenotypes
from maquette.rendering.wardrobe.head.hair import (
    HAIR_STYLES,
    head_scale,
    sample_beard,
    sample_hair,
    sample_hair_colour,
    sample_hair_kind,
)
from maquette.rendering.wardrobe.head.headwear import HEADWEAR, sample_headwear

BROWN = np.array([0.2, 0.14, 0.1])


@pytest.fixture(scope="module")
def body():
    return anny_body()


@pytest.fixture(scope="module")
def rests(body):
    return body.rests(sample_phenotypes(4, np.random.default_rng(5)))


def _check_on_head(surfaces, rest):
    crown = rest.vertices[:13380, 2].max()
    assert surfaces
    for surface in surfaces:
        assert np.isfinite(surface.vertices).all()
        assert surface.triangles.max() < len(surface.vertices)
        assert len(surface.keep) == len(surface.vertices) == len(surface.bones)
        assert np.allclose(surface.bone_weights.sum(axis=1), 1, atol=1e-4)
        assert surface.vertices[:, 2].max() < crown + 0.2
        assert (surface.keep > 0).any()


@pytest.mark.parametrize("kind", HAIR_STYLES)
def test_every_kind_of_hair_fits_every_head(kind, body, rests):
    for rest in rests:
        _check_on_head(sample_hair(body, rest, kind, BROWN, np.random.default_rng(0)), rest)


@pytest.mark.parametrize("kind", HEADWEAR)
def test_every_kind_of_headwear_fits_every_head(kind, body, rests):
    for rest in rests:
        _check_on_head(sample_headwear(body, rest, kind, np.random.default_rng(0)), rest)


def test_the_bald_have_no_hair(body, rests):
    assert sample_hair(body, rests[0], "bald", BROWN, np.random.default_rng(0)) == []


def test_a_cap_of_hair_lies_outside_of_the_scalp_and_leaves_the_face_free(body, rests):
    for rest in rests:
        cap = sample_hair(body, rest, "short", BROWN, np.random.default_rng(1))[0]
        eyes = rest.vertices[14598:14742].mean(axis=0)
        face = (cap.vertices[:, 1] < eyes[1] + 0.01) & (cap.vertices[:, 2] < eyes[2] + 0.02)
        assert not (cap.keep[face] > 0).any()


def test_a_beard_is_below_the_eyes(body, rests):
    surface = sample_beard(body, rests[0], BROWN, np.random.default_rng(0))
    eyes = rests[0].vertices[14598:14742].mean(axis=0)
    assert (surface.vertices[surface.keep > 0, 2] < eyes[2] - 0.02).all()


def test_heads_of_children_are_smaller_than_those_of_adults(body):
    phenotypes = np.full((2, len(PHENOTYPES)), 0.5, np.float32)
    phenotypes[:, PHENOTYPES.index("age")] = [0.2, 0.75]
    child, adult = (head_scale(body, rest) for rest in body.rests(phenotypes))
    assert 0.6 < child < adult < 1.2


def test_hair_greys_with_age_and_old_men_may_be_bald(body):
    phenotypes = np.full((2, len(PHENOTYPES)), 0.5, np.float32)
    phenotypes[:, PHENOTYPES.index("gender")] = 0
    phenotypes[:, PHENOTYPES.index("age")] = [0.75, 0.95]
    young, old = body.rests(phenotypes)
    generator = np.random.default_rng(0)
    light = [np.mean([sample_hair_colour(rest, generator) for _ in range(60)]) for rest in (young, old)]
    assert light[1] > light[0] + 0.2
    kinds = {sample_hair_kind(old, generator) for _ in range(100)}
    assert "bald" in kinds
    assert kinds <= {*HAIR_STYLES, "bald"}
