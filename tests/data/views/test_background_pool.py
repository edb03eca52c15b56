import pickle

import numpy as np
import pytest

from maquette.data.views.background_pool import BackgroundPool
from maquette.errors import SettingError
from maquette.rendering.surroundings.background import BackgroundSource


@pytest.fixture(scope="module")
def pool() -> BackgroundPool:
    return BackgroundPool(BackgroundSource(), count=3, side_px=40)


def test_pieces_differ_and_follow_the_generator(pool: BackgroundPool):
    pieces = [pool(24, 32, np.random.default_rng(seed)) for seed in range(12)]
    assert all(piece.shape == (24, 32, 3) and piece.flags.c_contiguous for piece in pieces)
    assert len({piece.tobytes() for piece in pieces}) == 12
    np.testing.assert_array_equal(pool(24, 32, np.random.default_rng(5)), pieces[5])


def test_the_same_seed_gives_the_same_pool_here_and_in_a_worker(pool: BackgroundPool):
    whole = pool(40, 40, np.random.default_rng(1))
    again = BackgroundPool(BackgroundSource(), count=3, side_px=40)
    other = BackgroundPool(BackgroundSource(), count=3, side_px=40, seed=1)
    np.testing.assert_array_equal(again(40, 40, np.random.default_rng(1)), whole)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(pool))(40, 40, np.random.default_rng(1)), whole)
    assert (other(40, 40, np.random.default_rng(1)) != whole).any()


def test_things_have_an_outline(pool: BackgroundPool):
    for seed in range(20):
        thing = pool.sample_occluder(80, 80, np.random.default_rng(seed))
        assert thing.picture.shape == (*thing.mask.shape, 3)
        assert min(thing.mask.shape) >= 8
        assert max(thing.mask.shape) <= 40
        assert thing.mask.max() > 200
        assert thing.mask[0, 0] < 255


@pytest.mark.parametrize("bad", [{"count": 0}, {"side_px": 0}, {"collage_share": 1.1}])
def test_senseless_pools_are_refused(bad: dict):
    with pytest.raises(SettingError):
        BackgroundPool(BackgroundSource(), **bad)


def test_pieces_larger_than_the_pictures_are_refused(pool: BackgroundPool):
    with pytest.raises(SettingError, match="raise side_px"):
        pool(41, 10, np.random.default_rng(0))
