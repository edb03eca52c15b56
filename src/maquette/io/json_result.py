"""Results as JSON that people and other languages can read: one object, one line a frame."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from maquette.atomic import replacing
from maquette.body.estimate import PoseEstimate
from maquette.errors import InputError
from maquette.input_file import read_file
from maquette.io.angle_table import angle_table
from maquette.io.record import FORMAT_VERSION, estimate_to_record, record_to_estimate
from maquette.plain_text import describe_fault

FORMAT_NAME = "maquette.poses"
"""What the key ``format`` says in every JSON result."""

_DECIMALS = {
    "joints": 4, "uncertainty": 4, "confidence": 3, "joints2d": 2, "confidence2d": 3, "angles_deg": 2,
    "angle_deviations_deg": 2,
}  # fmt: skip
"""Rounded to 0.1 mm, 0.01 px, a thousandth of confidence and 0.01 degrees."""
_COLUMNS = {"joints": 3, "uncertainty": 0, "confidence": 0, "joints2d": 2, "confidence2d": 0}
_MOST_JOINTS = 5 * 10**7
_MOST_BYTES = 2**31
"""Files that claim more joints, over all frames and persons, are refused."""


def write_json(estimate: PoseEstimate, path: Path) -> tuple[Path, ...]:
    """One JSON file; docs/results.md lists its keys.

    Raises:
        OutputError: The file cannot be written.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_text(estimate))
    return (path,)


def _text(estimate: PoseEstimate) -> Iterator[str]:
    angles = angle_table(estimate.poses)
    record = estimate_to_record(estimate) | {"angles_deg": angles.values_deg}
    if angles.deviations_deg is not None:
        record["angle_deviations_deg"] = angles.deviations_deg
    head = _head(record) | {"angle_names": angles.names}
    yield "{\n"
    for key, value in head.items():
        yield f'  "{key}": {_dump(value)},\n'
    yield '  "frames": ['
    is_present = np.any(record["mask"], axis=-1) | np.any(~np.isnan(record["joints2d"]), axis=(-1, -2), keepdims=False)
    for index, time_s in enumerate(record["times"].tolist()):
        people = [_person(record, index, person) for person in np.flatnonzero(is_present[index]).tolist()]
        yield f"{',' if index else ''}\n    {_dump({'time_s': time_s, 'people': people})}"
    yield "\n  ]\n}\n"


def _head(record: dict[str, np.ndarray]) -> dict[str, Any]:
    width, height = record["image_size"].tolist()
    names = ("frame", "unit", "root", "scale_known", "image_size", "method", "detector", "notes", "person_ids")
    return {
        "format": FORMAT_NAME,
        "version": FORMAT_VERSION,
        "skeleton": {
            "name": record["skeleton"].item(),
            "joint_names": record["joint_names"].tolist(),
            "parents": record["parents"].tolist(),
        },
        **{name: record[name].tolist() for name in names},
        "root": record["root"].item() or None,
        "image_size": None if width == -1 else [width, height],
        "up": record["up"].round(6).tolist() if "up" in record else None,
    }


def _person(record: dict[str, np.ndarray], frame: int, person: int) -> dict[str, Any]:
    rows = {name: record[name][frame, person] for name in _DECIMALS if name in record}
    return {
        "id": int(record["person_ids"][person]),
        **{name: _round(row, name) for name, row in rows.items()},
        "is_observed": record["is_observed"][frame, person].tolist(),
        "is_doubtful": bool(record["is_doubtful"][frame, person]),
    }


def _round(row: np.ndarray, name: str) -> list[Any]:
    """A list with one entry a joint or angle, None where it is unknown."""
    values = np.round(row.astype(np.float64), _DECIMALS[name]) + 0.0  # Adding zero turns -0.0 into 0.0.
    is_known = ~np.any(np.isnan(values), axis=tuple(range(1, values.ndim)))
    return [value if known else None for value, known in zip(values.tolist(), is_known.tolist(), strict=True)]


def _dump(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


def read_json(path: Path) -> PoseEstimate:
    """The estimate in a JSON file that `write_json` wrote; its angles follow from its joints and are not read.

    Raises:
        InputError: The file is no such JSON, is damaged, or holds what makes no sense.
    """
    content_bytes = read_file(path, _MOST_BYTES)
    try:
        content = json.loads(content_bytes.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not readable JSON ({error}); give a file that maquette wrote") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT_NAME:
        raise InputError(
            f"{path}: its 'format' is not '{FORMAT_NAME}'; give a JSON file that maquette wrote as a result"
        )
    try:
        record = _content_to_record(content, path)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, MemoryError) as error:
        raise InputError(
            f"{path}: a part is missing or of the wrong kind ({describe_fault(error)}); see docs/results.md"
        ) from error
    return record_to_estimate(record, path)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def _content_to_record(content: dict[str, Any], path: Path) -> dict[str, np.ndarray]:
    skeleton, frames = content["skeleton"], content["frames"]
    record = {
        "format_version": np.array(content["version"]),
        "skeleton": np.array(skeleton["name"]),
        "joint_names": np.array(skeleton["joint_names"]),
        "parents": np.array(skeleton["parents"]),
        "root": np.array(content["root"] or ""),
        "image_size": np.array(content["image_size"] or (-1, -1)),
        "notes": np.array(content["notes"], dtype=None if content["notes"] else str),
        "person_ids": np.array(content["person_ids"], dtype=None if content["person_ids"] else int),
        "times": np.array([frame["time_s"] for frame in frames], dtype=None if frames else float),
    }
    if content.get("up") is not None:
        record["up"] = np.array(content["up"])
    record |= {name: np.array(content[name]) for name in ("frame", "unit", "scale_known", "method", "detector")}
    shape = (len(frames), len(content["person_ids"]), len(skeleton["joint_names"]))
    if shape[0] * shape[1] * shape[2] > _MOST_JOINTS:
        raise InputError(
            f"{path}: claims {shape[0]} frames, {shape[1]} persons and {shape[2]} joints, which is too many"
        )
    return record | _joint_arrays(frames, content["person_ids"], shape)


def _joint_arrays(frames: list[Any], person_ids: list[int], shape: tuple[int, int, int]) -> dict[str, np.ndarray]:
    """The arrays over frames, persons and joints; NaN where a person or joint is not in the file."""
    arrays = {
        name: np.full((*shape, columns) if columns else shape, np.nan, np.float32) for name, columns in _COLUMNS.items()
    }
    slots = {person_id: slot for slot, person_id in enumerate(person_ids)}
    arrays |= {"is_observed": np.zeros(shape, bool), "is_doubtful": np.zeros(shape[:2], bool)}
    found: set[str] = set()
    for index, frame in enumerate(frames):
        ids = [person["id"] for person in frame["people"]]
        if len(set(ids)) != len(ids):
            raise ValueError(f"frame {index} holds one person twice")
        for person in frame["people"]:
            found |= person.keys()
            slot = slots[person["id"]]
            for name in _COLUMNS.keys() & person.keys():
                arrays[name][index, slot] = _values(person[name], shape[-1], _COLUMNS[name])
            if "is_observed" in person:
                arrays["is_observed"][index, slot] = _flags(person["is_observed"], (shape[-1],))
            if "is_doubtful" in person:
                arrays["is_doubtful"][index, slot] = _flags(person["is_doubtful"], ())
    for name in {"uncertainty", "is_observed", "is_doubtful"} - found:
        del arrays[name]
    return arrays | {"mask": np.all(~np.isnan(arrays["joints"]), axis=-1, keepdims=False)}


def _flags(listed: Any, shape: tuple[int, ...]) -> np.ndarray:
    """True or false of one person, or of each of the person's joints."""
    flags = np.array(listed)
    if flags.shape != shape or flags.dtype != bool:
        count = f"{shape[0]} entries" if shape else "one entry"
        raise ValueError(f"{count} of true or false are wanted for each person")
    return flags


def _values(listed: list[Any], joints: int, columns: int) -> np.ndarray:
    """Numbers of one person, one entry a joint, where None stands for unknown."""
    unknown = [float("nan")] * columns if columns else float("nan")
    values = np.array([unknown if value is None else value for value in listed])
    if values.shape != ((joints, columns) if columns else (joints,)) or values.dtype.kind not in "fiu":
        raise ValueError(f"{joints} entries of {columns or 1} numbers are wanted for each person")
    with np.errstate(over="ignore"):
        return values.astype(np.float32)
