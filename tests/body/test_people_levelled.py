from dataclasses import replace

import numpy as np
import pytest

from maquette.body.catalog import H36M_17
from maquette.body.people import Poses3d
from maquette.errors import ConventionError


def standing(up, **changes):
    """Somebody who stands straight along ``up``, seen by a camera that is tilted."""
    joints = np.zeros((1, 1, 17, 3))
    joints[0, 0, H36M_17.index("head_top")] = 0.8 * np.array(up)
    fields = {
        "mask": np.ones((1, 1, 17), bool),
        "confidence": np.ones((1, 1, 17)),
        "times": np.zeros(1),
        "person_ids": np.array([1]),
    }
    return Poses3d(skeleton=H36M_17, joints=joints, up=up, **(fields | changes))


@pytest.mark.parametrize("up", [(0.0, -1.0, 0.0), (0.0, -0.8, -0.6), (0.6, -0.8, 0.0), (0.48, -0.6, -0.64)])
def test_levelled_people_stand_upright_and_keep_their_size(up):
    levelled = standing(up).levelled()
    np.testing.assert_allclose(levelled.joints[0, 0, H36M_17.index("head_top")], [0, -0.8, 0], atol=1e-9)
    assert levelled.up == (0.0, -1.0, 0.0)
    np.testing.assert_allclose(levelled.levelled().joints, levelled.joints, atol=1e-12)


def test_without_a_known_tilt_nothing_is_turned():
    poses = replace(standing((0.0, -0.8, -0.6)), up=None)
    assert poses.levelled() is poses


def test_another_frame_forgets_where_up_was():
    assert standing((0.0, -0.8, -0.6)).in_frame("world", np.eye(3)).up is None


def test_up_must_be_a_direction():
    with pytest.raises(ConventionError, match="unit vector"):
        standing((0.0, -2.0, 0.0))
