"""The refiner at work: persons, rates, gaps, conventions; and as a part of an estimator."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from moving_people import made_clips

from maquette.body.catalog import H36M_17, MPII_16
from maquette.body.people import Poses2d, Poses3d
from maquette.errors import ConventionError
from maquette.inference.estimator import AnyKeypoints, Estimated, Estimator
from maquette.methods.temporal.config import TINY, bidirectional, online
from maquette.methods.temporal.evaluation import refine_clips
from maquette.methods.temporal.model import with_fresh_weights
from maquette.methods.temporal.predict import Refined, TemporalRefiner

FRAMES, PERSONS = 30, 3


def refiner(config=TINY):
    """A net that has learned nothing but does something."""
    model = with_fresh_weights(H36M_17, config, generator=torch.Generator().manual_seed(0))
    clips = made_clips(3, 30)
    windows = torch.from_numpy(clips.predicted).unfold(1, config.window, 1).movedim(-1, 2).flatten(0, 1)
    model.standardise(windows, torch.from_numpy(clips.true)[:, : windows.shape[0] // 3].flatten(0, 1))
    torch.nn.init.normal_(model.net.layers[-1].weight, std=0.02, generator=torch.Generator().manual_seed(1))
    return TemporalRefiner(model)


def poses(**changes):
    joints = made_clips(PERSONS, FRAMES).predicted.swapaxes(0, 1).copy()
    fields = {
        "skeleton": H36M_17,
        "joints": joints,
        "mask": np.ones(joints.shape[:3], bool),
        "confidence": np.full(joints.shape[:3], 0.7),
        "times": np.arange(FRAMES) / 25,
        "person_ids": np.arange(PERSONS),
    }
    return Poses3d(**(fields | changes))


def test_everything_but_the_joints_stays_and_the_input_is_not_touched():
    given = poses(uncertainty=np.full((FRAMES, PERSONS, 17), 0.1))
    before = given.joints.copy()
    refined = refiner().refine(given)
    assert np.array_equal(given.joints, before) and not np.array_equal(refined.joints, before)
    assert refined.joints.dtype == given.joints.dtype and not refined.joints[:, :, 0].any()
    for name in ("mask", "confidence", "times", "person_ids", "uncertainty", "skeleton", "unit", "root"):
        assert getattr(refined, name) is getattr(given, name)


@pytest.mark.parametrize("config", [TINY, bidirectional(TINY, 6), online(TINY, 1)])
def test_all_persons_are_one_by_one_and_equal_the_clips_of_training(config):
    together = refiner(config).refine(poses()).joints
    for person in range(PERSONS):
        alone = refiner(config).refine(poses().select_persons(np.array([person]))).joints
        np.testing.assert_allclose(alone[:, 0], together[:, person], atol=1e-6)
    clips = refine_clips(refiner(config).model, made_clips(PERSONS, FRAMES))
    np.testing.assert_allclose(together.swapaxes(0, 1), clips, atol=1e-6)


def test_an_online_net_never_looks_ahead_and_a_bidirectional_one_does():
    late = poses()
    late.joints[20:] += 0.05
    late.joints[:, :, 0] = 0.0
    online_net, bidirectional_net = refiner(), refiner(bidirectional(TINY, 6))
    assert online_net.is_online and not bidirectional_net.is_online
    np.testing.assert_array_equal(online_net.refine(late).joints[:20], online_net.refine(poses()).joints[:20])
    changed = bidirectional_net.refine(late).joints != bidirectional_net.refine(poses()).joints
    assert changed[18:20].any() and not changed[:17].any()


@pytest.mark.parametrize("factor", [1000.0, 0.3])
def test_units_and_sizes_do_not_matter(factor):
    refined = refiner().refine(poses()).joints
    scaled = poses(joints=poses().joints * factor)
    np.testing.assert_allclose(refiner().refine(scaled).joints, refined * factor, rtol=1e-4, atol=1e-5 * factor)
    np.testing.assert_allclose(refiner().refine(poses().in_unit("mm")).joints, 1000 * refined, rtol=1e-4, atol=1e-2)


def test_twice_the_frame_rate_of_the_same_motion_gives_the_same_poses():
    given = poses()
    between = (given.joints[:-1] + given.joints[1:]) / 2
    doubled = np.insert(given.joints, np.arange(1, FRAMES), between, axis=0)
    count = len(doubled)
    fast = poses(
        joints=doubled,
        mask=np.ones((count, PERSONS, 17), bool),
        confidence=np.ones((count, PERSONS, 17)),
        times=np.arange(count) / 50,
    )
    np.testing.assert_allclose(refiner().refine(fast).joints[::2], refiner().refine(given).joints, atol=1e-5)


def test_unknown_poses_stay_unknown_and_are_not_looked_at():
    given = poses()
    given.mask[5:8, 1] = False
    given.mask[10, 2, 4] = False  # one joint alone
    given.joints[~given.mask] = 0.0
    refined = refiner().refine(given)
    assert not refined.joints[5:8, 1].any()
    np.testing.assert_array_equal(refined.joints[10, 2], given.joints[10, 2])
    other = replace(given, joints=given.joints.copy())
    other.joints[10, 2, 3] += 1.0
    np.testing.assert_array_equal(refiner().refine(other).joints[11:], refined.joints[11:])


def test_nobody_and_one_frame_are_fine():
    nobody = poses(mask=np.zeros((FRAMES, PERSONS, 17), bool), joints=np.zeros((FRAMES, PERSONS, 17, 3)))
    assert not refiner().refine(nobody).joints.any()
    for some in (poses().select_persons(slice(0, 0)), poses().select_frames(slice(0, 0))):
        assert refiner().refine(some).joints.shape == some.joints.shape
    one = poses().select_frames(slice(0, 1))
    assert np.isfinite(refiner().refine(one).joints).all()


def test_absolute_poses_keep_the_place_of_their_root():
    place = np.linspace(0, 3, FRAMES)[:, None, None, None] + np.array([0.0, 1.0, 4.0])
    absolute = poses(joints=(poses().joints + place).astype(np.float32), root=None)
    refined = refiner().refine(absolute).joints
    np.testing.assert_allclose(refined - place, refiner().refine(poses()).joints, atol=1e-5)


def test_poses_relative_to_another_joint_stay_so():
    refined = refiner().refine(poses().relative_to("thorax"))
    assert not refined.joints[:, :, H36M_17.index("thorax")].any()
    np.testing.assert_allclose(refined.relative_to("pelvis").joints, refiner().refine(poses()).joints, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"skeleton": MPII_16, "joints": np.zeros((FRAMES, PERSONS, 16, 3))}, "refines poses on h36m_17"),
        ({"frame": "world"}, "in the camera frame"),
    ],
)
def test_other_skeletons_and_frames_are_refused(changes, words):
    count = len(changes.get("skeleton", H36M_17))
    extra = {"mask": np.ones((FRAMES, PERSONS, count), bool), "confidence": np.ones((FRAMES, PERSONS, count))}
    with pytest.raises(ConventionError, match=words):
        refiner().refine(poses(**changes, **extra))


class Fixed:
    """An estimator that always says the same."""

    name = "fixed"
    skeleton = H36M_17
    reads = AnyKeypoints()

    def estimate(self, keypoints, *, camera=None, independent_frames=False, progress=None):
        return Estimated(poses(), ("said before",))


def keypoints():
    return Poses2d(
        skeleton=H36M_17,
        joints=np.zeros((FRAMES, PERSONS, 17, 2)),
        mask=np.ones((FRAMES, PERSONS, 17), bool),
        confidence=np.ones((FRAMES, PERSONS, 17)),
        times=np.arange(FRAMES) / 25,
        person_ids=np.arange(PERSONS),
    )


def test_a_refined_estimator_is_an_estimator():
    refined = Refined(Fixed(), refiner())
    assert isinstance(refined, Estimator) and refined.name == "fixed+tp" and refined.skeleton == H36M_17
    assert Refined(Fixed(), refiner(bidirectional(TINY, 6))).name == "fixed+bi-tp"
    found = refined.estimate(keypoints())
    np.testing.assert_array_equal(found.poses.joints, refiner().refine(poses()).joints)
    assert found.notes == ("said before", "each pose refined from itself and those before it by a temporal net")


def test_independent_frames_are_left_alone():
    found = Refined(Fixed(), refiner()).estimate(keypoints(), independent_frames=True)
    np.testing.assert_array_equal(found.poses.joints, poses().joints)
    assert found.notes == ("said before",)


def test_an_estimator_on_another_skeleton_is_refused():
    other = Fixed()
    other.skeleton = MPII_16
    with pytest.raises(ConventionError, match="'fixed' answers on mpii_16"):
        Refined(other, refiner())
