"""The way from keypoints to poses with the fit over whole tracks at its end: places, sizes and notes."""

from dataclasses import replace

import numpy as np
import pytest
from refined_walks import WalkLifter, make_walk

from maquette.arrays import no_progress
from maquette.body.estimate import PoseEstimate
from maquette.body.people import ASSUMED_STATURE_M
from maquette.inference.fitting import estimate_bone_lengths, stature_from_bones_m
from maquette.inference.pipeline import PipelineSettings, lift_keypoints
from maquette.inference.proportions import adult_bone_lengths_m


@pytest.fixture(scope="module")
def walk():
    return make_walk().at(slice(30, 60))


def lifted(walk, keypoints=None, progress=no_progress, **settings) -> PoseEstimate:
    asked = walk.keypoints if keypoints is None else keypoints
    chosen = PipelineSettings(refine=True, **settings)
    return lift_keypoints(asked, WalkLifter(walk), chosen, is_tracked=True, detector="made", progress=progress)


def refined_notes(estimate: PoseEstimate) -> list[str]:
    return [note for note in estimate.notes if note.startswith("refined over the track: ")]


def stature_m(estimate: PoseEstimate) -> float:
    (height,) = stature_from_bones_m(estimate_bone_lengths(estimate.poses), estimate.poses.skeleton)
    return float(height)


def test_without_a_camera_poses_are_relative_and_of_the_size_that_is_given_or_assumed(walk):
    estimate = lifted(walk)
    assert estimate.poses.root == "pelvis" and not estimate.poses.joints[:, :, 0].any()
    assert len(refined_notes(estimate)) == 1 and not any("smoothed" in note for note in estimate.notes)
    assert not estimate.poses.scale_known and stature_m(estimate) == pytest.approx(ASSUMED_STATURE_M, rel=1e-3)
    given = lifted(walk, height_m=1.9)
    assert given.poses.scale_known and stature_m(given) == pytest.approx(1.9, rel=1e-3)


def test_with_a_camera_people_are_at_their_places(walk):
    estimate = lifted(walk, camera=walk.camera)
    assert estimate.poses.root is None and estimate.poses.scale_known
    assert np.linalg.norm(estimate.poses.joints[:, 0] - walk.truth, axis=-1).mean() < 0.4
    assert any("height above the ground" in note for note in estimate.notes)


def test_given_bones_are_kept(walk):
    lengths = 0.9 * adult_bone_lengths_m(walk.poses.skeleton)
    estimate = lifted(walk, bone_lengths_m=lengths)
    np.testing.assert_allclose(estimate_bone_lengths(estimate.poses)[0], lengths, rtol=1e-3)


def test_pictures_of_unknown_size_will_do(walk):
    estimate = lifted(walk, replace(walk.keypoints, image_size=None))
    assert np.isfinite(estimate.poses.joints).all() and estimate.poses.mask.all()


def test_somebody_without_keypoints_of_the_method_is_smoothed_alone(walk):
    seen = walk.keypoints.known_where(np.zeros_like(walk.keypoints.mask))
    estimate = lifted(walk, seen)
    assert estimate.poses.mask.all() and np.isfinite(estimate.poses.joints).all()


def test_frames_by_themselves_are_not_refined_and_that_is_said(walk):
    estimate = lifted(walk, independent_frames=True)
    assert not refined_notes(estimate) and any(note.endswith("not refined") for note in estimate.notes)


def test_the_fit_tells_how_far_it_is(walk):
    told = []
    lifted(walk, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, told[-1][1]) and told[-1][0] == told[-1][1] and len(told) > 3
