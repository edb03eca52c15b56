"""Archives of strangers: what is asked for comes, and whatever is no plain archive is refused."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from maquette.archive import read_arrays
from maquette.errors import InputError


def read(path, **more):
    return read_arrays(path, what="a result", advice="give another", **more)


def test_all_arrays_come_or_those_that_are_asked_for_and_there(tmp_path):
    np.savez(tmp_path / "a.npz", one=np.arange(3), two=np.array(["x"]))
    both = read(tmp_path / "a.npz")
    assert set(both) == {"one", "two"} and both["one"].tolist() == [0, 1, 2] and both["two"].tolist() == ["x"]
    assert set(read(tmp_path / "a.npz", keys=("two", "three"))) == {"two"}


def test_archives_that_would_unpack_without_end_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.npy", bytes(2_000_000))
    with pytest.raises(InputError, match=r"bomb\.npz' would unpack to .* too much for a result; give another"):
        read(tmp_path / "bomb.npz", most_bytes=1_000_000)


def test_nothing_is_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    np.savez(tmp_path / "trap.npz", one=np.array([Trap()], dtype=object))
    with pytest.raises(InputError, match="cannot be read as a result"):
        read(tmp_path / "trap.npz")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive", None])
def test_what_is_no_archive_is_refused(content, tmp_path):
    path = tmp_path / "a.npz"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.npz(' cannot be read as a result .* give another|: is a folder)"):
        read(path)
    with pytest.raises(InputError, match="there is no such file"):
        read(tmp_path / "absent.npz")


def test_an_archive_of_mere_repetition_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, joints=np.zeros(2**20))
    monkeypatch.setattr("maquette.archive._ALWAYS_ALLOWED", 2**20)
    monkeypatch.setattr("numpy.load", lambda *_, **__: pytest.fail("it was unpacked"))
    with pytest.raises(InputError, match="would unpack to 8 MiB, too much for a result; give another"):
        read_arrays(path, what="a result", advice="give another")


@pytest.mark.parametrize("array", [np.zeros(3, [("a", "f4"), ("b", "i4")]), np.zeros(2, "M8[s]"), np.zeros(2, complex)])
def test_arrays_that_are_neither_numbers_nor_text_are_named(tmp_path, array):
    np.savez(tmp_path / "a.npz", names=array)
    with pytest.raises(InputError, match=r"'names' is of the kind .*, which does not belong in a result"):
        read_arrays(tmp_path / "a.npz", what="a result", advice="give another")


@pytest.mark.parametrize("order", "<>")
def test_text_of_impossible_letters_is_named(tmp_path, order):
    letters = np.array([65, 0x110000], f"{order}u4").view(f"{order}U1")
    np.savez(tmp_path / "a.npz", names=letters, good=np.array(["ä"], f"{order}U3"))
    with pytest.raises(InputError, match="'names' holds what are no letters"):
        read_arrays(tmp_path / "a.npz", what="a result", advice="give another")
    assert read_arrays(tmp_path / "a.npz", what="a result", advice="", keys=("good",))["good"].tolist() == ["ä"]


def test_a_pipe_is_no_archive(tmp_path):
    os.mkfifo(tmp_path / "a.npz")
    with pytest.raises(InputError, match="pipe"):
        read_arrays(tmp_path / "a.npz", what="a result", advice="give another")
