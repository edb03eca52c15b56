"""A joint that a detector puts far away makes nobody new, however far; a body elsewhere is another person."""

from dataclasses import replace

import numpy as np
import pytest
from walking_people import scene, walking

from maquette.body.catalog import COCO_17
from maquette.inference.extent import find_strays, person_size
from maquette.inference.tracking import track

BODY = np.random.default_rng(3).uniform((-20, -80), (20, 80), (17, 2))
ALL = np.ones((1, 1, 17), bool)


def strays_of(joints, others=BODY, common=ALL):
    return np.flatnonzero(find_strays(joints[None], others[None], common)[0, 0]).tolist()


def two_with_strays(frames, joints, place):
    """Two people who walk past each other, joints of the first put elsewhere in some frames."""
    times = np.arange(60) / 30
    poses = scene(times, walking(times, (200, 400), 220), walking(times, (1000, 420), -200))
    moved = poses.joints.copy()
    for frame in frames:
        moved[frame, 0, [COCO_17.index(joint) for joint in joints]] = place
    return replace(poses, joints=moved)


@pytest.mark.parametrize("place", [(1500, 400), (5000, 400), (-3000, 9000), (1e6, 0)])
@pytest.mark.parametrize("joints", [("r_wrist",), ("nose", "l_ankle"), ("l_hip", "r_hip", "l_knee", "r_knee")])
@pytest.mark.parametrize("frames", [[0], [5], [20, 21, 22], [10, 12, 40]], ids=str)
def test_people_with_stray_joints_keep_their_numbers(frames, joints, place):
    poses = two_with_strays(frames, joints, place)
    found = track(poses)
    assert found.person_count == 2 and found.present.all()
    assert sorted(found.joints[0, :, 0].tolist()) == sorted(poses.joints[0, :, 0].tolist())
    first = int(np.argmin(found.joints[1, :, COCO_17.index("l_shoulder"), 0]))
    np.testing.assert_array_equal(found.joints[:, first], poses.joints[:, 0])


def test_a_joint_is_stray_beyond_its_share_of_the_size_of_the_body_and_not_before():
    size = float(person_size(BODY, np.ones(17, bool)))
    for share, wanted in ((0.7, []), (0.8, [4]), (50.0, [4])):
        joints = BODY + np.array([30.0, -10.0])
        joints[4] += (share * size, 0)
        assert strays_of(joints, BODY) == ([] if share < 0.75 else wanted)


def test_more_than_a_quarter_of_the_joints_are_another_body():
    joints = BODY.copy()
    joints[:4] += 1e4
    assert strays_of(joints) == [0, 1, 2, 3]
    joints[4] += 1e4
    assert strays_of(joints) == []
    assert strays_of(BODY + 1e4) == []


def test_joints_that_only_one_knows_are_never_stray():
    joints, common = BODY.copy(), ALL.copy()
    joints[2] += 1e4
    common[..., 2] = False
    assert strays_of(joints, common=common) == []
    assert strays_of(joints, common=np.zeros_like(common)) == []
