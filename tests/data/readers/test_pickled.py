"""Pickles read without unpickling: the same answers as pickle for plain data, refusals for everything else."""

import collections
import io
import os
import pickle
import pickletools
import struct
import time
from pathlib import Path

import numpy as np
import pytest

from maquette.data.readers.pickled import plain_object, read_pickle
from maquette.errors import InputError

PLAIN = {
    "rows": np.arange(6.0).reshape(2, 3),
    "columns": np.asfortranarray(np.arange(6, dtype=np.int16).reshape(2, 3)),
    "none": np.zeros((0, 3)),
    "big endian": np.arange(3, dtype=">i4"),
    "true": np.array([True, False]),
    "text": np.array(["a", "bb"]),
    "objects": np.array([{"a": 1}, None], object),
    "scalar": np.float32(2.5),
    "list": [1, -2.5, "\u00e9", None, True, b"\x00\xff", (), (1,), (1, 2, 3, 4), 2**70],
    "nested": {"deep": [[{"er": np.ones(2)}]]},
    3: "number as key",
}


def same(a, b):
    """Whether two plain objects agree in kind and content."""
    if isinstance(a, np.ndarray):
        if a.dtype == object:
            return a.shape == b.shape and all(map(same, a.flat, b.flat))
        return a.dtype.newbyteorder("=") == b.dtype.newbyteorder("=") and np.array_equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("protocol", range(6))
def test_plain_data_come_out_as_pickle_would_give_them(protocol):
    data = pickle.dumps(PLAIN, protocol=protocol)
    assert same(plain_object(data, "file"), pickle.loads(data))


@pytest.mark.parametrize("protocol", range(6))
def test_what_is_stored_once_and_used_twice_is_shared(protocol):
    array, row = np.arange(4), [1, 2]
    found = plain_object(pickle.dumps([array, array, row, row], protocol=protocol), "file")
    assert found[0] is found[1] and found[2] is found[3]
    assert np.array_equal(found[0], array)


def test_a_set_is_read():
    assert plain_object(pickle.dumps({1, 2}, protocol=4), "file") == {1, 2}
    assert plain_object(pickle.dumps(frozenset("ab"), protocol=4), "file") == frozenset("ab")


def python2_pickle(array: np.ndarray) -> bytes:
    """``{'x': array}`` as Python 2's cPickle wrote it with protocol 2: text and bytes are the same thing."""

    def text(content: bytes) -> bytes:
        return (
            b"T" + struct.pack("<i", len(content)) + content if len(content) > 255 else b"U%c" % len(content) + content
        )

    shape = b"".join(b"K%c" % length for length in array.shape)
    shape += {1: b"\x85", 2: b"\x86", 3: b"\x87"}[array.ndim]
    head = b"\x80\x02}q\x01U\x01xq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04"
    head += b"K\x00\x85q\x05U\x01bq\x06\x87q\x07Rq\x08"
    element = b"cnumpy\ndtype\nq\x09" + text(array.dtype.str[1:].encode()) + b"K\x00K\x01\x87Rq\x0a"
    element += b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    return head + b"(K\x01" + shape + element + b"\x89" + text(array.tobytes()) + b"tbs."


@pytest.mark.parametrize("array", [np.linspace(-1, 1, 6).reshape(2, 3), np.arange(200.0).reshape(2, 10, 10)])
def test_arrays_that_python_2_wrote_as_text_are_read(array):
    data = python2_pickle(array)
    assert np.array_equal(pickle.loads(data, encoding="latin1")["x"], array)  # The fixture itself is sound.
    assert np.array_equal(plain_object(data, "file")["x"], array)


class Harmful:
    """Runs a command when it is unpickled."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (os.system, ("touch harmed",), "system"),
        (eval, ("1 + 1",), "eval"),
        (print, ("harm",), "print"),
        (collections.OrderedDict, ([("a", 1)],), "OrderedDict"),
        (np.load, ("file.npy",), "load"),
        (np.zeros, (10**12,), "zeros"),
    ],
)
def test_a_pickle_that_calls_something_is_refused_by_its_name(
    tmp_path, monkeypatch, protocol, function, arguments, name
):
    monkeypatch.chdir(tmp_path)
    data = pickle.dumps({"pose": [Harmful(function, *arguments)]}, protocol=protocol)
    with pytest.raises(InputError, match=rf"'file' wants to use '[\w.]*{name}'"):
        plain_object(data, "file")
    assert not Path("harmed").exists()


class Custom:
    def __init__(self):
        self.x = 1


@pytest.mark.parametrize("protocol", range(6))
def test_objects_of_any_class_are_refused(protocol):
    with pytest.raises(InputError, match="wants to"):
        plain_object(pickle.dumps(Custom(), protocol=protocol), "file")


def test_structured_and_date_arrays_are_refused():
    for array in (np.zeros(2, [("a", "f8")]), np.array(["2020-01-01"], "M8[D]")):
        with pytest.raises(InputError, match="element type"):
            plain_object(pickle.dumps(array), "file")


def claimed(shape: bytes, raw: bytes = b"C\x08" + bytes(8), element: bytes = b"U\x02f8") -> bytes:
    """An array of some shape over some bytes, by hand (protocol 3)."""
    start = b"\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01"
    dtype = b"cnumpy\ndtype\n" + element + b"\x89\x88\x87R(K\x03U\x01<NNNK\x00K\x00K\x00tb"
    return start + shape + dtype + b"\x89" + raw + b"tb."


def test_the_handmade_array_is_read():
    assert plain_object(claimed(b"K\x01\x85"), "file").tolist() == [0.0]


DAMAGED = {
    "nothing": b"",
    "text": b"hello\n",
    "zeros": bytes(64),
    "huge array": claimed(b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86"),
    "endless shape": claimed(b"(" + b"K\x01" * 40 + b"t"),
    "negative shape": claimed(b"J\xff\xff\xff\xffJ\xff\xff\xff\xff\x86"),
    "shape of text": claimed(b"U\x01a\x85"),
    "array of pointers over bytes": claimed(b"K\x01\x85", element=b"U\x02O8"),
    "huge elements": claimed(b"K\x01\x85", element=b"U\x0bS1000000000"),
    "bytes of an integer": claimed(b"K\x01\x85", raw=b"K\x08"),
    "huge text": b"\x80\x04\x8d" + struct.pack("<Q", 2**62) + b"abc.",
    "huge bytes": b"\x80\x04\x8e" + struct.pack("<Q", 2**40) + b"abc.",
    "huge bytearray": b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b"abc.",
    "negative length": b"\x80\x02T\xff\xff\xff\xffabc.",
    "no stop": b"\x80\x02]",
    "empty stack": b"\x80\x02R.",
    "two objects": b"\x80\x02]].",
    "unknown memo": b"\x80\x02h\x05.",
    "mark left": b"\x80\x02(.",
    "append to a number": b"\x80\x02K\x01K\x02a.",
    "list as a key": b"\x80\x02}]K\x01s.",
    "tuple as a key": b"\x80\x02}K\x01\x85K\x01s.",
    "key without value": b"\x80\x02}(K\x01u.",
    "array never built": b"\x80\x02]cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87Ra.",
    "bare global": b"\x80\x02cnumpy\nndarray\n.",
    "call of a number": b"\x80\x02K\x01)R.",
    "state of a list": b"\x80\x02]}b.",
    "instance": b"(ios\nsystem\n.",
    "new object": b"\x80\x02cnumpy\nndarray\n)\x81.",
    "extension": b"\x80\x02\x82\x01.",
    "persistent id": b"Pid\n.",
    "outside buffer": b"\x80\x05\x97.",
    "long number": b"L" + b"9" * 10_000 + b"L\n.",
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_and_forged_pickles_are_refused_in_one_sentence(data):
    start = time.process_time()
    with pytest.raises(InputError, match="'file'") as error:
        plain_object(data, "file")
    assert "\n" not in str(error.value)
    assert time.process_time() - start < 1


def test_every_truncation_is_refused():
    data = pickle.dumps({"x": np.arange(3.0), "y": ["a", {"b": 1}]})
    for length in range(len(data)):
        with pytest.raises(InputError):
            plain_object(data[:length], "file")


def test_random_damage_gives_data_or_a_refusal():
    generator = np.random.default_rng(0)
    sound = np.frombuffer(pickle.dumps(PLAIN, protocol=2), np.uint8)
    for _ in range(300):
        data = sound.copy()
        data[generator.integers(len(data), size=4)] = generator.integers(256, size=4)
        try:
            plain_object(data.tobytes(), "file")
        except InputError as error:
            assert "'file'" in str(error)


DEEP = {
    "tuples": b"\x80\x02]" + b"\x85" * 20_000 + b".",
    "lists": b"\x80\x02" + b"]" * 20_000 + b"a" * 19_999 + b".",
    "lists by the memo": b"\x80\x02]q\x00" + b"h\x00]q\x00a0" * 20_000 + b".",
}


@pytest.mark.parametrize("data", DEEP.values(), ids=DEEP.keys())
def test_deep_nesting_is_refused(data):
    with pytest.raises(InputError, match="nests containers"):
        plain_object(data, "file")


def test_a_list_in_itself_is_harmless():
    found = plain_object(b"\x80\x02]q\x00h\x00a.", "file")
    assert found[0] is found


def test_doubling_by_the_memo_costs_nothing():
    data = b"\x80\x02]q\x00" + b"".join(b"](h\x00h\x00eq\x00" for _ in range(50)) + b"."
    start = time.process_time()
    with pytest.raises(InputError):
        plain_object(data, "file")  # Fifty lists are left on the stack.
    assert time.process_time() - start < 1


def test_one_text_made_into_many_arrays_is_refused():
    text = b"X" + struct.pack("<I", 2**20) + b"a" * 2**20 + b"q\x01"
    encode = b"c_codecs\nencode\nq\x02"
    again = b"h\x02h\x01U\x06latin1\x86R"
    with pytest.raises(InputError, match="more than the file holds"):
        plain_object(b"\x80\x02(" + text + encode + again * 1000 + b"l.", "file")


def test_a_stack_without_end_is_refused():
    with pytest.raises(InputError, match="instructions"):
        plain_object(b"\x80\x02" + b"]" * 110_000 + b".", "file")


def test_files_are_named(tmp_path):
    path = tmp_path / "a.pkl"
    with pytest.raises(InputError, match=r"a\.pkl' is missing"):
        read_pickle(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"a\.pkl' is empty"):
        read_pickle(path)
    path.write_bytes(pickle.dumps([1]))
    assert read_pickle(path) == [1]
    with pytest.raises(InputError, match="is a folder"):
        read_pickle(tmp_path)


def test_the_listing_itself_runs_nothing():
    data = pickle.dumps(Harmful(os.system, "exit 1"))
    assert any(step.name == "REDUCE" for step, _, _ in pickletools.genops(io.BytesIO(data)))
