"""Several inputs in one run: a result each, names that differ, and failures that cost themselves alone."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maquette.cli.options import Lifting
from maquette.cli.several import estimate_each
from maquette.errors import InputError
from maquette.io.results import read_estimate


@pytest.fixture
def several(few, tmp_path):
    """Two keypoint files of one name in two folders."""
    paths = []
    for name in ("left", "right"):
        (tmp_path / name).mkdir()
        (tmp_path / name / few.name).write_bytes(few.read_bytes())
        paths.append(tmp_path / name / few.name)
    return paths


def test_every_file_has_a_result_of_its_own(run, several, tmp_path):
    said = run("lift", *several, "--out", tmp_path / "out", "--format", "npz")
    assert said.code == 0, said.err
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        f"{path.parent.name}_{path.name}.npz" for path in several
    }
    assert all(f"{path}:\n" in said.out for path in several)


def test_a_broken_file_is_named_and_costs_itself(run, several, tmp_path):
    several[0].write_bytes(b"broken")
    arguments = ("lift", *several, "--out", tmp_path / "out", "--format", "npz")
    said = run(*arguments)
    assert said.code == 0 and f"left out: {several[0]}" in said.out and "left out: 1 of 2 inputs" in said.out
    assert len(list((tmp_path / "out").iterdir())) == 1
    stopped = run(*arguments, "--strict")
    assert stopped.code == 2 and str(several[0]) in stopped.err
    several[1].write_bytes(b"broken")
    nothing = run(*arguments)
    assert nothing.code == 2 and "none of the 2 inputs could be used" in nothing.err and nothing.err.count("\n") == 1


def test_a_failure_that_names_no_file_is_told_with_its_own(capsys, tmp_path):
    def find_nobody(path):
        raise InputError("found 0 people")

    with pytest.raises(InputError, match=r"the first: a\.png: found 0 people"):
        estimate_each([Path("a.png"), Path("b.png")], ("npz",), Lifting(out=tmp_path), find_nobody)
    assert "left out: b.png: found 0 people" in capsys.readouterr().out


def test_pictures_belong_to_one_file(run, several, tmp_path):
    said = run("lift", *several, "--pictures", tmp_path, "--out", tmp_path / "out")
    assert said.code == 2 and "give the files one by one" in said.err


def test_nothing_to_read_is_said_so(run, tmp_path):
    assert run("lift", "--out", tmp_path / "out").code == 2


def test_photographs_of_a_folder_are_each_by_itself(run, stub, walk, clip, tmp_path):
    stub(walk)
    folder = tmp_path / "photographs"
    folder.mkdir()
    for name in ("beach", "party", "beach2"):
        Image.fromarray(np.zeros((walk.image_size[1], walk.image_size[0], 3), np.uint8)).save(folder / f"{name}.png")
    (folder / "broken.png").write_bytes(b"")
    arguments = ("--detector", "stub", "--out", tmp_path / "out", "--format", "npz")
    said = run("predict", folder, *arguments)
    assert said.code == 0, said.err
    assert "holds photographs, each by itself" in said.out and "left out: 1 of 4 inputs" in said.out
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["beach.npz", "beach2.npz", "party.npz"]
    assert all(read_estimate(tmp_path / "out" / name).poses.frame_count == 1 for name in written)
    (folder / "broken.png").unlink()
    assert run("predict", folder, "--clip", *arguments).code == 0
    assert read_estimate(tmp_path / "out" / "photographs.npz").poses.frame_count == 3


def test_photographs_in_one_keypoint_file_are_not_smoothed_together(run, walk, tmp_path):
    people, images = [], []
    for at, number in enumerate((785, 40083, 54593, 397133)):
        points = np.concatenate([walk.joints[7 * at, 0], np.full((17, 1), 2.0)], axis=1)
        images.append({"id": number, "file_name": f"{number:012}.jpg", "width": 1280, "height": 720})
        people.append({"id": at, "image_id": number, "category_id": 1, "keypoints": points.ravel().tolist()})
    path = tmp_path / "people.json"
    path.write_text(json.dumps({"images": images, "annotations": people}))
    said = run("lift", path, "--out", tmp_path / "out", "--format", "npz")
    assert said.code == 0 and "photographs far apart" in said.out and "each frame by itself" in said.out
    said = run("lift", path, "--clip", "--out", tmp_path / "out", "--format", "npz")
    assert said.code == 0 and "each frame by itself" not in said.out


def test_a_frame_that_one_of_them_lacks_costs_that_one(run, several, tmp_path):
    whole = dict(np.load(several[0]))
    count = len(whole["keypoints"])
    short = {name: value[:2] if value.ndim and len(value) == count else value for name, value in whole.items()}
    np.savez(several[1], **short)
    said = run("lift", *several, "--out", tmp_path / "out", "--format", "npz,png", "--frame", "4")
    assert said.code == 0 and f"left out: {several[1]}: has no frame 4, only 2 frames" in said.out, said.err
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".npz", ".png"}
