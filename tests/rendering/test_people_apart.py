import numpy as np
import pytest

from maquette.rendering.placing import places_apart


@pytest.mark.parametrize("people", [1, 2, 6])
@pytest.mark.parametrize("seed", range(5))
def test_circles_do_not_overlap_and_the_group_is_centred(people, seed):
    generator = np.random.default_rng(seed)
    radii = generator.uniform(0.3, 1.0, people).astype(np.float32)
    places = places_apart(radii, generator)
    distance = np.linalg.norm(places[:, None] - places, axis=-1) + 100 * np.eye(people)
    assert (distance >= radii[:, None] + radii - 1e-4).all()
    assert np.allclose(places.mean(axis=0), 0, atol=1e-5)


def test_same_generator_state_gives_the_same_places():
    radii = np.full(4, 0.5, np.float32)
    first, second = (places_apart(radii, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, second)
