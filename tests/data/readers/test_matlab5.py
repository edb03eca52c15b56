"""MATLAB's older format by our own reader: the same as SciPy's on sound files, one sentence on damaged ones."""

import struct
import zlib

import numpy as np
import pytest
import scipy.io

from maquette.data.readers.matlab import read_matlab
from maquette.data.readers.matlab5 import parse_matlab5
from maquette.errors import InputError


def _content():
    cells = np.empty((2, 2), object)
    cells[0, 0], cells[0, 1] = np.ones((2, 3)), "a word"
    cells[1, 0], cells[1, 1] = np.zeros((0, 0)), {"deep": {"deeper": np.arange(3, dtype=np.int16)}}
    structs = np.zeros((1, 3), [("x", object), ("name", object)])
    for place in range(3):
        structs[0, place] = (np.array([[place * 1.5]]), f"name {place}")
    return {
        "numbers": np.random.default_rng(0).normal(size=(3, 4, 5)),
        "small": np.array([[1, -2]], np.int8),
        "single": np.float32([[1.5], [2.5]]),
        "flags": np.array([[True, False]]),
        "words": np.array(["one", "three"]),
        "umlaut": "Füße",
        "cells": cells,
        "structs": structs,
        "empty": np.zeros((0, 5)),
        "nothing": "",
    }


def _assert_same(ours, theirs):
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    if ours.dtype == object:
        for a, b in zip(ours.flat, theirs.flat, strict=True):
            _assert_same(a, b)
    elif ours.dtype.names:
        for name in ours.dtype.names:
            _assert_same(ours[name], theirs[name])
    else:
        assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", _content())
def test_variables_come_as_scipy_reads_them(tmp_path, packed, name):
    scipy.io.savemat(tmp_path / "a.mat", _content(), do_compression=packed)
    found = read_matlab(tmp_path / "a.mat", name)
    assert found.keys() == {name}
    _assert_same(found[name], scipy.io.loadmat(tmp_path / "a.mat")[name])


def test_a_variable_that_is_not_asked_for_may_be_damaged(tmp_path):
    scipy.io.savemat(tmp_path / "a.mat", {"bad": np.ones((2, 2)), "good": np.ones((1, 1))})
    content = (tmp_path / "a.mat").read_bytes()
    assert parse_matlab5(content.replace(struct.pack("<II", 9, 32), struct.pack("<II", 99, 32)), {"good"}).keys() == {
        "good"
    }


def test_files_of_the_other_byte_order_are_read():
    def part(kind, data):
        return struct.pack(">II", kind, len(data)) + data + bytes(-len(data) % 8)

    inner = part(6, struct.pack(">II", 6, 0)) + part(5, struct.pack(">ii", 1, 2)) + part(1, b"x")
    inner += part(9, struct.pack(">dd", 1.5, -2.0))
    content = b"MATLAB 5.0".ljust(124) + b"\x01\x00MI" + part(14, inner)
    assert parse_matlab5(content, {"x"})["x"].tolist() == [[1.5, -2.0]]


def test_what_unpacks_without_end_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("maquette.data.readers.matlab5._MOST_BYTES", 10_000)
    scipy.io.savemat(tmp_path / "a.mat", {"x": np.zeros((100, 100))}, do_compression=True)
    with pytest.raises(InputError, match="would unpack to more"):
        read_matlab(tmp_path / "a.mat", "x")


@pytest.mark.parametrize("lengths", [(2**31 - 1, 2**31 - 1), (-1, 2), (1,)])
@pytest.mark.parametrize("kind", [1, 2, 4, 6])
def test_lengths_of_axes_are_believed_only_where_there_is_so_much(lengths, kind):
    def part(number, data):
        return struct.pack("<II", number, len(data)) + data + bytes(-len(data) % 8)

    inner = part(6, struct.pack("<II", kind, 0)) + part(5, struct.pack(f"<{len(lengths)}i", *lengths)) + part(1, b"x")
    inner += part(5, struct.pack("<i", 2)) + part(1, b"a\0b\0") if kind == 2 else part(4 if kind == 4 else 9, b"")
    content = b"MATLAB 5.0".ljust(124) + b"\x00\x01IM" + part(15, zlib.compress(part(14, inner)))[:-8]
    with pytest.raises((ValueError, zlib.error)):
        parse_matlab5(content, {"x"})


@pytest.mark.parametrize("packed", [False, True])
def test_no_flipped_byte_ends_in_anything_but_a_sentence(tmp_path, packed):
    path, random = tmp_path / "a.mat", np.random.default_rng(0)
    scipy.io.savemat(path, _content(), do_compression=packed)
    content = path.read_bytes()
    for _ in range(400):
        spoilt = bytearray(content)
        for place in random.integers(128, len(content), 3):
            spoilt[place] = random.integers(256)
        path.write_bytes(spoilt)
        try:
            read_matlab(path, *_content())
        except InputError as refused:
            assert "\n" not in str(refused)
