"""What is read back from shards, good and damaged."""

import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from painted_people import assert_same_labels, painted_picture
from PIL import Image

from maquette.data.shards.encoding import (
    DEPTH_END,
    INSTANCES_END,
    LABELS_END,
    MASK_END,
    PARTS_END,
    PICTURE_END,
    encode_picture,
)
from maquette.data.shards.files import find_samples, write_shard
from maquette.data.shards.reader import read_shard_pictures, read_shards
from maquette.errors import InputError, MaquetteError


def test_pictures_are_read_back_in_order_with_their_keys(tmp_path: Path):
    for number in range(2):
        write_shard(tmp_path, number, [painted_picture(1, size=32, seed=10 * number + place) for place in range(2)])
    found = list(read_shard_pictures(tmp_path))
    assert [key for key, _ in found] == ["000000_000000", "000000_000001", "000001_000000", "000001_000001"]
    assert_same_labels(found[3][1], painted_picture(1, size=32, seed=11))
    assert len(list(read_shard_pictures(tmp_path / "people-000001.tar", has_depth=False))) == 2


def test_people_are_read_without_their_pictures(tmp_path: Path):
    alone = painted_picture(1, size=64, seed=1, identity=5)
    hidden = replace(alone, instances=np.zeros_like(alone.instances), parts=np.zeros_like(alone.parts))
    together = painted_picture(2, size=64, seed=2, identity=8, clip=12, frame=34)
    write_shard(tmp_path, 3, [alone, painted_picture(0, size=64), together, hidden])
    people = read_shards(tmp_path)
    assert people.dataset == "synthetic"
    assert people.keys.tolist() == ["000003_000000", "clip 000012/000034", "clip 000012/000034", "000003_000003"]
    assert people.pictures.tolist()[1] == "000003_000002"
    assert people.persons.tolist() == [0, 0, 1, 0]
    assert people.subjects.tolist() == ["5", "8", "9", "5"]
    np.testing.assert_array_equal(people.joints_m[1:3], together.people.joints_m)
    np.testing.assert_array_equal(people.camera_matrices[2], together.camera_matrix)
    assert people.image_sizes.tolist() == [[64, 64]] * 4
    assert people.areas_px[2] == (together.instances == 2).sum()
    assert people.is_flawed.tolist() == [False, False, False, True]
    assert not people.skipped


def png(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def with_labels(**changes: np.ndarray | None) -> Callable[[dict[str, bytes]], None]:
    def damage(members: dict[str, bytes]) -> None:
        labels = safetensors.numpy.load(members[LABELS_END]) | changes
        kept = {name: value for name, value in labels.items() if value is not None}
        members[LABELS_END] = safetensors.numpy.save(kept)

    return damage


def with_member(name: str, content: bytes | None) -> Callable[[dict[str, bytes]], None]:
    def damage(members: dict[str, bytes]) -> None:
        members.pop(name) if content is None else members.update({name: content})

    return damage


DAMAGES = {
    "picture.jpg is missing": with_member(PICTURE_END, None),
    "labels.safetensors is missing": with_member(LABELS_END, None),
    "picture.jpg is empty": with_member(PICTURE_END, b""),
    "picture.jpg is damaged": with_member(PICTURE_END, encode_picture(painted_picture(1, size=64))[PICTURE_END][:900]),
    "mask.png is damaged": with_member(MASK_END, b"no picture at all"),
    "mask.png is 32x32": with_member(MASK_END, png(np.zeros((32, 32), np.uint8))),
    "depth.png is 64x64 of kind L": with_member(DEPTH_END, png(np.zeros((64, 64), np.uint8))),
    "parts.png holds the label 16": with_member(PARTS_END, png(np.full((64, 64), 16, np.uint8))),
    "its maps show person 3": with_member(INSTANCES_END, png(np.full((64, 64), 3, np.uint8))),
    "labels.safetensors is empty": with_member(LABELS_END, b""),
    "labels.safetensors is damaged": with_member(LABELS_END, b"\x80\x04not a pickle, and not labels"),
    "version 2": with_labels(version=np.array([2], np.int32)),
    "version no": with_labels(version=None),
    "version 7": with_labels(version=np.array(7)),
    "'phenotypes' is float32 (1,)": with_labels(phenotypes=np.zeros(1, np.float32)),
    "lacks 'joints_m'": with_labels(joints_m=None),
    "'joints_m' is float32": with_labels(joints_m=np.zeros((1, 40, 3), np.float32)),
    "'boxes_px' is float64": with_labels(boxes_px=np.zeros((1, 4))),
    "'joints_px' holds numbers that are not finite": with_labels(joints_px=np.full((1, 41, 2), np.nan, np.float32)),
    "'joints_m' is float32 (1, 41, 3), but float32 (2, 41, 3)": with_labels(identities=np.zeros(2, np.int32)),
    "'identities' is int32 (1, 1)": with_labels(identities=np.zeros((1, 1), np.int32)),
    "focal length": with_labels(camera_matrix=np.zeros((3, 3), np.float32)),
    "the picture is 0x64": with_labels(size_px=np.array([0, 64], np.int32)),
    "the picture is 64x99999": with_labels(size_px=np.array([64, 99999], np.int32)),
}


def packed(samples: dict[str, dict[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for key, members in samples.items():
            for end, content in members.items():
                info = tarfile.TarInfo(f"{key}.{end}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("sentence", DAMAGES)
def test_a_bad_sample_is_named_and_left_out(sentence: str, tmp_path: Path):
    good = encode_picture(painted_picture(1, size=64))
    bad = dict(good)
    DAMAGES[sentence](bad)
    (tmp_path / "some.tar").write_bytes(packed({"before": good, "bad": bad, "after": good}))
    skipped: list[str] = []
    found = [key for key, _ in read_shard_pictures(tmp_path, on_skip=skipped.append)]
    assert found == ["before", "after"]
    assert len(skipped) == 1
    assert all(words in skipped[0] for words in (sentence, "some.tar", "sample bad"))
    people = read_shards(tmp_path)
    assert len(people) == 2 + (not people.skipped)
    if PICTURE_END in bad and "labels" in sentence:
        assert sentence in people.skipped[0]


def header_size_forged(content: bytes) -> bytes:
    """The second member says that it goes on for 60 GB."""
    info = tarfile.TarInfo("000000_000000.mask.png")
    info.size = 2**33 - 1
    second = content.index(b"000000_000000.mask.png")
    return content[:second] + info.tobuf(tarfile.USTAR_FORMAT) + content[second + 512 :]


def header_garbled(content: bytes) -> bytes:
    place = content.index(b"000000_000002.picture")
    return content[:place] + bytes(range(256)) * 2 + content[place + 512 :]


TARS = {
    "cut within the last sample": (lambda content: content[: content.index(b"000000_000002.depth") + 700], 2),
    "cut within a header": (lambda content: content[: content.index(b"000000_000001.mask") + 100], 1),
    "cut after a sample": (lambda content: content[: content.index(b"000000_000002.picture")], 2),
    "a garbled header": (header_garbled, 2),
    "a forged size": (header_size_forged, 0),
    "empty": (lambda _: b"", 0),
    "no tar": (lambda _: b"these are words, not a tar file; " * 99, 0),
    "zeros": (lambda _: bytes(4096), 0),
}


@pytest.mark.parametrize("case", TARS)
def test_of_a_damaged_tar_what_comes_before_the_damage_is_read(case: str, tmp_path: Path):
    damage, remaining = TARS[case]
    entry = write_shard(tmp_path, 0, [painted_picture(1, size=64, seed=seed) for seed in range(3)])
    path = tmp_path / entry.name
    path.write_bytes(damage(path.read_bytes()))
    skipped: list[str] = []
    if not remaining:
        with pytest.raises(InputError, match="holds no sample that can be read"):
            list(read_shard_pictures(path, on_skip=skipped.append))
        with pytest.raises(InputError, match="holds no sample"):
            read_shards(path)
    else:
        assert len(list(read_shard_pictures(path, on_skip=skipped.append))) == remaining
        assert len(read_shards(path)) == remaining
    assert len(skipped) == (case != "zeros")
    assert all(str(path) in sentence for sentence in skipped)


def test_one_bad_tar_does_not_stop_the_others(tmp_path: Path):
    for number in range(3):
        write_shard(tmp_path, number, [painted_picture(1, size=32)])
    (tmp_path / "people-000001.tar").write_bytes(b"x" * 2000)
    with pytest.warns(UserWarning, match="people-000001"):
        assert len(list(read_shard_pictures(tmp_path))) == 2
    assert "people-000001" in read_shards(tmp_path).skipped[0]


@pytest.mark.parametrize(("name", "sentence"), [("nowhere", "does not exist"), (".", "holds no shards")])
def test_a_place_without_shards_is_refused(name: str, sentence: str, tmp_path: Path):
    for read in (lambda path: list(read_shard_pictures(path)), read_shards):
        with pytest.raises(MaquetteError, match=sentence):
            read(tmp_path / name)


def test_members_that_belong_to_no_sample_are_passed_over():
    good = encode_picture(painted_picture(1, size=32))
    content = packed({"a": good, ".hidden": {"x": b""}, "b": {**good, "notes.txt": b"hello"}})
    keys = [sample[0].key for sample in find_samples(io.BytesIO(content))]
    assert keys == ["a", "b"]
