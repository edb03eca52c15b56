"""The entry point for results: an estimate written in any format, and read back where the format keeps everything."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from maquette.body.estimate import PoseEstimate
from maquette.errors import SettingError
from maquette.input_file import require_file
from maquette.io.csv_table import write_csv
from maquette.io.json_result import read_json, write_json
from maquette.io.marker_poses import read_marker_poses
from maquette.io.npz import read_npz, write_npz
from maquette.io.photograph import picture_suffixes
from maquette.io.trc import write_trc
from maquette.picture_file import VIDEO_SUFFIXES

RESULT_FORMATS: dict[str, Callable[[PoseEstimate, Path], tuple[Path, ...]]] = {
    "npz": write_npz,
    "json": write_json,
    "csv": write_csv,
    "trc": write_trc,
}
"""Writers by format name, which is also the file name's ending; each returns the files it wrote."""

_READERS: dict[str, Callable[[Path], PoseEstimate]] = {
    "npz": read_npz,
    "json": read_json,
    "trc": read_marker_poses,
    "c3d": read_marker_poses,
}


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
    """The estimate in a result file, an NPZ or JSON file that `write_estimate` wrote, or in a TRC or C3D file.

    Raises:
        SettingError: The file name ends otherwise.
        InputError: The file is absent, damaged, of another version, or no result at all.
        MissingExtraError: The file is C3D, and ezc3d is not installed.
    """
    reader = _READERS.get(path.suffix.lower().removeprefix("."))
    if reader is None:
        with suppress(OSError):  # a name that is too long
            if path.exists():
                require_file(path)
        raise SettingError(
            f"{path}: results are read from files that end in .{' or .'.join(_READERS)}; give one of those"
        )
    require_file(path)
    return reader(path)


def result_path(out: Path, name: str, suffix: str) -> Path:
    """Where a result goes: ``out/<name>.<suffix>``; `result_names` gives the name."""
    return out / f"{name}.{suffix.removeprefix('.')}"


def result_names(inputs: Sequence[Path]) -> list[str]:
    """What the results of some inputs are called, each otherwise.

    A result is called like its input without the ending, or like its folder. The ending stays where another input, or
    another picture or video beside it, is called the same but for the ending. Inputs of one name in several folders get
    the folder's name in front, and the same name once more gets a number.
    """
    plain = [path.resolve().name if path.is_dir() else path.stem for path in inputs]
    names = [
        path.name if (count > 1 and not path.is_dir()) or _has_twin(path) else name
        for path, name, count in zip(inputs, plain, _counts(plain), strict=True)
    ]
    names = [
        f"{path.resolve().parent.name}_{name}" if count > 1 else name
        for path, name, count in zip(inputs, names, _counts(names), strict=True)
    ]
    taken: set[str] = set()
    for at, name in enumerate(names):
        number, free = 2, name
        while free.casefold() in taken:
            number, free = number + 1, f"{name}_{number}"
        taken.add(free.casefold())
        names[at] = free
    return names


def _counts(names: list[str]) -> list[int]:
    """How often each name occurs; upper and lower case are one on many systems."""
    folded = [name.casefold() for name in names]
    counted = Counter(folded)
    return [counted[name] for name in folded]


def _has_twin(path: Path) -> bool:
    """Whether another picture or video lies beside a picture or video that differs in its ending only."""
    endings = picture_suffixes() | VIDEO_SUFFIXES
    if path.suffix.lower() not in endings or not path.is_file():
        return False
    alike = (other for other in path.parent.iterdir() if other.stem.casefold() == path.stem.casefold())
    return any(other.suffix.lower() in endings and other.name != path.name and other.is_file() for other in alike)
