"""NumPy archives of strangers, opened by one function: never unpickled, never unpacked beyond a limit."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from maquette.errors import InputError
from maquette.input_file import require_file

_MOST_BYTES = 2**33
_MOST_RATIO = 250
_ALWAYS_ALLOWED = 2**26
"""Bytes. Archives that unpack to more, and to more than so many times their own size, hold nothing but repetition."""
_PLAIN = "biufSU"
_LAST_LETTER = 0x10FFFF


def read_arrays(
    path: Path, *, what: str, advice: str, keys: Sequence[str] | None = None, most_bytes: int = _MOST_BYTES
) -> dict[str, np.ndarray]:
    """The arrays of an NPZ file by name.

    Args:
        path: The file.
        what: What it should hold, for messages, such as "motion capture" or "a result".
        advice: What to do if it does not.
        keys: Arrays that are wanted, of which some may be missing; all by default.
        most_bytes: Archives that would unpack to more are refused: a forged one may be endless.

    Raises:
        InputError: The file is absent, damaged, too large or no such archive, or an array is neither of numbers nor of
            text.
    """
    require_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            excess = find_excess(path, archive, most_bytes)
        if excess:
            raise InputError(f"'{path}' would unpack to {excess}, too much for {what}; {advice}")
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: np.asarray(file[key]) for key in (file.files if keys is None else keys) if key in file}
    except InputError:
        raise
    except Exception as error:  # Archives that are damaged or forged raise nearly anything.
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"'{path}' cannot be read as {what} ({reason}); {advice}") from error
    for key, array in arrays.items():
        fault = find_fault(array)
        if fault:
            raise InputError(f"'{path}': '{key:.40}' {fault}, which does not belong in {what}; {advice}")
    return arrays


def find_excess(path: Path, archive: zipfile.ZipFile, most_bytes: int) -> str | None:
    """To how much an archive would unpack, in words, if that is more than ``most_bytes`` or beyond any honest ratio."""
    size = sum(member.file_size for member in archive.infolist())
    allowed = min(most_bytes, max(_ALWAYS_ALLOWED, _MOST_RATIO * path.stat().st_size))
    if size <= allowed:
        return None
    return f"{size / 2**30:.0f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


def find_fault(array: np.ndarray) -> str | None:
    """What keeps an array from being used as numbers or text, to follow its name; None if nothing does."""
    if array.dtype.kind not in _PLAIN:
        return f"is of the kind {str(array.dtype)[:40]}"
    if array.dtype.kind == "U" and array.size:
        letters = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="), copy=False)).reshape(-1)
        if letters.view(np.uint32).max(initial=0) > _LAST_LETTER:
            return "holds what are no letters"
    return None
