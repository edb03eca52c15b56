"""The estimator: poses of everybody seen enough, at any lens and rate, alone or with others."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from walking_people import SIZE, as_found, scene, walking

from maquette.body.catalog import H36M_17
from maquette.geometry.camera import assume_camera
from maquette.inference.estimator import Estimator
from maquette.methods.track_lifting.config import TINY
from maquette.methods.track_lifting.model import TrackLifter
from maquette.methods.track_lifting.predict import TrackLiftingEstimator, open_method
from maquette.methods.track_lifting.weights import lifter_to_bytes

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


def select_person(keypoints, person):
    """One person of several."""
    parts = {name: getattr(keypoints, name)[:, [person]] for name in ("joints", "mask", "confidence")}
    return replace(keypoints, **parts, person_ids=keypoints.person_ids[[person]])


def test_it_is_an_estimator_whose_poses_are_relative_to_the_root(estimator, two):
    assert isinstance(estimator, Estimator)
    poses = estimator.estimate(two).poses
    assert poses.joints.shape == (20, 2, 17, 3) and poses.mask.all() and poses.root == "pelvis"
    assert np.abs(poses.joints[:, :, 0]).max() == 0 and (poses.uncertainty > 0).all()
    assert np.linalg.norm(poses.up) == pytest.approx(1, abs=1e-5)


def test_nobody_depends_on_others(estimator, two):
    together = estimator.estimate(two).poses
    for person in (0, 1):
        alone = estimator.estimate(select_person(two, person)).poses
        np.testing.assert_allclose(alone.joints[:, 0], together.joints[:, person], atol=1e-5)


def test_independent_frames_depend_on_themselves_alone(estimator, two):
    whole = estimator.estimate(two, independent_frames=True)
    parts = {name: getattr(two, name)[7:8] for name in ("joints", "mask", "confidence", "times")}
    one = estimator.estimate(replace(two, **parts), independent_frames=True)
    assert whole.poses.up is None and "anew in every frame" in whole.notes[-1]
    np.testing.assert_allclose(one.poses.joints[0], whole.poses.joints[7], atol=1e-5)
    assert not np.allclose(whole.poses.joints, estimator.estimate(two).poses.joints, atol=1e-3)


def test_people_of_whom_too_little_is_seen_are_left_out(estimator, two):
    mask = two.mask.copy()
    mask[4, 0, 5:] = False
    poses = estimator.estimate(replace(two, mask=mask)).poses
    assert not poses.mask[4, 0].any() and poses.mask[4, 1].all() and poses.mask[3, 0].all()


def test_people_whose_joints_all_lie_in_one_spot_are_left_out(estimator, two):
    joints = two.joints.copy()
    joints[5, 1] = (300.0, 200.0)
    poses = estimator.estimate(replace(two, joints=joints)).poses
    assert not poses.mask[5, 1].any() and poses.mask[5, 0].all() and np.isfinite(poses.joints).all()


def test_with_nobody_there_is_nothing(estimator, two):
    found = estimator.estimate(replace(two, mask=np.zeros_like(two.mask)))
    assert not found.poses.mask.any() and found.poses.up is None


def test_a_given_camera_says_where_up_is(estimator, two):
    camera = assume_camera(SIZE)
    turned = replace(
        camera, rotation=torch.eye(3, dtype=torch.float64)[[0, 2, 1]] * torch.tensor([1.0, -1.0, 1.0])[:, None]
    )
    found = estimator.estimate(two, camera=turned)
    assert found.poses.up == pytest.approx((0, -1, 0)) and "as given" in found.notes[-1]


def test_without_the_size_of_pictures_it_lifts_as_from_afar(estimator):
    points = walking(TIMES, (200.0, 500.0), 0.0)[:, None]
    found = estimator.estimate(as_found(points, TIMES))
    assert found.poses.mask.all() and any("without perspective" in note for note in found.notes)
    again = estimator.estimate(as_found(points * 3 + 1000, TIMES))
    np.testing.assert_allclose(again.poses.joints, found.poses.joints, atol=1e-4)


def test_it_is_opened_from_a_file(estimator, tmp_path, two):
    path = tmp_path / "net.safetensors"
    path.write_bytes(lifter_to_bytes(estimator._lifter))
    np.testing.assert_allclose(
        open_method(path).estimate(two).poses.joints, estimator.estimate(two).poses.joints, atol=0.02
    )
