"""NPZ files with pickled members: read as plain data, damaged and harmful ones refused."""

import os

import numpy as np
import pytest

from maquette.data.readers.pickled_npz import read_pickled_npz
from maquette.errors import InputError


class Harmful:
    """Runs a command when it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch harmed",)


def test_members_of_an_npz_file_are_arrays_or_the_object_they_were_saved_from(tmp_path):
    path = tmp_path / "data.npz"
    np.savez_compressed(path, poses={"S1": [np.ones((2, 3))]}, plain=np.arange(3), rows=np.array([1, "a"], object))
    found = read_pickled_npz(path, "poses", "plain", "rows", "missing")
    assert found.keys() == {"poses", "plain", "rows"}
    assert found["poses"]["S1"][0].tolist() == np.ones((2, 3)).tolist()
    assert found["plain"].tolist() == [0, 1, 2] and found["rows"].tolist() == [1, "a"]


def test_a_harmful_member_is_refused_and_others_are_not_touched(tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, good=np.arange(2), bad=np.array(Harmful(), object))
    assert read_pickled_npz(path, "good")["good"].tolist() == [0, 1]
    with pytest.raises(InputError, match=r"data\.npz: bad\.npy' wants to use '\w+\.system'"):
        read_pickled_npz(path, "bad")


def broken_npz(folder, damage):
    path = folder / "data.npz"
    np.savez_compressed(path, x={"a": np.arange(100)})
    path.write_bytes(damage(path.read_bytes()))
    return path


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"", lambda data: data[:40], lambda data: data[: len(data) // 2], lambda data: b"PK" + bytes(100)],
)
def test_damaged_npz_files_are_named(tmp_path, damage):
    with pytest.raises(InputError, match=r"data\.npz"):
        read_pickled_npz(broken_npz(tmp_path, damage), "x")


def test_a_missing_npz_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.npz' is missing"):
        read_pickled_npz(tmp_path / "none.npz", "x")
