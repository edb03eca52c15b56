"""What lifters give to the pipeline: poses in their rows, and nothing elsewhere."""

import numpy as np
import pytest
from walking_people import SIZE, as_found, walking

from maquette.body.catalog import H36M_17
from maquette.geometry.camera import assume_camera
from maquette.inference.lifted import describe_lens, gather_poses

TIMES = np.arange(3) / 25


def test_poses_stand_in_their_rows_with_how_sure_they_are():
    keypoints = as_found(np.stack([walking(TIMES, (200.0, 500.0), 150.0)] * 2, axis=1), TIMES)
    rows = np.array([[True, False], [False, False], [True, True]])
    joints, deviation = np.arange(3 * 17 * 3).reshape(3, 17, 3) / 10.0, np.full((3, 17), 0.15)
    poses = gather_poses(keypoints, H36M_17, rows, joints, deviation)
    np.testing.assert_allclose(poses.joints[[0, 2, 2], [0, 0, 1]], joints, rtol=1e-6)
    assert (poses.present == rows).all() and (poses.joints[~rows] == 0).all()
    assert poses.confidence[0, 0] == pytest.approx(np.exp(-1), rel=1e-5) and poses.confidence[1].max() == 0
    nobody = gather_poses(keypoints, H36M_17, np.zeros_like(rows), joints[:0], deviation[:0])
    assert not nobody.mask.any()


def test_only_a_lens_that_is_not_known_is_told_of():
    lens = assume_camera(SIZE)
    assert describe_lens(lens, lens) == ()
    assert "picture's diagonal, 1469 px" in describe_lens(None, lens)[0]
    assert "without perspective" in describe_lens(None, None)[0]
