"""Cells of text tables as numbers, and the lines that spreadsheets and people write above a table."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from maquette.errors import InputError
from maquette.io.keypoints.sources import refusal

_PREAMBLE = re.compile(r"#.*|\"?sep=.\"?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+(?:[eE][-+]?\d+)?\s*")


def without_preamble(lines: Sequence[str]) -> list[str]:
    """The lines from the first one on that is neither a comment (``#``) nor Excel's ``sep=;``."""
    first = next((place for place, line in enumerate(lines) if not _PREAMBLE.fullmatch(line.strip())), len(lines))
    return list(lines[first:])


def cells_as_numbers(cells: Sequence[str], path: Path) -> Float[np.ndarray, " N"]:
    """Words as numbers; empty ones are NaN.

    Raises:
        InputError: One is no number, or has a decimal comma.
    """
    try:
        return np.array([word.strip() or "nan" for word in cells]).astype(np.float64)
    except ValueError as error:
        comma = next((word for word in cells if _DECIMAL_COMMA.fullmatch(word)), None)
        if comma is not None:
            raise decimal_comma(path, comma) from error
        raise refusal(path, "its cells are not all numbers") from error


def decimal_comma(path: Path, word: str) -> InputError:
    """The error for numbers such as ``3,5``."""
    return InputError(f"{path}: its numbers have decimal commas ('{word.strip()[:40]}'); save it with decimal points")
