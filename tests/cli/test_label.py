"""``maquette label``: pictures without labels become a folder to learn from; what is bad or unsure is told."""

import json

import numpy as np
import pytest
from lit_teacher import LitTeacher, disc_picture, joints_of
from PIL import Image

from maquette.api import label as labelling
from maquette.body.joint_definitions import annotated_to_rendered
from maquette.data.photographs import read_photographs

DISCS = [(60.0, 90.0, 14.0), (200.0, 100.0, 20.0)]


@pytest.fixture
def taught(monkeypatch, tmp_path):
    """A folder of sources, and a file that stands for the weights."""
    monkeypatch.setattr(labelling, "open_centred_network", lambda _: LitTeacher())
    (tmp_path / "in").mkdir()
    (tmp_path / "w.safetensors").write_bytes(b"stands for weights")
    return tmp_path


def save(path, discs):
    Image.fromarray(disc_picture((300, 220), discs)).save(path)


def arguments(folder, *more):
    return ("label", folder / "in", "--weights", folder / "w.safetensors", "--out", folder / "out", *more)


def test_people_are_written_to_be_learnt_from(taught, run):
    for name in ("a", "coco_000000000790"):
        save(taught / "in" / f"{name}.png", DISCS)
    save(taught / "in" / "empty.png", [])
    frames = [Image.fromarray(disc_picture((300, 220), DISCS[:1]))] * 5
    frames[0].save(taught / "in" / "moving.gif", save_all=True, append_images=frames[1:], duration=[40, 50, 60, 70, 80])
    (taught / "in" / "bad.png").write_bytes(b"bad")
    said = run(*arguments(taught, "--every", "2"))
    assert said.code == 0, said.err
    assert "people in" in said.out and "left out" in said.out and "bad.png" in said.out
    people = read_photographs([taught / "out"])
    assert people is not None and people.known_px.all() and len({*people.pictures}) >= 2
    for disc in DISCS:
        as_rendered = annotated_to_rendered(joints_of(disc), np.ones(17, bool))
        assert abs(people.joints_px - as_rendered).max(axis=(1, 2)).min() < 1.5
    assert not any("790" in name for name in people.pictures)
    info = json.loads((taught / "out" / "person_keypoints_train.json").read_text())["info"]
    assert info["teacher"]["name"] == "w.safetensors" and info["every"] == 2
    with Image.open(taught / "out" / "preview.jpg") as sheet:
        assert sheet.width > sheet.height
    again = run(*arguments(taught))
    assert again.code == 2 and "already" in again.err


def test_what_makes_no_sense_is_refused_in_a_sentence(taught, run):
    save(taught / "in" / "empty.png", [])
    for more, said in (
        ((), "nobody is sure in 1 picture;"),
        (("--every", "0"), "--every"),
        (("--limbs", "13"), "--limbs"),
        (("--confidence", "2"), "makes no sense"),
    ):
        end = run(*arguments(taught, *more))
        assert end.code == 2 and said in end.err and len(end.err.strip().splitlines()) == 1
        assert not (taught / "out" / "person_keypoints_train.json").exists()
    (taught / "in" / "empty.png").write_bytes(b"bad")
    end = run(*arguments(taught))
    assert end.code == 2 and "empty.png" in end.err


def test_a_file_that_is_no_teacher_is_refused(tmp_path, run):
    (tmp_path / "w.safetensors").write_bytes(b"bad")
    end = run("label", tmp_path, "--weights", tmp_path / "w.safetensors", "--out", tmp_path / "out")
    assert end.code == 2 and "w.safetensors" in end.err
