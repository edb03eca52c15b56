import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra 'synth' is not installed")
pytest.importorskip("anny", reason="the extra 'synth' is not installed")

from maquette.rendering.bodies.body import anny_body
from maquette.rendering.bodies.shape import PHENOTYPES, body_height_m, sample_phenotypes

AGE, GENDER, HEIGHT, WEIGHT = (PHENOTYPES.index(name) for name in ("age", "gender", "height", "weight"))
GROWN_UP = 0.77


@pytest.fixture(scope="module")
def population():
    return sample_phenotypes(4000, np.random.default_rng(0))


@pytest.fixture(scope="module")
def statures():
    people = sample_phenotypes(96, np.random.default_rng(1))
    return people, np.array(
        [body_height_m(rest) for i in range(0, 96, 16) for rest in anny_body().rests(people[i : i + 16])]
    )


def test_everything_lies_between_zero_and_one(population):
    assert population.shape == (4000, len(PHENOTYPES))
    assert population.min() >= 0 and population.max() <= 1


def test_the_same_seed_gives_the_same_people():
    first, again = (sample_phenotypes(20, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, sample_phenotypes(20, np.random.default_rng(8)))


def test_nobody_and_one_can_be_drawn():
    assert sample_phenotypes(0, np.random.default_rng(0)).shape == (0, len(PHENOTYPES))
    assert sample_phenotypes(1, np.random.default_rng(0)).shape == (1, len(PHENOTYPES))


def test_shares_of_origin_add_to_one_and_most_people_have_a_main_one(population):
    origins = population[:, -3:]
    np.testing.assert_allclose(origins.sum(axis=1), 1, atol=1e-5)
    assert np.median(origins.max(axis=1)) > 0.7
    np.testing.assert_allclose(origins.mean(axis=0), 1 / 3, atol=0.03)


def test_one_in_eight_is_a_child_none_a_baby_and_half_are_female(population):
    twelve_years = 0.415 + (0.67 - 0.415) / 5
    assert (population[:, AGE] < twelve_years).mean() == pytest.approx(0.12, abs=0.02)
    assert population[:, AGE].min() > 0.1
    assert (population[:, GENDER] > 0.5).mean() == pytest.approx(0.5, abs=0.03)


def test_no_trait_is_at_its_edge_and_all_of_them_vary(population):
    traits = population[:, 2:8]
    assert (traits.std(axis=0) > 0.04).all()
    assert ((traits > 0.02) & (traits < 0.98)).mean() > 0.97


def test_statures_are_those_of_people(statures):
    people, stature = statures
    adults = people[:, AGE] > GROWN_UP
    assert stature[adults].min() > 1.35 and stature[adults].max() < 2.1
    assert np.mean(stature[adults]) == pytest.approx(1.69, abs=0.04)
    assert stature.min() > 0.85 and stature[people[:, AGE] < 0.3].max() < 1.45


def test_men_are_taller_than_women_on_the_whole(statures):
    people, stature = statures
    adults, female = people[:, AGE] > GROWN_UP, people[:, GENDER] > 0.5
    assert 0.08 < stature[adults & ~female].mean() - stature[adults & female].mean() < 0.22
