"""Results as TRC marker files, which OpenSim and Pose2Sim read, and a reader for any such file.

The axes of TRC files are y up. Camera poses (x right, y down, z forward) are turned by half a turn about x, poses with
z up by a cyclic change of axes; both keep right-handedness.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from maquette.atomic import replacing
from maquette.body.estimate import PoseEstimate
from maquette.body.people import Poses3d
from maquette.errors import InputError
from maquette.input_file import read_file
from maquette.plain_text import count_of

MARKER_NAMES = {"pelvis": "Hip", "thorax": "Neck", "head": "HeadCenter", "head_top": "Head"}
"""Marker names that do not follow from the joint's; `marker_name` makes all others."""

_KEYS = "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames"
_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
_CAMERA_TO_TRC = np.diag([1.0, -1.0, -1.0])
_Z_UP_TO_TRC = np.eye(3)[[1, 2, 0]]
_HEADER_LINES = 5
_OURS, _SCALE_UNKNOWN = "by maquette", "scale unknown"
_OWN_NOTE = re.compile(rf" \({_OURS}(, {_SCALE_UNKNOWN})?\)\s*\Z")
"""What stands behind the file's name in the first line of our own files."""
_NO_PLACE = re.compile(r"9{3,}(\.9+)?")
_FARTHEST = 1e7
"""In the unit of the file: markers whose three numbers are the same and are nines, or beyond this, are lost."""
_MOST_BYTES = 2**30


@dataclass(frozen=True, kw_only=True)
class MarkerTracks:
    """Positions of named markers over time, as a TRC file holds them: y up, in metres."""

    names: tuple[str, ...]
    positions: Float[np.ndarray, "F M 3"]
    """Metres; zero where the mask is false."""
    mask: Bool[np.ndarray, "F M"]
    times: Float[np.ndarray, " F"]
    """Seconds, as in the file's own column."""
    rate_hz: float
    notes: tuple[str, ...] = ()
    """Where the file contradicts itself, and what was taken for unknown; a sentence each."""
    unit: str = "m"
    """What the file gives as its unit of length."""
    is_ours: bool = False
    """Whether our own writer made the file, so that its axes and lengths need not be judged."""
    is_scale_known: bool = True
    """False where our own writer says that it is not."""


def marker_name(joint: str) -> str:
    """The marker that stands for a joint in Pose2Sim's OpenSim models: ``r_knee`` is ``RKnee``, ``pelvis`` ``Hip``."""
    return MARKER_NAMES.get(joint) or "".join(word.capitalize() for word in joint.split("_"))


def write_trc(estimate: PoseEstimate, path: Path) -> tuple[Path, ...]:
    """One TRC file a person: ``path`` for the first and ``<stem>_person<ID>.trc`` for every other.

    Poses that are relative to a joint stay so: that marker lies at the origin. Unknown joints are empty cells, but in
    a row's last place ``nan``, for OpenSim does not count an empty last cell.

    Returns:
        The files that were written, in the order of the persons.

    Raises:
        OutputError: A file cannot be written.
    """
    poses = estimate.poses.in_unit("m").levelled()
    others = [path.with_name(f"{path.stem}_person{person_id}{path.suffix}") for person_id in poses.person_ids[1:]]
    paths = (path, *others)
    for person, file in enumerate(paths):
        with replacing(file) as temporary:
            text = _text(poses.select_persons(slice(person, person + 1)), file.name)
            temporary.write_text(text, encoding="utf-8", errors="replace")
    return paths


def _text(poses: Poses3d, file_name: str) -> str:
    """A whole file for the one person (or nobody) in ``poses``."""
    names = [marker_name(joint) for joint in poses.skeleton.joint_names]
    note = _OURS if poses.scale_known else f"{_OURS}, {_SCALE_UNKNOWN}"
    rate = _rate_text(poses.fps)
    values = (rate, rate, poses.frame_count, len(names), "m", rate, 1, poses.frame_count)
    head = [
        f"PathFileType\t4\t(X/Y/Z)\t{' '.join(file_name.split())} ({note})",
        _KEYS,
        "\t".join(map(str, values)),
        "Frame#\tTime\t" + "".join(f"{name}\t\t\t" for name in names),
        "\t\t" + "\t".join(f"X{number}\tY{number}\tZ{number}" for number in range(1, len(names) + 1)),
        "",
    ]
    cells = _cells(poses)
    times = poses.times.tolist()
    rows = ("\t".join([str(row + 1), repr(time_s), *cells[row]]) for row, time_s in enumerate(times))
    return "\n".join([*head, *rows, ""])


def _cells(poses: Poses3d) -> list[list[str]]:
    """Coordinates as text, one list a frame."""
    turn = _CAMERA_TO_TRC if poses.frame == "camera" else _Z_UP_TO_TRC
    shape = (poses.frame_count, len(poses.skeleton), 3)
    cells = np.full(shape, "", dtype="<U32")
    if poses.person_count:
        positions = np.round(poses.joints[:, 0].astype(np.float64) @ turn.T, 6) + 0.0  # Adding zero mends -0.0.
        cells = np.where(poses.mask[:, 0, :, None], np.char.mod("%.6f", positions), "")
    cells = cells.reshape(shape[0], shape[1] * 3)
    cells[:, -1] = np.where(cells[:, -1] == "", "nan", cells[:, -1])
    return cells.tolist()


def _rate_text(fps: float | None) -> str:
    """Frames per second with at most three decimals, such as 59.94; 1 for a single frame."""
    return f"{round(fps or 1.0, 3) or fps:.10g}"


def read_trc(path: Path) -> MarkerTracks:
    """The markers of a TRC file in metres; cells that are empty, not finite or lie at (0, 0, 0) are masked.

    A marker that lies at the origin in every frame and inside the others is known: the others are relative to it.
    Cells may be separated by commas in place of tabs. Where the header announces another number of frames than there
    are, as in cropped trials, the rows count.

    Raises:
        InputError: The file is no TRC file, is cut off within a row, or its header and rows contradict each other.
    """
    lines = _read_lines(path)
    header = _read_header(lines, path)
    cut = "\t" if "\t" in lines[3] else ","
    names = _read_names(lines[3].split(cut), path)
    rows = [(number, line) for number, line in enumerate(lines, 1) if number > _HEADER_LINES and line.strip()]
    try:
        rate_hz, _ = float(header["DataRate"]), _METRES[header["Units"].lower()]
        frames, markers = int(header["NumFrames"]), int(header["NumMarkers"])
    except (KeyError, ValueError) as error:
        raise InputError(f"{path}: line 3 holds a value that makes no sense ({error}); export the file anew") from error
    if not rows:
        raise InputError(f"{path}: holds no frame, only the header of a TRC file; export the file anew")
    notes = []
    if frames != len(rows):
        notes.append(f"{path.name} announces {count_of(frames, 'frame')} and holds {len(rows)}, which were taken")
    if markers != len(names):
        notes.append(f"{path.name} announces {count_of(markers, 'marker')} and names {len(names)}, which were taken")
    numbers = np.array([_read_row(line.split(cut), 2 + 3 * len(names), number, path) for number, line in rows])
    tracks = _tracks(numbers, names, (rate_hz, header["Units"]), notes, path)
    own = _OWN_NOTE.search(lines[0])
    return replace(tracks, is_ours=own is not None, is_scale_known=own is None or own[1] is None)


def _read_lines(path: Path) -> list[str]:
    return read_file(path, _MOST_BYTES).decode("utf-8-sig", errors="replace").splitlines()


def _read_header(lines: list[str], path: Path) -> dict[str, str]:
    if len(lines) < _HEADER_LINES or not lines[0].startswith("PathFileType"):
        raise InputError(f"{path}: not a TRC file, which starts with 'PathFileType'; give one for OpenSim or Pose2Sim")
    keys, values = (re.split(r"[\s,]+", line.strip(" \t,")) for line in lines[1:3])
    if len(keys) != len(values):
        raise InputError(
            f"{path}: line 2 names {len(keys)} values and line 3 holds {len(values)}; export the file anew"
        )
    return dict(zip(keys, values, strict=True))


def _read_names(cells: list[str], path: Path) -> tuple[str, ...]:
    names = tuple(name.strip() for name in cells if name.strip())
    if names[:2] != ("Frame#", "Time") or len(names) < 3 or len(set(names)) != len(names):
        raise InputError(f"{path}: line 4 must hold 'Frame#', 'Time' and unlike marker names; export the file anew")
    return names[2:]


def _read_row(cells: list[str], width: int, number: int, path: Path) -> list[float]:
    if any(cell.strip() for cell in cells[width:]) or len(cells) < width:
        raise InputError(f"{path}: line {number} holds {len(cells)} cells, wanted are {width}; export the file anew")
    try:
        return [float(cell) if cell.strip() else np.nan for cell in cells[:width]]
    except ValueError as error:
        raise InputError(f"{path}: line {number} holds what is no number ({error}); export the file anew") from error


def _tracks(
    numbers: Float[np.ndarray, "F columns"],
    names: tuple[str, ...],
    rate_and_unit: tuple[float, str],
    notes: list[str],
    path: Path,
) -> MarkerTracks:
    times = numbers[:, 1]
    if not np.all(np.isfinite(times)) or np.any(np.diff(times) <= 0):
        raise InputError(f"{path}: the times in its second column must rise from row to row; export the file anew")
    rate_hz, unit = rate_and_unit
    positions = numbers[:, 2:].reshape(len(times), len(names), 3)
    mask, lost = known_markers(positions)
    return MarkerTracks(
        names=names,
        positions=np.where(mask[..., None], positions, 0.0) * _METRES[unit.lower()],
        mask=mask,
        times=times,
        rate_hz=rate_hz,
        notes=(*notes, *lost),
        unit=unit,
    )


def known_markers(positions: Float[np.ndarray, "F M 3"]) -> tuple[Bool[np.ndarray, "F M"], tuple[str, ...]]:
    """Where markers are known, and notes on lost ones: not finite, at (0, 0, 0) or at three numbers such as -9999.

    One that lies at (0, 0, 0) in every frame, between the others, is what they are relative to, and known.

    Args:
        positions: In the unit of the file.
    """
    nowhere = _is_nowhere(positions)
    finite = np.all(np.isfinite(positions), axis=-1, keepdims=False) & ~nowhere
    at_origin = finite & ~np.any(positions != 0, axis=-1)
    resting = np.flatnonzero(at_origin.any(axis=0) & (at_origin | ~finite).all(axis=0))
    if len(resting) == 1:
        others = np.where((finite & ~at_origin)[..., None], positions, 0.0)
        is_between = np.all((others.min(axis=1) < 0) & (others.max(axis=1) > 0), axis=-1)
        at_origin[:, resting] &= is_between[at_origin[:, resting[0]]].mean() <= 0.5
    notes = []
    for lost, place in ((at_origin, "(0, 0, 0)"), (nowhere, "three equal numbers such as -9999")):
        if lost.any():
            notes.append(f"places of markers at {place}, which were read as unknown: {int(lost.sum())}")
    return finite & ~at_origin, tuple(notes)


def _is_nowhere(positions: Float[np.ndarray, "F M 3"]) -> Bool[np.ndarray, "F M"]:
    """Where the three numbers are one that programs write for lost markers: 999, -9999, ... or absurdly large."""
    size = np.abs(positions[..., 0])
    is_same = np.all(positions == positions[..., :1], axis=-1) & np.isfinite(size)
    odd = [value for value in np.unique(size[is_same]) if value > _FARTHEST or _NO_PLACE.fullmatch(f"{value:.10g}")]
    return is_same & np.isin(size, odd)
