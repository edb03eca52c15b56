"""Data sets to learn from by name: each reader gives its training people, and other names are refused."""

import made_coco
import made_human36m
import made_lsp
import numpy as np
import pytest
from pictured_people import pictured

from maquette.data import training_sets
from maquette.data.training_sets import TRAINING_SETS, read_training_set
from maquette.errors import InputError, SettingError


def human36m(root):
    made_human36m.write_official(root, "S1", "Directions 1", made_human36m.world(1))
    made_human36m.write_official(root, "S9", "Directions 1", made_human36m.world(1))


def coco(root):
    people = [made_coco.person(1, 7)]
    made_coco.write(root / "annotations" / "person_keypoints_train2017.json", made_coco.document(annotations=people))


def lsp(root):
    made_lsp.lsp(root, made_lsp.numbers(1002))


def test_videos_are_thinned_and_nobody_is_from_the_test(tmp_path):
    human36m(tmp_path)
    people = read_training_set("human3.6m", tmp_path)
    assert people.dataset == "human3.6m" and set(people.subjects.tolist()) == {"S1"}
    assert set(people.frames.tolist()) == {0, 5} and people.known_m.all()


@pytest.mark.parametrize(("name", "build"), [("coco", coco), ("lsp", lsp)])
def test_photographs_are_those_of_the_training_split(tmp_path, name, build):
    build(tmp_path)
    people = read_training_set(name, tmp_path)
    assert people.dataset == name and len(people) > 0
    assert not np.any(people.pictures == "") and not people.known_m.any()


@pytest.mark.parametrize("name", TRAINING_SETS)
def test_every_reader_is_asked_for_training_people_of_the_name(name, tmp_path, monkeypatch):
    asked, people = [], pictured(tmp_path, ["a.jpg"])

    def noted(root, **options):
        asked.append((root, options))
        return people

    function = f"read_{name.replace('.', '').replace('-', '_')}"
    monkeypatch.setattr(training_sets, function, noted)
    assert read_training_set(name, tmp_path) is people
    ((root, options),) = asked
    assert root == tmp_path and options["split"] == "train"


@pytest.mark.parametrize("name", ["synthetic", "", "Human3.6M"])
def test_an_unknown_data_set_is_refused_with_those_there_are(tmp_path, name):
    with pytest.raises(SettingError, match=r"no data set '.*' to learn from; known are human3\.6m, mpi-inf-3dhp, mpii"):
        read_training_set(name, tmp_path)


@pytest.mark.parametrize("name", TRAINING_SETS)
def test_a_folder_of_nothing_is_refused(tmp_path, name):
    with pytest.raises(InputError):
        read_training_set(name, tmp_path)
