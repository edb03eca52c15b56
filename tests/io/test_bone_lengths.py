"""Bone lengths from a file: by joint names, of one side or both, in any unit; all else is refused in one sentence."""

import json
from pathlib import Path

import numpy as np
import pytest

from maquette.body.catalog import COCO_17, H36M_17, MPII_16
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError
from maquette.io.bone_lengths import read_bone_lengths


def written(folder: Path, lengths: object, unit: object = "m") -> Path:
    path = folder / "bones.json"
    path.write_text(json.dumps({"unit": unit, "lengths": lengths}), encoding="utf-8")
    return path


def by_name(values: np.ndarray, skeleton: Skeleton = H36M_17) -> dict[str, float]:
    names = skeleton.joint_names
    pairs = zip(skeleton.bones, values.tolist(), strict=True)
    return {f"{names[parent]}-{names[child]}": value for (child, parent), value in pairs if value}


def test_a_bone_is_named_parent_first(tmp_path):
    values = read_bone_lengths(written(tmp_path, {"l_hip-l_knee": 0.42, "pelvis-spine": 0.25}), H36M_17)
    assert values.shape == (16,) and by_name(values) == {"l_hip-l_knee": 0.42, "pelvis-spine": 0.25}


def test_without_sides_both_are_meant(tmp_path):
    values = read_bone_lengths(written(tmp_path, {"hip-knee": 0.42, "pelvis-hip": 0.1}), H36M_17)
    both = {"l_hip-l_knee": 0.42, "r_hip-r_knee": 0.42, "pelvis-l_hip": 0.1, "pelvis-r_hip": 0.1}
    assert by_name(values) == both


@pytest.mark.parametrize(("unit", "length"), [("m", 0.25), ("cm", 25), ("mm", 250)])
def test_any_unit_will_do(tmp_path, unit, length):
    values = read_bone_lengths(written(tmp_path, {"elbow-wrist": length}, unit), MPII_16)
    assert by_name(values, MPII_16) == pytest.approx({"r_elbow-r_wrist": 0.25, "l_elbow-l_wrist": 0.25})


def test_every_bone_of_a_skeleton_can_be_named(tmp_path):
    for skeleton in (H36M_17, COCO_17, MPII_16):
        names = skeleton.joint_names
        every = {
            f"{names[parent]}-{names[child]}": 0.1 + 0.01 * bone for bone, (child, parent) in enumerate(skeleton.bones)
        }
        np.testing.assert_allclose(
            read_bone_lengths(written(tmp_path, every), skeleton), 0.1 + 0.01 * np.arange(len(every))
        )


@pytest.mark.parametrize(
    ("lengths", "unit", "words"),
    [
        ({"knee-hip": 0.4}, "m", ("'knee-hip' is no bone", "pelvis-r_hip, r_hip-r_knee", "thorax-l_shoulder")),
        ({"upper arm": 0.3}, "m", ("'upper arm'", "l_shoulder-l_elbow")),
        ({"hip-knee": 0.4, "l_hip-l_knee": 0.41}, "m", ("'l_hip-l_knee'", "before")),
        ({"hip-knee": 42}, "m", ("42 m", "0.005 to 1 m", "'unit'")),
        ({"hip-knee": 0.42}, "mm", ("0.42 mm", "no bone is")),
        ({"hip-knee": 0}, "m", ("no bone is",)),
        ({"hip-knee": -0.4}, "m", ("no bone is",)),
        ({"hip-knee": float("nan")}, "m", ("no bone is",)),
        ({"hip-knee": float("inf")}, "m", ("no bone is",)),
        ({"hip-knee": 10**400}, "m", ("no bone is",)),
        ({"hip-knee": "0.4"}, "m", ("no number",)),
        ({"hip-knee": True}, "m", ("no number",)),
        ({"hip-knee": [0.4]}, "m", ("no number",)),
        ({"hip-knee": None}, "m", ("no number",)),
        ({}, "m", ("name no bone",)),
        ([["hip-knee", 0.4]], "m", ("name no bone",)),
        (None, "m", ("name no bone",)),
        ({"hip-knee": 0.4}, "inch", ("'unit'", "m, cm, mm")),
        ({"hip-knee": 0.4}, None, ("'unit'",)),
        ({"hip-knee": 0.4}, ["m"], ("'unit'",)),
    ],
)
def test_lengths_that_make_no_sense_are_refused(tmp_path, lengths, unit, words):
    path = written(tmp_path, lengths, unit)
    with pytest.raises(InputError) as refusal:
        read_bone_lengths(path, H36M_17)
    sentence = str(refusal.value)
    assert str(path) in sentence and len(sentence) < 900
    for word in words:
        assert word in sentence


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe\x00", "JSON"),
        (b"[]", "holds no bone lengths"),
        (b"3", "holds no bone lengths"),
        (b"[" * 60_000, "JSON"),
        (b" " * 200_000, "larger than"),
        (b'{"unit": "m", "lengths": {"hip-knee": 0.4, "hip-knee": 0.5}}', "twice"),
        (b'{"lengths": {"hip-knee": ' + b"9" * 5000 + b'}, "unit": "m"}', "JSON"),
    ],
)
def test_files_that_are_something_else_are_refused(tmp_path, content, word):
    path = tmp_path / "bones.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=word):
        read_bone_lengths(path, H36M_17)


def test_missing_files_and_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_bone_lengths(tmp_path / "absent.json", H36M_17)
    with pytest.raises(InputError, match="is a folder"):
        read_bone_lengths(tmp_path, H36M_17)
