"""MPI-INF-3DHP in its real layout: training MAT files of version 5, test files of version 7.3."""

import numpy as np
import pytest
from made_mpi_inf_3dhp import FRAMES, LENS, people, write_calibration, write_test, write_training

from maquette.body.catalog import MPI_INF_3DHP_17, MPI_INF_3DHP_28
from maquette.data.readers.mpi_inf_3dhp import CHEST_CAMERAS, read_mpi_inf_3dhp
from maquette.errors import InputError, SettingError


def test_training_clips_are_read_camera_by_camera(tmp_path):
    write_calibration(write_training(tmp_path))
    found = read_mpi_inf_3dhp(tmp_path, split="train")
    assert found.skeleton == MPI_INF_3DHP_28 and len(found) == 8 * FRAMES
    assert list(dict.fromkeys(found.cameras)) == list(CHEST_CAMERAS)
    rows = found.select(found.cameras == "5")
    space, seen = people(5, 28)
    np.testing.assert_allclose(rows.joints_m, space / 1000, atol=1e-6)
    np.testing.assert_allclose(rows.universal_m, space / 1000 * 0.9, atol=1e-6)
    np.testing.assert_allclose(rows.joints_px, seen, atol=1e-3)
    assert rows.keys[2] == "S1/Seq1/5/000002" and set(rows.subjects) == {"S1"}
    np.testing.assert_allclose(rows.camera_matrices[0], [[1497.693, 0, 1024.704], [0, 1497.103, 1051.394], [0, 0, 1]])
    assert found.image_sizes[0].tolist() == [2048, 2048]


def test_without_a_calibration_the_camera_is_fitted(tmp_path):
    write_training(tmp_path)
    found = read_mpi_inf_3dhp(tmp_path, split="train", cameras=["0"])
    np.testing.assert_allclose(found.camera_matrices[0], LENS, atol=0.1)


def test_pixels_that_no_camera_explains_leave_it_unknown(tmp_path):
    def scramble(content):
        content["annot2"][0, 0] = np.random.default_rng(0).uniform(0, 2048, (FRAMES, 56))

    write_training(tmp_path, spoil=scramble)
    assert read_mpi_inf_3dhp(tmp_path, split="train", cameras=["0"]).camera_matrices is None


def test_subjects_cameras_and_steps_are_taken(tmp_path):
    write_training(tmp_path, "S1")
    write_training(tmp_path, "S4", "Seq2")
    some = read_mpi_inf_3dhp(tmp_path, split="train", subjects=["S4"], cameras=["13", "3"], every=2)
    assert list(dict.fromkeys(some.cameras)) == ["3", "13"] and some.frames[:3].tolist() == [0, 2, 4]
    assert set(some.sequences) == {"S4/Seq2/3", "S4/Seq2/13"}
    assert len(read_mpi_inf_3dhp(tmp_path, split="train", cameras=None)) == 2 * 14 * FRAMES


def test_seventeen_of_the_training_joints_are_those_of_the_test(tmp_path):
    write_training(tmp_path)
    found = read_mpi_inf_3dhp(tmp_path, split="train", cameras=["0"]).mapped_to(MPI_INF_3DHP_17, exact_only=True)
    one_based = [8, 6, 15, 16, 17, 10, 11, 12, 24, 25, 26, 19, 20, 21, 5, 4, 7]
    space, _ = people(0, 28)
    np.testing.assert_allclose(found.joints_m, space[:, np.array(one_based) - 1] / 1000, atol=1e-6)


def test_pictures_are_videos_or_what_was_unpacked_from_them(tmp_path):
    folder = write_training(tmp_path)
    assert set(read_mpi_inf_3dhp(tmp_path, split="train", cameras=["0"]).pictures) == {""}
    (folder / "imageFrames" / "video_0").mkdir(parents=True)
    assert read_mpi_inf_3dhp(tmp_path, split="train", cameras=["0"]).pictures[0].endswith("video_0/frame_000001.jpg")
    (folder / "imageSequence").mkdir()
    (folder / "imageSequence" / "video_0.avi").touch()
    found = read_mpi_inf_3dhp(tmp_path, split="train", cameras=["0"])
    assert set(found.pictures) == {"S1/Seq1/imageSequence/video_0.avi"}


@pytest.mark.parametrize("inside", ["", "mpi_inf_3dhp_test_set", "mpi_inf_3dhp_test_set/mpi_inf_3dhp_test_set"])
def test_only_valid_frames_of_the_test_are_read(tmp_path, inside):
    (write_test(tmp_path / inside) / "imageSequence").mkdir()
    write_test(tmp_path / inside, "TS6")
    found = read_mpi_inf_3dhp(tmp_path)
    assert found.skeleton == MPI_INF_3DHP_17 and found.frames.tolist() == [0, 2, 3] * 2
    space, seen = people(1, 17)
    np.testing.assert_allclose(found.joints_m[:3], space[[0, 2, 3]] / 1000, atol=1e-6)
    np.testing.assert_allclose(found.universal_m[:3], space[[0, 2, 3]] / 1000 * 0.9, atol=1e-6)
    np.testing.assert_allclose(found.joints_px[:3], seen[[0, 2, 3]], atol=1e-3)
    np.testing.assert_allclose(found.camera_matrices[0], LENS, atol=0.1)
    assert found.actions[:3].tolist() == ["Standing/Walking", "Sitting", "Miscellaneous"]
    assert found.keys[1] == "TS1/000002"
    assert found.pictures[1] == f"{inside}/TS1/imageSequence/img_000003.jpg".lstrip("/")
    assert found.image_sizes[[0, 3]].tolist() == [[2048, 2048], [1920, 1080]]


def test_sequences_and_steps_of_the_test_are_taken(tmp_path):
    write_test(tmp_path, "TS1")
    write_test(tmp_path, "TS2")
    found = read_mpi_inf_3dhp(tmp_path, subjects=["TS2"], every=2)
    assert set(found.sequences) == {"TS2"} and found.frames.tolist() == [0, 3]


def test_a_missing_sequence_is_told_and_the_others_go_on(tmp_path):
    write_test(tmp_path, "TS1")
    found = read_mpi_inf_3dhp(tmp_path)
    assert len(found) == 3 and len(found.skipped) == 5 and "TS2/annot_data.mat' is missing" in found.skipped[0]


def test_joints_that_are_not_finite_become_unknown(tmp_path):
    def spoil(content):
        content["annot3"][2, 0, 4, 1] = np.nan
        content["annot2"][0, 0, 0, 0] = np.inf

    write_test(tmp_path, spoil=spoil)
    found = read_mpi_inf_3dhp(tmp_path, subjects=["TS1"])
    assert not found.known_m[1, 4] and (~found.known_m).sum() == 1
    assert not found.known_px[0, 0] and not found.joints_px[0, 0].any()


SPOILED = {
    "wrong joints": lambda content: content.update(annot2=np.zeros((FRAMES, 1, 16, 2))),
    "no universal": lambda content: content.pop("univ_annot3"),
    "text": lambda content: content.update(annot3=np.zeros((FRAMES, 1, 17, 3), "S1")),
    "few activities": lambda content: content.update(activity_annotation=np.ones((2, 1))),
    "no valid frames": lambda content: content.pop("valid_frame"),
    "valid by text": lambda content: content.update(valid_frame=np.full((FRAMES, 1), b"x")),
    "activities by text": lambda content: content.update(activity_annotation=np.full((FRAMES, 1), b"x")),
    "none valid": lambda content: content.update(valid_frame=np.zeros((FRAMES, 1))),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_spoiled_test_files_are_refused(tmp_path, spoil):
    write_test(tmp_path, spoil=spoil)
    with pytest.raises(InputError) as error:
        read_mpi_inf_3dhp(tmp_path, subjects=["TS1"])
    assert "TS1" in str(error.value) and "\n" not in str(error.value)


def short_cell(content):
    content["annot3"][0, 0] = np.zeros((FRAMES, 83))


SPOILED_TRAINING = {
    "wrong columns": short_cell,
    "no cells": lambda content: content.update(annot2=np.zeros((FRAMES, 56))),
    "no annot3": lambda content: content.pop("annot3"),
    "struct for numbers": lambda content: content["annot3"].__setitem__((0, 0), np.zeros((FRAMES, 84), [("a", "f8")])),
    "cameras that are no numbers": lambda content: content.update(cameras=np.full((1, 14), np.nan)),
    "cameras by text": lambda content: content.update(cameras=np.array(["one"])),
}


@pytest.mark.parametrize("spoil", SPOILED_TRAINING.values(), ids=SPOILED_TRAINING.keys())
def test_spoiled_training_files_are_named_and_others_go_on(tmp_path, spoil):
    write_training(tmp_path, "S1", spoil=spoil)
    write_training(tmp_path, "S2")
    found = read_mpi_inf_3dhp(tmp_path, split="train", subjects=["S1", "S2"])
    assert set(found.subjects) == {"S2"} and len(found.skipped) == 1 and "annot.mat" in found.skipped[0]


@pytest.mark.parametrize("content", [b"", b"nonsense" * 100])
def test_damaged_files_are_named(tmp_path, content):
    (write_training(tmp_path) / "annot.mat").write_bytes(content)
    with pytest.raises(InputError, match=r"annot\.mat'"):
        read_mpi_inf_3dhp(tmp_path, split="train")


@pytest.mark.parametrize("text", ["name 0\nintrinsic 1 2 3", "name", "name 0\nintrinsic " + "nan " * 16])
def test_a_damaged_calibration_is_named(tmp_path, text):
    (write_training(tmp_path) / "camera.calibration").write_text(text)
    with pytest.raises(InputError, match=r"camera\.calibration' is no camera calibration"):
        read_mpi_inf_3dhp(tmp_path, split="train")


def test_other_folders_are_named(tmp_path):
    for split in ("train", "test"):
        with pytest.raises(InputError, match="holds no MPI-INF-3DHP: wanted is"):
            read_mpi_inf_3dhp(tmp_path, split=split)
    (tmp_path / "TS1").mkdir()
    (tmp_path / "TS1" / "annot.mat").touch()
    with pytest.raises(InputError, match="this looks like MuPoTS-3D"):
        read_mpi_inf_3dhp(tmp_path)


@pytest.mark.parametrize(
    "settings",
    [{"split": "val"}, {"subjects": ["S1"]}, {"split": "train", "subjects": ["S9"]},
     {"split": "train", "cameras": ["14"]}, {"every": -1}],
)  # fmt: skip
def test_impossible_settings_are_refused(tmp_path, settings):
    with pytest.raises(SettingError):
        read_mpi_inf_3dhp(tmp_path, **settings)
