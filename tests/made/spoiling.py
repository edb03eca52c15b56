"""How a sound file is spoilt: words, bytes and whole members of archives that are lost, exchanged or odd."""

import io
import random
import re
import zipfile
from collections.abc import Callable

import numpy as np

_WORDS = [
    *(b"0", b"-1", b"1e999", b"-1e999", b"nan", b"NaN", b"Infinity", b"-Infinity", b"1e308", b"1e-320", b"9" * 5000),
    *(b"2147483648", b"18446744073709551616", b"null", b"true", b"[]", b"{}", b'""', b'"x"', b'"\\ud800"', b"0.5"),
]
_BYTES = [b"\x00", b"\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff" * 8, b"\x00" * 8]
_TOKEN = re.compile(rb'-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null|"[^"\\]*"')
_ARRAYS: list[Callable[[random.Random], np.ndarray]] = [
    lambda draw: np.zeros((0,)),
    lambda draw: np.array(np.nan),
    lambda draw: np.full((draw.randrange(5), draw.randrange(4)), np.inf, np.float32),
    lambda draw: np.zeros(25, [("a", "f4"), ("b", "i4")]),
    lambda draw: np.array(["x" * draw.randrange(40), "\udc80"], "U40"),
    lambda draw: np.array([2**63 - 1, -(2**63)]),
    lambda draw: np.zeros((draw.randrange(4), 17, 3), np.uint8),
    lambda draw: np.array([b"\xff\x00"]),
    lambda draw: np.array(["2026-01-01"], "M8[D]"),
    lambda draw: np.array([True, False]),
    lambda draw: np.zeros((2, 2), complex),
    lambda draw: np.array(1e300),
]


def spoil(content: bytes, seed: object) -> bytes:
    """The content with some faults; the same for the same seed."""
    draw = random.Random(repr(seed))
    if content[:4] == b"PK\x03\x04" and draw.random() < 0.7:
        return _spoil_archive(content, draw)
    is_text = b"\0" not in content[:2000]
    for _ in range(draw.choice([1, 1, 1, 2, 3, 8])):
        content = _spoil_words(content, draw) if is_text and draw.random() < 0.75 else _spoil_bytes(content, draw)
    return content


def _spoil_words(content: bytes, draw: random.Random) -> bytes:
    tokens = list(_TOKEN.finditer(content))
    if not tokens:
        return content
    token = draw.choice(tokens)
    return content[: token.start()] + draw.choice(_WORDS) + content[token.end() :]


def _spoil_bytes(content: bytes, draw: random.Random) -> bytes:
    if not content:
        return b"\0"
    at = draw.randrange(min(len(content), draw.choice([64, 512, len(content)])))
    match draw.randrange(6):
        case 0:
            return content[:at] + bytes([draw.randrange(256)]) + content[at + 1 :]
        case 1:
            odd = draw.choice(_BYTES)
            return content[:at] + odd + content[at + len(odd) :]
        case 2:
            return content[:at] + content[at + draw.choice([1, 4, 8, 100]) :]
        case 3:
            return content[:at]
        case 4:
            return content[:at] + content[at : at + draw.choice([4, 64])] * 2 + content[at:]
        case _:
            return content[:at] + bytes([content[at] ^ (1 << draw.randrange(8))]) + content[at + 1 :]


def _spoil_archive(content: bytes, draw: random.Random) -> bytes:
    """An archive whose members are spoilt, exchanged, dropped or replaced by odd arrays, but which is sound itself."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(draw.choice([1, 1, 2])):
        name = draw.choice(sorted(members))
        match draw.randrange(4):
            case 0:
                members[name] = _spoil_bytes(members[name], draw)
            case 1:
                members[name] = members[draw.choice(sorted(members))]
            case 2 if len(members) > 1:
                del members[name]
            case _:
                buffer = io.BytesIO()
                np.save(buffer, draw.choice(_ARRAYS)(draw))
                members[name] = buffer.getvalue()
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return whole.getvalue()
