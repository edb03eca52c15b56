"""The learning rate's way: up, level, down; and what is the same for a longer training."""

import pytest

from maquette.training.schedule import warm_level_down


def test_it_rises_stays_level_and_falls():
    way = [warm_level_down(step, steps=1000, warm=100, down_share=0.2) for step in range(1000)]
    rise, level, fall = way[:100], way[100:800], way[800:]
    assert rise == pytest.approx([(step + 1) / 100 for step in range(100)])
    assert set(level) == {1.0}
    assert fall == pytest.approx([(1000 - step) / 200 for step in range(800, 1000)])


def test_a_longer_training_is_the_same_up_to_the_fall():
    short, long = ([warm_level_down(step, steps=steps, warm=50) for step in range(1000)] for steps in (1000, 4000))
    assert short[:801] == long[:801] and short[802] < long[802]


@pytest.mark.parametrize("steps", [1, 2, 3, 10, 501])
@pytest.mark.parametrize("warm", [0, 1, 500])
@pytest.mark.parametrize("down_share", [0.0, 0.2, 1.0])
def test_it_is_never_nothing_and_never_more_than_all(steps, warm, down_share):
    for step in range(steps + 3):  # beyond the end too
        assert 0 < warm_level_down(step, steps=steps, warm=warm, down_share=down_share) <= 1
