"""The entry point for results: an estimate written in any format, and read back where the format keeps everything."""

from collections.abc import Callable
from pathlib import Path

from maquette.body.estimate import PoseEstimate
from maquette.errors import InputError, SettingError
from maquette.io.csv_table import write_csv
from maquette.io.json_result import read_json, write_json
from maquette.io.npz import read_npz, write_npz
from maquette.io.trc import write_trc

RESULT_FORMATS: dict[str, Callable[[PoseEstimate, Path], tuple[Path, ...]]] = {
    "npz": write_npz,
    "json": write_json,
    "csv": write_csv,
    "trc": write_trc,
}
"""Writers by format name, which is also the file name's ending; each returns the files it wrote."""

_READERS: dict[str, Callable[[Path], PoseEstimate]] = {"npz": read_npz, "json": read_json}


def write_estimate(estimate: PoseEstimate, path: Path, format_name: str) -> tuple[Path, ...]:
    """Write an estimate in the named format; docs/results.md describes each.

    Returns:
        The files that were written: one, or for TRC one a person.

    Raises:
        SettingError: There is no such format.
        OutputError: A file cannot be written.
    """
    if format_name not in RESULT_FORMATS:
        raise SettingError(f"there is no result format '{format_name}'; known are {', '.join(RESULT_FORMATS)}")
    return RESULT_FORMATS[format_name](estimate, path)


def read_estimate(path: Path) -> PoseEstimate:
    """The estimate in a result file, an NPZ or JSON file that `write_estimate` wrote.

    Raises:
        SettingError: The file name ends otherwise.
        InputError: The file is absent, damaged, of another version, or no result at all.
    """
    reader = _READERS.get(path.suffix.lower().removeprefix("."))
    if reader is None:
        raise SettingError(
            f"{path}: results are read from files that end in .{' or .'.join(_READERS)}; give one of those"
        )
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; check the path")
    return reader(path)


def result_path(out: Path, input_path: Path, suffix: str) -> Path:
    """Where the result of an input goes: ``out/<input's name without its ending>.<suffix>``."""
    name = input_path.resolve().name if input_path.is_dir() else input_path.stem
    return out / f"{name}.{suffix.removeprefix('.')}"
