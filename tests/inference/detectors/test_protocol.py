"""What a detector finds: some of the people, or those of whom it is surest."""

import numpy as np
import pytest

from maquette.inference.detectors.protocol import Detection, keep_surest


@pytest.mark.parametrize(("most", "kept"), [(1, [2]), (2, [0, 2]), (3, [0, 1, 2]), (9, [0, 1, 2])])
def test_those_are_kept_whose_joints_are_surest(most, kept):
    confidence = np.array([[0.5, 0.7], [0.9, 0.1], [0.8, 0.6]], np.float32)
    joints = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    found = keep_surest(Detection(joints, confidence, joints[..., 0], np.arange(3.0)), most)
    assert np.array_equal(found.joints, joints[kept]) and np.array_equal(found.confidence, confidence[kept])
    assert np.array_equal(found.depths, joints[kept, :, 0]) and found.sizes_m.tolist() == kept
