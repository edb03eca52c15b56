"""Files as they lie on the disk: which there are, of what kind, and their JSON, text or arrays, or a clear refusal."""

import codecs
import csv
import io
import json
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from maquette.archive import find_excess, find_fault
from maquette.errors import InputError
from maquette.input_file import require_file

KEYPOINT_FORMATS = (
    "OpenPose JSON (a folder of one video)",
    "COCO annotations or results JSON",
    "AlphaPose JSON",
    "MMPose JSON",
    "rtmlib npz or npy",
    "ultralytics pose txt or JSON (a folder of one video)",
    "MediaPipe JSON, CSV, npz or npy",
    "MoveNet or PoseNet JSON",
    "VideoPose3D or Detectron2 npz",
    "DeepLabCut CSV or HDF5",
    "CVAT XML",
    "Label Studio JSON",
    "maquette npz or JSON",
)
"""What `read_keypoints` understands, in words for a person."""

FileKind = Literal["json", "npz", "npy", "text", "empty", "video", "picture", "pickle", "hdf5", "packed", "unknown"]

_MAX_BYTES = 2 * 1024**3
_MOST_NUMBERS = 2**26
"""In one array: an hour of thirty frames a second, with ten people of a hundred joints, would fill it."""
_LONGEST_HEADER = 2**17
_NUMPY = b"\x93NUMPY"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MAGIC: dict[bytes, FileKind] = {
    b"PK\x03\x04": "npz",
    _NUMPY: "npy",
    b"\x1aE\xdf\xa3": "video",
    b"RIFF": "video",
    b"\x00\x00\x01\xba": "video",
    b"\xff\xd8\xff": "picture",
    b"\x89PNG": "picture",
    b"GIF8": "picture",
    b"\x80": "pickle",
    b"\x89HDF": "hdf5",
    b"\x1f\x8b": "packed",
    b"BZh": "packed",
    b"\xfd7zXZ\x00": "packed",
    b"\x28\xb5\x2f\xfd": "packed",
    b"7z\xbc\xaf\x27\x1c": "packed",
}


class Arrays(NamedTuple):
    """The arrays of a numpy file by name (a single ``.npy`` bears the name ''), and the names of pickled ones."""

    plain: dict[str, np.ndarray]
    pickled: tuple[str, ...]


def refusal(path: Path, came: str) -> InputError:
    """The error that says what came instead of 2D keypoints, and where it stands what would be understood."""
    return InputError(f"{path}: {came}; give 2D keypoints as a tool in docs/keypoints.md writes them")


def files_at(path: Path) -> list[Path]:
    """The files a path means: itself, the JSON or text files of a folder, or those a pattern (``*``, ``?``) finds.

    Raises:
        InputError: There is nothing of the kind.
    """
    try:
        if path.is_dir():
            return _frame_files(path, list(path.iterdir()))
        if path.exists():
            require_file(path)
            return [path]
        if set("*?") & set(path.name) and path.parent.is_dir():
            return _frame_files(path, list(path.parent.glob(path.name)))
    except (OSError, ValueError) as error:
        raise refusal(path, f"cannot be opened ({error})") from error
    raise InputError(f"{path}: there is no such file or folder; check the path")


def _frame_files(path: Path, files: list[Path]) -> list[Path]:
    shown = [file for file in files if file.is_file() and not file.name.startswith(".")]
    for suffix in (".json", ".txt"):
        chosen = [file for file in shown if file.suffix.lower() == suffix and file.name.lower() != "classes.txt"]
        if chosen:
            return sorted(chosen)
    if len(shown) == 1 and not path.is_dir():
        return shown
    raise refusal(path, "holds no .json or .txt files" if shown else "holds no files")


def kind_of(path: Path) -> FileKind:
    """What a file is by its first bytes; its name does not matter."""
    head = _bytes_of(path, 4096)
    if not head.strip():
        return "empty"
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head[4:8] == b"ftyp":
        return "video"
    if head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] in (b"{", b"["):
        return "json"
    return "text" if b"\x00" not in head or head.startswith(_UTF_16) else "unknown"


def read_document(path: Path) -> object:
    """The document of a JSON file; NaN and Infinity tokens are let through."""
    try:
        return json.loads(_bytes_of(path))
    except RecursionError as error:
        raise refusal(path, "is JSON nested too deeply to be keypoints") from error
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and error.doc[error.pos : error.pos + 1] in ("{", "["):
            raise InputError(
                f"{path}: holds several JSON documents one after another, as JSON lines do; make them one list, [...]"
            ) from error
        raise refusal(path, f"is broken or cut off JSON ({error.msg} at line {error.lineno})") from error
    except ValueError as error:
        raise refusal(path, "is no readable JSON") from error


def read_lines(path: Path) -> list[str]:
    """The lines of a text file that hold anything."""
    content = _bytes_of(path)
    try:
        text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal(path, "is neither text nor a numpy file") from error
    return [line for line in text.splitlines() if line.strip()]


def read_cells(lines: Sequence[str], path: Path, delimiter: str = ",") -> list[list[str]]:
    """The cells of the lines of a table."""
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise refusal(path, f"is no readable table ({error})") from error


def open_arrays(path: Path) -> Arrays:
    """The arrays of an ``.npz`` or ``.npy`` file; pickled ones are named but never opened."""
    _check_size(path)
    try:
        if zipfile.is_zipfile(path):
            return _archive(path)
        with path.open("rb") as file:
            _require_whole(file.read(_LONGEST_HEADER), path.stat().st_size, path)
            file.seek(0)
            return Arrays({"": _require_plain(np.load(file, allow_pickle=False), "", path)}, ())
    except InputError:
        raise
    except Exception as error:  # Damaged or forged files raise nearly anything.
        if "allow_pickle" in str(error):
            return Arrays({}, ("",))
        raise refusal(path, f"is a broken or cut off numpy file ({type(error).__name__})") from error


def as_numbers(rows: object, path: Path, what: str) -> Float[np.ndarray, "..."]:
    """Nested lists as an array; null becomes NaN.

    Raises:
        InputError: Lists of unequal length, or something that is no number.
    """
    try:
        return np.array(rows, dtype=np.float64)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise refusal(path, f"its {what} are not lists of numbers of equal length") from error


def _archive(path: Path) -> Arrays:
    with zipfile.ZipFile(path) as archive:
        excess = find_excess(path, archive, _MAX_BYTES)
        if excess:
            raise refusal(path, f"would unpack to {excess}, more than keypoints of its size need")
        is_numpy = not archive.infolist()
        for member in archive.infolist():
            with archive.open(member) as file:
                head = file.read(_LONGEST_HEADER)
            _require_whole(head, member.file_size, path)
            is_numpy |= head.startswith(_NUMPY) or member.filename.endswith(".npy")
        if not is_numpy:
            raise _zip_refusal(path, archive.namelist())
    plain, pickled = {}, []
    with np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            try:
                value = archive[name]
            except ValueError as error:
                if "allow_pickle" not in str(error):
                    raise
                pickled.append(name)
                continue
            if isinstance(value, np.ndarray):
                plain[name] = _require_plain(value, name, path)
    return Arrays(plain, tuple(pickled))


def _zip_refusal(path: Path, names: list[str]) -> InputError:
    if any(name.startswith("xl/") for name in names):
        return InputError(f"{path}: is a workbook of Excel; save the sheet as CSV and give that")
    shown = " ".join(names[0][:40].split())
    return InputError(f"{path}: is a zip of files such as '{shown}', not of numpy arrays; unpack it and give those")


def _require_whole(head: bytes, size: int, path: Path) -> None:
    """Refuse an array of which less came than its header says, before memory is taken for all of it."""
    if not head.startswith(_NUMPY):
        return
    file, layout = io.BytesIO(head), np.lib.format
    magic = file.read(8)
    read_header = layout.read_array_header_1_0 if magic[6:7] == b"\x01" else layout.read_array_header_2_0
    shape, _, kind = read_header(file)
    came, wanted = size - file.tell(), math.prod(shape) * kind.itemsize
    if came < wanted and not kind.hasobject:
        raise refusal(path, f"is cut off: its header says {wanted:,} bytes of numbers, but {came:,} came")


def _require_plain(array: np.ndarray, name: str, path: Path) -> np.ndarray:
    fault = find_fault(array)
    if fault:
        raise refusal(path, f"its array '{name:.40}' {fault}")
    if array.dtype.kind in "biuf" and array.size > _MOST_NUMBERS:
        raise refusal(path, f"its array '{name:.40}' holds {array.size} numbers, more than {_MOST_NUMBERS}: split it")
    return array


def _bytes_of(path: Path, count: int = -1) -> bytes:
    _check_size(path)
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise refusal(path, f"cannot be read ({error.strerror})") from error


def _check_size(path: Path) -> None:
    require_file(path)
    size = path.stat().st_size
    if size > _MAX_BYTES:
        raise refusal(path, f"is {size / 1024**3:.1f} GB large, more than the 2 GB that are read")
