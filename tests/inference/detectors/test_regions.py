"""BlazePose's landmarks in given regions, and faces: hand values, and real pictures whose people are known."""

import importlib.util
import warnings
from pathlib import Path

import numpy as np
import pytest
from lit_teacher import joints_of
from PIL import Image

from maquette.body.catalog import BLAZEPOSE_33, COCO_17
from maquette.inference.detectors.blazepose import BlazePose
from maquette.inference.detectors.faces import FaceFinder
from maquette.inference.detectors.regions import RegionLandmarks, regions_around

needs_mediapipe = pytest.mark.skipif(importlib.util.find_spec("mediapipe") is None, reason="mediapipe is not installed")
SURE = np.full((1, 17), 0.9)


def around(joints, confidence=SURE):
    return regions_around(joints[None], confidence, COCO_17)[0]


class TestRegions:
    def test_are_about_the_hips_and_reach_to_the_feet(self):
        joints = joints_of((300.0, 200.0, 50.0))
        x, y, side, turn = around(joints)
        feet = np.hypot(0.6, 3.4 - 0.4) * 50
        head = 1.2 * np.hypot(0, 3.2 + 0.4) * 50
        assert (x, y, turn) == pytest.approx((300, 220, 0)) and feet < head
        assert side == pytest.approx(2.5 * max(head, 1.08 * np.hypot(0.2, 3.8) * 50, 1.9 * 2.4 * 50))

    @pytest.mark.parametrize("angle", [0.5, -2.0, 3.0])
    def test_turn_with_the_person(self, angle):
        turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])  # clockwise, as y is down
        joints = joints_of((300.0, 200.0, 50.0))
        straight, other = around(joints), around(joints @ turned.T)
        assert other[3] == pytest.approx(angle) and other[2] == pytest.approx(straight[2])
        np.testing.assert_allclose(other[:2], turned @ straight[:2])

    def test_hips_that_nobody_sees_hang_below_the_shoulders(self):
        joints, confidence = joints_of((300.0, 200.0, 50.0)), SURE.copy()
        hips = list(COCO_17.indices("l_hip", "r_hip"))
        joints[hips], confidence[0, hips] = 0.0, 0.1
        x, y, _, turn = around(joints, confidence)
        assert (x, y, turn) == pytest.approx((300, 100 + 1.35 * 80, 0))
        upside_down = joints * (-1, -1)
        assert around(upside_down, confidence)[:2] == pytest.approx((-300, -100 - 1.35 * 80))

    def test_of_nobody_and_of_a_point(self):
        assert regions_around(np.zeros((0, 17, 2)), np.zeros((0, 17)), COCO_17).shape == (0, 4)
        point = regions_around(np.zeros((1, 33, 2)), np.zeros((1, 33)), BLAZEPOSE_33)
        assert np.isfinite(point).all() and point[0, 2] > 0


@needs_mediapipe
class TestLandmarks:
    def test_whoever_is_in_a_region_is_found_there(self, shared_data: Path, capfd):
        picture = np.array(Image.open(shared_data / "photos/openpifpaf_soccer.jpg").convert("RGB"))
        both = BlazePose().detect(picture)
        model = RegionLandmarks()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = model.find(picture, regions_around(both.joints, both.confidence, BLAZEPOSE_33)[::-1])
        model.close()
        off = np.linalg.norm(found.joints - both.joints[::-1], axis=-1)
        assert np.median(off, axis=1).max() < 10 and found.confidence.max() <= 1  # of men 600 px tall
        assert capfd.readouterr() == ("", "")

    def test_nobody_in_an_empty_region(self, capfd):
        model = RegionLandmarks()
        regions = np.array([[20.0, 10.0, 30.0, 0.0], [-500.0, 900.0, 1e5, 7.0]])
        for size in ((40, 30), (1, 1)):
            found = model.find(np.zeros((*size, 3), np.uint8), regions)
            assert found.joints.shape == (2, 33, 2) and not found.confidence.any() and not found.joints.any()
        assert model.find(np.zeros((9, 9, 3), np.uint8), np.zeros((0, 4))).joints.shape == (0, 33, 2)
        model.close()
        assert capfd.readouterr() == ("", "")


@needs_mediapipe
class TestFaces:
    def test_every_face_of_a_group_is_found_once(self, shared_data: Path, capfd):
        picture = np.array(Image.open(shared_data / "photos/cq100_columbia_crew.jpg").convert("RGB"))
        finder = FaceFinder()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            faces = finder.find(picture)
        finder.close()
        smiling = np.array(
            [[0.5, 0.34], [0.71, 0.33], [0.83, 0.27], [0.37, 0.25], [0.62, 0.23], [0.27, 0.31], [0.17, 0.22]]
        )
        apart = np.linalg.norm(faces[:, None, 3:] / picture.shape[1::-1] - smiling, axis=-1)
        assert (apart < 0.03).sum(axis=0).tolist() == [1] * 7  # and one more may be seen in a helmet
        assert len(faces) <= 8 and (np.abs(faces[:, 2] - 45) < 20).all()
        assert capfd.readouterr() == ("", "")

    def test_none_in_empty_pictures(self):
        finder = FaceFinder()
        for size in ((40, 30), (3, 2), (1, 1)):
            assert finder.find(np.zeros((*size, 3), np.uint8)).shape == (0, 5)
        finder.close()
