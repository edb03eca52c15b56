"""Shards as tar files: the same bytes each time, readable by others, whole or not there."""

import tarfile
from pathlib import Path

import pytest
from painted_people import assert_same_labels, painted_picture

from maquette.data.shards.encoding import decode_picture, encode_picture
from maquette.data.shards.files import write_shard
from maquette.errors import OutputError


def test_the_same_pictures_give_the_same_bytes(tmp_path: Path):
    entries = [write_shard(tmp_path / name, 4, [painted_picture(2, size=64, seed=1)]) for name in "ab"]
    files = [(tmp_path / name / entries[0].name).read_bytes() for name in "ab"]
    assert entries[0] == entries[1]
    assert files[0] == files[1]
    assert entries[0].name == "people-000004.tar"
    assert len(files[0]) == entries[0].bytes


def test_any_tar_program_and_webdataset_can_read_a_shard(tmp_path: Path):
    pictures = [painted_picture(1, size=64, seed=seed) for seed in range(3)]
    entry = write_shard(tmp_path, 0, pictures)
    with tarfile.open(tmp_path / entry.name) as archive:
        names = archive.getnames()
    assert names[:2] == ["000000_000000.picture.jpg", "000000_000000.mask.png"]
    webdataset = pytest.importorskip("webdataset")
    with (tmp_path / entry.name).open("rb") as file:
        archive = webdataset.tariterators.tar_file_expander([{"url": entry.name, "stream": file}])
        samples = list(webdataset.tariterators.group_by_keys(archive))
    assert [sample["__key__"] for sample in samples] == [f"000000_{place:06d}" for place in range(3)]
    for sample, picture in zip(samples, pictures, strict=True):
        assert_same_labels(decode_picture({name: sample[name] for name in encode_picture(picture)}), picture)


def test_a_failed_shard_leaves_nothing_behind(tmp_path: Path):
    def broken():
        yield painted_picture(1, size=32)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_shard(tmp_path, 0, broken())
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write_shard(tmp_path / "file", 0, [])
