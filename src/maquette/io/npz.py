"""Results as NumPy archives: exact, compact and quick to load in Python."""

from pathlib import Path

import numpy as np

from maquette.archive import read_arrays
from maquette.atomic import replacing
from maquette.body.estimate import PoseEstimate
from maquette.io.record import estimate_to_record, record_to_estimate

_MOST_BYTES = 2**32
"""No result of ours comes near."""


def write_npz(estimate: PoseEstimate, path: Path) -> tuple[Path, ...]:
    """One compressed NumPy archive; docs/results.md lists its arrays.

    Raises:
        OutputError: The file cannot be written.
    """
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **estimate_to_record(estimate))  # type: ignore[arg-type]
    return (path,)


def read_npz(path: Path) -> PoseEstimate:
    """The estimate in an archive that `write_npz` wrote; nothing in it is ever unpickled.

    Raises:
        InputError: The file is no such archive, is damaged, or holds what makes no sense.
    """
    record = read_arrays(path, what="a result", advice="give one that maquette wrote", most_bytes=_MOST_BYTES)
    return record_to_estimate(record, path)
