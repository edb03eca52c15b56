"""Frames that come one by one: each is lifted as the last of the clip that there is until then."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from walking_people import scene, walking

from maquette.body.catalog import H36M_17
from maquette.inference.estimator import AnyKeypoints, Estimator
from maquette.inference.past import RememberingEstimator, join_frames, remember
from maquette.methods.lifting.predict import open_method as open_lifting
from maquette.methods.table import find_default
from maquette.methods.track_lifting.config import TINY
from maquette.methods.track_lifting.model import TrackLifter
from maquette.methods.track_lifting.predict import TrackLiftingEstimator

TIMES = np.arange(20) / 25


@pytest.fixture(scope="module")
def estimator():
    torch.manual_seed(3)
    lifter = TrackLifter(H36M_17, TINY)
    torch.nn.init.normal_(lifter.net.last.weight, std=0.1)
    return TrackLiftingEstimator(lifter)


@pytest.fixture(scope="module")
def two():
    return scene(TIMES, walking(TIMES, (200.0, 500.0), 150.0), walking(TIMES, (900.0, 400.0), -100.0, tall=200.0))


def test_each_frame_is_lifted_as_the_last_of_what_was_seen(estimator, two):
    live = remember(estimator)
    assert isinstance(live, RememberingEstimator) and isinstance(live, Estimator) and live.name == estimator.name
    for frame in range(len(TIMES)):
        found = live.estimate(two.select_frames(np.array([frame])), independent_frames=True).poses
        until_now = estimator.estimate(two.select_frames(slice(max(frame - 10, 0), frame + 1))).poses
        assert found.joints.shape == (1, 2, 17, 3)
        np.testing.assert_allclose(found.joints[0], until_now.joints[-1], atol=1e-5)
    alone = estimator.estimate(two.select_frames(np.array([19]))).poses
    assert not np.allclose(alone.joints[0], found.joints[0], atol=1e-3)


def test_people_keep_their_own_past_whoever_comes_and_goes(estimator, two):
    live, other = remember(estimator), remember(estimator)
    for frame in range(12):
        here = two.select_frames(np.array([frame]))
        shown = here.select_persons(np.array([1, 0])) if frame % 2 else here.select_persons(np.array([1]))
        found = live.estimate(shown).poses
        wanted = other.estimate(here.select_persons(np.array([1]))).poses
        np.testing.assert_allclose(found.joints[0, 0], wanted.joints[0, 0], atol=1e-5)


def test_what_lies_too_far_back_is_forgotten(estimator, two):
    live = remember(estimator)
    live.estimate(two.select_frames(np.array([3])))
    late = replace(two.select_frames(np.array([15])), times=np.array([99.0]))
    np.testing.assert_allclose(live.estimate(late).poses.joints, estimator.estimate(late).poses.joints, atol=1e-6)


def test_methods_without_a_past_are_left_alone():
    lifting = open_lifting(find_default("lifting"))
    assert lifting.reads == AnyKeypoints(past_s=0.0) and remember(lifting) is lifting


def test_frames_are_joined_for_the_people_of_the_last(two):
    frames = [two.select_frames(np.array([0])).select_persons(np.array([0])), two.select_frames(np.array([1]))]
    joined = join_frames(frames)
    assert joined.times.tolist() == TIMES[:2].tolist() and joined.person_ids.tolist() == two.person_ids.tolist()
    assert not joined.mask[0, 1].any() and joined.mask[1].all()
    np.testing.assert_array_equal(joined.joints[0, 0], two.joints[0, 0])
