"""What holds for every answer of the estimator: who is absent, who is alone, what is mirrored, what is larger."""

from dataclasses import replace

import numpy as np
import pytest
from filmed_people import SIZE, error, held, keypoints, sample_crowd, truth

from maquette.body.catalog import H36M_17
from maquette.geometry.camera import assume_camera
from maquette.inference.lifted import FEWEST_KNOWN_JOINTS
from maquette.methods.lifting.config import TINY
from maquette.methods.lifting.predict import LiftingEstimator


@pytest.fixture(scope="module")
def estimator(prior):
    return LiftingEstimator(prior, TINY)


@pytest.fixture
def level():
    return held(assume_camera(SIZE))


@pytest.fixture
def crowd(prior, generator):
    return sample_crowd(prior, generator)


class TestAbsence:
    def test_absent_persons_stay_hidden_and_others_are_not_moved(self, estimator, crowd, level):
        mask = np.ones((3, 4, 17), bool)
        mask[1, 2] = mask[0, 0] = mask[:, 3] = False
        poses = estimator.estimate(keypoints(crowd, level, mask=mask), camera=level, independent_frames=True).poses
        whole = estimator.estimate(keypoints(crowd, level), camera=level, independent_frames=True).poses
        assert np.array_equal(poses.mask, mask)
        for array in (poses.joints, poses.confidence, poses.uncertainty):
            assert not array[~poses.present].any()
        np.testing.assert_allclose(poses.joints[mask], whole.joints[mask], atol=1e-4)

    def test_persons_of_too_few_joints_are_not_lifted(self, estimator, crowd, level):
        mask = np.ones((3, 4, 17), bool)
        mask[0, 0, FEWEST_KNOWN_JOINTS:] = False
        mask[0, 1, FEWEST_KNOWN_JOINTS - 1 :] = False
        poses = estimator.estimate(keypoints(crowd, level, mask=mask)).poses
        assert poses.present[0].tolist() == [True, False, True, True]

    def test_a_person_whose_joints_are_all_in_one_spot_is_not_lifted(self, estimator, crowd, level):
        seen = keypoints(crowd, level)
        spot = seen.joints.copy()
        spot[1, 1] = 100.0
        poses = estimator.estimate(replace(seen, joints=spot)).poses
        assert not poses.present[1, 1] and poses.present.sum() == 11
        nobody = estimator.estimate(replace(seen, joints=np.full_like(spot, 100.0))).poses
        assert not nobody.mask.any()

    @pytest.mark.parametrize(("frames", "persons"), [(0, 4), (3, 0), (0, 0), (1, 0)])
    def test_nobody_is_no_trouble(self, estimator, crowd, level, frames, persons):
        poses = estimator.estimate(keypoints(crowd[:frames, :persons], level)).poses
        assert poses.joints.shape == (frames, persons, 17, 3)

    def test_nobody_in_any_frame_is_no_trouble(self, estimator, crowd, level):
        estimated = estimator.estimate(keypoints(crowd, level, mask=np.zeros((3, 4, 17), bool)))
        assert not estimated.poses.mask.any()

    @pytest.mark.parametrize("independent", [False, True])
    def test_one_person_in_one_frame_is_lifted(self, estimator, crowd, level, independent):
        poses = estimator.estimate(keypoints(crowd[:1, :1], level), independent_frames=independent).poses
        assert poses.mask.all() and error(poses, truth(crowd[:1, :1], level)) < 0.3

    def test_hidden_joints_are_filled_in_and_less_sure(self, estimator, crowd, level):
        mask = np.ones((3, 4, 17), bool)
        hidden = H36M_17.indices("l_wrist", "l_elbow")
        mask[:, :, hidden] = False
        poses = estimator.estimate(keypoints(crowd, level, mask=mask), camera=level).poses
        whole = estimator.estimate(keypoints(crowd, level), camera=level).poses
        assert poses.mask.all()
        assert (poses.uncertainty - whole.uncertainty)[:, :, hidden].mean() > 0.02
        assert poses.confidence[:, :, hidden].mean() < whole.confidence[:, :, hidden].mean() - 0.05
        assert np.linalg.norm((poses.joints - truth(crowd, level))[:, :, hidden], axis=-1).mean() < 0.4


class TestLaws:
    def test_uncertainty_and_confidence_say_something(self, estimator, crowd, level):
        poses = estimator.estimate(keypoints(crowd, level)).poses
        others = np.arange(len(poses.skeleton)) != poses.skeleton.index(poses.root)
        assert np.isfinite(poses.uncertainty).all() and (poses.uncertainty[..., others] > 0.005).all()
        assert (poses.uncertainty[..., ~others] == 0).all(), "the root is where it is by definition"
        assert (poses.uncertainty < 0.6).all()
        assert (poses.confidence > 0).all() and (poses.confidence[..., others] < 1).all()

    def test_the_same_input_has_the_same_answer(self, estimator, crowd, level):
        first, second = (estimator.estimate(keypoints(crowd, level)).poses for _ in range(2))
        np.testing.assert_array_equal(first.joints, second.joints)

    @pytest.mark.parametrize("known_camera", [False, True])
    def test_independent_frames_are_lifted_as_if_alone(self, estimator, crowd, level, known_camera):
        seen, camera = keypoints(crowd, level), level if known_camera else None
        together = estimator.estimate(seen, camera=camera, independent_frames=True).poses
        for frame in range(3):
            one = seen.select_frames(slice(frame, frame + 1))
            alone = estimator.estimate(one, camera=camera, independent_frames=True).poses
            np.testing.assert_allclose(together.joints[frame], alone.joints[0], atol=1e-3)

    def test_persons_are_lifted_as_if_alone_where_the_camera_is_known(self, estimator, crowd, level):
        seen = keypoints(crowd, level)
        together = estimator.estimate(seen, camera=level).poses
        for person in range(4):
            alone = estimator.estimate(seen.select_persons(slice(person, person + 1)), camera=level).poses
            np.testing.assert_allclose(together.joints[:, person], alone.joints[:, 0], atol=1e-3)

    def test_chunks_are_not_seen_in_the_answer(self, estimator, crowd, level, monkeypatch):
        seen = keypoints(crowd, level)
        whole = estimator.estimate(seen).poses
        monkeypatch.setattr("maquette.methods.lifting.predict._PERSONS_AT_ONCE", 5)
        np.testing.assert_allclose(estimator.estimate(seen).poses.joints, whole.joints, atol=1e-3)

    @pytest.mark.parametrize("rolls", [(0.0,), (-8.0, 0.0, 8.0)])
    @pytest.mark.parametrize("independent", [False, True])
    def test_a_mirrored_picture_gives_the_mirrored_pose(self, symmetric_prior, crowd, level, rolls, independent):
        estimator = LiftingEstimator(symmetric_prior, replace(TINY, rolls_deg=rolls, hypotheses=8))
        seen = keypoints(crowd, level)
        flipped = seen.joints[:, :, H36M_17.mirror]
        flipped[..., 0] = SIZE[0] - 1 - flipped[..., 0]
        poses = estimator.estimate(seen, independent_frames=independent).poses
        mirrored = estimator.estimate(replace(seen, joints=flipped), independent_frames=independent).poses
        again = mirrored.joints[:, :, H36M_17.mirror] * np.float32([-1, 1, 1])
        np.testing.assert_allclose(again, poses.joints, atol=5e-3)

    def test_a_larger_picture_of_the_same_is_the_same(self, estimator, crowd, level):
        seen = keypoints(crowd, level)
        half = replace(seen, joints=(seen.joints + 0.5) / 2 - 0.5, image_size=(SIZE[0] // 2, SIZE[1] // 2))
        whole, small = (estimator.estimate(one).poses for one in (seen, half))
        np.testing.assert_allclose(small.joints, whole.joints, atol=2e-3)

    def test_the_layout_of_the_caller_s_arrays_does_not_matter(self, estimator, crowd, level):
        """Views that run backwards or cannot be written, which not every library takes."""
        seen = keypoints(crowd, level)
        odd = replace(
            seen,
            joints=seen.joints[:, :, ::-1].copy()[:, :, ::-1],
            mask=np.broadcast_to(np.True_, seen.mask.shape),
            confidence=np.broadcast_to(np.float32(1), seen.mask.shape),
            times=np.broadcast_to(seen.times, (1, 3))[0],
        )
        np.testing.assert_array_equal(estimator.estimate(odd).poses.joints, estimator.estimate(seen).poses.joints)

    def test_input_is_left_as_it_was(self, estimator, crowd, level):
        seen = keypoints(crowd, level)
        before = seen.joints.copy()
        estimator.estimate(seen)
        np.testing.assert_array_equal(seen.joints, before)

    def test_progress_ends_when_all_is_done(self, estimator, crowd, level):
        reported = []
        estimator.estimate(keypoints(crowd, level), progress=lambda done, total: reported.append((done, total)))
        assert reported[-1] == (12, 12) and reported == sorted(reported)
