"""`maquette.lift`: the result of the command line bit for bit, from a path, from keypoints and from poses."""

import json
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from dotted_people import DotEstimator
from keypoint_files import write_openpose
from walking_people import scene, walking

import maquette
from maquette.body.catalog import COCO_17
from maquette.cli import main
from maquette.errors import ConventionError, InputError, SettingError
from maquette.io.camera import read_camera
from maquette.io.pictures import open_pictures


@pytest.fixture
def by_command(few, tmp_path):
    """The result file of ``maquette lift`` with some options."""

    def lift(*options) -> bytes:
        out = tmp_path / "by_command"
        arguments = ("lift", few, "--out", out, "--format", "npz", *options)
        assert main([str(argument) for argument in arguments]) == 0
        return (out / "few.npz").read_bytes()

    return lift


@pytest.fixture
def saved(tmp_path):
    """The bytes of an estimate's result file."""
    return lambda estimate: estimate.save(tmp_path / "saved.npz")[0].read_bytes()


def arrays(path):
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


class TestInputs:
    def test_a_path_gives_the_file_of_the_command_line(self, few, by_command, saved):
        assert saved(maquette.lift(str(few))) == saved(maquette.lift(few)) == by_command()

    def test_every_setting_is_that_of_the_command_line(self, few, example, by_command, saved):
        camera = example / "walk_camera.json"
        estimate = maquette.lift(
            few, height_m=1.78, camera=camera, independent_frames=True, detector="mine", fps=10.0, skeleton="coco-17",
            image_size=(960, 540),
        )  # fmt: skip
        options = ("--height", 1.78, "--camera", camera, "--independent-frames", "--detector", "mine", "--fps", 10)
        assert saved(estimate) == by_command(*options, "--skeleton", "coco-17", "--image-size", "960x540")
        assert estimate.detector == "mine" and estimate.poses.scale_known and estimate.poses.root is None

    def test_keypoints_that_were_read_give_it_too(self, few, by_command, saved):
        assert saved(maquette.lift(maquette.read_keypoints(few))) == by_command()

    def test_poses_give_it_too_but_for_where_they_come_from(self, few, by_command, tmp_path):
        lifted = maquette.lift(maquette.read_keypoints(few).poses, detector="maquette")
        found = arrays(lifted.save(tmp_path / "saved.npz")[0])
        by_command()
        expected = arrays(tmp_path / "by_command" / "few.npz")
        assert found.keys() == expected.keys()
        for name in found.keys() - {"person_ids"}:
            np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
        assert maquette.lift(maquette.read_keypoints(few).poses).detector == "poses"

    def test_fractions_of_the_picture_become_pixels(self, few, tmp_path, refuses):
        poses = maquette.read_keypoints(few).poses
        shares = (poses.joints + 0.5) / np.array([960, 540], np.float32)
        shares = replace(poses, joints=shares, unit="fraction", image_size=None)
        lifted = maquette.lift(shares, image_size=(960, 540))
        np.testing.assert_allclose(lifted.poses.joints, maquette.lift(poses).poses.joints, atol=1e-3)
        with refuses(ConventionError, "`image_size`"):
            maquette.lift(shares)

    def test_the_pictures_give_the_size_and_stay_at_hand(self, few, example):
        poses = replace(maquette.read_keypoints(few).poses, image_size=None)
        lifted = maquette.lift(poses, pictures=example / "walk.mp4")
        assert lifted.keypoints.image_size == (960, 540) and lifted.pictures.path == example / "walk.mp4"

    def test_a_video_gives_the_rate_and_the_picture_of_each_frame_number(self, few, example, tmp_path):
        poses = maquette.read_keypoints(few).poses
        points = np.concatenate([poses.joints, poses.confidence[..., None]], axis=-1)
        found = write_openpose(tmp_path / "found", {3 + number: people for number, people in enumerate(points)})
        lifted = maquette.lift(found, skeleton="coco_17", pictures=example / "walk.mp4")
        film = open_pictures(example / "walk.mp4")
        assert lifted.poses.times[1] == pytest.approx(1 / film.fps)
        later = next(islice(film.frames(), 3, None)).image
        np.testing.assert_array_equal(next(lifted.pictures.frames()).image, later)


class TestSettings:
    def test_bone_lengths_as_a_mapping_are_those_of_a_file(self, few, tmp_path, saved, by_command):
        (tmp_path / "bones.json").write_text(json.dumps({"unit": "cm", "lengths": {"hip-knee": 48}}))
        lifted = maquette.lift(few, bone_lengths={"hip-knee": 0.48})
        assert saved(lifted) == by_command("--bone-lengths", tmp_path / "bones.json") and lifted.poses.scale_known

    def test_a_camera_is_that_of_its_file(self, few, example, saved, by_command):
        camera = read_camera(example / "walk_camera.json")
        assert saved(maquette.lift(few, camera=camera)) == by_command("--camera", example / "walk_camera.json")

    def test_a_method_can_be_opened_once(self, few, saved, by_command):
        method = maquette.load_method("track-lifting")
        assert saved(maquette.lift(few, method=method)) == saved(maquette.lift(few, method=method)) == by_command()

    def test_a_skeleton_is_given_by_name_or_as_it_is(self, few, saved):
        assert saved(maquette.lift(few, skeleton=COCO_17)) == saved(maquette.lift(few, skeleton="coco_17"))

    def test_progress_is_told_stage_by_stage(self, few):
        reported = []
        maquette.lift(few, progress=lambda *step: reported.append(step))
        assert reported[0] == ("reading keypoints", 0, None) and reported[1] == ("lifting to 3D", 0, None)
        assert ("lifting to 3D", 6, 6) in reported  # poses; then rounds of the fit over tracks
        assert reported[-1][0] == "lifting to 3D" and reported[-1][1] == reported[-1][2] > 6


REFUSED = {
    "height": ({"height_m": 17.0}, SettingError, "`height_m` 17 is no person's; give metres between"),
    "two scales": ({"height_m": 1.7, "bone_lengths": {"hip-knee": 0.4}}, SettingError, "`bone_lengths` both set"),
    "fps": ({"fps": -5.0}, SettingError, "`fps` -5 makes no sense"),
    "no camera file": ({"camera": "absent.toml"}, SettingError, "`camera` 'absent.toml' is no file"),
    "a name alone": ({"camera_name": "cam01"}, SettingError, "`camera_name` needs the calibration it is in"),
    "bone": ({"bone_lengths": {"tail": 0.4}}, InputError, "`bone_lengths`: 'tail' is no bone of"),
    "a bone of 40 m": ({"bone_lengths": {"hip-knee": 40.0}}, InputError, "is 40.0 m long, which no bone is"),
    "method": ({"method": "magic"}, SettingError, "no method 'magic'"),
    "weights": ({"weights": "absent.safetensors"}, InputError, "absent.safetensors"),
    "skeleton": ({"skeleton": "octopus"}, ConventionError, "no skeleton 'octopus'; known are"),
    "size": ({"image_size": (640, 480)}, InputError, "960x540, not 640x480"),
    "pictures": ({"pictures": "absent.mp4"}, InputError, "absent.mp4: there is no such file"),
    "a method of pictures": ({"method": DotEstimator()}, SettingError, "the method 'dots' reads pictures"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_settings_are_refused_in_one_sentence(few, refuses, case):
    settings, kind, words = REFUSED[case]
    with refuses(kind, words):
        maquette.lift(few, **settings)


def test_weights_of_a_method_that_is_open_are_refused(few, refuses):
    with refuses(SettingError, "`weights` are not used", "'lifting' is open already"):
        maquette.lift(few, method=maquette.load_method("lifting"), weights="mine.safetensors")


@pytest.mark.parametrize("setting", [{"fps": 30.0}, {"skeleton": "coco_17"}])
def test_what_keypoints_say_themselves_is_refused(few, refuses, setting):
    with refuses(SettingError, f"`{next(iter(setting))}` is for files"):
        maquette.lift(maquette.read_keypoints(few), **setting)


def test_a_file_that_is_absent_is_refused(refuses):
    with refuses(InputError, "absent.json: there is no such file or folder"):
        maquette.lift("absent.json")


def test_people_of_a_keypoint_file_keep_their_numbers_past_each_other(tmp_path):
    """The one behind is lost for a second, and the file lists people in no order."""
    times = np.arange(75) / 25
    one, other = walking(times, (200, 400), 250), walking(times, (1000, 390), -250, tall=280)
    poses = scene(times, one, other)
    points = np.concatenate([poses.joints, poses.confidence[..., None]], axis=-1)
    hidden = np.abs(times - 1.6) < 0.5
    frames = {n: list(people[: 1 if hidden[n] else 2][:: (-1) ** n]) for n, people in enumerate(points)}
    found = maquette.lift(write_openpose(tmp_path / "out", frames), fps=25.0).keypoints
    assert found.person_count == 2
    x = found.joints[..., found.skeleton.index("l_hip"), 0]
    assert (np.diff(x[:, 0]) > 0).all()
    np.testing.assert_array_less(np.diff(x[~hidden, 1]), 0)
