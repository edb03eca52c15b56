"""The examples run, and the made-up person in their data is what the data say."""

import runpy
import subprocess
import sys
from collections import deque
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from maquette.body.catalog import COCO_17, H36M_17
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


def ran(name, out, monkeypatch):
    monkeypatch.setattr(sys, "argv", [name, str(out)])
    runpy.run_path(str(FOLDER / name), run_name="__main__")


def test_lifting_keypoints_comes_near_the_truth(tmp_path, monkeypatch, capsys, truth):
    ran("01_lift_keypoints.py", tmp_path, monkeypatch)
    said = capsys.readouterr().out
    assert "the right hand is highest at" in said and "mm" in said
    names = {f"walk_keypoints.{ending}" for ending in ("npz", "json", "csv", "trc", "html")}
    assert {path.name for path in tmp_path.iterdir()} == names
    poses = read_estimate(tmp_path / "walk_keypoints.npz").poses
    found = torch.from_numpy(poses.joints[:, 0]).double()
    assert p_mpjpe(found, truth).mean() < 0.08
    assert mpjpe(found, truth, root_index=H36M_17.index("pelvis")).mean() < 0.12
    left, right = H36M_17.indices("l_shoulder", "r_shoulder")
    agree = torch.sign(found[:, left, 2] - found[:, right, 2]) == torch.sign(truth[:, left, 2] - truth[:, right, 2])
    assert agree.double().mean() > 0.85


def test_the_pose_prior_is_drawn(tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    ran("02_pose_prior.py", tmp_path, monkeypatch)
    assert capsys.readouterr().out == f"wrote {tmp_path / 'pose_prior.png'}\n"
    with Image.open(tmp_path / "pose_prior.png") as figure:
        assert figure.size == (1100, 620) and len(figure.convert("RGB").getcolors(100_000)) > 50


def test_the_data_are_small_and_made_by_their_own_program(tmp_path):
    """All but the video are made again, and are the same numbers."""
    code = (
        "import make_example, sys, pathlib; make_example.write_video = lambda *_, **__: None; "
        "make_example.main(pathlib.Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "walk_camera.json").read_text() == (DATA / "walk_camera.json").read_text()
    for name in ("walk_keypoints.npz", "walk_truth.npz"):
        with np.load(tmp_path / name, allow_pickle=False) as new, np.load(DATA / name, allow_pickle=False) as old:
            assert new.files == old.files
            for key in old.files:
                if old[key].dtype.kind == "f":
                    np.testing.assert_allclose(new[key], old[key], atol=1e-3, err_msg=key)
                else:
                    np.testing.assert_array_equal(new[key], old[key])
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 500_000


def test_the_person_walks_on_the_floor_and_keeps_their_bones(truth, camera):
    world = ((truth - camera.translation) @ camera.rotation).numpy()
    ankles = world[:, H36M_17.indices("l_ankle", "r_ankle"), 2]
    np.testing.assert_allclose(ankles.min(axis=1), 0.0765, atol=1e-5)
    bones = np.array([np.linalg.norm(world[:, a] - world[:, b], axis=-1) for a, b in H36M_17.bones])
    assert np.ptp(bones, axis=1).max() < 0.02
    steps = np.linalg.norm(np.diff(world[:, 0, :2], axis=0), axis=-1)
    np.testing.assert_allclose(steps * 30, 1.1, rtol=0.01)
    facing = np.diff(world[:, 0, :2], axis=0)
    left, right = H36M_17.indices("l_hip", "r_hip")
    across = (world[:, left, :2] - world[:, right, :2])[:-1]
    assert np.all(facing[:, 0] * across[:, 1] - facing[:, 1] * across[:, 0] > 0)  # the left hip is at the left


def test_keypoints_are_the_truth_with_a_detectors_errors(truth, camera):
    poses = read_keypoints(DATA / "walk_keypoints.npz").poses
    assert poses.skeleton == COCO_17 and poses.image_size == (1280, 720) and poses.fps == pytest.approx(30)
    pixels = camera.project(truth[:, H36M_17.indices(*SHARED)]).numpy()
    columns = COCO_17.indices(*SHARED)
    away = np.linalg.norm(poses.joints[:, 0, columns] - pixels, axis=-1)
    assert 0.5 < np.median(away) < 4 and away.max() < 30
    sure = poses.confidence[:, 0, columns]
    assert sure.min() > 0.05 and sure.max() <= 1 and np.corrcoef(away.ravel(), sure.ravel())[0, 1] < -0.1


def test_the_video_shows_the_person_where_the_keypoints_are():
    source = open_pictures(DATA / "walk.mp4")
    assert source.image_size == (1280, 720) and source.fps == 30
    frames = source.frames()
    first = next(frames)
    (last,) = deque(frames, maxlen=1)
    assert last.time_s == pytest.approx(119 / 30, abs=1e-3)
    points = read_keypoints(DATA / "walk_keypoints.npz").poses.joints[0, 0]
    neck = points[COCO_17.indices("l_shoulder", "r_shoulder")].mean(axis=0)
    x, y = np.rint(neck + np.array([0, 12])).astype(int)
    red, _, blue = first.image[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(axis=0)
    assert blue > red + 30  # the shirt
    there = np.abs(first.image.astype(int) - last.image).max(axis=-1) > 40
    assert there[y, x] and not there[:100].any()
