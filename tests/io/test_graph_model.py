"""Weights of TensorFlow.js models: every kind of numbers comes back, and whatever is damaged or hostile is refused."""

import json
import os

import numpy as np
import pytest
from made_graphs import described, write_graph

from maquette.errors import InputError
from maquette.io import graph_model
from maquette.io.graph_model import read_graph_weights

FLOATS = np.array([[-1.5, 0.25, 3.0], [0.0, 7.0, -2.0]], np.float32)
WHOLE = np.array([-7, 0, 300], np.int32)


def entry(**more):
    return {"name": "a", "shape": [2], "dtype": "float32"} | more


@pytest.fixture
def listed(tmp_path):
    """Writes a model.json with such groups, beside a file of eight bytes called a.bin."""
    (tmp_path / "a.bin").write_bytes(np.array([1.0, 2.0], "<f4").tobytes())

    def write(*groups):
        (tmp_path / "model.json").write_text(json.dumps({"weightsManifest": groups}), encoding="utf-8")
        return tmp_path / "model.json"

    return write


@pytest.mark.parametrize("shard_bytes", [1, 5, 1000])
def test_all_kinds_of_numbers_come_back_however_files_are_cut(tmp_path, shard_bytes):
    given = {
        "floats": FLOATS,
        "whole": WHOLE,
        "one": np.array(5.5, np.float32),
        "none": np.zeros((0, 3), np.float32),
        "flags": np.array([True, False]),
        "complex": np.array([1 + 2j], np.complex64),
    }
    path = write_graph(tmp_path, [described(*one) for one in given.items()], shard_bytes=shard_bytes)
    found = read_graph_weights(path)
    assert list(found) == list(given)
    for name, values in given.items():
        assert found[name].dtype == values.dtype and np.array_equal(found[name], values), name


def test_quantised_numbers_are_those_that_they_stand_for_by_hand(listed):
    """0, 128 and 255 times a half, less 3; and 2 and 65535 times 0.3, less 1, rounded."""
    groups = []
    for name, stored, kind, scale, least in (("f", "uint8", "float32", 0.5, -3.0), ("i", "uint16", "int32", 0.3, -1)):
        values = np.array([0, 128, 255] if stored == "uint8" else [2, 65535], stored)
        path = listed().parent / f"{name}.bin"
        path.write_bytes(values.tobytes())
        quantised = {"dtype": stored, "scale": scale, "min": least}
        weights = [{"name": name, "shape": [len(values)], "dtype": kind, "quantization": quantised}]
        groups.append({"paths": [path.name], "weights": weights})
    found = read_graph_weights(listed(*groups))
    assert found["f"].tolist() == [-3.0, 61.0, 124.5] and found["f"].dtype == np.float32
    assert found["i"].tolist() == [0, 19660] and found["i"].dtype == np.int32  # -0.4 and 19659.5


def test_numbers_of_16_bits_stay_as_they_were_stored(tmp_path):
    found = read_graph_weights(write_graph(tmp_path, [described("a", FLOATS, quantised="float16")]))["a"]
    assert found.dtype == np.float16 and np.array_equal(found, FLOATS)


@pytest.mark.parametrize(("stored", "least"), [("uint8", 255), ("uint16", 65535)])
def test_quantised_numbers_are_within_half_a_step(tmp_path, stored, least):
    values = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    found = read_graph_weights(write_graph(tmp_path, [described("a", values, quantised=stored)]))["a"]
    assert np.abs(found - values).max() <= 0.501 * np.ptp(values) / least


@pytest.mark.parametrize(
    "name",
    ["../a.bin", "/etc/passwd", "sub/a.bin", "..", ".", "", "..\\a.bin", "C:a.bin", "C:\\a.bin", "a\0.bin", "~/a.bin",
     "http://example.com/a.bin", 5, None, ["a.bin"], {"a": 1}],
)  # fmt: skip
def test_files_in_other_folders_are_refused(listed, tmp_path, name):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.bin").write_bytes(bytes(8))
    (tmp_path.parent / "a.bin").write_bytes(bytes(8))
    with pytest.raises(InputError, match="may not be called"):
        read_graph_weights(listed({"paths": [name], "weights": [entry()]}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shape": [3]}, "lists 12 bytes.*hold 8: cut off"),
        ({"shape": [1]}, "lists 4 bytes.*hold 8: too long"),
        ({"shape": []}, "too long"),
        ({"shape": [2**30, 2**30, 2**30]}, "cut off"),
        ({"shape": [2**31]}, "the shape of 'a'"),
        ({"shape": [-1, -2]}, "the shape of 'a'"),
        ({"shape": [2.0]}, "the shape of 'a'"),
        ({"shape": [True, 2]}, "the shape of 'a'"),
        ({"shape": [1] * 9}, "the shape of 'a'"),
        ({"shape": "2"}, "the shape of 'a'"),
        ({"shape": None}, "the shape of 'a'"),
        ({"dtype": "string"}, "holds 'string', not numbers"),
        ({"dtype": "float64"}, "holds 'float64'"),
        ({"dtype": None}, "holds 'None'"),
        ({"dtype": ["float32"]}, "does not list weights"),
        ({"name": ""}, "no proper name"),
        ({"name": 7}, "no proper name"),
        ({"name": "x" * 1001}, "no proper name"),
        ({"quantization": {"dtype": "uint4", "scale": 1, "min": 0}}, "stores float32 as 'uint4'"),
        ({"quantization": {"dtype": "float16"}, "dtype": "int32"}, "stores int32 as 'float16'"),
        ({"quantization": {"dtype": "uint8", "scale": 1, "min": 0}, "dtype": "bool"}, "stores bool as 'uint8'"),
        ({"quantization": {"dtype": "uint8", "scale": 1}}, "'min' is missing"),
        ({"quantization": {"dtype": "uint8", "min": 1}}, "'scale' is missing"),
        ({"quantization": {}}, "'dtype' is missing"),
        ({"quantization": []}, "does not list weights"),
        ({"quantization": {"dtype": "uint8", "scale": float("nan"), "min": 0}}, "not finite"),
        ({"quantization": {"dtype": "uint8", "scale": 1, "min": -float("inf")}}, "not finite"),
        ({"quantization": {"dtype": "uint8", "scale": 10**400, "min": 0}}, "does not list weights"),
        ({"quantization": {"dtype": "uint8", "scale": "wide", "min": 0}}, "does not list weights"),
    ],
)
def test_tensors_that_make_no_sense_are_refused(listed, change, words):
    with pytest.raises(InputError, match=words) as refusal:
        read_graph_weights(listed({"paths": ["a.bin"], "weights": [entry(**change)]}))
    assert "model.json" in str(refusal.value) and len(str(refusal.value)) < 700


@pytest.mark.parametrize(
    "group",
    [
        {}, {"paths": ["a.bin"]}, {"weights": [entry()]}, {"paths": "a.bin", "weights": [entry()]}, [], None, 3,
        {"paths": ["a.bin"], "weights": {"a": entry()}}, {"paths": ["a.bin"], "weights": ["a"]},
        {"paths": ["a.bin"], "weights": [None]}, {"paths": ["a.bin"], "weights": [{"name": "a"}]},
    ],
)  # fmt: skip
def test_groups_that_are_none_are_refused(listed, group):
    with pytest.raises(InputError, match=r"does not list weights as TensorFlow\.js does"):
        read_graph_weights(listed(group))


def test_a_name_that_stands_twice_is_refused(listed):
    group = {"paths": ["a.bin"], "weights": [entry()]}
    with pytest.raises(InputError, match="lists 'a' twice"):
        read_graph_weights(listed(group, group))


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "nonsense", '{"weightsManifest": []}', '{"weightsManifest": {}}',
     '{"weightsManifest": 5, "weightsManifest": 5}', "[" * 5000, '{"a": ' * 5000],
)  # fmt: skip
def test_lists_that_are_none_are_refused(tmp_path, content):
    (tmp_path / "model.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"model\.json"):
        read_graph_weights(tmp_path / "model.json")


@pytest.mark.parametrize("depth", range(900, 1000, 3))
def test_deep_nesting_is_refused_in_a_sentence(tmp_path, depth):
    deep = "[" * depth + "]" * depth
    entry_text = f'{{"name": "a", "dtype": "float32", "shape": {deep}}}'
    content = f'{{"weightsManifest": [{{"paths": [], "weights": [{entry_text}]}}]}}'
    (tmp_path / "model.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        read_graph_weights(tmp_path / "model.json")


def test_absent_files_are_refused_by_name(listed, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_graph_weights(tmp_path / "absent.json")
    for name in ("absent.bin", "folder", "pipe"):
        if name == "folder":
            (tmp_path / name).mkdir()
        if name == "pipe":
            os.mkfifo(tmp_path / name)
        with pytest.raises(InputError, match=f"{name}' is no file"):
            read_graph_weights(listed({"paths": [name], "weights": [entry()]}))


def test_every_truncation_of_the_numbers_is_refused(tmp_path):
    path = write_graph(tmp_path, [described("a", FLOATS), described("b", WHOLE)])
    shard = next(tmp_path.glob("*.bin"))
    content = shard.read_bytes()
    for length in range(len(content)):
        shard.write_bytes(content[:length])
        with pytest.raises(InputError, match="cut off"):
            read_graph_weights(path)


def test_huge_files_are_refused_before_they_are_read(listed, tmp_path, monkeypatch):
    with (tmp_path / "huge.bin").open("wb") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(InputError, match="more than 500 MB"):
        read_graph_weights(listed({"paths": ["huge.bin"], "weights": [entry(shape=[500_000_000])]}))
    monkeypatch.setattr(graph_model, "_MOST_BYTES", 100)
    with pytest.raises(InputError, match="names files of more than"):  # the same file again and again
        read_graph_weights(listed({"paths": ["a.bin"] * 13, "weights": [entry(shape=[26])]}))
    monkeypatch.setattr(graph_model, "_MOST_KILOBYTES", 1)
    with pytest.raises(InputError, match="larger than 1 kB"):
        read_graph_weights(listed({"paths": ["a.bin"], "weights": [entry(name="x" * 999)]}))
