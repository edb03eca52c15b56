"""A network that sees mirror images too: the mean of both, left and right by the person's own; and closer looks."""

import numpy as np
import pytest
from dotted_people import DotEstimator, DotNetwork, EverybodyEstimator, RoughDetector, dotted_joints, dotted_picture

from maquette.arrays import Frame
from maquette.body.catalog import H36M_17
from maquette.errors import SettingError
from maquette.inference.estimator import Estimator, PersonCrops
from maquette.inference.looking import MOST_LOOKS, look_closer
from maquette.inference.pipeline import detect
from maquette.inference.top_down import BothSides, CropKeypoints, TopDownNetwork
from maquette.methods.table import open_estimator

SIDE = 32
MIRROR = H36M_17.mirror
WRIST, TWIN = H36M_17.indices("l_wrist", "r_wrist")


class Scripted:
    """A network that says of each next batch what it was told to say."""

    name, skeleton, size_px = "scripted", H36M_17, SIDE

    def __init__(self, *said):
        self.said, self.shown = list(said), []

    def find_keypoints(self, crops):
        self.shown.append(crops)
        return self.said.pop(0)


def random_keypoints(seed, **changes):
    random = np.random.default_rng(seed)
    found = CropKeypoints(
        random.uniform(0, SIDE - 1, (1, 17, 2)), random.uniform(0.1, 1, (1, 17)), random.normal(size=(1, 17)),
        random.uniform(3, 5, 1),
    )  # fmt: skip
    return found._replace(**changes)


def read(one, twin):
    return BothSides(Scripted(one, twin)).find_keypoints(np.zeros((1, SIDE, SIDE, 3), np.uint8))


def test_it_is_a_network_of_the_same_name():
    both = BothSides(DotNetwork(64))
    assert isinstance(both, TopDownNetwork) and (both.name, both.skeleton, both.size_px) == ("dots", H36M_17, 64)


def test_the_second_pictures_are_the_mirror_images():
    network = Scripted(random_keypoints(0), random_keypoints(1))
    crops = np.random.default_rng(0).integers(0, 256, (1, SIDE, SIDE, 3), np.uint8)
    BothSides(network).find_keypoints(crops)
    np.testing.assert_array_equal(network.shown[0], crops)
    np.testing.assert_array_equal(network.shown[1], crops[:, :, ::-1])


def test_values_are_means_of_a_joint_and_its_mirrored_twin():
    one, twin = random_keypoints(0), random_keypoints(1)
    found = read(one, twin)
    across = (one.joints[0, WRIST, 0] + SIDE - 1 - twin.joints[0, TWIN, 0]) / 2
    down = (one.joints[0, WRIST, 1] + twin.joints[0, TWIN, 1]) / 2
    np.testing.assert_allclose(found.joints[0, WRIST], (across, down))
    assert found.depths[0, WRIST] == pytest.approx((one.depths[0, WRIST] + twin.depths[0, TWIN]) / 2)
    assert found.confidence[0, WRIST] == pytest.approx((one.confidence[0, WRIST] + twin.confidence[0, TWIN]) / 2)
    assert found.sizes_m[0] == pytest.approx((one.sizes_m[0] + twin.sizes_m[0]) / 2)


def test_what_one_side_does_not_know_is_told_by_the_other():
    unsure = random_keypoints(1).confidence.copy()
    unsure[0, TWIN] = 0
    bad = random_keypoints(1).joints.copy()
    bad[0, TWIN] = np.nan
    one, twin = random_keypoints(0), random_keypoints(1, confidence=unsure, joints=bad, sizes_m=np.zeros(1))
    found = read(one, twin)
    np.testing.assert_allclose(found.joints[0, WRIST], one.joints[0, WRIST])
    assert found.depths[0, WRIST] == one.depths[0, WRIST] and found.sizes_m[0] == one.sizes_m[0]
    assert found.confidence[0, WRIST] == one.confidence[0, WRIST] / 2


class TestLookingCloser:
    def test_by_default_the_method_is_the_same_object(self):
        method = DotEstimator()
        assert look_closer(method, flip=False, looks=1) is method

    def test_mirror_images_and_looks_are_wired_to_the_detector(self):
        near = dotted_joints((100.4, 110.7), 1.15)
        method = DotEstimator()
        closer = look_closer(method, flip=True, looks=2)
        assert isinstance(closer, Estimator) and isinstance(closer.reads, PersonCrops)
        assert (closer.name, closer.skeleton) == (method.name, method.skeleton)
        detector = closer.reads.detector_over(lambda: RoughDetector([[near]]))
        detector.detect(dotted_picture([near], (240, 240)))
        assert len(method.reads.network.batches) == 4
        assert detector.notes[-1] == (
            "people found by rough, joints read from the picture and its mirror image by dots, each person looked at "
            "2 times"
        )

    def test_estimates_are_the_methods_own(self):
        near = dotted_joints((100.4, 110.7), 1.15)
        frames = [Frame(dotted_picture([near], (240, 240)), 0.0)]
        closer = look_closer(DotEstimator(), flip=False, looks=2)
        keypoints = detect(frames, closer.reads.detector_over(lambda: RoughDetector([[near]])))
        given, own = closer.estimate(keypoints), DotEstimator().estimate(keypoints)
        np.testing.assert_array_equal(given.poses.joints, own.poses.joints)
        assert given.notes == own.notes == ("dots have been joined",)

    @pytest.mark.parametrize("looks", [0, -1, MOST_LOOKS + 1, 10**9])
    def test_looks_that_make_no_sense_are_refused(self, looks):
        with pytest.raises(SettingError, match="from 1 to 5"):
            look_closer(DotEstimator(), flip=False, looks=looks)

    @pytest.mark.parametrize("method", [EverybodyEstimator(), open_estimator("lifting")])
    def test_methods_that_see_no_crops_refuse(self, method):
        with pytest.raises(SettingError, match="`flip` is not used"):
            look_closer(method, flip=True, looks=1)
        with pytest.raises(SettingError, match="`looks` is not used"):
            look_closer(method, flip=False, looks=2)


def test_mirrored_dots_are_the_same_people():
    """Left and right are exchanged by the network's skeleton alone: dots keep their colours in a mirror."""
    joints = dotted_joints((60.0, 64.0), 0.6)
    picture = dotted_picture([joints], (128, 128))[None]
    plain = DotNetwork().find_keypoints(picture)

    class Swapping(DotNetwork):
        """Knows in a mirror image, whose pixels run backwards, that left is right."""

        def find_keypoints(self, crops):
            found = super().find_keypoints(crops)
            if len(self.batches) == 2:
                found = CropKeypoints(*(part[:, MIRROR] for part in found[:3]), found.sizes_m)
            return found

    both = BothSides(Swapping()).find_keypoints(picture)
    np.testing.assert_allclose(both.joints, plain.joints, atol=1e-6)
    np.testing.assert_allclose(both.depths, plain.depths, atol=1e-6)
