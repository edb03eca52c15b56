"""Clips of walks that are made up."""

import numpy as np

from maquette.data.motion.walks import make_clips


def test_made_clips_need_not_be_computed_from_their_start():
    for clip in make_clips(2):
        whole = clip.poses(np.arange(clip.frame_count))
        some = clip.poses(np.array([17, 3]))
        np.testing.assert_allclose(some.bone_rotations, whole.bone_rotations[[17, 3]], atol=1e-5)
        assert clip.name.startswith(clip.subject)
