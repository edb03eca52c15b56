"""MATLAB files of both kinds give the same arrays; damaged ones are named."""

import h5py
import numpy as np
import pytest
import scipy.io

from maquette.data.readers.matlab import matlab_field, read_matlab
from maquette.errors import InputError

NUMBERS = np.arange(24.0).reshape(2, 3, 4)


def old_file(path):
    cells = np.empty((2, 1), object)
    cells[0, 0], cells[1, 0] = np.ones((2, 3)), {"flag": np.array([[1.0]]), "points": np.zeros((2, 5))}
    scipy.io.savemat(path, {"numbers": NUMBERS, "cells": cells})
    return path


def new_file(path):
    """Version 7.3: HDF5 behind 512 bytes of MATLAB's own, axes turned round, cells as references."""
    with h5py.File(path, "w", userblock_size=512) as file:
        file["numbers"] = NUMBERS.T
        file["#refs#/a"] = np.ones((3, 2))
        file["#refs#/b/flag"], file["#refs#/b/points"] = np.array([[1.0]]), np.zeros((5, 2))
        file["#refs#/nothing"] = np.array([0, 0], np.uint64)
        file["#refs#/nothing"].attrs["MATLAB_empty"] = 1
        references = [[file["#refs#/a"].ref, file["#refs#/b"].ref]]
        file.create_dataset("cells", data=np.array(references, h5py.ref_dtype), dtype=h5py.ref_dtype)
        file["empty"] = np.array([0, 3], np.uint64)
        file["empty"].attrs["MATLAB_empty"] = 1
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    return path


@pytest.mark.parametrize("write", [old_file, new_file])
def test_both_kinds_give_the_same(tmp_path, write):
    content = read_matlab(write(tmp_path / "a.mat"), "numbers", "cells", "missing")
    assert content.keys() == {"numbers", "cells"}
    assert np.array_equal(content["numbers"], NUMBERS)
    assert content["cells"].shape == (2, 1)
    assert np.array_equal(content["cells"][0, 0], np.ones((2, 3)))
    assert matlab_field(content["cells"][1, 0], "points").shape == (2, 5)
    assert matlab_field(content["cells"][1, 0], "flag").item() == 1
    assert matlab_field(content["cells"][1, 0], "missing") is None
    assert matlab_field(content["cells"][0, 0], "flag") is None


def test_empty_arrays_keep_their_shape(tmp_path):
    assert read_matlab(new_file(tmp_path / "a.mat"), "empty")["empty"].shape == (0, 3)


def test_plain_hdf5_is_read_as_well(tmp_path):
    with h5py.File(tmp_path / "a.mat", "w") as file:
        file["numbers"] = NUMBERS.T
    assert np.array_equal(read_matlab(tmp_path / "a.mat", "numbers")["numbers"], NUMBERS)


def test_a_file_that_claims_too_much_is_refused(tmp_path):
    with h5py.File(tmp_path / "a.mat", "w") as file:
        file.create_dataset("numbers", shape=(2**20, 2**20), chunks=(1024, 1024), dtype="f8")
    with pytest.raises(InputError, match="8192 GiB"):
        read_matlab(tmp_path / "a.mat", "numbers")


@pytest.mark.parametrize("write", [old_file, new_file])
@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:300], lambda data: b"x" * 1000])
def test_damaged_files_are_named(tmp_path, write, damage):
    path = write(tmp_path / "a.mat")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=r"a\.mat'") as error:
        read_matlab(path, "numbers")
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"a\.mat' is missing"):
        read_matlab(tmp_path / "a.mat", "numbers")
