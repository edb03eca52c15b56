"""Whom a teacher finds in whole pictures: discs of which it is known where they are."""

import numpy as np
import pytest
from lit_teacher import LitTeacher, disc_picture, joints_of

from maquette.methods.teacher.finding import LONG_SIDES_PX, find_people

DISCS = [(60.0, 90.0, 14.0), (200.0, 100.0, 20.0)]


def test_everybody_is_found_at_every_size_of_the_picture():
    found = find_people(disc_picture((300, 220), DISCS), LitTeacher())
    sizes = [side for side in LONG_SIDES_PX if side <= 600]
    assert len(found.joints) == 2 * len(sizes)
    for disc in DISCS:
        off = np.abs(found.joints - joints_of(disc)).max(axis=(1, 2))
        assert (off < 1.5).sum() == len(sizes)  # a cell is 4.7 pixels at the coarsest size
    np.testing.assert_allclose(found.middle, 1 / (1 + np.exp(-4)), atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (33, 400)])
def test_pictures_of_any_shape_can_be_empty(size):
    found = find_people(disc_picture(size, []), LitTeacher())
    assert found.joints.shape == (0, 17, 2) and found.confidence.shape == (0, 17)
