import json
from pathlib import Path

import pytest
from painted_people import painted_picture

from maquette.atomic import UNFINISHED
from maquette.data.shards.files import write_shard
from maquette.data.shards.index import INDEX_NAME, ShardWriter, read_index, verify_shards
from maquette.errors import InputError, SettingError

SETTINGS = {"size": [64, 64], "people": 1}


def writer(folder: Path, settings: dict = SETTINGS, *, seed: int = 0, version: int = 1) -> ShardWriter:
    return ShardWriter(folder, settings, seed=seed, generator_version=version)


def filled(folder: Path, *numbers: int) -> ShardWriter:
    made = writer(folder)
    for number in numbers:
        made.add(write_shard(folder, number, [painted_picture(1, size=32, seed=number)] * 2))
    return made


def test_a_run_continues_where_it_was(tmp_path: Path):
    assert writer(tmp_path / "new").find_missing(3) == [0, 1, 2]
    filled(tmp_path, 2, 0)
    again = writer(tmp_path)
    assert again.find_missing(4) == [1, 3]
    assert [entry.name for entry in again.index.shards] == ["people-000000.tar", "people-000002.tar"]
    assert again.index.samples == 4
    again.add(write_shard(tmp_path, 1, [painted_picture(1, size=32, seed=1)] * 2))
    assert again.find_missing(3) == []
    other = tmp_path / "at once"
    filled(other, 0, 1, 2)
    assert (other / INDEX_NAME).read_bytes() == (tmp_path / INDEX_NAME).read_bytes()


def test_what_is_gone_or_cut_off_is_made_again(tmp_path: Path):
    filled(tmp_path, 0, 1, 2)
    (tmp_path / "people-000000.tar").unlink()
    (tmp_path / "people-000001.tar").write_bytes(b"short")
    assert writer(tmp_path).find_missing(3) == [0, 1]


def test_half_written_files_are_removed(tmp_path: Path):
    filled(tmp_path, 0)
    (tmp_path / f"{UNFINISHED}0123").write_bytes(b"half a shard")
    (tmp_path / "mine.txt").touch()
    writer(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [INDEX_NAME, "mine.txt", "people-000000.tar"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"settings": {**SETTINGS, "people": 2}}, "people: 1 there, 2 now"),
        ({"settings": {"people": 1}}, r"size: \[64, 64\] there, None now"),
        ({"seed": 5}, "seed: 0 there, 5 now"),
        ({"version": 2}, "generator_version: 1 there, 2 now"),
    ],
)
def test_other_settings_are_refused(changes: dict, sentence: str, tmp_path: Path):
    filled(tmp_path, 0)
    with pytest.raises(SettingError, match=sentence):
        writer(tmp_path, **changes)


def test_settings_are_the_same_when_they_read_the_same(tmp_path: Path):
    filled(tmp_path, 0)
    assert writer(tmp_path, {"people": 1, "size": (64, 64)}).find_missing(1) == []


def test_settings_that_cannot_be_written_are_refused(tmp_path: Path):
    with pytest.raises(SettingError, match="cannot be written"):
        writer(tmp_path, {"size": {1, 2}})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"format": "other"}',
        b'{"format": "maquette shards", "format_version": 9}',
        b'{"format": "maquette shards", "format_version": 1, "settings": 3}',
    ],
)
def test_a_bad_index_is_refused(content: bytes, tmp_path: Path):
    (tmp_path / INDEX_NAME).write_bytes(content)
    for use in (read_index, verify_shards, writer):
        with pytest.raises(InputError, match=INDEX_NAME):
            use(tmp_path)


@pytest.mark.parametrize(
    ("seed", "fault"), [("-Infinity", "not finite"), ("1e999", "not finite"), ("null", "NoneType")]
)
def test_a_bad_seed_is_told_in_words(seed: str, fault: str, tmp_path: Path):
    written = f'{{"format": "maquette shards", "format_version": 1, "settings": {{}}, "seed": {seed}, "shards": []}}'
    (tmp_path / INDEX_NAME).write_text(written, encoding="utf-8")
    with pytest.raises(InputError, match=fault) as caught:
        read_index(tmp_path)
    assert "Error(" not in str(caught.value) and "make them anew" in str(caught.value)


def test_an_index_cannot_point_outside_its_folder(tmp_path: Path):
    filled(tmp_path, 0)
    content = json.loads((tmp_path / INDEX_NAME).read_text())
    content["shards"][0]["name"] = "../../secret.tar"
    (tmp_path / INDEX_NAME).write_text(json.dumps(content))
    with pytest.raises(InputError, match="not the name of a shard"):
        verify_shards(tmp_path)


def test_verifying_names_the_bad_file(tmp_path: Path):
    filled(tmp_path, 0, 1, 2, 3)
    assert verify_shards(tmp_path) == []
    changed = bytearray((tmp_path / "people-000001.tar").read_bytes())
    changed[2000] ^= 1
    (tmp_path / "people-000001.tar").write_bytes(changed)
    (tmp_path / "people-000002.tar").unlink()
    (tmp_path / "people-000003.tar").write_bytes(bytes(100))
    (tmp_path / "stranger.tar").touch()
    faults = verify_shards(tmp_path)
    assert len(faults) == 4
    for fault, words in zip(
        faults,
        ["000001.tar' has another checksum", "000002.tar' cannot be read", "000003.tar' has 100 bytes", "stranger.tar"],
        strict=True,
    ):
        assert words in fault


def test_a_folder_without_an_index_is_no_folder_of_shards(tmp_path: Path):
    with pytest.raises(InputError, match="no folder of shards"):
        verify_shards(tmp_path)
