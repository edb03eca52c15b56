"""Windows of motion: the right times, no step across clips, nothing unknown."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from moving_people import made_capture

from maquette.data.filming.windows import MotionWindows
from maquette.errors import InputError

OFFSETS = torch.tensor([-0.2, -0.05, 0.0, 0.05, 0.2])


def test_a_window_holds_the_poses_around_a_moment():
    capture = made_capture(2, 60, fps=20.0)
    windows = MotionWindows(capture, OFFSETS)
    (found,) = windows.at(torch.tensor([80]), torch.tensor([1.0]))
    wanted = capture.joints[[76, 79, 80, 81, 84]] - capture.joints[80, 0]
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_between_frames_people_move_evenly_and_faster_motion_reaches_farther():
    capture = made_capture(1, 60, fps=20.0)
    (found,) = MotionWindows(capture, OFFSETS).at(torch.tensor([30]), torch.tensor([1.5]))
    wanted = capture.joints[[24, 28, 29, 30, 31, 32, 36]] - capture.joints[30, 0]
    np.testing.assert_allclose(found[1], (wanted[1] + wanted[2]) / 2, atol=1e-5)
    np.testing.assert_allclose(found[[0, 2, 4]], wanted[[0, 3, 6]], atol=1e-5)


def test_clips_never_run_into_each_other_nor_across_unknown_poses():
    capture = made_capture(2, 10, fps=20.0)
    joints = capture.joints + np.repeat([0.0, 50.0], 10)[:, None, None]
    joints[14] = np.nan
    windows = MotionWindows(replace(capture, joints=joints), OFFSETS)
    assert len(windows) == 19
    found = windows.at(torch.arange(19), torch.ones(19))
    assert found.isfinite().all() and found.abs().max() < 3
    np.testing.assert_allclose(found[13, 4] + windows.poses[13, 0], windows.poses[13], atol=1e-5)


def test_motion_without_a_known_pose_is_refused():
    capture = made_capture(1, 10)
    with pytest.raises(InputError, match="no pose of the motion capture is known"):
        MotionWindows(replace(capture, joints=np.full_like(capture.joints, np.nan)), OFFSETS)


def test_the_same_seed_draws_the_same_windows():
    windows = MotionWindows(made_capture(3, 40), OFFSETS, kinds=5)
    first, second = (windows.sample(6, even_share=0.5, generator=torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(first, second) and first.shape == (6, 5, 17, 3)
