"""NPZ files whose arrays hold pickled objects (dictionaries of arrays), read without unpickling."""

import zipfile
from pathlib import Path

import numpy as np

from maquette.data.readers.pickled import plain_object
from maquette.errors import InputError
from maquette.input_file import require_file

_MOST_BYTES = 2**31


def read_pickled_npz(path: Path, *names: str) -> dict[str, object]:
    """The named members of an NPZ file; those it lacks are left out.

    A member of numbers or text is an array. A member that was saved from one object (``np.savez(x=dictionary)``) is
    that object, read as `maquette.data.readers.pickled` describes.

    Raises:
        InputError: The file is missing, damaged, too large, or holds anything but plain data.
    """
    try:
        if path.exists():
            require_file(path)
        if path.stat().st_size == 0:
            raise InputError(f"'{path}' is empty; download it again")
        with zipfile.ZipFile(path) as archive:
            held = set(archive.namelist())
            return {name: _member(archive, f"{name}.npy", path) for name in names if f"{name}.npy" in held}
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"'{path}' is missing") from None
    except Exception as error:  # Damaged and forged archives raise nearly anything.
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"'{path}' cannot be read as an NPZ file ({reason}); download it again") from error


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> object:
    size = archive.getinfo(name).file_size
    if size > _MOST_BYTES:
        raise InputError(f"'{path}': '{name}' would unpack to {size / 2**30:.0f} GiB, which is too much")
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)  # type: ignore[arg-type]
        header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        _, _, dtype = header[version](file)  # type: ignore[arg-type]
        if dtype != np.dtype(object):
            file.seek(0)
            return np.lib.format.read_array(file, allow_pickle=False)  # type: ignore[arg-type]
        content = plain_object(file.read(), f"{path}: {name}")
    return content.item() if isinstance(content, np.ndarray) and content.shape == () else content
