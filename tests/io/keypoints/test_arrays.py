"""Numpy files of rtmlib, MediaPipe and VideoPose3D, MediaPipe's JSON, and our own files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from keypoint_files import SIZE, array_of, landmark, person, write_json

from maquette.body.catalog import BLAZEPOSE_33, COCO_17, HALPE_26, MUPOTS_17, SKELETONS
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, InputError, OutputError
from maquette.io.keypoints import read_keypoints, write_keypoints

REAL = Path(__file__).parents[4] / "shared" / "data" / "multiview"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the multiview recordings lie outside the repository")


def poses_on(skeleton, frames=5, people=2, **changes):
    generator = np.random.default_rng(0)
    shape = (frames, people, len(skeleton))
    mask = generator.random(shape) > 0.3
    poses = Poses2d(
        skeleton=skeleton,
        joints=np.where(mask[..., None], generator.uniform(0, 500, (*shape, 2)), 0).astype(np.float32),
        mask=mask,
        confidence=np.where(mask, generator.random(shape), 0).astype(np.float32),
        times=np.array([0, 0.04, 0.1, 0.11, 0.2])[:frames],
        person_ids=np.array([7, 3])[:people],
        image_size=(640, 480),
    )
    return replace(poses, **changes)


CUSTOM = Skeleton("puppet", ("l_hand", "middle", "r_hand"), (1, -1, 1))


@pytest.mark.parametrize("suffix", [".npz", ".json", ".NPZ"])
@pytest.mark.parametrize("skeleton", [*SKELETONS.values(), CUSTOM], ids=lambda s: s.name)
def test_what_is_written_is_read_back(skeleton, suffix, tmp_path):
    poses = poses_on(skeleton)
    path = tmp_path / f"k{suffix}"
    write_keypoints(poses, path)
    found = read_keypoints(path)
    assert found.format == "maquette"
    assert found.is_tracked
    assert found.notes == ()
    for name in ("joints", "mask", "confidence", "times", "person_ids"):
        assert np.array_equal(getattr(found.poses, name), getattr(poses, name)), name
    assert found.poses.skeleton == skeleton
    assert found.poses.image_size == (640, 480)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_writing_refuses_what_cannot_be_and_leaves_nothing_behind(tmp_path):
    with pytest.raises(OutputError, match=r"\.npz or \.json"):
        write_keypoints(poses_on(COCO_17), tmp_path / "k.csv")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(OutputError):
        write_keypoints(poses_on(COCO_17), tmp_path / "folder.npz")
    with pytest.raises(ConventionError, match="size"):
        write_keypoints(poses_on(COCO_17, unit="fraction", image_size=None), tmp_path / "k.npz")
    assert [file.name for file in tmp_path.iterdir()] == ["folder.npz"]


def save_own(path, **changes):
    array = array_of(COCO_17)
    fields = {"keypoints": array[..., :2], "confidence": array[..., 2], "joint_names": np.array(COCO_17.joint_names)}
    np.savez(path, **{k: v for k, v in {**fields, **changes}.items() if v is not None})
    return path


def test_own_files_by_others_need_only_points_and_names(tmp_path):
    array = array_of(COCO_17)
    joints = np.where(np.isnan(array[..., :2]), np.inf, array[..., :2])
    poses = read_keypoints(save_own(tmp_path / "k.npz", keypoints=joints, confidence=None)).poses
    assert (poses.mask == (array[..., 2] > 0)).all()
    assert (poses.confidence == poses.mask).all()


def test_the_frame_rate_is_the_users_then_the_files_times_then_its_rate(tmp_path):
    times = np.array([0, 0.1, 0.5, 0.6])
    path = save_own(tmp_path / "k.npz", times=times, fps=np.array(50.0))
    assert read_keypoints(path).poses.times.tolist() == times.tolist()
    assert read_keypoints(path, fps=10.0).poses.times[3] == pytest.approx(0.3)
    assert read_keypoints(save_own(path, fps=np.array(50.0))).poses.times[3] == pytest.approx(0.06)
    assert read_keypoints(save_own(path)).notes == ("30 fps was assumed",)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"keypoints": np.zeros((4, 2, 16, 2))}, "17 joint names but 16 points"),
        ({"keypoints": np.zeros((4, 2, 17, 3))}, "shape"),
        ({"keypoints": np.array("x")}, "no numbers"),
        ({"joint_names": np.arange(17)}, "words"),
        ({"joint_names": np.array([f"part{i}" for i in range(17)])}, "no joint name is known"),
        ({"joint_names": np.array(["nose"] * 17)}, "make no skeleton"),
        ({"confidence": np.ones((4, 2))}, "confidence"),
        ({"mask": np.zeros((4, 2, 17), bool)}, "found 0 people"),
        ({"times": np.array([0.0, 1, 1, 2])}, "rise"),
        ({"times": np.array([0.0, np.nan, 1, 2])}, "rise"),
        ({"times": np.zeros(3)}, "times"),
        ({"times": np.arange(4) * 1e300}, r"reach 3e\+300 seconds.*wanted are seconds"),
        ({"times": np.array([-np.inf, 0.0, 1, 2])}, "longer than any recording"),
        ({"times": 1.7e12 + 100 * np.arange(4)}, "longer than any recording"),
        ({"fps": np.array(-1.0)}, "frame rate"),
        ({"person_ids": np.array([1.0, np.nan])}, "person_ids"),
        ({"person_ids": np.array([1, 1])}, "differ"),
        ({"image_size": np.array([640, 480]), "confidence": np.full((4, 2, 17), np.nan)}, "found 0 people"),
    ],
)
def test_own_files_that_make_no_sense_are_refused(changes, message, tmp_path):
    with pytest.raises(InputError, match=message):
        read_keypoints(save_own(tmp_path / "k.npz", **changes))


def test_a_size_that_contradicts_the_file_is_refused(tmp_path):
    path = save_own(tmp_path / "k.npz", image_size=np.array(SIZE))
    assert read_keypoints(path).poses.image_size == SIZE
    with pytest.raises(InputError, match="640x480, not 800x600"):
        read_keypoints(path, image_size=(800, 600))


def test_rtmlib_arrays_of_one_picture_and_of_one_person(tmp_path):
    picture = np.stack([person(HALPE_26, x) for x in (100.0, 300.0, 500.0)])
    np.savez(tmp_path / "p.npz", keypoints=picture[..., :2], scores=picture[..., 2])
    assert read_keypoints(tmp_path / "p.npz").poses.mask.shape == (1, 3, 26)
    np.save(tmp_path / "v.npy", np.stack([person(COCO_17)] * 25))
    found = read_keypoints(tmp_path / "v.npy")
    assert found.poses.mask.shape == (25, 1, 17)
    assert found.is_tracked


@pytest.mark.parametrize("columns", [2, 3, 4, 5])
def test_mediapipe_arrays_with_any_columns_keep_width_and_height_apart(columns, tmp_path):
    points = person(BLAZEPOSE_33, confidence=0.6)
    points[:, :2] /= (1000, 500)
    rows = np.column_stack([points[:, :2], np.full(33, -0.2), points[:, 2], np.ones(33)])[:, :columns]
    np.savez(tmp_path / "m.npz", landmarks=np.stack([rows] * 3), fps=25.0, image_size=(1000, 500))
    found = read_keypoints(tmp_path / "m.npz")
    np.testing.assert_allclose(found.poses.joints[0, 0], points[:, :2] * (1000, 500) - 0.5, rtol=1e-5)
    np.testing.assert_allclose(found.poses.confidence, 0.6 if columns > 3 else 1.0, rtol=1e-6)
    assert found.poses.fps == pytest.approx(25.0)
    assert any("fractions" in note for note in found.notes)
    assert found.is_tracked


def test_feet_below_the_picture_are_still_fractions(tmp_path):
    rows = person(BLAZEPOSE_33, 320.0, 480.0) / [640, 240, 1]
    assert rows[:, 1].max() > 2
    np.save(tmp_path / "m.npy", rows[None, :, :2])
    poses = read_keypoints(tmp_path / "m.npy", image_size=(640, 240)).poses
    assert poses.joints[..., 1].max() == pytest.approx(480 + 177.5, abs=0.1)


def test_mediapipe_frames_without_anybody_and_all_unknown_joints(tmp_path):
    array = np.full((4, 33, 4), np.nan)
    array[1, :, :2] = person(BLAZEPOSE_33)[:, :2]
    array[1, :, 3] = 0.5
    np.save(tmp_path / "m.npy", array)
    assert read_keypoints(tmp_path / "m.npy").poses.present[:, 0].tolist() == [False, True, False, False]
    np.save(tmp_path / "m.npy", np.full((4, 33, 4), np.nan))
    with pytest.raises(InputError, match="found 0 people"):
        read_keypoints(tmp_path / "m.npy")


MARKS = [landmark(point) for point in person(BLAZEPOSE_33)]
LISTS = [[mark["x"], mark["y"], mark["z"], mark["visibility"]] for mark in MARKS]


@pytest.mark.parametrize(
    "document, shape",
    [
        ([{"landmarks": MARKS}, {"landmarks": []}, {"landmarks": MARKS}], (3, 1)),
        ([{"pose_landmarks": [MARKS, MARKS]}, {"pose_landmarks": None}], (2, 2)),
        ({"pose_landmarks": MARKS, "pose_world_landmarks": MARKS}, (1, 1)),
        ([{"poseLandmarks": {"landmark": MARKS}}], (1, 1)),
        ([None, MARKS, []], (3, 1)),
        ([LISTS, LISTS], (2, 1)),
        ([[LISTS, LISTS], [LISTS]], (2, 2)),
        (LISTS, (1, 1)),
        ([{"frame": 2, "landmarks": MARKS}, {"frame": 5, "landmarks": MARKS}], (4, 1)),
    ],
)
def test_mediapipe_json_in_its_many_forms(document, shape, tmp_path):
    found = read_keypoints(write_json(tmp_path / "m.json", document), image_size=SIZE)
    assert found.format == "mediapipe"
    assert found.poses.present.shape == shape
    known = found.poses.present
    np.testing.assert_allclose(found.poses.joints[known][0], person(BLAZEPOSE_33)[:, :2], atol=1e-3)


def test_world_landmarks_are_refused(tmp_path):
    world = person(BLAZEPOSE_33, 0.0, 0.0) / [200, 200, 1]
    rows = np.stack([np.column_stack([world[:, :2], np.zeros(33), world[:, 2]])] * 5)
    np.save(tmp_path / "m.npy", rows)
    np.savez(tmp_path / "m.npz", pose_world_landmarks=rows)
    write_json(tmp_path / "m.json", [{"pose_world_landmarks": [MARKS]}])
    for name in ("m.npy", "m.npz", "m.json"):
        with pytest.raises(InputError, match=r"world landmarks.*pose_landmarks"):
            read_keypoints(tmp_path / name, image_size=SIZE)


def test_mediapipe_points_are_on_no_other_skeleton(tmp_path):
    np.save(tmp_path / "m.npy", array_of(BLAZEPOSE_33))
    with pytest.raises(InputError, match="blazepose_33"):
        read_keypoints(tmp_path / "m.npy", skeleton=COCO_17)


def test_plain_arrays_of_videopose3d_are_read_and_other_pickled_ones_never(tmp_path):
    positions = np.stack([person(COCO_17, x)[:, :2] for x in (100.0, 110.0, 120.0)])
    np.savez(tmp_path / "v.npz", positions_2d=positions, fps=59.94)
    found = read_keypoints(tmp_path / "v.npz")
    assert found.format == "videopose3d"
    assert found.poses.mask.shape == (3, 1, 17)
    assert found.poses.fps == pytest.approx(59.94)
    np.savez(tmp_path / "p.npz", keypoints=np.array({"S1": {"walk": [positions]}}), metadata=np.array({}))
    with pytest.raises(InputError, match=r"pickled.*np\.savez"):
        read_keypoints(tmp_path / "p.npz")
    np.savez(tmp_path / "d.npz", keypoints=np.array([None, [1]], dtype=object), boxes=np.zeros(3))
    with pytest.raises(InputError, match=r"pickled.*np\.savez"):
        read_keypoints(tmp_path / "d.npz")
    np.save(tmp_path / "o.npy", np.array({"a": 1}))
    with pytest.raises(InputError, match="pickled"):
        read_keypoints(tmp_path / "o.npy")
    np.savez(tmp_path / "n.npz", positions_2d=positions / 320 - 1)
    with pytest.raises(InputError, match="pixels"):
        read_keypoints(tmp_path / "n.npz")


def test_skeletons_with_the_same_names_come_back_as_they_were(tmp_path):
    write_keypoints(poses_on(MUPOTS_17), tmp_path / "k.npz")
    assert read_keypoints(tmp_path / "k.npz").poses.skeleton.name == "mupots_17"


@needs_real
def test_real_landmarks_of_one_camera(tmp_path):
    detections = np.load(REAL / "detections_blazepose.npz")
    with pytest.raises(InputError, match="4 cameras"):
        read_keypoints(REAL / "detections_blazepose.npz")
    pixels, size = detections["keypoints2d"][0], detections["video_size"][0]
    np.save(tmp_path / "px.npy", pixels)
    np.savez(
        tmp_path / "fraction.npz", landmarks=(pixels + np.array([0.5, 0.5, 0, 0])) / [*size, 1, 1], image_size=size
    )
    np.save(tmp_path / "world.npy", detections["world3d"][0])
    poses = read_keypoints(tmp_path / "px.npy", fps=60.0).poses
    np.testing.assert_allclose(poses.joints[:, 0], pixels[..., :2])
    np.testing.assert_allclose(poses.confidence[:, 0], pixels[..., 3])
    np.testing.assert_allclose(read_keypoints(tmp_path / "fraction.npz").poses.joints, poses.joints, atol=1e-2)
    with pytest.raises(InputError, match="world landmarks"):
        read_keypoints(tmp_path / "world.npy")


@needs_real
def test_real_detections_of_one_camera_by_their_names(tmp_path):
    detections = np.load(REAL / "detections_openpose.npz")
    points = detections["keypoints2d"][2]
    np.savez(tmp_path / "k.npz", keypoints=points[..., :2], confidence=points[..., 2], joint_names=detections["names"])
    poses = read_keypoints(tmp_path / "k.npz", fps=60.0).poses
    assert poses.skeleton.name == "body_25b"
    assert poses.mask.shape == (100, 1, 25)
