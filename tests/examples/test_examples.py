"""The examples run, and the made-up person in their data is what the data say."""

import runpy
import sys
from collections import deque
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from maquette.body.catalog import COCO_17, H36M_17
from maquette.data.shards.labels import PictureLabels
from maquette.geometry.camera import PinholeCamera
from maquette.io.camera import read_camera
from maquette.io.keypoints import read_keypoints
from maquette.io.pictures import open_pictures
from maquette.io.results import read_estimate
from maquette.metrics.position import mpjpe, p_mpjpe

FOLDER = Path(__file__).resolve().parents[2] / "examples"
DATA = FOLDER / "data"
SHARED = [joint for joint in COCO_17.joint_names if joint in H36M_17]


@pytest.fixture(scope="module")
def camera() -> PinholeCamera:
    return read_camera(DATA / "walk_camera.json")


@pytest.fixture(scope="module")
def truth(camera) -> torch.Tensor:
    """Joints (F, 17, 3) in the camera frame, metres."""
    with np.load(DATA / "walk_truth.npz", allow_pickle=False) as file:
        assert file["joint_names"].tolist() == list(H36M_17.joint_names)
        return camera.in_camera(torch.from_numpy(file["joints"]).double())


def run_example(name, out, monkeypatch):
    monkeypatch.setattr(sys, "argv", [name, str(out)])
    runpy.run_path(str(FOLDER / name), run_name="__main__")


def test_lifting_keypoints_comes_near_the_truth(tmp_path, monkeypatch, capsys, truth):
    run_example("01_lift_keypoints.py", tmp_path, monkeypatch)
    said = capsys.readouterr().out
    assert "the feet are farthest apart at" in said and "mm" in said
    names = {f"walk_keypoints.{ending}" for ending in ("npz", "json", "csv", "trc", "html")}
    assert {path.name for path in tmp_path.iterdir()} == names
    poses = read_estimate(tmp_path / "walk_keypoints.npz").poses
    found = torch.from_numpy(poses.joints[:, 0]).double()
    assert p_mpjpe(found, truth).mean() < 0.05
    assert mpjpe(found, truth, root_index=H36M_17.index("pelvis")).mean() < 0.07
    left, right = H36M_17.indices("l_shoulder", "r_shoulder")
    agree = torch.sign(found[:, left, 2] - found[:, right, 2]) == torch.sign(truth[:, left, 2] - truth[:, right, 2])
    assert agree.double().mean() > 0.95


def test_the_pose_prior_is_drawn(tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    run_example("02_pose_prior.py", tmp_path, monkeypatch)
    assert capsys.readouterr().out == f"wrote {tmp_path / 'pose_prior.png'}\n"
    with Image.open(tmp_path / "pose_prior.png") as figure:
        assert figure.size == (1100, 620) and len(figure.convert("RGB").getcolors(100_000)) > 50


@pytest.fixture(scope="module")
def maker() -> SimpleNamespace:
    """The program that makes the data."""
    pytest.importorskip("anny", reason="anny is not installed")
    return SimpleNamespace(**runpy.run_path(str(FOLDER / "make_example.py")))


@pytest.fixture(scope="module")
def labels(maker, tmp_path_factory) -> list[PictureLabels]:
    """The labels of the example's clip, rendered again at a tenth of its size."""
    width, height = maker.SIZE
    return maker.render_clip(tmp_path_factory.mktemp("shards"), (width // 10, height // 10))


def test_the_data_are_small_and_what_the_renderer_makes(maker, labels, tmp_path, camera):
    with np.load(DATA / "walk_truth.npz", allow_pickle=False) as file:
        np.testing.assert_allclose(maker.world_joints(labels), file["joints"], atol=1e-3)
        np.testing.assert_allclose([one.time_s for one in labels], file["times"], atol=1e-9)
    maker.write_camera(labels[0], tmp_path / "camera.json")
    again = read_camera(tmp_path / "camera.json").scaled_to(camera.image_size)
    torch.testing.assert_close(again.matrix, camera.matrix, atol=0.1, rtol=0)
    torch.testing.assert_close(again.rotation, camera.rotation, atol=1e-4, rtol=0)
    torch.testing.assert_close(again.translation, camera.translation, atol=1e-3, rtol=0)
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 500_000
    described = (FOLDER / "README.md").read_text(encoding="utf-8")
    width, height = maker.SIZE
    assert f"--clip {maker.FRAMES} --fps {maker.FPS} --size {width}x{height} --seed {maker.SEED} " in described


def test_the_camera_stands_still_and_sees_the_whole_person(maker, labels, truth, camera):
    for label in labels:
        np.testing.assert_array_equal(label.camera_from_world, labels[0].camera_from_world)
    pixels = camera.project(truth).numpy()
    assert np.all((pixels > 0) & (pixels < np.array(maker.SIZE)))


def test_the_keypoints_are_made_of_the_labels(maker, labels):
    """At a tenth of the size, what is hidden and how far the points lie from the truth are nearly the same."""
    small, stored = maker.sample_keypoints(labels), read_keypoints(DATA / "walk_keypoints.npz").poses
    away = np.linalg.norm(10 * small.joints + 4.5 - stored.joints, axis=-1)
    assert np.median(away) < 0.1 and np.median(np.abs(small.confidence - stored.confidence)) < 0.01


def test_the_person_walks_on_the_floor_and_keeps_their_bones(truth, camera):
    world = ((truth - camera.translation) @ camera.rotation).numpy()
    lower_ankle = world[:, H36M_17.indices("l_ankle", "r_ankle"), 2].min(axis=1)
    assert lower_ankle.min() > 0.05 and lower_ankle.max() < 0.15
    assert world[:, H36M_17.index("head_top"), 2].mean() == pytest.approx(1.78, abs=0.04)
    bones = np.array([np.linalg.norm(world[:, a] - world[:, b], axis=-1) for a, b in H36M_17.bones])
    assert np.ptp(bones, axis=1).max() < 0.001
    steps = np.diff(world[:, 0, :2], axis=0)
    np.testing.assert_allclose(30 * np.linalg.norm(steps, axis=-1), 1.35, rtol=0.01)
    left, right = H36M_17.indices("l_hip", "r_hip")
    across = (world[:, left, :2] - world[:, right, :2])[:-1]
    assert np.all(steps[:, 0] * across[:, 1] - steps[:, 1] * across[:, 0] > 0)  # the left hip is at the left


def test_keypoints_are_the_truth_with_a_detectors_errors(truth, camera):
    poses = read_keypoints(DATA / "walk_keypoints.npz").poses
    assert poses.skeleton == COCO_17 and poses.image_size == (960, 540) and poses.fps == pytest.approx(30)
    pixels = camera.project(truth[:, H36M_17.indices(*SHARED)]).numpy()
    columns = COCO_17.indices(*SHARED)
    away = np.linalg.norm(poses.joints[:, 0, columns] - pixels, axis=-1)
    assert 0.5 < np.median(away) < 4 and away.max() < 30
    sure = poses.confidence[:, 0, columns]
    assert sure.min() > 0.05 and sure.max() <= 1 and np.corrcoef(away.ravel(), sure.ravel())[0, 1] < -0.1


def test_the_video_shows_the_person_where_the_keypoints_are():
    source = open_pictures(DATA / "walk.mp4")
    assert source.image_size == (960, 540) and source.fps == 30
    frames = source.frames()
    first = next(frames)
    (last,) = deque(frames, maxlen=1)
    assert last.time_s == pytest.approx(119 / 30, abs=1e-3)
    points = read_keypoints(DATA / "walk_keypoints.npz").poses.joints[0, 0]
    chest = points[COCO_17.indices("l_shoulder", "r_shoulder", "l_hip", "r_hip")].mean(axis=0)
    x, y = np.rint(chest).astype(int)
    assert first.image[y - 2 : y + 3, x - 2 : x + 3].min() > 150  # the pale shirt
    changed = np.abs(first.image.astype(int) - last.image).max(axis=-1) > 40
    assert changed[y, x] and not changed[:100].any()
