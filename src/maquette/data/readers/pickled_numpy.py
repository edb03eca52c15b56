"""The few patterns by which numpy writes arrays into a pickle, recognised by name and built here.

Nothing is imported or called by the name a file gives: the names below are compared as text.
"""

import math
import re
from dataclasses import dataclass, field

import numpy as np

from maquette.errors import InputError

_RECONSTRUCT, _SCALAR, _BUFFER, _DTYPE, _ARRAY = "reconstruct", "scalar", "buffer", "dtype", "array"
_ENCODE, _BYTES = "encode", "bytes"
_KNOWN = {
    ("_codecs", "encode"): _ENCODE,
    ("__builtin__", "bytes"): _BYTES,
    ("builtins", "bytes"): _BYTES,
    ("numpy", "ndarray"): _ARRAY,
    ("numpy", "dtype"): _DTYPE,
}
for _package in ("numpy.core", "numpy._core"):
    _KNOWN[f"{_package}.multiarray", "_reconstruct"] = _RECONSTRUCT
    _KNOWN[f"{_package}.multiarray", "scalar"] = _SCALAR
    _KNOWN[f"{_package}.numeric", "_frombuffer"] = _BUFFER
_CODES = re.compile(r"[?bBhHiIlLqQefdFDO]|[biuf][1248]|f16|c(8|16)|[SU]\d{1,6}|O[48]")
_MOST_DIMENSIONS = 32
_MOST_OBJECT_ARRAYS = 1000


class Global:
    """A function or class of numpy that a pickle names.

    Raises:
        InputError: It is none of those that data sets need; the message names it.
    """

    def __init__(self, module: str, name: str, source: str) -> None:
        known = _KNOWN.get((module, name))
        if known is None:
            shown = f"{module}.{name}"[:80]
            raise InputError(
                f"'{source}' wants to use {shown!a}, which no plain data needs; it may be harmful and is not read"
            )
        self.what = known
        self.label = f"{module}.{name}"

    def __str__(self) -> str:
        return self.label


@dataclass
class Unfinished:
    """An array or an element type between the instruction that names it and the one that fills it."""

    what: str
    code: str = ""
    order: str = "="
    memo_keys: list[int] = field(default_factory=list)
    """Where the memo holds it."""

    def __str__(self) -> str:
        return f"a numpy {self.what}"

    @property
    def dtype(self) -> np.dtype:
        """The element type, once its byte order is set."""
        return np.dtype(self.code).newbyteorder(self.order)  # type: ignore[arg-type]


@dataclass
class Budget:
    """How many bytes arrays may still fill, and how many arrays of objects there may be."""

    bytes_left: int
    object_arrays_left: int = _MOST_OBJECT_ARRAYS

    def take(self, count: int) -> None:
        """Counts bytes that are about to be copied.

        Raises:
            ValueError: More than the file can honestly hold.
        """
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise ValueError("its arrays claim more than the file holds")


def call_known(function: Global, arguments: tuple, budget: Budget) -> object:
    """What a call of a known name gives: bytes, an element type or array still to be filled, a number, an array."""
    if function.what == _ENCODE:
        text, codec = arguments
        budget.take(len(text))
        return _raw(text if codec in ("latin1", "latin-1") else None)
    if function.what == _BYTES and not arguments:
        return b""
    if function.what == _DTYPE:
        if not (isinstance(arguments[0], str) and _CODES.fullmatch(arguments[0].lstrip("<>|="))):
            raise ValueError("the element type of an array is none that data sets use")
        return Unfinished(_DTYPE, code=arguments[0])
    if function.what == _RECONSTRUCT:
        return Unfinished(_ARRAY)
    if function.what == _SCALAR:
        dtype, raw = arguments
        return _fill((), _element(dtype), _raw(raw), "C", budget)[()]
    if function.what == _BUFFER:
        buffer, dtype, shape, order = arguments
        return _fill(shape, _element(dtype), _raw(buffer), order, budget)
    raise ValueError(f"{function} is called in a way that numpy does not")


def build_known(unfinished: Unfinished, state: object, budget: Budget) -> object:
    """The element type or array with its state set."""
    if not isinstance(state, tuple):
        raise ValueError(f"{unfinished} has a state that numpy does not write")
    if unfinished.what == _DTYPE:
        order, names = state[1], state[4]
        if order not in ("<", ">", "=", "|") or names is not None:
            raise ValueError("the element type of an array is none that data sets use")
        unfinished.order = order
        return unfinished
    _, shape, dtype, is_fortran, raw = state
    element = _element(dtype)
    if element == np.dtype(object):
        return _fill_with_objects(shape, raw, "F" if is_fortran else "C", budget)
    return _fill(shape, element, _raw(raw), "F" if is_fortran else "C", budget)


def _element(dtype: object) -> np.dtype:
    if not (isinstance(dtype, Unfinished) and dtype.what == _DTYPE):
        raise ValueError("an array lacks its element type")
    return dtype.dtype


def _raw(content: object) -> bytes | bytearray:
    """Bytes as they are; text that stands for bytes (Python 2) by Latin-1."""
    if isinstance(content, str):
        return content.encode("latin-1")
    if not isinstance(content, bytes | bytearray):
        raise ValueError("an array lacks its bytes")
    return content


def _shape(shape: object) -> tuple[int, ...]:
    if not (isinstance(shape, tuple) and len(shape) <= _MOST_DIMENSIONS):
        raise ValueError("an array has an impossible shape")
    if not all(isinstance(length, int) and 0 <= length < 2**40 for length in shape):
        raise ValueError("an array has an impossible shape")
    return shape


def _fill(shape: object, dtype: np.dtype, raw: bytes | bytearray, order: str, budget: Budget) -> np.ndarray:
    lengths = _shape(shape)
    if dtype.hasobject or dtype.itemsize == 0 or math.prod(lengths) * dtype.itemsize != len(raw):
        raise ValueError(f"an array of {len(raw)} bytes claims the shape {lengths}")
    budget.take(len(raw))
    return np.ndarray(lengths, dtype, buffer=raw or None, order="F" if order == "F" else "C")


def _fill_with_objects(shape: object, items: object, order: str, budget: Budget) -> np.ndarray:
    lengths = _shape(shape)
    budget.object_arrays_left -= 1
    if not isinstance(items, list) or math.prod(lengths) != len(items) or budget.object_arrays_left < 0:
        raise ValueError("an array of objects does not hold what it claims")
    filled = np.empty(len(items), object)
    for place, item in enumerate(items):
        filled[place] = item
    return filled.reshape(lengths, order="F" if order == "F" else "C")
