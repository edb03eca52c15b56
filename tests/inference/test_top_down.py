"""A top-down network where a detector finds people: pixels, depths and sizes come back as those of the picture."""

import numpy as np
import pytest
from dotted_people import SIZE_M, DotEstimator, DotNetwork, RoughDetector, dotted_joints, dotted_picture

from maquette.arrays import Frame
from maquette.body.catalog import H36M_17
from maquette.errors import SettingError
from maquette.inference.detectors.protocol import Detector
from maquette.inference.estimator import AnyKeypoints, Estimator, PersonCrops, require_keypoints_enough
from maquette.inference.pipeline import PipelineSettings, detect, lift_keypoints
from maquette.inference.top_down import TopDownDetector, TopDownNetwork
from maquette.methods.table import open_estimator

SIZE = (420, 240)
NEAR = dotted_joints((100.4, 110.7), 1.15)
FAR = dotted_joints((320.2, 125.1), 0.7, seed=1)


def read(people, *, error_px=3.0, looks=1, size_px=128, found=None):
    network = DotNetwork(size_px)
    both = TopDownDetector(RoughDetector([people if found is None else found], error_px), network, looks=looks)
    return both.detect(dotted_picture(people, SIZE)), network


def test_the_stand_ins_are_what_they_stand_for():
    assert isinstance(DotNetwork(), TopDownNetwork) and isinstance(RoughDetector([]), Detector)
    assert isinstance(TopDownDetector(RoughDetector([]), DotNetwork()), Detector)
    assert isinstance(DotEstimator(), Estimator) and isinstance(DotEstimator().reads, PersonCrops)
    assert open_estimator("lifting").reads == AnyKeypoints()


@pytest.mark.parametrize("size_px", [128, 192, 256])
@pytest.mark.parametrize("looks", [1, 2])
def test_joints_and_depths_come_back_in_pixels_of_the_picture(size_px, looks):
    found, network = read([NEAR, FAR], size_px=size_px, looks=looks)
    truth = np.stack([NEAR, FAR])
    assert [batch.shape for batch in network.batches] == [(2, size_px, size_px, 3)] * looks
    np.testing.assert_allclose(found.joints, truth, atol=0.25)
    np.testing.assert_allclose(found.depths, truth[:, :1, 1] - truth[..., 1], atol=0.4)
    np.testing.assert_allclose(found.sizes_m, SIZE_M)
    np.testing.assert_allclose(found.confidence, 0.9, atol=1e-6)


def test_a_second_look_does_not_depend_on_a_rough_first_box():
    rough, fine = (read([NEAR], error_px=error_px, looks=2)[1].batches for error_px in (8.0, 0.0))
    first, second = (np.abs(a.astype(float) - b).mean() for a, b in zip(rough, fine, strict=True))
    assert second < 0.1 * first


def test_people_at_the_edge_are_read_as_far_as_they_are_seen():
    cut = dotted_joints((8.0, 120.0), 1.0)
    found, _ = read([cut], error_px=0.5)
    seen = found.confidence[0] > 0
    assert 4 < seen.sum() < 17 and np.all(found.joints[0, ~seen] == 0) and np.all(found.depths[0, ~seen] == 0)
    whole = (cut > 4).all(axis=-1)
    np.testing.assert_allclose(found.joints[0, whole], cut[whole], atol=0.25)


def test_people_of_whom_little_is_sure_are_left_out():
    inner = RoughDetector([[NEAR, FAR]])
    sure = inner.detect(np.zeros((1, 1, 3), np.uint8))
    confidence = sure.confidence.copy()
    confidence[0, np.flatnonzero(confidence[0])[3:]] = 0.29
    inner.detect = lambda picture: sure._replace(confidence=confidence)
    found = TopDownDetector(inner, DotNetwork()).detect(dotted_picture([NEAR, FAR], SIZE))
    assert len(found.joints) == 1
    np.testing.assert_allclose(found.joints[0], FAR, atol=0.25)


def test_nobody_is_nobody():
    found, network = read([], found=[])
    assert found.joints.shape == (0, 17, 2) and not network.batches


def test_what_a_network_makes_of_nothing_does_no_harm():
    class Broken(DotNetwork):
        def find_keypoints(self, crops):
            found = super().find_keypoints(crops)
            joints, depths = found.joints.copy(), found.depths.copy()
            joints[0, 3], depths[0, 4] = np.nan, np.inf
            return found._replace(
                joints=joints, depths=depths, confidence=found.confidence * 2, sizes_m=np.array([-np.inf])
            )

    found = TopDownDetector(RoughDetector([[NEAR]]), Broken()).detect(dotted_picture([NEAR], SIZE))
    assert np.isfinite(found.joints).all() and np.isfinite(found.depths).all()
    assert found.confidence[0, [3, 4]].tolist() == [0, 0] and found.confidence.max() == 1 and found.sizes_m[0] == 0


def test_it_speaks_for_both_and_closes_the_inner_one():
    inner = RoughDetector([])
    both = TopDownDetector(inner, DotNetwork())
    assert both.name == "rough" and both.skeleton == H36M_17
    assert both.notes == ("the detector is rough", "people found by rough, joints read from the picture by dots")
    both.close()
    assert inner.is_closed


def test_less_than_one_look_is_refused():
    with pytest.raises(SettingError, match="once or more"):
        TopDownDetector(RoughDetector([]), DotNetwork(), looks=0)


def test_keypoints_alone_do_not_suffice_such_a_method():
    with pytest.raises(SettingError, match="use maquette predict on the pictures, or the method lifting"):
        require_keypoints_enough(DotEstimator())
    require_keypoints_enough(open_estimator("lifting"))


def test_pictures_become_poses_through_the_whole_way():
    steps = [(dotted_joints((90 + 2 * t, 110), 1.15), dotted_joints((320 - t, 125), 0.7, seed=1)) for t in range(8)]
    shuffled = [list(people[:: 1 if index % 2 else -1]) for index, people in enumerate(steps)]
    frames = [Frame(dotted_picture(people, SIZE), index / 25) for index, people in enumerate(shuffled)]
    estimator = DotEstimator()
    keypoints = detect(frames, estimator.reads.detector_over(lambda: RoughDetector(shuffled)))
    assert keypoints.skeleton == H36M_17 and keypoints.depths is not None and keypoints.sizes_m is not None
    estimate = lift_keypoints(keypoints, estimator, PipelineSettings(height_m=1.8), is_tracked=False, detector="rough")
    assert estimate.poses.person_count == 2 and estimate.poses.mask.all() and estimate.poses.scale_known
    poses = estimate.poses.joints[:, :, H36M_17.indices("head_top", "l_ankle")]
    assert np.all(poses[:, :, 0, 2] > 0.5) and np.all(poses[:, :, 1, 2] < -0.5)  # heads far, feet near: tilted by 45°
    assert np.abs(np.diff(estimate.keypoints.joints[:, :, 0, 0], axis=0)).max() < 5
