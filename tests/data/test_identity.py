"""Data are known by what they hold, wherever they lie."""

from hashlib import sha256
from pathlib import Path

import pytest
from painted_shards import painted_shards

from maquette.data import identity
from maquette.data.identity import identify
from maquette.data.shards.index import INDEX_NAME
from maquette.errors import InputError


@pytest.fixture
def folder(tmp_path):
    """A folder of files in folders, as data sets have them."""
    root = tmp_path / "h36m"
    (root / "S1").mkdir(parents=True)
    (root / "S1" / "a.cdf").write_bytes(b"12345")
    (root / "cameras.h5").write_bytes(b"123")
    return root


def test_files_are_known_by_their_content(tmp_path):
    (tmp_path / "motion.npz").write_bytes(b"joints")
    assert identify(tmp_path / "motion.npz") == ("motion.npz", sha256(b"joints").hexdigest())


def test_shards_are_known_by_their_index(tmp_path):
    shards = painted_shards(tmp_path / "people", pictures=2, persons=2)
    assert identify(shards) == ("people", sha256((shards / INDEX_NAME).read_bytes()).hexdigest())


def test_shards_of_other_people_are_others_even_where_all_sizes_agree(tmp_path):
    """Their index holds the checksums of the shards."""
    one, same, other = (
        painted_shards(tmp_path / str(at), pictures=2, persons=2, first=first) for at, first in enumerate((0, 0, 50))
    )
    assert identify(one).sha256 == identify(same).sha256 != identify(other).sha256


def test_folders_are_known_by_what_their_files_hold_wherever_they_lie(folder, tmp_path):
    first = identify(folder)
    assert first.name == "h36m"
    moved = folder.rename(tmp_path / "elsewhere")
    assert identify(moved) == ("elsewhere", first.sha256)


@pytest.mark.parametrize("change", ["content", "length", "name", "one more", "one less"])
def test_folders_with_another_file_are_others(folder, change):
    before, file = identify(folder).sha256, folder / "cameras.h5"
    if change in ("content", "length"):
        file.write_bytes(b"124" if change == "content" else b"1234")
    elif change == "name":
        file.rename(folder / "camera.h5")
    elif change == "one more":
        (folder / "S1" / "b.cdf").write_bytes(b"")
    else:
        file.unlink()
    assert identify(folder).sha256 != before


def test_long_files_of_a_folder_are_known_by_their_size_and_both_ends(folder, monkeypatch):
    monkeypatch.setattr(identity, "MOST_READ_BYTES", 9)
    monkeypatch.setattr(identity, "_END_BYTES", 3)
    seen = {}
    for content in (b"abc....xyz", b"abc....xyz", b"abd....xyz", b"abc....xya", b"abc.....xyz", b"abc.!..xyz"):
        (folder / "film.mp4").write_bytes(content)
        seen.setdefault(identify(folder).sha256, []).append(content)
    assert [len(alike) for alike in seen.values()] == [3, 1, 1, 1], "the middle is not read"


def test_a_folder_with_a_file_that_may_not_be_read_is_refused(folder, monkeypatch):
    def refuse(path, *_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="cannot be read"):
        identify(folder)


def test_a_folder_that_one_stands_in_has_a_name(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert identify(folder.relative_to(folder)).name == "h36m"


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="absent' does not exist"):
        identify(tmp_path / "absent")


@pytest.mark.parametrize("change", ["exchanged", "cut off", "gone", "one more"])
def test_shards_that_their_index_does_not_know_are_refused(tmp_path, change):
    """Their index would stand for people of whom nothing is known."""
    shards = painted_shards(tmp_path / "people", pictures=4, persons=2)
    others = painted_shards(tmp_path / "others", pictures=6, persons=2, shards=1)
    name = "people-000009.tar" if change == "one more" else "people-000001.tar"
    if change in ("exchanged", "one more"):
        (others / "people-000000.tar").rename(shards / name)
    elif change == "cut off":
        (shards / name).write_bytes((shards / name).read_bytes()[:2000])
    else:
        (shards / name).unlink()
    with pytest.raises(InputError, match=name):
        identify(shards)


def test_shards_with_a_damaged_index_are_refused(tmp_path):
    shards = painted_shards(tmp_path / "people", pictures=2, persons=2)
    (shards / INDEX_NAME).write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=INDEX_NAME):
        identify(shards)
