"""DeepLabCut's HDF5, which pandas writes: a table of numbers, whose column names are pickled and never unpickled.

The pickled names are listed by `maquette.data.readers.pickled`, which builds plain text and lists and runs nothing.
Only what lies in the file itself is read: links to other files are not followed.
"""

from pathlib import Path
from typing import Any

import numpy as np

from maquette.data.readers.pickled import plain_object
from maquette.errors import InputError, MissingExtraError
from maquette.extras import optional_import
from maquette.io.keypoints.assembly import Detections, Settings
from maquette.io.keypoints.deeplabcut import Column, detections_of_columns
from maquette.io.keypoints.numbering import frame_numbers
from maquette.io.keypoints.sources import refusal
from maquette.plain_text import count_of

_MOST_NUMBERS = 10**8
_MOST_COLUMNS = 10**4
_AXES = ("x", "y", "likelihood")
_WANTED = "wanted is DeepLabCut's table of frames; or save it as CSV with analyze_videos_converth5_to_csv"


def read_deeplabcut_hdf5(path: Path, settings: Settings) -> Detections:
    """The individuals of every frame, as of DeepLabCut's CSV.

    Raises:
        InputError: It is damaged, holds something else, or is too large.
        MissingExtraError: h5py is not installed.
    """
    h5py = _h5py(path)
    try:
        with h5py.File(path, "r") as file:
            names, table = _find_table(h5py, file, path)
            values, index = _values(table, path)
    except (InputError, MissingExtraError):
        raise
    except Exception as error:  # Damaged and forged files fail in any way there is.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise refusal(path, f"is damaged HDF5 ({reason[:80]})") from error
    columns = _columns(names, path)
    if len(columns) != values.shape[1]:
        raise refusal(path, f"has {count_of(values.shape[1], 'column')} of numbers, but names of {len(columns)}")
    kept = [at for at, column in enumerate(columns) if column.axis in _AXES]
    if not len(values) or not kept:
        raise refusal(path, "has columns but no frames, or no coordinates")
    return detections_of_columns([columns[at] for at in kept], values[:, kept], _numbers(index, path), path, settings)


def _h5py(path: Path) -> Any:
    try:
        return optional_import("h5py", extra="data")
    except MissingExtraError as error:
        raise MissingExtraError(f"{path}: is HDF5; {error}") from error


def _find_table(h5py: Any, file: Any, path: Path) -> tuple[bytes, Any]:
    """The pickled names and the table of the one frame of data that pandas wrote."""
    for name in list(file)[:20]:
        if not isinstance(file.get(name, getlink=True), h5py.HardLink) or not isinstance(file[name], h5py.Group):
            continue
        group = file[name]
        link, names = group.get("table", getlink=True), group.attrs.get("non_index_axes")
        if isinstance(link, h5py.HardLink) and isinstance(group["table"], h5py.Dataset) and names is not None:
            return bytes(names), group["table"]
    if {"tracks", "node_names"} <= set(file):
        raise InputError(f"{path}: is SLEAP's HDF5; export the analysis as CSV and give that")
    raise InputError(f"{path}: is HDF5, but {_WANTED}")


def _values(table: Any, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The numbers (F, C), and what the rows are called."""
    fields = table.dtype.names or ()
    if table.external or table.is_virtual:
        raise refusal(path, "keeps its numbers in other files")
    if table.ndim != 1 or "values_block_0" not in fields or "index" not in fields or "values_block_1" in fields:
        raise InputError(f"{path}: is HDF5, but {_WANTED}")
    kind = table.dtype["values_block_0"]
    width = int(np.prod(kind.shape, dtype=float)) if len(kind.shape) == 1 else 0
    if not width or kind.base.kind != "f" or table.shape[0] * width > _MOST_NUMBERS:
        raise refusal(path, "its table holds no numbers, or too many at once")
    rows = table[()]
    return rows["values_block_0"].astype(np.float64), rows["index"]


def _columns(names: bytes, path: Path) -> list[Column]:
    """What each column is, by the pickled list [(1, [(scorer, individual, body part, coordinate), ...])]."""
    try:
        axes = plain_object(names, str(path))
    except InputError as error:
        raise InputError(
            f"{path}: the pickled names of its columns are damaged or more than text, and never unpickled here; save "
            "it as CSV with analyze_videos_converth5_to_csv"
        ) from error
    listed = axes[0][1] if isinstance(axes, list) and len(axes) == 1 and isinstance(axes[0], tuple | list) else None
    if not isinstance(listed, list) or len(listed) > _MOST_COLUMNS:
        raise InputError(f"{path}: is HDF5, but {_WANTED}")
    columns = []
    for entry in listed:
        is_name = isinstance(entry, tuple) and len(entry) in (3, 4) and all(isinstance(word, str) for word in entry)
        if not is_name:
            raise InputError(f"{path}: is HDF5, but {_WANTED}")
        columns.append(Column("single" if len(entry) == 3 else entry[1], *entry[-2:]))
    return columns


def _numbers(index: np.ndarray, path: Path) -> np.ndarray:
    """The frames that the rows are of: whole numbers, or the names of pictures."""
    numbers: list[int] | None = None
    if index.dtype.kind in "iu" and np.all((index >= 0) & (index < 10**15)):
        numbers = index.astype(np.int64).tolist()
    elif index.dtype.kind == "S":
        numbers = frame_numbers([word.decode("utf-8", "replace") for word in index.tolist()], path)
    if numbers is None or len(set(numbers)) < len(numbers):
        numbers = list(range(len(index)))
    return np.array(numbers, np.int64)
