"""`maquette evaluate` with a method that reads pictures: rendered people and photographs, and what is kept of it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from made_coco import document, image, person, write
from made_methods import made_method
from painted_people import painted_picture
from PIL import Image
from reading_oracle import Oracle, shade
from refusal import refused

from maquette.data.readers.coco import read_coco
from maquette.data.shards.files import write_shard
from maquette.data.shards.reader import read_shards
from maquette.methods.table import METHODS


@pytest.fixture
def shards(tmp_path, monkeypatch):
    """Four painted people, and a method that knows them in the place of ``structure-motion``."""
    folder = tmp_path / "shards"
    pictures = [painted_picture(1, size=64, seed=row) for row in range(4)]
    write_shard(
        folder, 0, [replace(one, picture=np.full_like(one.picture, shade(i))) for i, one in enumerate(pictures)]
    )
    people = read_shards(folder)
    monkeypatch.setitem(METHODS, "structure-motion", made_method(lambda weights: Oracle(people)))
    return folder


def test_a_method_is_judged_by_the_pictures_of_shards(run, shards, tmp_path):
    judged = ("--on", shards, "--protocol", "synthetic-v1-single", "--out", tmp_path / "out")
    kept = tmp_path / "kept" / "mine.npz"
    said = run("evaluate", "structure-motion", *judged, "--predictions", kept)
    assert said.code == 0, said.err
    assert "cut out around the true boxes" in said.out and f"wrote {kept}\n" in said.out
    (path,) = (tmp_path / "out").glob("*structure-motion*.json")
    first = json.loads(path.read_text())
    again = run("evaluate", "predictions", kept, *judged)
    assert again.code == 0, again.err
    (path,) = (tmp_path / "out").glob("*mine*.json")
    second = json.loads(path.read_text())
    assert first["average"] == second["average"]


def test_a_method_looks_closer_if_it_is_told_to(run, shards, tmp_path):
    judged = ("--on", shards, "--protocol", "synthetic-v1-single")
    said = run("evaluate", "structure-motion", *judged, "--looks", 2, "--predictions", tmp_path / "mine.npz")
    assert said.code == 0 and "each person looked at 2 times" in said.out, said.err
    assert "and its mirror image by oracle" in run("evaluate", "structure-motion", *judged, "--flip").out
    assert "from 1 to 5" in refused(run("evaluate", "structure-motion", *judged, "--looks", 6))


def test_a_method_is_judged_in_the_picture_too(run, tmp_path, monkeypatch):
    root = tmp_path / "coco"
    names = [image(1, width=64, height=48), image(2, width=64, height=48)]
    entries = [person(row, row, keypoints=[20, 20, 2] * 17, bbox=[10, 5, 30, 40]) for row in (1, 2)]
    write(root / "annotations" / "person_keypoints_val2017.json", document(names, entries))
    (root / "val2017").mkdir()
    for row, one in enumerate(names):
        Image.new("RGB", (64, 48), (shade(row),) * 3).save(root / "val2017" / one["file_name"], quality=95)
    people = read_coco(root)
    monkeypatch.setitem(METHODS, "structure-motion", made_method(lambda weights: Oracle(people)))
    said = run("evaluate", "structure-motion", "--on", root, "--protocol", "teacher-2d", "--dataset", "coco")
    assert said.code == 0, said.err
    assert "PCK@25px" in said.out


def test_keeping_predictions_needs_a_name_that_ends_in_npz(run, shards, tmp_path):
    judged = ("--on", shards, "--protocol", "synthetic-v1-single")
    said = run("evaluate", "structure-motion", *judged, "--predictions", tmp_path / "mine.json")
    assert "must be a file that ends in .npz" in refused(said)
    assert not (tmp_path / "mine.json").exists()


def test_pictures_that_are_gone_are_told(run, shards):
    content = bytearray((shards / "people-000000.tar").read_bytes())
    place = content.index(b"000000_000001.picture") + 512
    content[place : place + 100] = bytes(100)
    (shards / "people-000000.tar").write_bytes(content)
    judged = ("--on", shards, "--protocol", "synthetic-v1-single")
    assert "people judged without a prediction: 1 of 4" in refused(run("evaluate", "structure-motion", *judged))
    said = run("evaluate", "structure-motion", *judged, "--allow-missing")
    assert said.code == 0 and "could not be read: 1, the first" in said.out
