"""NumPy archives of strangers, opened by one function: never unpickled, never unpacked beyond a limit."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from maquette.errors import InputError

_MOST_BYTES = 2**33


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
        InputError: The file is absent, damaged, too large or no such archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > most_bytes:
            raise InputError(f"'{path}' would unpack to {size / 2**30:.0f} GiB, too much for {what}; {advice}")
        with np.load(path, allow_pickle=False) as file:
            return {key: np.asarray(file[key]) for key in (file.files if keys is None else keys) if key in file}
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"'{path}': there is no such file; check the path") from error
    except Exception as error:  # Archives that are damaged or forged raise nearly anything.
        raise InputError(f"'{path}' cannot be read as {what} ({error}); {advice}") from error
