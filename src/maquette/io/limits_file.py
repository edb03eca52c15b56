"""Limits of joints as a small JSON file that a person can write: ranges in degrees by joint."""

import json
from pathlib import Path

from maquette.atomic import replacing
from maquette.errors import InputError, SettingError
from maquette.io.small_file import read_small_json
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, LIMITED_JOINTS, BendRange, Limits

_MOST_KILOBYTES = 100
_WANTED = (
    'give JSON such as {"unit": "deg", "hip_tilt": 12, "joints": {"elbow": {"gamma": [45, 180], "theta": [-15, 250]}}}'
)
_ANGLES = ("gamma", "theta")


def read_limits(path: Path) -> Limits:
    """The limits in a file: ``unit`` ("deg"), ``joints`` and ``hip_tilt``.

    Joints are named without side and hold ``gamma`` and ``theta``, each as the lesser and the greater bound (see
    `maquette.priors.limits.bend_range`). Joints and a tilt that the file does not name are those of `DEFAULT_LIMITS`.

    Raises:
        InputError: The file cannot be read, names an unknown joint or one twice, lacks an angle, or holds bounds that
            are swapped, not finite or out of range.
    """
    content = read_small_json(path, most_kilobytes=_MOST_KILOBYTES, what="limits of joints", advice=_WANTED)
    if strange := sorted(set(content) - {"unit", "hip_tilt", "joints"}):
        raise InputError(f"{path}: {strange[0][:40]!r} is not known there; {_WANTED}")
    if content.get("unit") != "deg":
        raise InputError(f"{path}: its 'unit' is not 'deg'; {_WANTED}")
    joints = content.get("joints", {})
    if not isinstance(joints, dict):
        raise InputError(f"{path}: its 'joints' name no joint; {_WANTED}")
    tilt = _number(content.get("hip_tilt", DEFAULT_LIMITS.hip_tilt_deg), f"{path}: 'hip_tilt'")
    try:
        ranges = {joint: _range(angles, f"{path}: {joint[:40]!r}") for joint, angles in joints.items()}
        return Limits({**DEFAULT_LIMITS.ranges, **ranges}, tilt)
    except SettingError as error:
        raise InputError(f"{path}: {error}") from error


def write_limits(limits: Limits, path: Path) -> None:
    """Writes the limits as `read_limits` reads them, one joint a line.

    Raises:
        OutputError: The file cannot be written.
    """
    ranges = ((joint, limits.ranges[joint]) for joint in LIMITED_JOINTS)
    lines = [
        f'    "{joint}": {json.dumps({"gamma": list(bend.gamma), "theta": list(bend.theta)})}' for joint, bend in ranges
    ]
    head = f'{{\n  "unit": "deg",\n  "hip_tilt": {json.dumps(limits.hip_tilt_deg)},\n  "joints": {{\n'
    with replacing(path) as temporary:
        temporary.write_text(head + ",\n".join(lines) + "\n  }\n}\n", encoding="utf-8", newline="\n")


def _range(angles: object, where: str) -> BendRange:
    if not isinstance(angles, dict):
        raise InputError(f"{where} holds no angles; {_WANTED}")
    if strange := sorted(set(angles) - set(_ANGLES)):
        raise InputError(f"{where} has an angle {strange[0][:40]!r}, which is not known; {_WANTED}")
    if missing := [angle for angle in _ANGLES if angle not in angles]:
        raise InputError(f"{where} lacks {missing[0]!r}; {_WANTED}")
    bounds = [_bounds(angles[angle], f"{where}: {angle!r}") for angle in _ANGLES]
    try:
        return BendRange(*bounds)
    except SettingError as error:
        raise InputError(f"{where}: {error}") from error


def _bounds(values: object, where: str) -> tuple[float, float]:
    if not isinstance(values, list) or len(values) != 2:
        raise InputError(f"{where} is no pair of bounds; {_WANTED}")
    return _number(values[0], where), _number(values[1], where)


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"{where} holds {str(value)[:40]!r}, which is no number; {_WANTED}")
    try:
        return float(value)
    except OverflowError:
        raise InputError(f"{where} holds a number too large for an angle; {_WANTED}") from None
