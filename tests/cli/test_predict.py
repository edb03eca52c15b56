"""`maquette predict`: from pictures to poses with a stub detector, streaming, and with the real one."""

import importlib.util
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from maquette.api import finder
from maquette.arrays import Frame
from maquette.body.catalog import COCO_17, H36M_17
from maquette.inference.pipeline import detect
from maquette.io.pictures import open_pictures
from maquette.io.results import read_estimate
from maquette.io.video import write_video

needs_mediapipe = pytest.mark.skipif(importlib.util.find_spec("mediapipe") is None, reason="mediapipe is not installed")


def test_a_video_becomes_poses_and_an_overlay(run, stub, walk, clip, tmp_path):
    detector = stub(walk)
    said = run("predict", clip, "--detector", "stub", "--out", tmp_path / "out", "--format", "npz,mp4,html")
    assert said.code == 0 and said.err == ""
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"clip.npz", "clip.mp4", "clip.html"}
    assert detector.shown == 5 and detector.is_closed
    estimate = read_estimate(tmp_path / "out" / "clip.npz")
    assert estimate.detector == "stub" and estimate.keypoints.image_size == (960, 540)
    np.testing.assert_allclose(estimate.poses.times, np.arange(5) / 30, atol=1e-3)
    assert any("looks at nothing" in note for note in estimate.notes)
    assert len(list(open_pictures(tmp_path / "out" / "clip.mp4").frames())) == 5


def test_a_photograph_and_a_folder_of_pictures_work_too(run, stub, walk, clip, tmp_path):
    stub(walk)
    (tmp_path / "many").mkdir()
    for index, frame in enumerate(open_pictures(clip).frames()):
        Image.fromarray(frame.image).save(tmp_path / "many" / f"{index}.jpg")
    said = run("predict", tmp_path / "many", "--detector", "stub", "--out", tmp_path / "out", "--format", "npz")
    assert said.code == 0 and "30 frames per second" in said.out
    assert read_estimate(tmp_path / "out" / "many.npz").poses.frame_count == 5
    said = run(
        "predict", tmp_path / "many" / "0.jpg", "--detector", "stub", "--out", tmp_path / "out", "--format", "npz"
    )
    assert said.code == 0
    single = read_estimate(tmp_path / "out" / "0.npz").poses
    assert single.frame_count == 1 and single.times.tolist() == [0.0]


def test_two_people_keep_their_numbers_though_the_detector_shuffles_them(run, stub, walk, clip, tmp_path):
    both = walk.select_frames(slice(0, 5))
    apart = np.array([both.joints[:, 0], both.joints[:, 0] + [400, 0]])
    shuffled = np.stack([apart[[index % 2, 1 - index % 2], index] for index in range(5)])
    twice = np.repeat(both.confidence, 2, axis=1)
    found = replace(both, joints=shuffled.astype(np.float32), mask=twice > 0, confidence=twice, person_ids=np.arange(2))
    stub(found)
    assert run("predict", clip, "--detector", "stub", "--out", tmp_path / "out", "--format", "npz").code == 0
    keypoints = read_estimate(tmp_path / "out" / "clip.npz").keypoints
    hips = keypoints.joints[:, :, H36M_17.index("l_hip"), 0]
    assert keypoints.person_count == 2 and np.all(np.abs(np.diff(hips, axis=0)) < 60)


def test_independent_frames_ask_the_detector_not_to_follow(run, stub, walk, clip, tmp_path, monkeypatch):
    asked = []

    def opened(name, *, model, video, most_persons):
        asked.append(video)
        return stub(walk)

    monkeypatch.setattr(finder, "open_detector", opened)
    for more in ((), ("--independent-frames",)):
        arguments = ("--detector", "stub", "--out", tmp_path / "out", "--format", "npz")
        assert run("predict", clip, *arguments, *more).code == 0
    assert asked == [True, False]


def test_pictures_are_not_kept(stub, walk):
    """Three thousand small pictures need no more memory than three hundred, but for the points themselves."""
    height, width, points = 120, 160, len(COCO_17) * 3 * 4

    def frames(count):
        for index in range(count):
            yield Frame(np.full((height, width, 3), index % 256, np.uint8), index / 30)

    def most_bytes(count):
        detector = stub(walk)
        tracemalloc.start()
        keypoints = detect(frames(count), detector)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert keypoints.frame_count == count
        return most

    grown = most_bytes(3000) - most_bytes(300)
    assert grown < 2700 * 12 * points  # all pictures would be 2700 * 57 600 bytes
    assert grown < 0.1 * 2700 * height * width * 3


@needs_mediapipe
def test_the_example_video_with_the_real_detector(run, clip, tmp_path, walk):
    said = run("predict", clip, "--out", tmp_path / "out", "--format", "npz")
    assert said.code == 0, said.err
    keypoints = read_estimate(tmp_path / "out" / "clip.npz").keypoints
    joints = ["l_shoulder", "r_shoulder", "l_hip", "r_hip", "l_knee", "r_knee"]
    away = keypoints.joints[:, 0, H36M_17.indices(*joints)] - walk.joints[:5, 0, COCO_17.indices(*joints)]
    assert np.median(np.linalg.norm(away, axis=-1)) < 15


@needs_mediapipe
def test_nobody_in_a_blank_picture_with_the_real_detector(run, tmp_path):
    Image.new("RGB", (320, 240), "grey").save(tmp_path / "blank.png")
    said = run("predict", tmp_path / "blank.png", "--out", tmp_path / "out")
    assert said.code == 2 and "found 0 people in 1 picture with" in said.err and said.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@needs_mediapipe
def test_photographs_of_people_stand_upright(run, shared_data, tmp_path):
    for name in ("yogait_t5", "tfjs_pose"):
        picture = shared_data / "photos" / f"{name}.jpg"
        assert run("predict", picture, "--out", tmp_path, "--format", "npz").code == 0
        poses = read_estimate(tmp_path / f"{name}.npz").poses
        head, ankles = poses.skeleton.index("head_top"), poses.skeleton.indices("l_ankle", "r_ankle")
        assert poses.joints[0, 0, head, 1] < poses.joints[0, 0, ankles, 1].min()


@needs_mediapipe
def test_a_real_video_gives_a_calm_upright_person(run, shared_data, tmp_path):
    source = open_pictures(shared_data / "multiview" / "cam01.mp4")
    frames = [frame for frame, _ in zip(source.frames(), range(12), strict=False)]
    write_video(tmp_path / "cam01.mp4", frames, image_size=source.image_size)
    calibration = shared_data / "multiview" / "calibration.toml"
    said = run("predict", tmp_path / "cam01.mp4", "--camera", calibration, "--out", tmp_path / "out", "--format", "npz")
    assert said.code == 0, said.err
    poses = read_estimate(tmp_path / "out" / "cam01.npz").poses
    assert poses.frame_count == 12 and poses.root is None and np.all(poses.joints[..., 2] > 0.5)
    steps = np.linalg.norm(np.diff(poses.joints - poses.joints[:, :, :1], axis=0), axis=-1)
    assert np.median(steps) < 0.1
