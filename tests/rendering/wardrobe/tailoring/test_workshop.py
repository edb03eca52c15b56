import pytest
from threadpoolctl import threadpool_limits

from maquette.rendering.bodies.body import anny_body
from maquette.rendering.wardrobe.tailoring.workshop import workshop


@pytest.fixture
def no_bodies():
    """Nothing is kept from other tests, nor for them."""
    anny_body.cache_clear()
    yield
    anny_body.cache_clear()


def test_what_is_kept_for_all_people_is_the_same_however_many_threads_there_are(no_bodies):
    charts = []
    for threads in (1, 2, 4):
        anny_body.cache_clear()
        with threadpool_limits(threads):
            charts.append(workshop(anny_body()).chart.places.tobytes())
    assert charts[0] == charts[1] == charts[2]
