"""Short gaps are filled in time; long ones, beginnings and ends are not."""

from itertools import pairwise

import numpy as np
import pytest

from maquette.body.catalog import COCO_17
from maquette.body.people import Poses2d
from maquette.errors import SettingError
from maquette.inference.gaps import fill_gaps


def moving(times: np.ndarray, mask: np.ndarray) -> Poses2d:
    """Two persons whose joints move with constant speeds."""
    start, speed = np.random.default_rng(0).normal(0, 100, (2, 2, 17, 2))
    joints = start + speed * times[:, None, None, None]
    confidence = np.random.default_rng(1).uniform(0.2, 1, mask.shape)
    return Poses2d(
        skeleton=COCO_17,
        joints=np.where(mask[..., None], joints, 0),
        mask=mask,
        confidence=np.where(mask, confidence, 0),
        times=times,
        person_ids=np.arange(2),
    )


def filled_slowly(poses: Poses2d, most_gap_s: float) -> tuple[np.ndarray, np.ndarray]:
    """A twin of `fill_gaps`, joint by joint with numpy.interp."""
    joints, mask = poses.joints.copy(), poses.mask.copy()
    for person in range(poses.person_count):
        for joint in range(17):
            known = np.flatnonzero(poses.mask[:, person, joint])
            for start, end in pairwise(known):
                if end - start > 1 and poses.times[end] - poses.times[start] <= most_gap_s:
                    inside = slice(start + 1, end)
                    mask[inside, person, joint] = True
                    for axis in range(2):
                        values = poses.joints[[start, end], person, joint, axis]
                        joints[inside, person, joint, axis] = np.interp(
                            poses.times[inside], poses.times[[start, end]], values
                        )
    return joints, mask


def test_equals_the_slow_twin_and_the_truth() -> None:
    generator = np.random.default_rng(2)
    times = np.cumsum(generator.uniform(0.01, 0.1, 200))
    mask = generator.random((200, 2, 17)) < 0.6
    poses = moving(times, mask)
    found = fill_gaps(poses, most_gap_s=0.25)
    joints, filled = filled_slowly(poses, 0.25)
    np.testing.assert_array_equal(found.mask, filled)
    np.testing.assert_allclose(found.joints, joints, atol=1e-9)
    truth = moving(times, np.ones_like(mask))
    np.testing.assert_allclose(found.joints[found.mask], truth.joints[found.mask], atol=1e-9)
    assert 0 < (found.mask & ~mask).sum() < (~mask).sum()


def test_filled_joints_are_half_as_sure_as_the_less_sure_end() -> None:
    times = np.arange(5) / 30
    mask = np.ones((5, 2, 17), bool)
    mask[2:4, 0, 3] = False
    poses = moving(times, mask)
    found = fill_gaps(poses)
    wanted = 0.5 * min(poses.confidence[1, 0, 3], poses.confidence[4, 0, 3])
    np.testing.assert_allclose(found.confidence[2:4, 0, 3], wanted)
    np.testing.assert_array_equal(found.confidence[mask], poses.confidence[mask])


def test_nothing_is_put_before_after_or_across_long_gaps() -> None:
    times = np.arange(60) / 30
    mask = np.zeros((60, 2, 17), bool)
    mask[10:20] = True
    mask[40:50] = True
    poses = moving(times, mask)
    found = fill_gaps(poses, most_gap_s=0.25)
    np.testing.assert_array_equal(found.mask, mask)
    np.testing.assert_array_equal(found.joints, poses.joints)


def test_gap_is_measured_in_seconds() -> None:
    mask = np.ones((4, 2, 17), bool)
    mask[1:3] = False
    assert fill_gaps(moving(np.array([0, 0.1, 0.15, 0.25]), mask)).mask.all()
    assert not fill_gaps(moving(np.array([0, 0.1, 0.15, 0.26]), mask)).mask.all()


@pytest.mark.parametrize("frames", [1, 2])
def test_few_frames_and_nobody_known(frames: int) -> None:
    poses = moving(np.arange(frames) / 30, np.zeros((frames, 2, 17), bool))
    assert not fill_gaps(poses).mask.any()


@pytest.mark.parametrize("gap", [-0.1, np.nan, np.inf])
def test_impossible_gap_is_refused(gap: float) -> None:
    with pytest.raises(SettingError, match="must be a finite time"):
        fill_gaps(moving(np.arange(3) / 30, np.ones((3, 2, 17), bool)), most_gap_s=gap)
