"""3DPW in its real layout: pickles that are written here and never unpickled by the library."""

import os

import numpy as np
import pytest
from made_three_dpw import FRAMES, LENS, in_camera, sequence, write
from PIL import Image

from maquette.body.catalog import COCO_18, LSP_14, SMPL_24
from maquette.data.readers.three_dpw import read_three_dpw
from maquette.errors import InputError, SettingError


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_joints_stand_in_each_frames_camera(tmp_path, protocol):
    content = sequence()
    write(tmp_path, content, protocol=protocol)
    people = read_three_dpw(tmp_path)
    assert people.skeleton == SMPL_24 and len(people) == 2 * FRAMES
    assert people.persons.tolist() == [0] * FRAMES + [1] * FRAMES
    for person in range(2):
        rows = people.select(people.persons == person)
        metres = in_camera(content, person)
        np.testing.assert_allclose(rows.joints_m, metres, atol=1e-5)
        seen = metres @ LENS.T
        np.testing.assert_allclose(rows.joints_px, seen[..., :2] / seen[..., 2:], atol=1e-2)
    np.testing.assert_allclose(people.camera_matrices[3], LENS)
    assert people.keys[1] == "street_00/000001" and people.known_m.all() and not people.is_flawed.any()


def test_coco_keypoints_are_the_data_sets_own(tmp_path):
    content = sequence()
    write(tmp_path, content)
    people = read_three_dpw(tmp_path, skeleton=COCO_18)
    given = content["poses2d"][1]
    unknown = COCO_18.joint_names[3]
    assert not people.known_px[:, COCO_18.index(unknown)].any() and people.known_px.sum() == 17 * 2 * FRAMES
    np.testing.assert_allclose(people.joints_px[FRAMES, 6], given[0, :2, 6], atol=1e-3)
    whole = read_three_dpw(tmp_path)
    for joint in ("l_knee", "r_wrist"):
        np.testing.assert_array_equal(people.joints_m[:, COCO_18.index(joint)], whole.joints_m[:, SMPL_24.index(joint)])
    assert not people.known_m[:, COCO_18.index("nose")].any()


def test_common_joints_are_thirteen_without_the_crown(tmp_path):
    write(tmp_path)
    people = read_three_dpw(tmp_path, skeleton=LSP_14)
    assert not people.known_m[:, LSP_14.index("head_top")].any() and people.known_m.sum() == 13 * 2 * FRAMES


def test_frames_without_an_aligned_camera_are_flagged_and_have_no_3d(tmp_path):
    content = sequence()
    content["campose_valid"][1][2] = 0
    write(tmp_path, content)
    people = read_three_dpw(tmp_path)
    assert people.is_flawed.sum() == 1 and people.is_flawed[FRAMES + 2]
    assert not people.known_m[FRAMES + 2].any() and not people.known_px[FRAMES + 2].any()


def test_sequences_splits_and_steps_are_taken(tmp_path):
    write(tmp_path)
    write(tmp_path, name="park_01")
    write(tmp_path, name="lake_02", split="train")
    people = read_three_dpw(tmp_path, sequences=["park_01"], every=4)
    assert people.frames.tolist() == [0, 4] * 2 and set(people.sequences) == {"park_01"}
    assert set(read_three_dpw(tmp_path, split="train").sequences) == {"lake_02"}
    with pytest.raises(SettingError, match="no test sequence of 3DPW 'lake_02'; known are park_01, street_00"):
        read_three_dpw(tmp_path, sequences=["lake_02"])


def test_pictures_are_named_where_they_lie(tmp_path):
    write(tmp_path)
    assert set(read_three_dpw(tmp_path).pictures) == {""} and read_three_dpw(tmp_path).image_sizes is None
    folder = tmp_path / "imageFiles" / "street_00"
    folder.mkdir(parents=True)
    Image.new("RGB", (1080, 1920)).save(folder / "image_00000.jpg")
    people = read_three_dpw(tmp_path)
    assert people.pictures[2] == "imageFiles/street_00/image_00002.jpg" and people.image_sizes[0].tolist() == [
        1080,
        1920,
    ]


def test_a_joint_behind_the_camera_has_no_pixel_and_nan_is_unknown(tmp_path):
    content = sequence()
    content["cam_poses"][0] = np.diag([1.0, 1, 1, 1])
    content["jointPositions"][0][0, :3] = [0, 0, -1]
    content["jointPositions"][0][1, 3] = np.nan
    write(tmp_path, content)
    people = read_three_dpw(tmp_path)
    assert people.known_m[0, 0] and not people.known_px[0, 0]
    assert not people.known_m[1, 1] and not people.joints_m[1, 1].any()


class Harmful:
    def __reduce__(self):
        return os.system, ("touch harmed",)


def changed(**fields):
    return sequence() | fields


BROKEN = {
    "a list": ([1, 2], "jointPositions"),
    "no joints": ({"sequence": "a"}, "jointPositions"),
    "nobody": (changed(jointPositions=[]), "no person"),
    "joints of a list": (changed(jointPositions=[[0.0] * 72] * 2), "jointPositions of person 0"),
    "other joints": (changed(jointPositions=[np.zeros((FRAMES, 69))]), "jointPositions of person 0"),
    "other frames": (changed(jointPositions=[np.zeros((FRAMES - 1, 72))]), "jointPositions of person 0"),
    "few validities": (changed(campose_valid=[np.ones(FRAMES)]), "campose_valid of person 1"),
    "no camera": (changed(cam_poses=None), "cam_poses"),
    "text": (changed(cam_poses=np.full((FRAMES, 4, 4), "a")), "cam_poses"),
    "flat lens": (changed(cam_intrinsics=np.ones(9)), "cam_intrinsics"),
    "impossible lens": (changed(cam_intrinsics=np.full((3, 3), np.nan)), "cam_intrinsics"),
    "harmful": (changed(genders=[Harmful()]), "wants to use"),
}


@pytest.mark.parametrize(("content", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_files_are_named_and_others_go_on(tmp_path, monkeypatch, content, words):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, content, name="broken_00")
    write(tmp_path)
    people = read_three_dpw(tmp_path)
    assert set(people.sequences) == {"street_00"} and len(people.skipped) == 1
    assert "broken_00.pkl'" in people.skipped[0] and words in people.skipped[0]
    assert not (tmp_path / "harmed").exists()


def test_an_empty_file_alone_is_an_error(tmp_path):
    write(tmp_path).write_bytes(b"")
    with pytest.raises(InputError, match=r"street_00\.pkl' is empty"):
        read_three_dpw(tmp_path)


def test_other_folders_and_impossible_settings_are_refused(tmp_path):
    with pytest.raises(SettingError, match="no split 'val'; known are train, validation, test"):
        read_three_dpw(tmp_path, split="val")
    with pytest.raises(InputError, match=r"holds no 3DPW: wanted is sequenceFiles/validation/\*\.pkl"):
        read_three_dpw(tmp_path, split="validation")
    (tmp_path / "MuCo-3DHP.json").touch()
    with pytest.raises(InputError, match="this looks like MuCo-3DHP"):
        read_three_dpw(tmp_path)
