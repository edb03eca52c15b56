"""LSP and LSPET: two shapes of one file, two meanings of its third number."""

import numpy as np
import pytest
import scipy.io
from made_lsp import lsp, lspet, numbers

from maquette.body.catalog import LSP_14
from maquette.data.readers.lsp import read_lsp
from maquette.errors import InputError, SettingError


def test_the_first_thousand_are_for_training_the_others_for_tests(tmp_path):
    found = numbers(2000)
    root = lsp(tmp_path, found)
    test, train = read_lsp(root), read_lsp(root, split="train")
    assert len(test) == len(train) == 1000 and test.skeleton == LSP_14 and test.dataset == "lsp"
    assert train.keys[0] == "images/im0001.jpg" and test.keys[[0, -1]].tolist() == [
        "images/im1001.jpg",
        "images/im2000.jpg",
    ]
    np.testing.assert_allclose(test.joints_px, found[1000:, :, :2] - 1, atol=1e-4)
    assert not test.known_m.any() and not test.persons.any()


def test_hidden_joints_of_lsp_are_known(tmp_path):
    people = read_lsp(lsp(tmp_path, numbers(1001)))
    assert people.known_px.all()
    assert np.flatnonzero(~people.is_visible[0]).tolist() == [LSP_14.index("l_wrist")]


def test_hidden_joints_of_the_extended_set_are_unknown(tmp_path):
    found = numbers(30)
    people = read_lsp(lspet(tmp_path, found), split="train")
    assert people.dataset == "lspet" and len(people) == 30 and people.keys[29] == "images/im00030.jpg"
    at = LSP_14.index("l_wrist")
    assert np.flatnonzero(people.known_px[3]).tolist() == np.flatnonzero(people.is_visible[3]).tolist() == [at]
    np.testing.assert_allclose(people.joints_px[:, at], found[:, at, :2] - 1, atol=1e-4)
    with pytest.raises(InputError, match="LSPET is for training"):
        read_lsp(tmp_path, split="test")


def test_joints_that_are_nowhere_are_unknown(tmp_path):
    found = numbers(1001)
    found[1000, :4, :2] = [[0, 0], [-1, -2], [np.nan, 4], [-3, 40]]
    people = read_lsp(lsp(tmp_path, found))
    assert people.known_px[0, :4].tolist() == [False, False, False, True]
    assert not people.joints_px[0, :3].any() and people.joints_px[0, 3].tolist() == [-4, 39]


def test_the_folder_above_will_do(tmp_path):
    (tmp_path / "lsp_dataset" / "images").mkdir(parents=True)
    lsp(tmp_path / "lsp_dataset", numbers(1001))
    assert read_lsp(tmp_path).keys.tolist() == ["lsp_dataset/images/im1001.jpg"]


def test_the_kind_of_pictures_is_seen(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "im00001.png").touch()
    assert read_lsp(lspet(tmp_path, numbers(2)), split="train").keys[1] == "images/im00002.png"


def test_whole_numbers_will_do(tmp_path):
    scipy.io.savemat(tmp_path / "joints.mat", {"joints": np.zeros((14, 3, 2), np.uint8)})
    people = read_lsp(tmp_path, split="train")
    assert not people.known_px.any() and not people.joints_px.any()


@pytest.mark.parametrize("shape", [(3, 13, 2000), (2000, 14, 3), (3, 14), (3, 14, 0), (14, 14, 3)])
def test_other_shapes_are_refused(tmp_path, shape):
    scipy.io.savemat(tmp_path / "joints.mat", {"joints": np.zeros(shape)})
    with pytest.raises(InputError, match=r"joints\.mat' (holds 'joints' of the shape|has no pictures)"):
        read_lsp(tmp_path)


@pytest.mark.parametrize("content", [{"joints": "text"}, {"other": np.zeros((3, 14, 2000))}])
def test_other_variables_are_refused(tmp_path, content):
    scipy.io.savemat(tmp_path / "joints.mat", content)
    with pytest.raises(InputError, match=r"joints\.mat' holds 'joints' of the shape"):
        read_lsp(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no mat"])
def test_damaged_files_are_named(tmp_path, content):
    (tmp_path / "joints.mat").write_bytes(content)
    with pytest.raises(InputError, match=r"joints\.mat'"):
        read_lsp(tmp_path)


def test_other_folders_and_splits_are_named(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_lsp(tmp_path / "none")
    (tmp_path / "sequenceFiles").mkdir()
    with pytest.raises(InputError, match="this looks like 3DPW"):
        read_lsp(tmp_path)
    with pytest.raises(SettingError, match="no split 'val'"):
        read_lsp(tmp_path, split="val")
