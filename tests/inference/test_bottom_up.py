"""A bottom-up method through the whole way: it is shown whole pictures, and finds several people at once by itself."""

import numpy as np
import pytest
from dotted_people import EverybodyEstimator, dotted_joints, dotted_picture

from maquette.arrays import Frame
from maquette.body.catalog import H36M_17
from maquette.errors import SettingError
from maquette.inference.detectors.protocol import Detector
from maquette.inference.estimator import Estimator, WholePictures, require_keypoints_enough
from maquette.inference.pipeline import PipelineSettings, detect, lift_keypoints

SIZE = (420, 240)
STEPS = [(dotted_joints((90 + 2 * t, 110), 1.15), dotted_joints((320 - t, 125), 0.7, seed=1)) for t in range(8)]


def never():
    raise AssertionError("a method that finds people itself needs no other detector")


def test_the_stand_ins_are_what_they_stand_for():
    estimator = EverybodyEstimator()
    assert isinstance(estimator, Estimator) and isinstance(estimator.reads, WholePictures)
    assert isinstance(estimator.reads.detector, Detector)


def test_its_detector_is_its_own_and_no_other_is_opened():
    estimator = EverybodyEstimator()
    detector = estimator.reads.detector_over(never)
    assert detector is estimator.reads.detector
    found = detector.detect(dotted_picture(list(STEPS[0]), SIZE))
    np.testing.assert_allclose(found.joints, np.stack(STEPS[0][::-1]), atol=0.5)
    assert len(detector.detect(dotted_picture([], SIZE)).joints) == 0


def test_keypoints_alone_do_not_suffice_it():
    with pytest.raises(SettingError, match="'everybody' reads pictures"):
        require_keypoints_enough(EverybodyEstimator())


def test_whole_pictures_become_poses_of_several_people_who_are_followed():
    shuffled = [list(people[:: 1 if index % 2 else -1]) for index, people in enumerate(STEPS)]
    frames = [Frame(dotted_picture(people, SIZE), index / 25) for index, people in enumerate(shuffled)]
    estimator = EverybodyEstimator()
    keypoints = detect(frames, estimator.reads.detector_over(never))
    assert keypoints.skeleton == H36M_17 and keypoints.depths is not None and keypoints.person_count == 2
    estimate = lift_keypoints(
        keypoints, estimator, PipelineSettings(height_m=1.8), is_tracked=False, detector="everybody"
    )
    assert estimate.poses.person_count == 2 and estimate.poses.mask.all() and estimate.method == "everybody"
    assert np.abs(np.diff(estimate.keypoints.joints[:, :, 0, 0], axis=0)).max() < 5
    poses = estimate.poses.joints[:, :, H36M_17.indices("head_top", "l_ankle")]
    assert np.all(poses[:, :, 0, 2] > 0.5) and np.all(poses[:, :, 1, 2] < -0.5)
