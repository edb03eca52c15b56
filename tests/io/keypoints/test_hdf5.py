"""DeepLabCut's HDF5 as pandas writes it: read, with the pickled names of its columns never unpickled."""

import pickle
import random

import numpy as np
import pytest
from deeplabcut_hdf5 import NAMES, write_hdf5
from keypoint_files import array_of
from named_files import deeplabcut_rows, write_table

from maquette.body.catalog import COCO_17
from maquette.errors import InputError, MaquetteError
from maquette.io.keypoints import read_keypoints

h5py = pytest.importorskip("h5py", reason="h5py is not installed")


def refuse(path, words):
    with pytest.raises(MaquetteError, match=words) as caught:
        read_keypoints(path)
    assert "\n" not in str(caught.value) and path.name in str(caught.value)


@pytest.mark.parametrize("individuals", [None, ["individual1", "individual2"]])
def test_it_is_read_as_the_csv_of_the_same_frames(tmp_path, individuals):
    array = array_of(COCO_17) if individuals else array_of(COCO_17)[[0, 1, 3], :1]
    by_table = read_keypoints(write_table(tmp_path / "a.csv", deeplabcut_rows(array, NAMES, individuals)))
    found = read_keypoints(write_hdf5(tmp_path / "a.h5", array, individuals))
    assert found.format == "deeplabcut" and found.notes == by_table.notes
    assert found.is_tracked is by_table.is_tracked is (individuals is None)
    for name, values in by_table.poses.arrays.items():
        np.testing.assert_allclose(found.poses.arrays[name], values, atol=1e-5)


def test_rows_called_by_pictures_give_the_frame(tmp_path):
    index = np.array([f"labeled-data/clip/img{n:03d}.png".encode() for n in (40, 41, 44)])
    found = read_keypoints(write_hdf5(tmp_path / "a.h5", array_of(COCO_17)[[0, 1, 3], :1], index=index))
    assert found.poses.present[:, 0].tolist() == [True, True, False, False, True]


class Harm:
    def __reduce__(self):
        return (exec, ("raise SystemExit('ran')",))


def test_names_that_are_a_program_are_refused_and_not_run(tmp_path):
    array = array_of(COCO_17)[:, :1]
    assert b"exec" in pickle.dumps(Harm(), protocol=0)
    refuse(write_hdf5(tmp_path / "a.h5", array, names=pickle.dumps(Harm(), protocol=0)), "never unpickled here")


def test_other_hdf5_is_refused(tmp_path):
    array = array_of(COCO_17)[:, :1]
    refuse(write_hdf5(tmp_path / "a.h5", array, names=pickle.dumps([1, 2], protocol=0)), "wanted is DeepLabCut's table")
    refuse(write_hdf5(tmp_path / "b.h5", array[:0]), "no frames")
    refuse(write_hdf5(tmp_path / "c.h5", array, names=pickle.dumps([(1, [("a", "b", "x")])], 0)), "but names of 1")
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file["numbers"] = np.zeros(3)
    refuse(tmp_path / "d.h5", "converth5_to_csv")
    write_hdf5(tmp_path / "e.h5", array)
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["df_with_missing"] = h5py.ExternalLink(str(tmp_path / "e.h5"), "df_with_missing")
    refuse(tmp_path / "link.h5", "converth5_to_csv")


def test_sleap_is_called_by_its_name(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "sleap.h5", "w") as file:
        file["tracks"], file["node_names"] = np.zeros((1, 2, 17, 5)), np.array([b"nose"])
    refuse(tmp_path / "sleap.h5", "SLEAP.*CSV")


def test_damaged_files_are_read_or_refused(tmp_path):
    generator = random.Random(0)
    whole = write_hdf5(tmp_path / "a.h5", array_of(COCO_17)[:, :1]).read_bytes()
    for _ in range(80):
        damaged = bytearray(whole)
        for _ in range(generator.choice([1, 20])):
            damaged[generator.randrange(8, len(damaged))] = generator.randrange(256)
        (tmp_path / "b.h5").write_bytes(damaged[: generator.choice([None, generator.randrange(9, len(whole))])])
        try:
            read_keypoints(tmp_path / "b.h5")
        except InputError as error:
            assert "\n" not in str(error)
