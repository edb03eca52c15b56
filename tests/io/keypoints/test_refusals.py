"""Whatever is not keypoints is refused in one sentence that names the file; nothing else is ever raised."""

import copy
import io
import json
import random
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from costly import slow_but
from keypoint_files import SAMPLES as TOOL_SAMPLES
from keypoint_files import SIZE, mmpose_instance, openpose_frame, person, write_json
from named_files import NAMED_SAMPLES

from maquette.body.catalog import BODY_25, COCO_17
from maquette.errors import InputError, MaquetteError, SettingError
from maquette.io.keypoints import KEYPOINT_FORMATS, read_keypoints

SAMPLES = TOOL_SAMPLES | NAMED_SAMPLES
DEEP = "[" * 100_000
BAD_FILES = {
    "empty.json": (b"", "is empty"),
    "blank.json": (b" \n\t", "is empty"),
    "cut.json": (b'{"version": 1.3, "people": [{"pose_keyp', "broken or cut off JSON"),
    "deep.json": (DEEP.encode(), "JSON"),
    "deep_dict.json": (b'{"a":' * 100_000, "JSON"),
    "latin.json": (b'{"people": "\xe9\xff"}', "JSON"),
    "digits.json": (b"[" + b"9" * 10_000 + b"]", "JSON"),
    "list.json": (b"[]", "found 0 people"),
    "record.json": (b"{}", "unknown kind"),
    "other.json": (b'{"name": "left-pad", "dependencies": {}}', "unknown kind"),
    "number.json": (b"12", "unknown kind"),
    "notes.txt": (b"dear diary, today", "unknown kind"),
    "boxes.txt": (b"0 0.5 0.5 0.2 0.9\n", "unknown kind"),
    "ragged.txt": (b"0 " + b"0.5 " * 55 + b"\n0 " + b"0.5 " * 38, "between 39 and 56 numbers"),
    "nearly.txt": (b"0 " + b"0.5 " * 50 + b"1-2 e E n a", "57 numbers|not all numbers"),
    "short.txt": (b"0 " + b"0.5 " * 20, "21 numbers"),
    "pixels.txt": (b"0 " + b"250.5 " * 55, "no fractions"),
    "none.txt": (b"", "found 0 people"),
    "binary.npz": (bytes(range(256)) * 9, "of no known kind|unknown kind"),
    "cut.npz": (b"PK\x03\x04" + b"\x00" * 50, "numpy file"),
    "cut.npy": (b"\x93NUMPY\x01\x00", "numpy file"),
    "header.npy": (b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f8', ", "numpy file"),
    "clip.mp4": (b"\x00\x00\x00\x20ftypisom" + b"\x00" * 64, "is a video.*maquette predict"),
    "clip.json": (b"\x1aE\xdf\xa3" + b"\x00" * 64, "is a video"),
    "photo.jpg": (b"\xff\xd8\xff\xe0" + b"\x00" * 64, "is a picture"),
    "model.pkl": (b"\x80\x04\x95\x00", "pickled"),
}


def refused(path, message, **options):
    with pytest.raises(InputError, match=message) as caught:
        read_keypoints(path, **options)
    sentence = str(caught.value)
    assert str(path) in sentence or str(path.parent) in sentence
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("name", BAD_FILES)
def test_files_of_another_kind(name, tmp_path):
    content, message = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    sentence = refused(tmp_path / name, message, image_size=SIZE)
    if "unknown kind" in sentence or "JSON (" in sentence:
        assert sentence.endswith("; give 2D keypoints as a tool in docs/keypoints.md writes them")
        assert len(sentence) - len(str(tmp_path)) < 200


def test_the_page_that_refusals_point_at_names_every_format():
    page = (Path(__file__).parents[3] / "docs" / "keypoints.md").read_text(encoding="utf-8")
    tools = [tool for name in KEYPOINT_FORMATS for tool in re.split(" or ", name) if tool[0].isupper()]
    assert len(tools) > 12 and [tool for tool in tools if tool.split()[0] not in page] == []


BAD_DOCUMENTS = {
    "too few points": ({"people": [{"pose_keypoints_2d": [1, 2, 0.5] * 12}]}, "12 points"),
    "not by three": ({"people": [{"pose_keypoints_2d": [1, 2, 0.5, 4]}]}, "three numbers a point"),
    "people differ": ({"people": [{"pose_keypoints_2d": [1, 2, 0.5] * n} for n in (25, 18)]}, "equal length"),
    "words": ({"people": [{"pose_keypoints_2d": ["x", "y", "c"] * 25}]}, "lists of numbers"),
    "people are words": ({"people": ["me"]}, "something else"),
    "nobody": ({"people": []}, "found 0 people"),
    "all unknown": ({"people": [{"pose_keypoints_2d": [0] * 75}]}, "found 0 people"),
    "huge": ({"people": [{"pose_keypoints_2d": [1e300, 1e300, 1] * 25}]}, "found 0 people"),
    "huge whole numbers": ({"people": [{"pose_keypoints_2d": [10**400] * 75}]}, "lists of numbers"),
    "coco without people": ({"images": [], "annotations": []}, "found 0 people"),
    "coco of words": ({"images": ["a"], "annotations": ["b"]}, "records"),
    "coco unhashable": ({"images": [{"id": []}], "annotations": []}, "records"),
    "coco orphan": ({"images": [{"id": 1}], "annotations": [{"image_id": 2, "keypoints": [1] * 51}]}, "picture 2"),
    "results cut": ([{"image_id": 1, "keypoints": [1, 2]}], "three numbers"),
    "results mixed": ([{"image_id": i, "keypoints": [1.0] * 51} for i in range(4)] + [{}], "image_id"),
    "names without numbers": ([{"image_id": n, "keypoints": [1] * 51} for n in "ab"], "no frame number"),
    "14 points": ([{"image_id": 1, "keypoints": [1] * 42}], "14 points.*`skeleton`"),
    "instances of words": ([{"frame_id": 0, "instances": ["a"]}], "lack 'keypoints'"),
    "frame of words": ([{"frame_id": "first", "instances": []}], "no frame number"),
    "no instances": ([{"frame_id": 0, "instances": []}], "found 0 people"),
    "scores differ": ([{"keypoints": [[1, 2]] * 17, "keypoint_scores": [1] * 16}], "do not go with"),
    "32 landmarks": ([{"landmarks": [{"x": 0.5, "y": 0.5}] * 32}], "MediaPipe's pose has 33"),
    "landmarks of words": ([{"landmarks": [{"x": "a", "y": "b"}] * 33}], "lists of numbers"),
    "no landmarks": ([{"landmarks": []}], "found 0 people"),
    "frames of words": ({"landmarks": "none"}, "neither"),
    "own without points": ({"joint_names": ["nose"], "keypoints": None}, "no numbers"),
    "own of words": ({"joint_names": ["nose"], "keypoints": "x"}, "lists of numbers|shape"),
    "own names": ({"joint_names": [1, 2], "keypoints": [[[1, 2], [3, 4]]]}, "list of words"),
    "own ragged": ({"joint_names": ["nose"], "keypoints": [[[1, 2]], [[1]]]}, "equal length"),
}


@pytest.mark.parametrize("name", BAD_DOCUMENTS)
def test_json_of_a_known_tool_that_makes_no_sense(name, tmp_path):
    document, message = BAD_DOCUMENTS[name]
    refused(write_json(tmp_path / "k.json", document), message, image_size=SIZE)


def test_nan_and_infinity_in_json_are_unknown(tmp_path):
    frame = openpose_frame([person(BODY_25)])
    numbers = frame["people"][0]["pose_keypoints_2d"]
    numbers[0], numbers[4], numbers[8], numbers[9] = float("nan"), float("inf"), float("nan"), None
    poses = read_keypoints(write_json(tmp_path / "k.json", frame)).poses
    assert np.flatnonzero(~poses.mask[0, 0]).tolist() == [0, 1, 2, 3]


def test_a_key_twice_and_another_encoding_do_no_harm(tmp_path):
    text = json.dumps([mmpose_instance(person(COCO_17))]).replace('{"keypoints"', '{"keypoints": 1, "keypoints"')
    (tmp_path / "k.json").write_text(text, encoding="utf-16")
    assert read_keypoints(tmp_path / "k.json").poses.mask.all()
    (tmp_path / "k.json").write_text(text, encoding="utf-8-sig")
    assert read_keypoints(tmp_path / "k.json").poses.mask.all()


def test_folders_and_paths_without_keypoints(tmp_path):
    refused(tmp_path, "holds no files")
    refused(tmp_path / "absent.json", "no such file")
    refused(tmp_path / "none.*", "holds no files")
    (tmp_path / "readme.md").write_text("hello")
    refused(tmp_path, "no .json or .txt files")
    (tmp_path / "k.npz").mkdir()
    refused(tmp_path / "k.npz", "holds no files")
    write_json(tmp_path / "k.npz" / "a1.json", {"people": []})
    write_json(tmp_path / "k.npz" / "a2.json", {"name": "x"})
    refused(tmp_path / "k.npz", "unknown kind|another kind")
    write_json(tmp_path / "k.npz" / "a2.json", {"people": []})
    refused(tmp_path / "k.npz", "found 0 people")
    write_json(tmp_path / "k.npz" / "b.json", {"people": []})
    refused(tmp_path / "k.npz", "no frame number")


def test_more_than_2_gigabytes_are_not_read(tmp_path):
    with (tmp_path / "k.json").open("wb") as file:
        file.truncate(2 * 1024**3 + 1)
    refused(tmp_path / "k.json", "2.0 GB large")
    with zipfile.ZipFile(tmp_path / "k.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("keypoints.npy", "w") as member:
            member.write(b"\x93NUMPY")
        archive.infolist()[0].file_size = 3 * 1024**3
    refused(tmp_path / "k.npz", "would unpack to 3 GiB")


def test_too_many_people_and_frames_are_refused(tmp_path):
    entries = [
        {"image_id": i * 19, "category_id": 1, "keypoints": [10.0, 20.0, 0.5] * 17, "idx": i + 1} for i in range(600)
    ]
    refused(write_json(tmp_path / "k.json", entries), "too much at once")


@pytest.mark.parametrize("fps", [0.0, -5.0, float("nan"), float("inf"), 1e-300])
def test_frame_rates_that_make_no_sense(fps, tmp_path):
    with pytest.raises(SettingError, match="frame rate"):
        read_keypoints(tmp_path, fps=fps)


@pytest.mark.parametrize("size", [(0, 480), (-640, 480), (640, 10**9)])
def test_picture_sizes_that_make_no_sense(size, tmp_path):
    with pytest.raises(SettingError, match="width and height"):
        read_keypoints(tmp_path, image_size=size)


HOSTILE = [
    None, True, -1, 0, 7, 2**70, -(2**70), 1e308, float("nan"), float("-inf"), "", "x" * 50, "12.jpg", [], [[]],
    [None], {}, {"x": 1}, [1, 2, 3], [[1, 2], [3]], {"keypoints": []}, {"instances": [1]}, [{"people": 1}],
]  # fmt: skip


def mutated(document, generator):
    """The document with one of its parts, chosen at random, replaced, removed or repeated."""
    holder, key = [document], 0
    while isinstance(holder[key], (dict, list)) and holder[key] and generator.random() < 0.8:
        holder = holder[key]
        key = generator.choice(list(holder)) if isinstance(holder, dict) else generator.randrange(len(holder))
    what = generator.random()
    if what < 0.15:
        del holder[key]
    elif what < 0.3 and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    else:
        holder[key] = copy.deepcopy(generator.choice(HOSTILE))
    return document


def outcome(path, options):
    """Read the path; anything but poses or one sentence of ours is a failure of the test."""
    try:
        read_keypoints(path, **options)
    except MaquetteError as error:
        assert "\n" not in str(error)


DAMAGED = [name for name in SAMPLES if name not in ("mediapipe", "detectron2") and "rtmlib" not in name]


@pytest.mark.parametrize("sample", slow_but(DAMAGED[::4], DAMAGED))
def test_damaged_samples_are_read_or_refused(sample, tmp_path):
    generator = random.Random(sample)
    path, options = SAMPLES[sample][0](tmp_path)
    victim = sorted(path.iterdir())[1] if path.is_dir() else path
    whole = victim.read_text()
    for _ in range(150):
        if victim.suffix == ".json":
            documents = [json.loads(whole)]
            for _ in range(generator.choice([1, 1, 2, 5])):
                mutated(documents, generator)
            victim.write_text(json.dumps(documents[0] if documents else None))
        else:
            between = "," if victim.suffix == ".csv" else " "
            words = whole.split(between)
            words[generator.randrange(len(words))] = generator.choice(["", "x", "nan", "1e999", "-1", "\n", "\x00"])
            victim.write_text(between.join(words))
        outcome(path, options)
    for _ in range(20):
        victim.write_text(whole[: generator.randrange(len(whole))])
        outcome(path, options)


@pytest.mark.parametrize("sample", ["mediapipe", "rtmlib", "rtmlib npy"])
def test_damaged_arrays_are_read_or_refused(sample, tmp_path):
    generator = random.Random(sample)
    path, options = SAMPLES[sample][0](tmp_path)
    whole = Path(path).read_bytes()
    for _ in range(100):
        damaged = bytearray(whole)
        for _ in range(generator.choice([1, 3, 30])):
            damaged[generator.randrange(min(len(damaged), 400))] = generator.randrange(256)
        path.write_bytes(bytes(damaged[: generator.choice([len(damaged), generator.randrange(len(damaged))])]))
        outcome(path, options)


@pytest.mark.parametrize("name", ["", "keypoints", "positions_2d", "landmarks", "scores"])
@pytest.mark.parametrize(
    "shape", [(), (0,), (3,), (2, 3), (0, 33, 4), (2, 33, 1), (2, 17, 2), (2, 17, 9), (2, 0, 17, 2), (2, 2, 2, 33, 4)]
)
def test_arrays_of_any_shape_are_read_or_refused(name, shape, tmp_path):
    for array in (np.full(shape, 7.0), np.full(shape, "x"), np.full(shape, 1j), np.zeros(shape, [("a", "f8")])):
        path = tmp_path / "k.npz"
        if name:
            fields = {name: array, "joint_names": np.array(["nose"])[: len(shape) % 2], "fps": array}
            np.savez(path, **fields)  # type: ignore[arg-type]
        else:
            with path.open("wb") as file:
                np.save(file, array)
        outcome(path, {"image_size": SIZE})


def test_arrays_of_more_numbers_than_any_recording_has_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("maquette.io.keypoints.sources._MOST_NUMBERS", 1000)
    np.savez(
        tmp_path / "k.npz", keypoints=np.zeros((50, 1, 17, 2), np.uint8), joint_names=np.array(COCO_17.joint_names)
    )
    refused(tmp_path / "k.npz", "'keypoints' holds 1700 numbers, more than 1000")


def test_records_and_impossible_letters_are_refused(tmp_path):
    fields = {"keypoints": np.ones((2, 1, 17, 2), np.float32), "joint_names": np.array(COCO_17.joint_names)}
    np.savez(tmp_path / "k.npz", **fields, parents=np.zeros(17, [("a", "f4")]))
    refused(tmp_path / "k.npz", "'parents' is of the kind")
    np.savez(tmp_path / "k.npz", **fields, skeleton=np.array([0x110000], np.uint32).view("U1")[0:1])
    refused(tmp_path / "k.npz", "'skeleton' holds what are no letters")


def test_frame_numbers_of_thousands_of_digits_are_no_frame_numbers(tmp_path):
    (tmp_path / "f").mkdir()
    entry = {"image_id": "9" * 5000 + ".jpg", "category_id": 1, "keypoints": [5.0] * 51, "score": 1.0}
    refused(write_json(tmp_path / "f" / "k.json", [entry, {**entry, "image_id": "8" * 5000 + ".jpg"}]), "frame number")


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_an_array_of_which_less_came_than_its_header_says_is_cut_off(tmp_path, suffix):
    path, bare = tmp_path / f"k.{suffix}", io.BytesIO()
    shape = {"descr": "<f8", "fortran_order": False, "shape": (1_000_000, 100, 17)}
    np.lib.format.write_array_header_1_0(bare, shape)
    content = bare.getvalue() + bytes(500)
    if suffix == "npy":
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("keypoints.npy", content)
    refused(path, "is cut off: its header says 13,600,000,000 bytes of numbers, but 500 came")


@pytest.mark.parametrize(("clips", "cameras"), [(1, "1 camera or 1 person of 40"), (2, "2 cameras or 2 persons of 40")])
def test_clips_in_place_of_people_are_counted_in_words(tmp_path, clips, cameras):
    points = 100 + 200 * np.random.default_rng(0).random((1, 1, 17, 2)) + np.zeros((clips, 40, 1, 1))
    np.save(tmp_path / "k.npy", points)
    refused(tmp_path / "k.npy", f"if these are {cameras} frames")
