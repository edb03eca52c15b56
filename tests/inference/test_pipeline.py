"""The way from pictures and keypoints to poses, with a detector and an estimator that know the answer beforehand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from maquette.arrays import Frame, no_progress
from maquette.body.catalog import COCO_17, H36M_17, KUNDU_17
from maquette.body.observation import KNOWN_CONFIDENCE
from maquette.body.people import ASSUMED_STATURE_M, Poses2d, Poses3d
from maquette.errors import InputError, SettingError
from maquette.geometry.camera import camera_with_world_up
from maquette.inference.detectors.protocol import Detection, Detector, empty_detection
from maquette.inference.estimator import AnyKeypoints, Estimated, Estimator
from maquette.inference.fitting import estimate_bone_lengths, stature_from_bones_m
from maquette.inference.pipeline import PipelineSettings, detect, lift_keypoints
from maquette.inference.proportions import adult_bone_lengths_m
from maquette.io.camera import read_camera
from maquette.io.keypoints import read_keypoints
from maquette.plain_text import count_of

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "data"


class Listed:
    """A `Detector` that finds what its list says, one entry a picture."""

    name, skeleton, notes = "listed", COCO_17, ()

    def __init__(self, detections):
        self.detections = list(detections)

    def detect(self, picture):
        return self.detections.pop(0)

    def close(self):
        pass


class Oracle:
    """An `Estimator` that answers with the true poses, half as large again, and remembers what it was asked."""

    name = "oracle"
    reads = AnyKeypoints()

    def __init__(self, answer, skeleton=H36M_17):
        self.answer, self.skeleton = answer, skeleton
        self.asked = None

    def estimate(self, keypoints, *, camera=None, independent_frames=False, progress=no_progress):
        self.asked = keypoints
        present = keypoints.present[..., None]
        count = keypoints.person_count
        frames = np.round(keypoints.times * 30).astype(int) if keypoints.frame_count < len(self.answer) else slice(None)
        joints = np.repeat(self.answer[frames, None], count, axis=1) * 1.5
        mask = np.broadcast_to(present, joints.shape[:3]).copy()
        poses = Poses3d(
            skeleton=self.skeleton,
            joints=np.where(mask[..., None], joints, 0.0),
            mask=mask,
            confidence=np.where(mask, 0.8, 0.0),
            times=keypoints.times,
            person_ids=keypoints.person_ids,
            root="pelvis",
        )
        return Estimated(poses, ("the oracle has spoken",))


@pytest.fixture(scope="module")
def walk() -> Poses2d:
    return read_keypoints(EXAMPLE / "walk_keypoints.npz").poses.select_frames(slice(0, 30))


@pytest.fixture(scope="module")
def camera():
    return read_camera(EXAMPLE / "walk_camera.json")


@pytest.fixture(scope="module")
def truth(camera):
    """Joints (30, 17, 3) in the camera frame, metres."""
    with np.load(EXAMPLE / "walk_truth.npz", allow_pickle=False) as file:
        return camera.in_camera(torch.from_numpy(file["joints"][:30]).double()).numpy()


@pytest.fixture
def oracle(truth):
    return Oracle(truth - truth[:, :1])


def lifted(keypoints, estimator, settings=PipelineSettings(), *, is_tracked=True):  # noqa: B008 (frozen)
    return lift_keypoints(keypoints, estimator, settings, is_tracked=is_tracked, detector="listed")


def stature(poses):
    return stature_from_bones_m(estimate_bone_lengths(poses), poses.skeleton)


def pictures(count, size=(64, 48)):
    return [Frame(np.zeros((size[1], size[0], 3), np.uint8), index / 10) for index in range(count)]


def persons(count, value=1.0):
    joints = np.arange(count * 17 * 2, dtype=np.float32).reshape(count, 17, 2) + 1
    return Detection(joints, np.full((count, 17), value, np.float32))


def test_the_stand_ins_are_what_they_stand_for(oracle):
    assert isinstance(Listed([]), Detector) and isinstance(oracle, Estimator)


def test_detections_become_slots_with_times_and_picture_size():
    reported = []
    two, none, one = persons(2, 0.9), empty_detection(COCO_17), persons(1, 0.4)
    unsure = two._replace(confidence=two.confidence * (np.arange(17) > 2))
    found = detect(pictures(3), Listed([unsure, none, one]), lambda done, total: reported.append((done, total)))
    assert found.joints.shape == (3, 2, 17, 2) and found.image_size == (64, 48) and found.unit == "px"
    assert found.times.tolist() == [0.0, 0.1, 0.2] and found.person_ids.tolist() == [1, 2]
    assert found.present.tolist() == [[True, True], [False, False], [True, False]]
    assert not found.mask[0, :, :3].any() and np.all(found.joints[0, :, :3] == 0) and found.mask[0, :, 3:].all()
    np.testing.assert_array_equal(found.joints[2, 0], one.joints[0])
    assert reported == [(1, None), (2, None), (3, None)]


@pytest.mark.parametrize("count", [0, 1, 4])
def test_nobody_in_any_picture_is_an_error_that_counts_them(count):
    with pytest.raises(InputError, match=f"found 0 people in {count_of(count, 'picture')} with the detector 'listed'"):
        detect(pictures(count), Listed([empty_detection(COCO_17)] * count))


def test_scale_is_assumed_unless_a_height_is_given(walk, oracle):
    estimate = lifted(walk, oracle)
    assert not estimate.poses.scale_known
    np.testing.assert_allclose(stature(estimate.poses), ASSUMED_STATURE_M, rtol=1e-4)
    assert any("scale unknown" in note for note in estimate.notes)
    estimate = lifted(walk, oracle, PipelineSettings(height_m=1.9))
    assert estimate.poses.scale_known
    np.testing.assert_allclose(stature(estimate.poses), 1.9, rtol=1e-4)
    assert any("given height of 1.9 m" in note for note in estimate.notes)


def test_an_estimate_carries_both_and_says_how_it_came_about(walk, oracle):
    estimate = lifted(walk, oracle)
    assert (estimate.method, estimate.detector) == ("oracle", "listed")
    assert estimate.notes[0] == "the oracle has spoken" and any("refined over" in note for note in estimate.notes)
    plain = lifted(walk, oracle, PipelineSettings(refine=False))
    assert any("smoothed" in note for note in plain.notes) and not any("refined" in note for note in plain.notes)
    assert estimate.keypoints.skeleton == estimate.poses.skeleton == H36M_17
    assert estimate.poses.root == "pelvis" and estimate.poses.frame == "camera"
    ankle = H36M_17.index("l_ankle")
    away = estimate.keypoints.joints[:, 0, ankle] - walk.joints[:, 0, COCO_17.index("l_ankle")]
    assert np.abs(away).max() < 1e-3


def test_bones_keep_their_length_over_a_video_but_not_in_independent_frames(walk, truth):
    breathing = (truth - truth[:, :1]) * (1 + 0.1 * np.sin(np.arange(30)))[:, None, None]
    spread = {}
    for independent in (False, True):
        poses = lifted(walk, Oracle(breathing), PipelineSettings(independent_frames=independent)).poses
        knee, hip = poses.skeleton.indices("l_knee", "l_hip")
        spread[independent] = np.ptp(np.linalg.norm(poses.joints[:, 0, knee] - poses.joints[:, 0, hip], axis=-1))
    assert spread[False] < 1e-4 and spread[True] > 0.05


def test_what_the_detector_hardly_believes_is_hidden(walk, oracle):
    confidence = walk.confidence.copy()
    confidence[..., COCO_17.index("r_wrist")] = KNOWN_CONFIDENCE / 2
    lifted(replace(walk, confidence=confidence), oracle)
    assert not oracle.asked.mask[..., COCO_17.index("r_wrist")].any()
    assert oracle.asked.mask[..., COCO_17.index("l_wrist")].all()
    assert np.all(oracle.asked.joints[~oracle.asked.mask] == 0)


def test_short_gaps_are_filled_but_not_in_independent_frames(walk, oracle):
    mask = walk.mask.copy()
    mask[10:12, 0, COCO_17.index("l_knee")] = False
    holes = replace(walk, mask=mask, joints=np.where(mask[..., None], walk.joints, np.float32(0)))
    lifted(holes, oracle)
    assert oracle.asked.mask.all()
    lifted(holes, oracle, PipelineSettings(independent_frames=True))
    np.testing.assert_array_equal(oracle.asked.mask, mask)


def test_untracked_persons_are_followed(walk, oracle):
    both = np.stack([walk.joints[:, 0], walk.joints[:, 0] + [500, 0]], axis=1).astype(np.float32)
    shuffled = both.copy()
    shuffled[::2] = both[::2, ::-1]
    crowd = replace(
        walk,
        joints=shuffled,
        mask=np.repeat(walk.mask, 2, axis=1),
        confidence=np.repeat(walk.confidence, 2, axis=1),
        person_ids=np.array([0, 1]),
    )
    estimate = lifted(crowd, oracle, is_tracked=False)
    assert np.abs(np.diff(estimate.keypoints.joints[:, :, 0, 0], axis=0)).max() < 60
    as_they_are = lifted(crowd, oracle, is_tracked=True)
    assert as_they_are.keypoints.person_ids.tolist() == [0, 1]


def test_persons_who_cannot_be_lifted_are_left_out(walk, oracle):
    nothing = np.zeros_like(walk.mask)
    crowd = replace(
        walk,
        joints=np.concatenate([walk.joints * 0, walk.joints], axis=1),
        mask=np.concatenate([nothing, walk.mask], axis=1),
        confidence=np.concatenate([walk.confidence * 0, walk.confidence], axis=1),
        person_ids=np.array([3, 8]),
    )
    assert lifted(crowd, oracle).poses.person_ids.tolist() == [8]
    empty = replace(walk, joints=walk.joints * 0, mask=nothing, confidence=walk.confidence * 0)
    with pytest.raises(InputError, match="at least six joints"):
        lifted(empty, oracle)


def test_a_camera_gives_a_place_and_the_ground_a_size(walk, oracle, truth, camera):
    lens = replace(camera, rotation=None, translation=None)
    away = lifted(walk, oracle, PipelineSettings(camera=lens))
    assert away.poses.root is None and not away.poses.scale_known
    ratio = np.linalg.norm(away.poses.joints[:, 0], axis=-1) / np.linalg.norm(truth, axis=-1)
    true_stature = 1.806
    np.testing.assert_allclose(ratio, ASSUMED_STATURE_M / true_stature, rtol=0.06)

    measured = lifted(walk, oracle, PipelineSettings(height_m=true_stature, camera=camera))
    assert measured.poses.scale_known and any("given height" in note for note in measured.notes)
    assert np.linalg.norm(measured.poses.joints[:, 0] - truth, axis=-1).mean() < 0.2

    grounded = lifted(walk, oracle, PipelineSettings(camera=camera))
    assert grounded.poses.scale_known and any("above the ground" in note for note in grounded.notes)
    np.testing.assert_allclose(stature(grounded.poses), true_stature, rtol=0.06)  # in thick soles before a low camera
    assert np.linalg.norm(grounded.poses.joints[:, 0] - truth, axis=-1).mean() < 0.45  # nine metres away


def test_a_camera_below_the_ground_sets_no_size(walk, oracle, camera):
    below = replace(camera, translation=camera.translation + 5 * camera.rotation[:, 2])
    estimate = lifted(walk, oracle, PipelineSettings(camera=below))
    assert not estimate.poses.scale_known and any("scale unknown" in note for note in estimate.notes)


def test_a_skeleton_without_a_stature_is_lifted_all_the_same(walk, truth):
    names = [name for name in KUNDU_17.joint_names if name in H36M_17]
    answer = np.zeros((30, 17, 3))
    relative = truth - truth[:, :1]
    answer[:, KUNDU_17.indices(*names)] = relative[:, H36M_17.indices(*names)]
    headless = replace(KUNDU_17, name="headless", joint_names=tuple(
        "crown" if name == "head_top" else name for name in KUNDU_17.joint_names
    ))  # fmt: skip
    estimate = lifted(walk, Oracle(answer, headless))
    assert not estimate.poses.scale_known and estimate.poses.mask.all()
    with pytest.raises(Exception, match="standing height"):
        lifted(walk, Oracle(answer, headless), PipelineSettings(height_m=1.8))


def test_an_impossible_height_is_refused(walk, oracle):
    with pytest.raises(SettingError, match="17"):
        lifted(walk, oracle, PipelineSettings(height_m=17.0))


@pytest.mark.parametrize(("independent", "is_tracked", "is_told"), [(1, 0, 1), (1, 1, 0), (0, 0, 0)])
def test_people_who_are_not_followed_are_told_of(walk, oracle, independent, is_tracked, is_told):
    parts = {name: np.repeat(getattr(walk, name), 2, axis=1) for name in ("joints", "mask", "confidence")}
    parts["joints"][:, 1, :, 0] += 300
    two = replace(walk, **parts, person_ids=np.arange(2))
    settings = PipelineSettings(independent_frames=bool(independent))
    notes = lift_keypoints(two, oracle, settings, is_tracked=bool(is_tracked), detector="stub").notes
    assert sum("not followed" in note for note in notes) == is_told


@pytest.mark.parametrize("independent_frames", [False, True])
def test_given_bone_lengths_set_the_scale(walk, oracle, camera, independent_frames):
    lengths = 0.9 * adult_bone_lengths_m(H36M_17)
    settings = PipelineSettings(None, camera, independent_frames, lengths)
    estimate = lifted(walk, oracle, settings)
    child, parent = np.array(H36M_17.bones).T
    joints = estimate.poses.joints
    found = np.linalg.norm(joints[..., child, :] - joints[..., parent, :], axis=-1)
    np.testing.assert_allclose(found, np.broadcast_to(lengths, found.shape), rtol=1e-4)
    assert estimate.poses.scale_known and estimate.poses.root is None
    assert any("given bone lengths" in note for note in estimate.notes)


def test_two_scales_at_once_are_refused():
    with pytest.raises(SettingError, match="both set the scale"):
        PipelineSettings(height_m=1.8, bone_lengths_m=np.ones(16))


def test_one_frame_is_enough(walk, truth):
    single = walk.select_frames(slice(0, 1))
    estimate = lifted(single, Oracle(truth[:1] - truth[:1, :1]))
    assert estimate.poses.frame_count == 1 and np.all(np.isfinite(estimate.poses.joints))


def with_world(camera, turn, unit=1.0):
    """The camera in a world that is turned, and whose unit is so many metres."""
    rotation = camera.rotation @ torch.tensor(turn, dtype=torch.float64)
    return replace(camera, rotation=rotation, translation=camera.translation / unit)


Y_UP = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
"""World with z up from one with y up."""


def test_a_world_in_which_people_do_not_stand_along_z_is_left_out(walk, oracle, camera):
    estimate = lifted(walk, oracle, PipelineSettings(camera=with_world(camera, Y_UP)))
    alone = lifted(walk, oracle, PipelineSettings(camera=camera.without_world()))
    np.testing.assert_array_equal(estimate.poses.joints, alone.poses.joints)
    assert not estimate.poses.scale_known and estimate.poses.up is None
    assert "z does not point up" in estimate.notes[0] and "set `world_up` to y" in estimate.notes[0]
    assert not any("does not point up" in note for note in lifted(walk, oracle, PipelineSettings(camera=camera)).notes)


def test_a_world_whose_up_the_user_gives_is_not_judged(walk, oracle, camera):
    told = PipelineSettings(camera=with_world(camera, Y_UP), is_world_up_given=True)
    assert not any("does not point up" in note for note in lifted(walk, oracle, told).notes)
    turned = camera_with_world_up(with_world(camera, Y_UP), "y")
    back = lifted(walk, oracle, PipelineSettings(camera=turned))
    right = lifted(walk, oracle, PipelineSettings(camera=camera))
    np.testing.assert_allclose(back.poses.joints, right.poses.joints, atol=1e-4)
    assert back.poses.scale_known


@pytest.mark.parametrize("unit", [0.025, 20.0], ids=["squares of a board", "something large"])
def test_a_ground_that_makes_giants_or_dwarfs_sets_no_size(walk, oracle, camera, unit):
    estimate = lifted(walk, oracle, PipelineSettings(camera=with_world(camera, np.eye(3).tolist(), unit)))
    assert not estimate.poses.scale_known
    assert any("m tall, so its unit is not a metre" in note for note in estimate.notes)
    assert estimate.notes[-1].startswith("scale unknown")


def test_the_camera_says_where_up_is_where_the_method_does_not(walk, oracle, camera):
    poses = lifted(walk, oracle, PipelineSettings(camera=camera)).poses
    np.testing.assert_allclose(poses.up, camera.rotation[:, 2].numpy(), atol=1e-6)


def test_a_camera_whose_lens_is_a_guess_places_nobody(walk, oracle, camera):
    tilted = replace(camera, translation=None, is_lens_known=False)
    poses = lifted(walk, oracle, PipelineSettings(camera=tilted, is_world_up_given=True)).poses
    assert poses.root == "pelvis" and poses.up is not None


def test_only_what_was_seen_in_the_picture_is_observed(walk, oracle):
    mask, confidence, joints = walk.mask.copy(), walk.confidence.copy(), walk.joints.copy()
    knee, wrist, ankle, elbow = COCO_17.indices("l_knee", "r_wrist", "r_ankle", "l_elbow")
    mask[10:12, 0, knee] = False
    confidence[:, :, wrist] = KNOWN_CONFIDENCE / 2
    joints[:, :, ankle] += [0, 5000]
    joints[20, 0, elbow] += [700, 0]
    known = np.where(mask[..., None], joints, np.float32(0))
    poses = lifted(replace(walk, mask=mask, confidence=confidence, joints=known), oracle).poses
    assert poses.mask.all() and walk.image_size is not None
    wanted = np.ones((30, 17), bool)
    wanted[10:12, H36M_17.index("l_knee")] = False
    wanted[20, H36M_17.index("l_elbow")] = False
    wanted[:, H36M_17.indices("r_wrist", "r_ankle")] = False
    np.testing.assert_array_equal(poses.is_observed[:, 0], wanted)
    alone = lifted(walk.select_frames(slice(0, 1)), oracle, PipelineSettings(independent_frames=True)).poses
    assert alone.observed.all()


def test_one_photograph_is_not_said_to_be_smoothed(walk, oracle):
    notes = lifted(walk.select_frames(slice(0, 1)), oracle).notes
    assert not any("smooth" in note or "held constant" in note for note in notes)
    assert "left and right bones made equally long" in notes


def test_poses_that_the_method_doubts_are_marked_and_said_once(walk, oracle):
    assert not lifted(walk, oracle).poses.doubtful.any()

    class Unsure(Oracle):
        def estimate(self, keypoints, **settings):
            estimated = super().estimate(keypoints, **settings)
            doubt = np.where(np.arange(30) < 12, 0.2, 1.0)[:, None, None]
            return estimated._replace(poses=replace(estimated.poses, confidence=estimated.poses.confidence * doubt))

    estimate = lifted(walk, Unsure(oracle.answer))
    assert estimate.poses.is_doubtful.sum() == pytest.approx(12, abs=3) and estimate.poses.is_doubtful[0, 0]
    (note,) = (note for note in estimate.notes if "doubt" in note)
    assert f"doubts {estimate.poses.is_doubtful.sum()} of 30 poses" in note
