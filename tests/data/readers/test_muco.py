"""MuCo-3DHP's JSON export: people of composed pictures, and broken entries left out."""

import json

import numpy as np
import pytest

from maquette.body.catalog import MPI_INF_3DHP_17
from maquette.data.readers.muco import MUCO_21, read_muco
from maquette.errors import InputError, SettingError


def image(number, kind="augmented_set"):
    return {
        "id": number, "file_name": f"{kind}/{number:06d}.jpg", "width": 2048, "height": 2040,
        "f": [1500.0, 1490.5], "c": [1024, 1020.25],
    }  # fmt: skip


def person(number, picture, seed=0):
    space = np.random.default_rng(seed).normal(0, 300, (21, 3)) + np.array([0, 0, 4000])
    seen = space[:, :2] / space[:, 2:] * [1500, 1490.5] + [1024, 1020.25]
    return {
        "id": number, "image_id": picture, "bbox": [1, 2, 30.5, 40], "keypoints_vis": [True] * 20 + [False],
        "keypoints_img": seen.tolist(), "keypoints_cam": space.tolist(),
    }  # fmt: skip


def write(root, images=None, annotations=None):
    images = images or [image(0), image(1), image(2, "unaugmented_set")]
    annotations = annotations or [person(0, 0), person(1, 1, 1), person(2, 0, 2), person(3, 2, 3)]
    (root / "MuCo-3DHP.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    return root


def test_every_person_is_a_row(tmp_path):
    people = read_muco(write(tmp_path))
    assert people.skeleton == MUCO_21 and len(people) == 4
    assert people.persons.tolist() == [0, 0, 1, 0]
    given = person(2, 0, 2)
    np.testing.assert_allclose(people.joints_m[2], np.array(given["keypoints_cam"]) / 1000, atol=1e-6)
    np.testing.assert_allclose(people.joints_px[2], given["keypoints_img"], atol=1e-3)
    assert people.boxes_px[0].tolist() == [1, 2, 30.5, 40]
    assert people.camera_matrices[0].tolist() == [[1500, 0, 1024], [0, 1490.5, 1020.25], [0, 0, 1]]
    assert people.image_sizes[0].tolist() == [2048, 2040]
    assert people.keys[0] == people.pictures[0] == "augmented_set/000000.jpg"
    assert people.known_px.all() and not people.is_visible[:, 20].any() and people.is_visible[:, :20].all()


def test_the_file_itself_will_do(tmp_path):
    write(tmp_path)
    assert len(read_muco(tmp_path / "MuCo-3DHP.json")) == 4


def test_the_first_seventeen_joints_are_those_of_the_test_set():
    assert MUCO_21.joint_names[:17] == MPI_INF_3DHP_17.joint_names


def test_kinds_and_steps_of_pictures_are_taken(tmp_path):
    write(tmp_path)
    assert set(read_muco(tmp_path, composites="unaugmented").pictures) == {"unaugmented_set/000002.jpg"}
    assert len(read_muco(tmp_path, composites="augmented")) == 3
    assert set(read_muco(tmp_path, every=2).pictures) == {"augmented_set/000000.jpg", "unaugmented_set/000002.jpg"}


def test_broken_people_are_counted_and_left_out(tmp_path):
    broken = [
        person(4, 0) | {"keypoints_cam": [[1, 2, 3]]},
        person(5, 0) | {"keypoints_img": None},
        person(6, 0) | {"bbox": [1, 2]},
        person(7, 0) | {"keypoints_img": [["a", "b"]] * 21},
        person(8, 0) | {"keypoints_cam": [[10**400] * 3] * 21},
        person(9, 99),
        person(10, 0) | {"image_id": [1]},
        "text",
    ]
    people = read_muco(write(tmp_path, annotations=[person(0, 0), *broken]))
    assert len(people) == 1 and len(people.skipped) == 1 and "5 persons" in people.skipped[0]


def test_broken_pictures_are_counted_and_left_out(tmp_path):
    broken = [{"id": 5}, image(6) | {"f": [1]}, image(7) | {"width": "wide"}, image(8) | {"c": [float("nan"), 1]}, 3]
    people = read_muco(write(tmp_path, images=[image(0), *broken], annotations=[person(0, 0), person(1, 6)]))
    assert len(people) == 1 and "5 pictures" in people.skipped[0]


def test_joints_that_are_not_finite_become_unknown(tmp_path):
    spoiled = person(0, 0)
    spoiled["keypoints_cam"][3][0] = float("nan")
    people = read_muco(write(tmp_path, annotations=[spoiled]))
    assert not people.known_m[0, 3] and (~people.known_m).sum() == 1


def test_a_person_without_visibility_is_all_visible(tmp_path):
    given = person(0, 0)
    del given["keypoints_vis"]
    assert read_muco(write(tmp_path, annotations=[given])).is_visible.all()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"images": 1, "annotations": 2}', "[" * 100_000, '{"images": [', "\x00"]
)
def test_damaged_files_are_refused(tmp_path, text):
    (tmp_path / "MuCo-3DHP.json").write_text(text)
    with pytest.raises(InputError, match=r"MuCo-3DHP\.json' cannot be read") as error:
        read_muco(tmp_path)
    assert "\n" not in str(error.value)


def test_a_file_without_people_is_refused(tmp_path):
    with pytest.raises(InputError, match="no person with 21 joints"):
        read_muco(write(tmp_path, images=[{"id": 0}]))


def test_other_folders_and_impossible_settings_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds no MuCo-3DHP: wanted is MuCo-3DHP\.json"):
        read_muco(tmp_path)
    with pytest.raises(SettingError, match="no composites 'none'"):
        read_muco(tmp_path, composites="none")
    with pytest.raises(SettingError, match="every=0"):
        read_muco(tmp_path, every=0)
