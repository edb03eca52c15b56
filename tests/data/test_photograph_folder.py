"""Labelled photographs written in COCO's format are read again as they were, and never half."""

import json

import numpy as np
import pytest
from PIL import Image

from maquette.body.catalog import COCO_17
from maquette.body.joint_definitions import annotated_to_rendered
from maquette.data.identity import DataIdentity
from maquette.data.photograph_folder import LABELS_NAME, PhotographFolder, find_teacher
from maquette.data.photographs import read_photographs
from maquette.errors import InputError, OutputError

PICTURE = np.random.default_rng(1).integers(0, 256, (60, 80, 3)).astype(np.uint8)
JOINTS = np.random.default_rng(2).uniform(1, 59, (3, 17, 2)).round(2)
KNOWN = np.random.default_rng(3).random((3, 17)) < 0.7
BOXES = np.array([[-4.5, 3, 40, 40], [10, 10, 30, 30], [2.25, 0, 50, 50]])


def test_what_is_written_is_read_again(tmp_path):
    folder = PhotographFolder(tmp_path / "new", {"description": "made up"})
    folder.add("one", PICTURE, JOINTS[:2], KNOWN[:2], BOXES[:2])
    folder.add("one", PICTURE[:, :70], JOINTS[2:], KNOWN[2:], BOXES[2:])
    folder.finish()
    people = read_photographs([tmp_path / "new"])
    assert people is not None and people.skeleton == COCO_17 and not people.skipped
    assert (folder.picture_count, folder.person_count, len(people)) == (2, 3, 3)
    np.testing.assert_array_equal(people.known_px, KNOWN)
    as_rendered = annotated_to_rendered(JOINTS, KNOWN)
    np.testing.assert_allclose(people.joints_px[KNOWN], as_rendered[KNOWN], atol=1e-3)
    np.testing.assert_allclose(people.boxes_px, BOXES, atol=1e-4)
    assert people.image_sizes.tolist() == [[80, 60]] * 2 + [[70, 60]]
    with Image.open(people.pictures[2]) as image:
        assert image.size == (70, 60)
        assert np.abs(np.asarray(image).astype(int) - PICTURE[:, :70]).mean() < 8
    assert json.loads((tmp_path / "new" / LABELS_NAME).read_text())["info"] == {"description": "made up"}


def test_labels_that_are_there_are_not_replaced_and_half_a_folder_is_made_anew(tmp_path):
    cut_off = PhotographFolder(tmp_path, {})
    cut_off.add("one", PICTURE, JOINTS, KNOWN, BOXES)
    assert not (tmp_path / LABELS_NAME).exists()
    again = PhotographFolder(tmp_path, {})
    again.add("one", PICTURE, JOINTS, KNOWN, BOXES)
    again.finish()
    assert len(list((tmp_path / "images").iterdir())) == 1
    with pytest.raises(OutputError, match="already"):
        PhotographFolder(tmp_path, {})
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        PhotographFolder(tmp_path / "file", {})


def test_who_taught_is_told_from_the_folder(tmp_path):
    teacher = DataIdentity("net.safetensors", "0" * 64)
    for name, about in (("taught", {"teacher": teacher._asdict()}), ("plain", {"teacher": "me"}), ("other", {})):
        folder = PhotographFolder(tmp_path / name, about)
        folder.add("one", PICTURE, JOINTS, KNOWN, BOXES)
        folder.finish()
    found = [find_teacher(tmp_path / name) for name in ("taught", "plain", "other", "absent")]
    assert found == [teacher, None, None, None]
    for content, error in (("[", True), ("[]", False), ('{"info": []}', False)):
        (tmp_path / "plain" / LABELS_NAME).write_text(content)
        if error:
            with pytest.raises(InputError):
                find_teacher(tmp_path / "plain")
        else:
            assert find_teacher(tmp_path / "plain") is None
