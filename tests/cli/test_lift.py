"""`maquette lift`: every format, every setting, and what stands in the results."""

import csv
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from maquette.body.catalog import H36M_17
from maquette.cli.lifting import parse_size
from maquette.errors import SettingError
from maquette.inference.fitting import estimate_bone_lengths, stature_from_bones_m
from maquette.io.keypoints.own import write_keypoints
from maquette.io.pictures import open_pictures
from maquette.io.results import read_estimate
from maquette.io.trc import read_trc

KEYS = {
    "joints", "mask", "confidence", "joint_names", "parents", "frame", "unit", "scale_known", "times", "person_ids",
    "joints2d", "image_size",
}  # fmt: skip


def stature(poses) -> float:
    (value,) = stature_from_bones_m(estimate_bone_lengths(poses.in_unit("m")), poses.skeleton)
    return float(value)


def pixels_of(joints, described):
    """Projection with a plain pinhole, written out once more."""
    x, y, z = np.moveaxis(joints.astype(np.float64), -1, 0)
    matrix = np.array(described["matrix"])
    return np.stack([matrix[0, 0] * x / z + matrix[0, 2], matrix[1, 1] * y / z + matrix[1, 2]], axis=-1)


@pytest.fixture
def camera(example):
    return json.loads((example / "walk_camera.json").read_text())


def test_every_format_is_written_under_the_inputs_name(run, few, tmp_path):
    said = run("lift", few, "--out", tmp_path / "made" / "here", "--format", "npz,json,csv,trc,html,png")
    names = [f"few.{ending}" for ending in ("npz", "json", "csv", "trc", "html", "png")]
    assert said.code == 0 and said.err == ""
    assert sorted(path.name for path in (tmp_path / "made" / "here").iterdir()) == sorted(names)
    assert [line.split("/")[-1] for line in said.out.splitlines() if line.startswith("wrote ")] == names

    folder = tmp_path / "made" / "here"
    exact, written = read_estimate(folder / "few.npz"), read_estimate(folder / "few.json")
    np.testing.assert_allclose(exact.poses.joints, written.poses.joints, atol=1e-4)
    with (folder / "few.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6 and float(rows[2]["l_knee_y_m"]) == pytest.approx(
        float(exact.poses.joints[2, 0, H36M_17.index("l_knee"), 1]), abs=1e-4
    )
    assert "LKnee" in read_trc(folder / "few.trc").names
    assert "<html" in (folder / "few.html").read_text(encoding="utf-8")[:500]
    with Image.open(folder / "few.png") as figure:
        assert figure.size[0] > 500


def test_npz_says_everything_and_stands_upright(run, few, tmp_path):
    assert run("lift", few, "--out", tmp_path, "--format", "npz").code == 0
    with np.load(tmp_path / "few.npz", allow_pickle=False) as file:
        content = {key: file[key] for key in file.files}
    assert content.keys() >= KEYS
    frames, joints = 6, 17
    assert content["joints"].shape == (frames, 1, joints, 3) and content["joints2d"].shape == (frames, 1, joints, 2)
    assert content["mask"].shape == content["confidence"].shape == (frames, 1, joints)
    names = content["joint_names"].tolist()
    assert names == [name.lower() for name in names] and "l_wrist" in names and "r_wrist" in names
    assert content["parents"].tolist() == list(H36M_17.parents)
    assert (content["frame"], content["unit"], content["scale_known"]) == ("camera", "m", False)
    assert content["image_size"].tolist() == [960, 540] and content["times"][0] == 0
    assert np.all((content["confidence"] >= 0) & (content["confidence"] <= 1))

    def at(name):
        return content["joints"][:, 0, names.index(name)]

    assert np.all(at("head_top")[:, 1] < at("pelvis")[:, 1] - 0.4)  # y points down
    assert np.all(at("l_ankle")[:, 1] > at("pelvis")[:, 1] + 0.5)
    assert np.all(at("l_shoulder")[:, 0] > at("r_shoulder")[:, 0] + 0.15)  # the person faces the camera
    assert np.all(at("r_wrist")[:, 2] < at("l_wrist")[:, 2] - 0.05)  # and swings the right arm ahead
    assert np.all(at("nose")[:, 2] < (at("thorax")[:, 2] + 0.02))
    assert np.all(at("pelvis") == 0)


def test_notes_tell_what_was_assumed(run, few, tmp_path):
    said = run("lift", few, "--out", tmp_path, "--format", "npz")
    assert "1 person in 6 frames" in said.out
    for word in ("synthesised", "lens unknown", "camera tilt", "scale unknown", "refined over the track"):
        assert word in said.out
        assert any(word in note for note in read_estimate(tmp_path / "few.npz").notes)


def test_a_given_height_sets_the_scale(run, few, tmp_path):
    assert run("lift", few, "--out", tmp_path, "--format", "npz", "--height", "1.8").code == 0
    poses = read_estimate(tmp_path / "few.npz").poses
    assert poses.scale_known and stature(poses) == pytest.approx(1.8, abs=0.01)


def test_independent_frames_are_independent(run, walk, tmp_path):
    write_keypoints(walk.select_frames(slice(66, 69)), tmp_path / "three.npz")
    write_keypoints(walk.select_frames(slice(67, 68)), tmp_path / "one.npz")
    for name in ("three", "one"):
        arguments = (tmp_path / f"{name}.npz", "--out", tmp_path / "out", "--format", "npz", "--height", "1.8")
        said = run("lift", *arguments, "--independent-frames")
        assert said.code == 0 and "each frame by itself" in said.out and "smoothed" not in said.out
    three, one = (read_estimate(tmp_path / "out" / f"{name}.npz").poses for name in ("three", "one"))

    def unit(joints):
        return joints / np.linalg.norm(joints)

    np.testing.assert_allclose(unit(three.joints[1, 0]), unit(one.joints[0, 0]), atol=1e-3)


@pytest.mark.parametrize(("option", "is_refined"), [("--refine", True), ("--no-refine", False)])
def test_a_track_is_refined_if_that_is_wanted_and_the_notes_say_so(run, few, tmp_path, option, is_refined):
    said = run("lift", few, "--out", tmp_path, "--format", "npz", "--height", "1.8", option)
    estimate = read_estimate(tmp_path / "few.npz")
    assert said.code == 0 and any(note.startswith("refined over the track: ") for note in estimate.notes) == is_refined
    assert ("smoothed" in said.out) != is_refined and stature(estimate.poses) == pytest.approx(1.8, abs=0.01)


def test_given_frames_per_second_win(run, few, tmp_path):
    assert run("lift", few, "--out", tmp_path, "--format", "npz", "--fps", "10").code == 0
    np.testing.assert_allclose(read_estimate(tmp_path / "few.npz").poses.times, np.arange(6) / 10, atol=1e-9)


def test_a_camera_puts_persons_before_it_where_they_are_seen(run, few, tmp_path, camera):
    described = {key: camera[key] for key in ("matrix", "image_size")}
    (tmp_path / "lens.json").write_text(json.dumps(described))
    arguments = ("--camera", tmp_path / "lens.json", "--height", "1.78")
    assert run("lift", few, "--out", tmp_path, "--format", "npz", *arguments).code == 0
    estimate = read_estimate(tmp_path / "few.npz")
    assert estimate.poses.root is None and estimate.poses.scale_known
    assert np.all(estimate.poses.joints[..., 2] > 1.0)
    away = np.linalg.norm(pixels_of(estimate.poses.joints, described) - estimate.keypoints.joints, axis=-1)
    assert np.median(away[estimate.keypoints.mask]) < 12  # of some 250 pixels that the person is high


def test_a_camera_that_knows_the_ground_tells_stature_and_place(run, few, tmp_path, camera, example):
    arguments = ("--camera", example / "walk_camera.json")
    said = run("lift", few, "--out", tmp_path, "--format", "npz", *arguments)
    assert said.code == 0 and "height above the ground" in said.out
    poses = read_estimate(tmp_path / "few.npz").poses
    assert poses.scale_known and poses.root is None and stature(poses) == pytest.approx(1.78, rel=0.1)
    truth = np.load(example / "walk_truth.npz", allow_pickle=False)["joints"][66:72]
    world = (poses.joints[:, 0] - np.array(camera["translation"])) @ np.array(camera["rotation"])
    assert np.linalg.norm(world - truth, axis=-1).mean() < 0.45  # in thick soles before a low camera
    ankles = world[:, H36M_17.indices("l_ankle", "r_ankle"), 2]
    assert np.median(ankles.min(axis=1)) == pytest.approx(0.08, abs=0.05)


def test_the_camera_of_a_calibration_is_chosen_by_name(run, few, tmp_path, camera):
    section = "\n".join(f"{key} = {camera[other]}" for key, other in (("matrix", "matrix"), ("size", "image_size")))
    (tmp_path / "two.toml").write_text(f"[cam_01]\n{section}\n[cam_02]\n{section}\n")
    arguments = ("lift", few, "--out", tmp_path / "out", "--format", "npz", "--camera", tmp_path / "two.toml")
    said = run(*arguments)
    assert said.code == 2 and "cam_01" in said.err
    assert run(*arguments, "--camera-name", "cam02").code == 0


def test_pictures_give_an_overlay_video_and_the_size(run, walk, example, tmp_path):
    short = walk.select_frames(slice(0, 4))
    write_keypoints(replace(short, image_size=None), tmp_path / "bare.npz")
    arguments = ("--pictures", example / "walk.mp4", "--format", "npz,mp4,png")
    assert run("lift", tmp_path / "bare.npz", "--out", tmp_path / "out", *arguments).code == 0
    assert read_estimate(tmp_path / "out" / "bare.npz").keypoints.image_size == (960, 540)
    frames = list(open_pictures(tmp_path / "out" / "bare.mp4").frames())
    assert len(frames) == 4 and frames[0].image.shape[1] > 960
    drawn = frames[0].image[:, :960].astype(int) - next(open_pictures(example / "walk.mp4").frames()).image
    person = slice(*np.percentile(short.joints[0, 0, :, 1], [0, 100]).astype(int))
    assert np.abs(drawn[person]).max() > 60


def test_weights_other_than_the_bundled_ones_are_used(run, few, tmp_path, tiny_weights):
    said = run("lift", few, "--out", tmp_path, "--format", "npz", "--method", "lifting", "--weights", tiny_weights)
    assert said.code == 0
    assert read_estimate(tmp_path / "few.npz").poses.mask.all()


def test_results_are_the_same_every_time(run, few, tmp_path):
    for name in ("a", "b"):
        assert run("lift", few, "--out", tmp_path / name, "--format", "npz").code == 0
    first, second = (read_estimate(tmp_path / name / "few.npz").poses.joints for name in ("a", "b"))
    np.testing.assert_array_equal(first, second)


def test_the_installed_command_works(few, tmp_path):
    command = [sys.executable, "-m", "maquette.cli", "lift", str(few), "--out", str(tmp_path), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert json.loads((tmp_path / "few.json").read_text(encoding="utf-8"))["format"] == "maquette.poses"


@pytest.mark.parametrize(("text", "size"), [("1920x1080", (1920, 1080)), (" 640X480 ", (640, 480)), ("1x1", (1, 1))])
def test_picture_sizes_are_read(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "x", "1920", "1920x", "x1080", "0x480", "640x000", "-1x5", "1e3x10", "1.5x2", "9999999x1"]
)
def test_malformed_picture_sizes_are_refused(text):
    with pytest.raises(SettingError, match="WIDTHxHEIGHT"):
        parse_size(text)


@pytest.mark.slow
def test_an_overlay_video_needs_no_pictures(run, few, tmp_path):
    run("lift", few, "--out", tmp_path / "out", "--format", "mp4")
    frames = list(open_pictures(tmp_path / "out" / "few.mp4").frames())
    assert len(frames) == 6
    assert np.ptp(frames[0].image[:, :960].astype(int)) > 100, "skeletons are drawn on the empty canvas"


def test_the_detector_can_be_named(run, few, tmp_path):
    run("lift", few, "--detector", "mine", "--out", tmp_path / "out", "--format", "npz")
    assert str(np.load(tmp_path / "out" / "few.npz")["detector"]) == "mine"


@pytest.mark.slow
def test_joints_that_are_only_put_near_their_place_are_named(run, few, tmp_path):
    run("lift", few, "--out", tmp_path / "out", "--format", "npz")
    notes = np.load(tmp_path / "out" / "few.npz")["notes"].tolist()
    named = [note for note in notes if note.startswith("in the 2D points only:")]
    assert [note.split(": ")[1].split(" =")[0] for note in named] == ["spine", "head_top"]


def test_weights_that_their_card_does_not_know_are_used_only_when_trusted(run, few, tmp_path, tiny_weights):
    changed = tmp_path / "changed.safetensors"
    changed.write_bytes(tiny_weights.read_bytes())
    card = json.loads(tiny_weights.with_suffix(".json").read_text(encoding="utf-8"))
    changed.with_suffix(".json").write_text(json.dumps({**card, "sha256": 64 * "0"}), encoding="utf-8")
    arguments = ("lift", few, "--out", tmp_path / "out", "--format", "npz", "--method", "lifting", "--weights", changed)
    said = run(*arguments)
    assert said.code == 2 and "its sha256 differs" in said.err and "--trust" in said.err
    assert run(*arguments, "--trust").code == 0
