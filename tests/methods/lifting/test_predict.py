"""The estimator from keypoints to poses, on people of a small prior seen by made cameras."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from filmed_people import (
    SIZE,
    error,
    held,
    keypoints,
    lens_of,
    point_of,
    reprojection_error,
    sample_crowd,
    truth,
    turned,
)

from maquette.body.catalog import BLAZEPOSE_33, COCO_17, H36M_17, HALPE_26
from maquette.body.people import Poses3d
from maquette.geometry.camera import PinholeCamera, assume_camera
from maquette.geometry.rotation import heading_rotation
from maquette.methods.lifting.config import TINY
from maquette.methods.lifting.predict import LiftingEstimator
from maquette.priors.mixture.model import METRES_PER_UNIT

TO_CAMERA, AWAY = -math.pi / 2, math.pi / 2
"""Headings of a person who faces the camera, and of one seen from behind."""


@pytest.fixture(scope="module")
def estimator(prior):
    return LiftingEstimator(prior, TINY)


@pytest.fixture
def level():
    return held(assume_camera(SIZE))


@pytest.fixture
def crowd(prior, generator):
    return sample_crowd(prior, generator)


class TestConventions:
    @pytest.fixture
    def stander(self, prior):
        return (prior.mean[:1] * METRES_PER_UNIT)[:, None]

    def test_answers_are_metres_in_the_camera_frame_about_the_root(self, estimator, crowd, level):
        poses = estimator.estimate(keypoints(crowd, level)).poses
        assert isinstance(poses, Poses3d) and poses.skeleton == estimator.skeleton == H36M_17
        assert (poses.unit, poses.frame, poses.root, poses.scale_known) == ("m", "camera", "pelvis", False)
        assert poses.joints.dtype == poses.confidence.dtype == np.float32 and poses.mask.all()
        assert poses.person_ids.tolist() == [7, 8, 9, 10] and poses.times.tolist() == [0, 1 / 30, 2 / 30]
        assert not point_of(poses, "pelvis").any()
        assert error(poses, truth(crowd, level)) < 0.12

    def test_the_head_is_up_and_that_is_where_y_is_small(self, estimator, crowd, level):
        poses = estimator.estimate(keypoints(crowd, level)).poses
        assert (point_of(poses, "head_top")[..., 1] < -0.3).all()
        assert (point_of(poses, "l_ankle")[..., 1] > 0.2).all()

    def test_who_faces_the_camera_has_the_left_side_at_the_right(self, estimator, stander, level):
        poses = estimator.estimate(keypoints(turned(stander, TO_CAMERA), level)).poses
        assert point_of(poses, "l_shoulder")[0, 0, 0] > 0.1 > -0.1 > point_of(poses, "r_shoulder")[0, 0, 0]
        toes_to_nose = point_of(poses, "nose") - point_of(poses, "head_top")
        assert toes_to_nose[0, 0, 2] < -0.03, "the nose is nearer to the camera than the crown"

    def test_who_is_seen_from_behind_has_it_at_the_left(self, estimator, stander, level):
        poses = estimator.estimate(keypoints(turned(stander, AWAY), level)).poses
        assert point_of(poses, "l_shoulder")[0, 0, 0] < -0.1
        assert (point_of(poses, "nose") - point_of(poses, "head_top"))[0, 0, 2] > 0.03

    def test_size_is_about_an_adult_s(self, estimator, stander, level):
        for distance in (3.0, 6.0):
            seen = keypoints(turned(stander, 0.5), held(lens_of(level), distance=distance))
            poses = estimator.estimate(seen).poses
            height = point_of(poses, "l_ankle")[0, 0, 1] - point_of(poses, "head_top")[0, 0, 1]
            assert 1.4 < height < 1.8


class TestReprojection:
    @pytest.mark.parametrize("skeleton", [H36M_17, COCO_17, HALPE_26, BLAZEPOSE_33], ids=lambda one: one.name)
    def test_answers_fall_onto_the_points_they_came_from(self, estimator, crowd, level, skeleton):
        seen = keypoints(crowd, level, skeleton=skeleton)
        estimated = estimator.estimate(seen, camera=level)
        on_ours = seen.mapped_to(H36M_17, exact_only=True)
        assert reprojection_error(estimated.poses, on_ours, level) < 12, "pixels, of people some 600 pixels tall"
        assert estimated.poses.mask.all(), "joints that were not seen are filled in"
        assert error(estimated.poses, truth(crowd, level)) < 0.15

    def test_with_the_true_tilt_and_lens_it_is_closer(self, estimator, crowd):
        camera = held(assume_camera(SIZE), pitch_deg=30.0, distance=3.0)
        seen = keypoints(crowd, camera)
        known = estimator.estimate(seen, camera=camera)
        assert reprojection_error(known.poses, seen, camera) < 12
        level_one = held(assume_camera(SIZE))
        misled = estimator.estimate(seen, camera=level_one)
        assert error(known.poses, truth(crowd, camera)) < 0.8 * error(misled.poses, truth(crowd, camera))

    def test_people_at_the_side_of_the_picture_are_lifted_as_well(self, estimator, crowd, level):
        middle = estimator.estimate(keypoints(crowd, level), camera=level).poses
        aside = crowd + torch.tensor([1.5, 0.0, 0.3], dtype=torch.float64)
        poses = estimator.estimate(keypoints(aside, level), camera=level).poses
        assert error(poses, truth(aside, level)) < error(middle, truth(crowd, level)) + 0.03

    def test_joints_that_the_detector_doubts_pull_less(self, estimator, crowd, level):
        seen = keypoints(crowd, level)
        wrist = H36M_17.index("r_wrist")
        wrong = seen.joints.copy()
        wrong[:, :, wrist] += 150
        doubted = seen.confidence.copy()
        doubted[:, :, wrist] = 0.1
        moved = [
            np.abs(
                estimator.estimate(replace(seen, joints=wrong, confidence=confidence), camera=level).poses.joints
                - estimator.estimate(replace(seen, confidence=confidence), camera=level).poses.joints
            ).mean()
            for confidence in (seen.confidence, doubted)
        ]
        assert moved[1] < 0.6 * moved[0]


class TestCamera:
    def test_distortion_and_the_principal_point_are_undone(self, estimator, crowd, level):
        matrix = torch.tensor([[900.0, 0, 300.0], [0, 900.0, 500.0], [0, 0, 1]], dtype=torch.float64)
        distortion = torch.tensor([-0.25, 0.06, 0.001, -0.001, 0.0], dtype=torch.float64)
        plain = PinholeCamera(matrix, SIZE, torch.zeros(5, dtype=torch.float64), level.rotation, level.translation)
        bent = replace(plain, distortion=distortion)
        wanted = estimator.estimate(keypoints(crowd, plain), camera=plain).poses
        found = estimator.estimate(keypoints(crowd, bent), camera=bent).poses
        np.testing.assert_allclose(found.joints, wanted.joints, atol=2e-3)
        ignored = estimator.estimate(keypoints(crowd, bent), camera=plain).poses
        assert np.abs(ignored.joints - wanted.joints).max() > 0.02

    def test_the_assumed_lens_is_the_picture_s_diagonal(self, estimator, crowd, level):
        seen = keypoints(crowd, level)
        assumed, given = (estimator.estimate(seen, camera=camera) for camera in (None, assume_camera(SIZE)))
        np.testing.assert_array_equal(assumed.poses.joints, given.poses.joints)
        assert any("focal length assumed" in note and "1469 px" in note for note in assumed.notes)
        assert not any("focal length" in note for note in given.notes)

    def test_without_a_picture_size_it_is_lifted_without_perspective(self, estimator, crowd, level):
        seen = replace(keypoints(crowd, level), image_size=None)
        estimated = estimator.estimate(seen)
        assert "picture size unknown: lifted without perspective" in estimated.notes
        moved = estimator.estimate(replace(seen, joints=seen.joints + np.float32(3000)))
        np.testing.assert_allclose(estimated.poses.joints, moved.poses.joints, atol=2e-3)

    @pytest.mark.parametrize(("pitch", "roll"), [(0.0, 0.0), (35.0, 0.0), (-10.0, 12.0)])
    def test_the_tilt_of_a_given_camera_is_taken_whatever_its_heading(self, estimator, crowd, pitch, roll):
        camera = held(assume_camera(SIZE), pitch_deg=pitch, roll_deg=roll)
        seen = keypoints(crowd, camera)
        turn = heading_rotation(torch.tensor(2.0, dtype=torch.float64))
        elsewhere = replace(camera, rotation=camera.rotation @ turn)
        estimated = estimator.estimate(seen, camera=camera)
        again = estimator.estimate(seen, camera=elsewhere)
        np.testing.assert_allclose(again.poses.joints, estimated.poses.joints, atol=1e-4)
        assert "camera tilt not estimated: it is that of the camera, as given or assumed" in estimated.notes
        assert error(estimated.poses, truth(crowd, camera)) < 0.12

    def test_an_unknown_tilt_is_estimated_and_told(self, estimator, prior, generator):
        camera = held(assume_camera(SIZE), pitch_deg=15.0)
        poses = prior.sample_poses(30, generator=generator) * METRES_PER_UNIT
        world = turned(poses, 6.28 * torch.rand(30, generator=generator, dtype=torch.float64))[:, None]
        estimated = estimator.estimate(keypoints(world, camera))
        (note,) = (note for note in estimated.notes if note.startswith("camera tilt estimated"))
        direction, degrees, sign, around, *_ = note.split(": ")[1].split()
        assert direction == "down" and 10 <= int(degrees) <= 20 and sign == "±" and 1 <= int(around) <= 8

    def test_a_camera_in_single_precision_will_do(self, estimator, crowd, level):
        single = PinholeCamera(
            level.matrix.float(), SIZE, level.distortion.float(), level.rotation.float(), level.translation.float()
        )
        seen = keypoints(crowd, level)
        found, wanted = (estimator.estimate(seen, camera=camera).poses for camera in (single, level))
        np.testing.assert_allclose(found.joints, wanted.joints, atol=1e-3)

    def test_a_joint_where_the_lens_model_ends_is_not_believed(self, estimator, crowd, level):
        """Far outside the picture, where distortion folds over: as good as hidden, and nobody else is hurt."""
        bent = replace(level, distortion=torch.tensor([-0.4, 0.2, 0, 0, 0], dtype=torch.float64))
        seen = keypoints(crowd, bent)
        ankle = H36M_17.index("l_ankle")
        mask = seen.mask.copy()
        mask[1, 2, ankle] = False
        far = seen.joints.copy()
        far[1, 2, ankle] = (9000, -4000)
        found = estimator.estimate(replace(seen, joints=far), camera=bent).poses
        wanted = estimator.estimate(replace(seen, mask=mask), camera=bent).poses
        np.testing.assert_allclose(found.joints, wanted.joints, atol=1e-4)


class TestVideo:
    def test_a_frame_that_could_be_front_or_back_is_told_by_its_neighbours(self, estimator, prior, level):
        """In the middle frame the detector confuses left and right, and doubts it."""
        stander = (prior.mean[:1] * METRES_PER_UNIT).expand(9, 17, 3)[:, None]
        seen = keypoints(turned(stander, TO_CAMERA + 0.3), level)
        joints, confidence = seen.joints.copy(), seen.confidence.copy()
        joints[4] = joints[4][:, H36M_17.mirror]
        confidence[4] = 0.05
        doubtful = replace(seen, joints=joints, confidence=confidence)
        left = [
            point_of(estimator.estimate(doubtful, camera=level, independent_frames=alone).poses, "l_hip")[4, 0, 0]
            for alone in (True, False)
        ]
        assert left[0] < 0 < left[1]

    def test_a_turning_person_is_followed_all_round(self, estimator, prior, level):
        turn = torch.linspace(0, 2 * math.pi, 60, dtype=torch.float64)
        world = turned((prior.mean[:1] * METRES_PER_UNIT).expand(60, 17, 3), turn)[:, None]
        poses = estimator.estimate(keypoints(world, level), camera=level).poses
        across = point_of(poses, "l_hip") - point_of(poses, "r_hip")
        wanted = truth(world, level)
        wanted = wanted[:, :, H36M_17.index("l_hip")] - wanted[:, :, H36M_17.index("r_hip")]
        off = np.arctan2(across[..., 2], across[..., 0]) - np.arctan2(wanted[..., 2], wanted[..., 0])
        assert np.abs(np.arctan2(np.sin(off), np.cos(off))).max() < 0.4
