"""MATLAB files of versions 5 to 7 read by plain Python: no number in a damaged file is believed before it is checked.

The format is described in MathWorks' "MAT-File Format". Arrays come as `scipy.io.loadmat` gives them: numbers in the
type they are stored in, text as an array of strings, a struct as a structured array, a cell array as an object array.
"""

import math
import zlib
from collections.abc import Iterator, Set
from struct import Struct
from typing import NamedTuple

import numpy as np

_HEADER = 128
_MOST_BYTES = 2**31
_MOST_ELEMENTS = 5_000_000
_DEEPEST = 24
_MOST_AXES = 16
_SMALL = 2**16
"""Arrays of fewer bytes are copied, so that they do not hold the memory of all others."""
_PEEK = 1024
"""Unpacked bytes in which a variable's name is found."""

_INT8, _UINT8, _INT32, _UINT32, _MATRIX, _COMPRESSED = 1, 2, 5, 6, 14, 15
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_TEXTS = {1: "utf-8", 2: "utf-8", 16: "utf-8", 4: "utf-16", 17: "utf-16", 18: "utf-32"}
_CELL, _STRUCT, _CHAR, _NUMERIC, _COMPLEX = 1, 2, 4, range(6, 16), 0x0800
_NO_NUMBERS = np.zeros((0, 0))


class _Element(NamedTuple):
    """Where the content of an element lies, and where the next one starts."""

    kind: int
    start: int
    end: int
    next: int


def parse_matlab5(content: bytes, names: Set[str]) -> dict[str, np.ndarray]:
    """The named variables of a file's content; those it lacks are left out.

    Raises:
        ValueError: The content is damaged, too large, or a variable is of a kind that holds no plain data.
    """
    if len(content) < _HEADER or content[126:128] not in (b"IM", b"MI"):
        raise ValueError("it is none of version 5 to 7.3")
    order = "<" if content[126:128] == b"IM" else ">"
    left = _MOST_BYTES
    found: dict[str, np.ndarray] = {}
    top = _Reader(content, order, 0)
    for element in top.elements(_HEADER, len(content)):
        if element.kind == _MATRIX:
            name = top.name(element)
            reader, whole = top, element
        elif element.kind == _COMPRESSED:
            packed = memoryview(content)[element.start : element.end]
            if _peek_name(packed, order) not in names:
                continue
            unpacked = _unpack(packed, left)
            left -= len(unpacked)
            reader = _Reader(unpacked, order, top.count)
            whole = reader.element(0, len(unpacked))
            name = reader.name(whole)
        else:
            continue
        if name in names:
            found[name] = reader.matrix(whole, 0)
            top.count = reader.count
    return found


def _unpack(packed: memoryview, most_bytes: int) -> bytes:
    unpacking = zlib.decompressobj()
    unpacked = unpacking.decompress(packed, most_bytes)
    if unpacking.unconsumed_tail:
        raise ValueError(f"it would unpack to more than {_MOST_BYTES >> 30} GiB")
    return unpacked


def _peek_name(packed: memoryview, order: str) -> str | None:
    """The name of a packed variable, of which only the start is unpacked; None if it is no array."""
    start = zlib.decompressobj().decompress(packed, _PEEK)
    reader = _Reader(start, order, 0)
    if len(start) < 8 or reader.words.unpack_from(start)[0] != _MATRIX:
        return None
    return reader.name(_Element(_MATRIX, 8, len(start), len(start)))


class _Reader:
    """Reads the elements that lie in some bytes."""

    def __init__(self, content: bytes, order: str, count: int) -> None:
        self.content = content
        self.words = Struct(f"{order}II")
        self.count = count
        """Arrays that were read so far."""
        self._order = order

    def elements(self, start: int, end: int) -> Iterator[_Element]:
        while end - start >= 8:
            element = self.element(start, end)
            yield element
            start = element.next

    def element(self, at: int, end: int) -> _Element:
        if end - at < 8:
            raise ValueError("it is cut off")
        word, size = self.words.unpack_from(self.content, at)
        if word >> 16:  # a small element holds its content within its head
            kind, size, start, after = word & 0xFFFF, word >> 16, at + 4, at + 8
            if size > 4:
                raise ValueError("a part has an impossible size")
        else:
            kind, start = word, at + 8
            after = start + size if kind == _COMPRESSED else start + -(-size // 8) * 8
        if start + size > end:
            raise ValueError("it is cut off, or a part is longer than the file")
        return _Element(kind, start, start + size, min(after, end))

    def name(self, matrix: _Element) -> str:
        _, _, name = self._head(matrix)
        return bytes(self.content[name.start : name.end]).decode("latin-1")

    def _head(self, matrix: _Element) -> tuple[tuple[int, int], tuple[int, ...], _Element]:
        """Flags (with the class in the lowest byte) and a count, lengths of the axes, and the name's element."""
        flags = self.element(matrix.start, matrix.end)
        axes = self.element(flags.next, matrix.end)
        lengths = tuple(self._numbers(axes).tolist())
        if flags.end - flags.start < 8 or axes.kind not in (_INT32, _UINT32):
            raise ValueError("an array has no sound head")
        if not 2 <= len(lengths) <= _MOST_AXES or min(lengths) < 0:
            raise ValueError(f"an array has the lengths {lengths[:4]}")
        return self.words.unpack_from(self.content, flags.start), lengths, self.element(axes.next, matrix.end)

    def matrix(self, element: _Element, depth: int) -> np.ndarray:
        """The array in an element."""
        self.count += 1
        if self.count > _MOST_ELEMENTS or depth > _DEEPEST:
            raise ValueError("it holds too many arrays, or too deeply nested ones")
        if element.kind != _MATRIX:
            raise ValueError("an array is wanted where something else lies")
        if element.start == element.end:
            return _NO_NUMBERS
        (flags, _), lengths, name = self._head(element)
        kind, at = flags & 0xFF, name.next
        if kind == _CELL:
            return self._cells(at, element.end, lengths, depth)
        if kind == _STRUCT:
            return self._struct(at, element.end, lengths, depth)
        if kind == _CHAR:
            return self._text(self.element(at, element.end), lengths)
        if kind in _NUMERIC and not flags & _COMPLEX:
            return self._array(self.element(at, element.end), lengths)
        raise ValueError(f"an array is of the class {kind}, which holds no plain data")

    def _numbers(self, element: _Element) -> np.ndarray:
        kind = _NUMBERS.get(element.kind)
        if kind is None:
            raise ValueError(f"numbers are stored in an unknown way ({element.kind})")
        dtype = np.dtype(self._order + kind)
        count, rest = divmod(element.end - element.start, dtype.itemsize)
        if rest:
            raise ValueError("numbers are cut off")
        return np.frombuffer(self.content, dtype, count, element.start)

    def _array(self, element: _Element, lengths: tuple[int, ...]) -> np.ndarray:
        values = self._numbers(element)
        if values.size != math.prod(lengths):
            raise ValueError(f"an array of {lengths} holds {values.size} numbers")
        shaped = values.reshape(lengths, order="F")
        return shaped.copy(order="F") if values.nbytes < _SMALL else shaped

    def _text(self, element: _Element, lengths: tuple[int, ...]) -> np.ndarray:
        codec = _TEXTS.get(element.kind)
        if codec is None:
            raise ValueError(f"text is stored in an unknown way ({element.kind})")
        ending = "" if codec == "utf-8" else "-le" if self._order == "<" else "-be"
        text = bytes(self.content[element.start : element.end]).decode(codec + ending, "replace")
        if len(text) != math.prod(lengths):
            raise ValueError(f"text of {lengths} holds {len(text)} letters")
        if not text:
            return np.full(lengths[:-1] if math.prod(lengths[:-1]) <= 1 else (0,), "", "<U1")
        letters = np.array(list(text), "<U1").reshape(lengths, order="F").reshape(-1, lengths[-1])
        return np.array(["".join(row) for row in letters.tolist()], f"<U{lengths[-1]}").reshape(lengths[:-1])

    def _cells(self, at: int, end: int, lengths: tuple[int, ...], depth: int) -> np.ndarray:
        count = math.prod(lengths)
        if count * 8 > end - at:
            raise ValueError(f"a cell array of {lengths} is cut off")
        cells = np.empty(count, object)
        for place in range(count):
            element = self.element(at, end)
            cells[place] = self.matrix(element, depth + 1)
            at = element.next
        return cells.reshape(lengths, order="F")

    def _struct(self, at: int, end: int, lengths: tuple[int, ...], depth: int) -> np.ndarray:
        width_part = self.element(at, end)
        names_part = self.element(width_part.next, end)
        names = self._field_names(width_part, names_part)
        count, at = math.prod(lengths), names_part.next
        if count * 8 * max(len(names), 1) > max(end - at, 8):
            raise ValueError(f"a struct of {lengths} is cut off")
        records = np.empty(count, [(name, object) for name in names] if names else object)
        for place in range(count):
            for name in names:
                element = self.element(at, end)
                records[name][place] = self.matrix(element, depth + 1)
                at = element.next
        return records.reshape(lengths, order="F")

    def _field_names(self, width_part: _Element, names_part: _Element) -> list[str]:
        widths = self._numbers(width_part)
        width, size = int(widths[0]) if widths.size == 1 else 0, names_part.end - names_part.start
        if width < 1 or size % width or names_part.kind not in (_INT8, _UINT8):
            raise ValueError("a struct has no sound names of fields")
        text = bytes(self.content[names_part.start : names_part.end])
        names = [text[at : at + width].split(b"\0")[0].decode("latin-1") for at in range(0, size, width)]
        if len(set(names)) < len(names) or not all(names):
            raise ValueError("a struct has fields of the same name")
        return names
