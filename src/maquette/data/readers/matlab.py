"""MATLAB files of both kinds (up to version 7, and 7.3 which is HDF5) as numpy arrays with MATLAB's axes."""

from pathlib import Path
from typing import Any

import numpy as np

from maquette.data.readers.matlab5 import parse_matlab5
from maquette.errors import InputError, MissingExtraError
from maquette.extras import optional_import
from maquette.input_file import read_file, require_file

_MOST_BYTES = 2**31
_HDF5 = b"\x89HDF"


def read_matlab(path: Path, *names: str) -> dict[str, np.ndarray]:
    """The named variables of a MATLAB file; those it lacks are left out.

    Axes are in MATLAB's order whichever kind of file it is. A cell array is an object array of such arrays; a
    struct is read with `matlab_field`.

    Raises:
        InputError: The file is missing, empty, damaged or no MATLAB file.
        MissingExtraError: The file is of version 7.3 and h5py is not installed.
    """
    try:
        if not path.exists():
            raise FileNotFoundError
        require_file(path, "unpack the data set again")
        if path.stat().st_size == 0:
            raise InputError(f"'{path}' is empty; download it again")
        with path.open("rb") as file:
            start = file.read(516)
        if start.startswith((b"MATLAB 7.3", _HDF5)) or start[512:] == _HDF5:
            return _from_hdf5(path, names)
        return parse_matlab5(read_file(path, _MOST_BYTES, "download it again"), frozenset(names))
    except (InputError, MissingExtraError):
        raise
    except FileNotFoundError:
        raise InputError(f"'{path}' is missing; unpack the data set again") from None
    except Exception as error:  # Damaged files raise nearly anything.
        raise InputError(
            f"'{path}' cannot be read as a MATLAB file ({_first_line(error)}); download it again"
        ) from error


def matlab_field(struct: object, name: str) -> np.ndarray | None:
    """A field of a struct that came out of `read_matlab`, or None if it has no such field."""
    if isinstance(struct, np.ndarray) and struct.dtype == object and struct.size == 1:
        return matlab_field(struct.flat[0], name)
    if isinstance(struct, dict):
        return struct.get(name)
    if isinstance(struct, np.ndarray) and struct.dtype.names and name in struct.dtype.names and struct.size == 1:
        return np.asarray(struct[name].flat[0])
    return None


def numbers_of(path: Path, content: dict[str, np.ndarray], name: str, missing: np.ndarray) -> np.ndarray:
    """A variable that came out of `read_matlab` as a row of numbers; ``missing`` if it is not there.

    Raises:
        InputError: It holds something else than numbers.
    """
    values = content.get(name, missing)
    if values.dtype.kind not in "biuf":
        raise InputError(f"'{path}': '{name}' holds no numbers; download it again")
    return values.ravel()


def _from_hdf5(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    h5py = optional_import("h5py", extra="data")
    with h5py.File(path, "r") as file:
        content = {name: _value(file, file[name]) for name in names if name in file}
    return {name: value for name, value in content.items() if isinstance(value, np.ndarray)}


def _value(file: Any, item: Any) -> np.ndarray | dict[str, np.ndarray]:
    """A dataset with its axes turned round, a cell array with what it refers to, or a struct as a dictionary."""
    if hasattr(item, "keys"):
        return {name: _array(file, field) for name, field in item.items() if _is_plain(field)}
    if _is_plain(item):
        return _array(file, item)
    references = np.asarray(item[()])
    cells = np.empty(references.size, object)
    for place, reference in enumerate(references.flat):
        target = file[reference]
        cells[place] = _value(file, target) if hasattr(target, "keys") or _is_plain(target) else None
    return cells.reshape(references.shape).T


def _array(file: Any, item: Any) -> np.ndarray:
    if item.nbytes > _MOST_BYTES:
        raise InputError(f"'{file.filename}': '{item.name}' would fill {item.nbytes / 2**30:.0f} GiB; mend the file")
    if item.attrs.get("MATLAB_empty"):
        return np.zeros([int(length) for length in item[()].ravel()][:32])
    return np.asarray(item[()]).T


def _is_plain(item: Any) -> bool:
    """Whether it is an array of numbers or text: neither a struct nor a cell array."""
    return not hasattr(item, "keys") and item.dtype != object


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
