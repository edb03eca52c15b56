"""Results as NumPy archives: exact, compact and quick to load in Python."""

import zipfile
from pathlib import Path

import numpy as np

from maquette.atomic import replacing
from maquette.body.estimate import Estimate
from maquette.errors import InputError
from maquette.io.record import estimate_to_record, record_to_estimate

_MOST_BYTES = 2**32
"""Archives that would unpack to more are refused: no result of ours comes near, and a forged one may be endless."""


def write_npz(estimate: Estimate, path: Path) -> tuple[Path, ...]:
    """One compressed NumPy archive; docs/results.md lists its arrays.

    Raises:
        OutputError: The file cannot be written.
    """
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **estimate_to_record(estimate))  # type: ignore[arg-type]
    return (path,)


def read_npz(path: Path) -> Estimate:
    """The estimate in an archive that `write_npz` wrote; nothing in it is ever unpickled.

    Raises:
        InputError: The file is no such archive, is damaged, or holds what makes no sense.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _MOST_BYTES:
            raise InputError(f"{path}: would unpack to {size / 2**30:.0f} GiB, more than any result; check the file")
        with np.load(path, allow_pickle=False) as arrays:
            record = {name: np.asarray(arrays[name]) for name in arrays.files}
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; check the path") from error
    except Exception as error:  # Archives that are damaged or forged raise nearly anything.
        raise InputError(f"{path}: not a readable NPZ archive ({error}); give one that maquette wrote") from error
    return record_to_estimate(record, path)
