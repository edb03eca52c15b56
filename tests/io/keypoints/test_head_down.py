"""Files in which y points up are told of: their people stand on the head."""

import numpy as np
import pytest
from keypoint_files import person
from landmark_tables import wide
from named_files import write_table

from maquette.body.catalog import COCO_17
from maquette.io.keypoints import read_keypoints


def notes_of(path, clip):
    heads = [f"{name}_{axis}" for name in COCO_17.joint_names for axis in ("x", "y", "conf")]
    return [note for note in read_keypoints(write_table(path, wide(heads, clip))).notes if "head" in note]


@pytest.mark.parametrize(
    ("frames", "turned", "is_told"), [(12, 12, True), (12, 8, False), (12, 0, False), (5, 5, False)]
)
def test_people_on_their_heads_are_told_of_if_nearly_all_are(tmp_path, frames, turned, is_told):
    clip = np.stack([person(COCO_17, 100.0 + 3 * i) for i in range(frames)])
    clip[:turned, :, 1] = 480 - clip[:turned, :, 1]
    notes = notes_of(tmp_path / "a.csv", clip)
    assert len(notes) == is_told
    assert all("y points up" in note and "height less y" in note for note in notes)


@pytest.mark.parametrize(("size", "is_told"), [((640, 480), False), ((320, 240), True), (None, False)])
def test_points_far_outside_pictures_of_the_given_size_are_told_of(tmp_path, size, is_told):
    clip = np.stack([person(COCO_17, 300.0 + 3 * i) for i in range(4)])
    heads = [f"{name}_{axis}" for name in COCO_17.joint_names for axis in ("x", "y", "conf")]
    notes = read_keypoints(write_table(tmp_path / "a.csv", wide(heads, clip)), image_size=size).notes
    assert any("is that the size of the pictures" in note for note in notes) == is_told
