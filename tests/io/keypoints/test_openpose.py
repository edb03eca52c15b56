"""OpenPose's folders: numbering, scales, skeletons by shape, and the real recordings."""

import json
from pathlib import Path

import numpy as np
import pytest
from keypoint_files import frames_of, openpose_frame, person, write_openpose

from maquette.body.catalog import BODY_25, BODY_25B, COCO_18, HALPE_26, OPENPOSE_MPI_15
from maquette.body.people import Poses2d
from maquette.errors import InputError
from maquette.io.keypoints import read_keypoints

REAL = Path(__file__).parents[4] / "shared" / "data" / "multiview"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the multiview recordings lie outside the repository")


@pytest.mark.parametrize(
    "name", ["cam01.{:04d}.json", "video_{:012d}_keypoints.json", "{}.json", "trial2_cam1_{:05d}_rendered_v3.json"]
)
def test_the_frame_number_is_the_last_group_of_digits_that_varies(name, tmp_path):
    write_openpose(tmp_path, {7: [person(BODY_25)], 8: [], 10: [person(BODY_25)]}, name)
    poses = read_keypoints(tmp_path, fps=59.94).poses
    assert poses.present[:, 0].tolist() == [True, False, False, True]
    np.testing.assert_allclose(poses.times, np.arange(4) / 59.94)
    assert poses.fps == pytest.approx(59.94)


def test_numbering_above_one_starts_there_and_says_so(tmp_path):
    write_openpose(tmp_path, {7: [person(BODY_25)], 8: [person(BODY_25)]})
    found = read_keypoints(tmp_path)
    assert found.poses.times[0] == 0
    assert any("first frame is number 7" in note for note in found.notes)


def test_a_few_frames_far_apart_keep_their_times(tmp_path):
    write_openpose(tmp_path, {n: [person(BODY_25)] for n in (0, 30, 90_000_000)})
    poses = read_keypoints(tmp_path, fps=30.0).poses
    np.testing.assert_allclose(poses.times, [0, 1, 3_000_000])


def test_videos_mixed_in_one_folder_are_refused_with_their_names(tmp_path):
    for camera in ("cam01", "cam02"):
        write_openpose(tmp_path, {n: [person(BODY_25)] for n in range(3)}, camera + ".{:04d}.json")
    with pytest.raises(InputError, match=r"several videos.*'cam01\.', 'cam02\.'.*cam01\.\*"):
        read_keypoints(tmp_path)
    assert read_keypoints(tmp_path / "cam02.*").poses.frame_count == 3


def test_files_with_one_frame_number_twice_are_refused(tmp_path):
    write_openpose(tmp_path, {1: [], 2: [person(BODY_25)]}, "a_{}.json")
    write_openpose(tmp_path, {1: []}, "a_{:03d}.json")
    with pytest.raises(InputError, match="same frame number"):
        read_keypoints(tmp_path)


def test_a_single_file_is_one_frame(tmp_path):
    write_openpose(tmp_path, {25: [person(BODY_25), person(BODY_25, 400.0)]})
    poses = read_keypoints(next(tmp_path.iterdir())).poses
    assert poses.mask.shape == (1, 2, 25)
    assert poses.times.tolist() == [0.0]
    assert (read_keypoints(tmp_path).poses.joints == poses.joints).all()


@pytest.mark.parametrize("scale", ["0 to 1", "-1 to 1"])
def test_scaled_coordinates_need_and_use_the_picture_size(scale, tmp_path):
    points = person(BODY_25, 100.0)
    scaled = (points + np.array([0.5, 0.5, 0])) / [640, 480, 1]
    if scale == "-1 to 1":
        scaled = scaled * [2, 2, 1] - [1, 1, 0]
    scaled[3] = 0.0
    write_openpose(tmp_path, {0: [scaled], 1: [scaled]})
    with pytest.raises(InputError, match="as `image_size`"):
        read_keypoints(tmp_path)
    found = read_keypoints(tmp_path, image_size=(640, 480))
    assert not found.poses.mask[0, 0, 3]
    known = found.poses.mask[0, 0]
    assert known.sum() == 24
    np.testing.assert_allclose(found.poses.joints[0, 0][known], points[known][:, :2], atol=1e-3)
    assert any(scale in note for note in found.notes)


def test_the_middle_of_the_picture_is_a_place_where_coordinates_run_from_minus_one(tmp_path):
    scaled = person(BODY_25) / [640, 480, 1] * [2, 2, 1] - [1, 1, 0]
    scaled[0, :2] = 0.0
    scaled[5] = 0.0
    write_openpose(tmp_path, {0: [scaled]})
    poses = read_keypoints(tmp_path, image_size=(640, 480)).poses
    np.testing.assert_allclose(poses.joints[0, 0, 0], [319.5, 239.5])
    assert not poses.mask[0, 0, 5]


@pytest.mark.parametrize("skeleton", [BODY_25, BODY_25B, COCO_18, OPENPOSE_MPI_15, HALPE_26])
def test_the_skeleton_follows_from_the_points(skeleton, tmp_path):
    write_openpose(tmp_path, frames_of(skeleton))
    assert read_keypoints(tmp_path).poses.skeleton == skeleton


@pytest.mark.parametrize("skeleton", [BODY_25, BODY_25B])
@pytest.mark.parametrize(
    "hidden",
    [
        ("knee", "ankle", "heel", "toe"),
        ("elbow", "wrist", "hip", "pelvis", "knee", "ankle", "heel", "toe"),
        ("nose", "eye", "ear"),
        ("nose", "eye"),
        ("l_",),
    ],
)
def test_body_25_and_25b_are_told_apart_from_half_of_a_person_too(skeleton, hidden, tmp_path):
    points = person(skeleton)
    points[[any(word in joint for word in hidden) for joint in skeleton.joint_names]] = 0.0
    write_openpose(tmp_path, {0: [points]})
    found = read_keypoints(tmp_path)
    assert found.poses.skeleton == skeleton
    assert any(f"{skeleton.name} (25 points" in note for note in found.notes)


def test_the_user_may_name_the_skeleton(tmp_path):
    write_openpose(tmp_path, {0: [person(BODY_25B)]})
    assert read_keypoints(tmp_path, skeleton=BODY_25).poses.skeleton == BODY_25
    with pytest.raises(InputError, match="25 points a person are not coco_18"):
        read_keypoints(tmp_path, skeleton=COCO_18)


def test_person_ids_are_kept_over_frames(tmp_path):
    for number, ids in enumerate([(5, 9), (9, 5), (9,)]):
        frame = openpose_frame([person(BODY_25, 100.0 * i) for i in ids])
        for entry, number_of_person in zip(frame["people"], ids, strict=True):
            entry["person_id"] = [number_of_person]
        (tmp_path / f"{number}.json").write_text(json.dumps(frame))
    found = read_keypoints(tmp_path)
    assert found.is_tracked
    assert found.poses.person_ids.tolist() == [5, 9]
    nose = found.poses.joints[:, :, BODY_25.index("nose"), 0]
    np.testing.assert_allclose(nose, [[500, 900], [500, 900], [0, 900]])


def test_hands_and_faces_alone_are_nobody(tmp_path):
    frame = {"people": [{"pose_keypoints_2d": [], "hand_left_keypoints_2d": [1, 2, 0.5] * 21}]}
    (tmp_path / "a.json").write_text(json.dumps(frame))
    with pytest.raises(InputError, match="found 0 people"):
        read_keypoints(tmp_path / "a.json")


@needs_real
def test_real_recordings_of_four_cameras_are_read_camera_by_camera():
    with pytest.raises(InputError, match="several videos"):
        read_keypoints(REAL / "openpose_json")
    detections = np.load(REAL / "detections_openpose.npz")["keypoints2d"]
    for camera in range(4):
        found = read_keypoints(REAL / "openpose_json" / f"cam0{camera + 1}.*", fps=60.0)
        poses = found.poses
        assert poses.skeleton == BODY_25B
        assert poses.frame_count == 100
        assert np.flatnonzero(poses.present.any(axis=1)).tolist() == [0, 25, 50, 75, 99]
        assert poses.times[25] == pytest.approx(25 / 60)
        expected = detections[camera, 0, :, :2]
        distance = np.linalg.norm(poses.joints[0] - expected, axis=-1).mean(axis=-1)
        assert distance.min() < 1e-3


@needs_real
def test_real_people_are_known_as_body_25_when_put_into_its_order(tmp_path):
    points = np.load(REAL / "detections_openpose.npz")["keypoints2d"][:, ::20].astype(np.float64).reshape(-1, 1, 25, 3)
    mask = points[..., 2] > 0
    poses = Poses2d(
        skeleton=BODY_25B,
        joints=np.where(mask[..., None], points[..., :2], 0.0),
        mask=mask,
        confidence=points[..., 2],
        times=np.arange(len(points)) / 60,
        person_ids=np.arange(1),
    ).mapped_to(BODY_25)
    people = np.concatenate([poses.joints, poses.confidence[..., None]], axis=-1)
    write_openpose(tmp_path, dict(enumerate(people)))
    assert read_keypoints(tmp_path).poses.skeleton == BODY_25
