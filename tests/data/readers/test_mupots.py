"""MuPoTS-3D in its real layout: cells of structs, occlusion beside them."""

import numpy as np
import pytest
import scipy.io
from made_mupots import LENS, person, write
from PIL import Image

from maquette.body.catalog import MUPOTS_17
from maquette.data.readers.mupots import read_mupots
from maquette.errors import InputError, SettingError


@pytest.mark.parametrize("inside", ["", "MultiPersonTestSet"])
def test_valid_persons_are_rows_person_by_person(tmp_path, inside):
    folder = write(tmp_path / inside)
    Image.new("RGB", (1920, 1080)).save(folder / "img_000000.jpg")
    people = read_mupots(tmp_path, sequences=["TS1"])
    assert people.skeleton == MUPOTS_17
    assert people.persons.tolist() == [0, 0, 0, 1, 1] and people.frames.tolist() == [0, 1, 3, 0, 3]
    for row, place in enumerate([(0, 0), (1, 0), (3, 0), (0, 1), (3, 1)]):
        space, seen = person(*place)
        np.testing.assert_allclose(people.joints_m[row], space / 1000, atol=1e-6)
        np.testing.assert_allclose(people.universal_m[row], space / 1000 * 0.9, atol=1e-6)
        np.testing.assert_allclose(people.joints_px[row], seen, atol=1e-3)
    assert people.keys[1] == "TS1/000001" and people.pictures[2] == f"{inside}/TS1/img_000003.jpg".lstrip("/")
    assert people.image_sizes[0].tolist() == [1920, 1080]
    np.testing.assert_allclose(people.camera_matrices[0], LENS, atol=0.1)


def test_hidden_joints_are_known_but_not_visible(tmp_path):
    write(tmp_path)
    people = read_mupots(tmp_path, sequences=["TS1"])
    assert people.known_px.all() and (~people.is_visible).sum() == 1 and not people.is_visible[3, 4]
    (tmp_path / "TS1" / "occlusion.mat").unlink()
    assert read_mupots(tmp_path, sequences=["TS1"]).is_visible.all()


def test_without_pictures_their_size_is_unknown(tmp_path):
    write(tmp_path)
    people = read_mupots(tmp_path, sequences=["TS1"])
    assert people.image_sizes is None and set(people.pictures) == {""}


def test_sequences_and_steps_are_taken_and_missing_ones_told(tmp_path):
    write(tmp_path, "TS2")
    write(tmp_path, "TS10")
    people = read_mupots(tmp_path, every=3)
    assert list(dict.fromkeys(people.sequences)) == ["TS2", "TS10"] and set(people.frames) == {0, 3}
    assert len(people.skipped) == 18
    assert set(read_mupots(tmp_path, sequences=["TS10"]).sequences) == {"TS10"}


def test_joints_that_are_not_finite_become_unknown(tmp_path):
    def spoil(cells):
        cells[0, 0]["annot3"][1, 5] = np.nan

    write(tmp_path, spoil=spoil)
    people = read_mupots(tmp_path, sequences=["TS1"])
    assert not people.known_m[0, 5] and (~people.known_m).sum() == 1


def wrong_shape(cells):
    cells[0, 0]["annot2"] = np.zeros((2, 16))


def no_field(cells):
    del cells[0, 0]["univ_annot3"]


def none_valid(cells):
    for cell in cells.flat:
        cell["isValidFrame"] = np.zeros((1, 1))


def no_structs(cells):
    for place, _ in np.ndenumerate(cells):
        cells[place] = np.zeros((1, 3))


@pytest.mark.parametrize("spoil", [wrong_shape, no_field, none_valid, no_structs])
def test_spoiled_sequences_are_named_and_others_go_on(tmp_path, spoil):
    write(tmp_path, "TS1", spoil=spoil)
    write(tmp_path, "TS2")
    people = read_mupots(tmp_path, sequences=["TS1", "TS2"])
    assert set(people.sequences) == {"TS2"} and len(people.skipped) == 1 and "TS1/annot.mat'" in people.skipped[0]


@pytest.mark.parametrize("content", [b"", b"nonsense" * 100])
def test_damaged_files_are_named(tmp_path, content):
    (write(tmp_path) / "annot.mat").write_bytes(content)
    with pytest.raises(InputError, match=r"TS1/annot\.mat'"):
        read_mupots(tmp_path, sequences=["TS1"])


def test_occlusion_of_another_sequence_is_refused(tmp_path):
    scipy.io.savemat(write(tmp_path) / "occlusion.mat", {"occlusion_labels": np.zeros((4, 2))})
    with pytest.raises(InputError, match="does not fit"):
        read_mupots(tmp_path, sequences=["TS1"])


def test_other_folders_and_impossible_settings_are_refused(tmp_path):
    with pytest.raises(SettingError, match="no sequence of MuPoTS-3D 'TS21'"):
        read_mupots(tmp_path, sequences=["TS21"])
    with pytest.raises(SettingError, match="every=0"):
        read_mupots(tmp_path, every=0)
    (tmp_path / "data_3d_h36m.npz").touch()
    with pytest.raises(InputError, match=r"holds no MuPoTS-3D: wanted is .*; this looks like Human3\.6M"):
        read_mupots(tmp_path)
