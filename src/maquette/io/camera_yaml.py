"""The part of YAML that calibrations are written in: OpenCV's FileStorage, EasyMocap's files, ROS and plain lists.

Mappings, lists, numbers and words by indentation or in brackets; no anchors and no tags but OpenCV's matrix. A general
reader would make Python objects of what a file says.
"""

import json
import re
from typing import Any, NamedTuple

import numpy as np

_MOST_LINES = 20000
_DEEPEST = 12
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_KEY = re.compile(r"""("[^"]*"|'[^']*'|[^\s\[\]{},"'#][^\[\]{},"'#]*?)\s*:(?=\s|$)\s*(.*)""")
_MATRIX = "!!opencv-matrix"


class _Line(NamedTuple):
    indent: int
    text: str


def parse_yaml(text: str) -> dict[str, Any]:
    """The outermost mapping of a file; matrices of OpenCV as lists of rows.

    Raises:
        ValueError: It holds what this reader does not know.
    """
    lines = _joined(text)
    if not lines:
        raise ValueError("it is empty")
    content, end = _block(lines, 0, lines[0].indent, 0)
    if end < len(lines) or not isinstance(content, dict):
        raise ValueError(f"line '{lines[min(end, len(lines) - 1)].text[:40]}' is not understood")
    return content


def _joined(text: str) -> list[_Line]:
    """Lines with their indentation, without comments and headers; what is in brackets comes to one line."""
    lines: list[_Line] = []
    open_brackets = 0
    for raw in text.splitlines():
        plain = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        if not plain.strip() or plain.startswith(("%", "---", "...")):
            continue
        if len(lines) >= _MOST_LINES:
            raise ValueError(f"it has more than {_MOST_LINES} lines")
        if open_brackets:
            lines[-1] = _Line(lines[-1].indent, f"{lines[-1].text} {plain.strip()}")
        else:
            lines.append(_Line(len(plain) - len(plain.lstrip(" ")), plain.strip()))
        open_brackets += plain.count("[") - plain.count("]")
    return lines


def _block(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[Any, int]:
    """The mapping or list that begins at a line, and the line after it."""
    if depth > _DEEPEST:
        raise ValueError("it is nested too deep")
    if lines[at].text == "-" or lines[at].text.startswith("- "):
        return _list(lines, at, indent, depth)
    content: dict[str, Any] = {}
    while at < len(lines) and lines[at].indent == indent:
        found = _KEY.fullmatch(lines[at].text)
        if found is None:
            raise ValueError(f"line '{lines[at].text[:40]}' is not understood")
        key, rest = found[1].strip("\"'"), found[2]
        is_matrix = rest == _MATRIX
        at += 1
        if rest and not is_matrix:
            content[key] = _scalar(rest)
            continue
        below = at < len(lines) and (lines[at].indent > indent or lines[at].text.startswith("-"))
        content[key], at = (
            _block(lines, at, lines[at].indent, depth + 1) if below and lines[at].indent >= indent else (None, at)
        )
    return _as_matrix(content), at


def _list(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[list[Any], int]:
    entries: list[Any] = []
    while at < len(lines) and lines[at].indent == indent and re.match(r"-(\s|$)", lines[at].text):
        rest = lines[at].text[1:].lstrip()
        if re.match(r"-(\s|$)", rest) or _KEY.fullmatch(rest):
            inner = indent + len(lines[at].text) - len(rest)
            lines[at] = _Line(inner, rest)
            entry, at = _block(lines, at, inner, depth + 1)
        else:
            entry, at = _scalar(rest), at + 1
        entries.append(entry)
    return entries, at


def _scalar(text: str) -> Any:
    text = text.strip()
    if text.startswith("["):
        return _in_brackets(text)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    if text[:1] in ("!", "&", "*", "{", "|", ">", "@", "`"):
        raise ValueError(f"'{text[:30]}' is not understood in a calibration")
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return float(text) if _NUMBER.fullmatch(text) else text


def _in_brackets(text: str) -> Any:
    """Lists of numbers and words as JSON reads them, once numbers and words are written as JSON has them."""
    plain = re.sub(r"[^\[\],]+", lambda found: json.dumps(_scalar(found[0])) if found[0].strip() else "", text)
    return json.loads(re.sub(r",\s*\]", "]", plain))


def _as_matrix(content: dict[str, Any]) -> Any:
    """Rows of numbers where a mapping is a matrix of OpenCV or ROS, else the mapping."""
    if not {"rows", "cols", "data"} <= content.keys():
        return content
    try:
        return np.reshape(content["data"], (int(content["rows"]), int(content["cols"]))).tolist()
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("the numbers of a matrix do not fill its rows and columns") from error
