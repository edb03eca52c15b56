"""Measured bone lengths from a JSON file, for a skeleton whose joints name them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from maquette.body.skeleton import Skeleton
from maquette.errors import InputError
from maquette.io.small_file import read_small_json

LEAST_M = 0.005
MOST_M = 1.0
"""Bones shorter or longer than these are taken for slips or for another unit."""

_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
_MOST_KILOBYTES = 100
_WANTED = 'give JSON such as {"unit": "m", "lengths": {"hip-knee": 0.42, "l_elbow-l_wrist": 0.25}}'


def read_bone_lengths(path: Path, skeleton: Skeleton) -> Float[np.ndarray, " B"]:
    """Lengths in metres in the order of `Skeleton.bones`; 0 where the file says nothing.

    Bones are named by their joints, parent first: ``l_hip-l_knee``. Without ``l_`` and ``r_`` the bones of both
    sides are meant: ``hip-knee``, ``pelvis-hip``.

    Raises:
        InputError: The file cannot be read, names a bone that the skeleton lacks or one bone twice, or holds a length
            that no bone has.
    """
    content = read_small_json(path, most_kilobytes=_MOST_KILOBYTES, what="bone lengths", advice=_WANTED)
    unit, lengths = content.get("unit"), content.get("lengths")
    if not isinstance(unit, str) or unit not in _METRES:
        raise InputError(f"{path}: its 'unit' is not one of {', '.join(_METRES)}; {_WANTED}")
    if not isinstance(lengths, dict) or not lengths:
        raise InputError(f"{path}: its 'lengths' name no bone; {_WANTED}")
    return named_bone_lengths(lengths, skeleton, unit=unit, source=str(path))


def named_bone_lengths(
    lengths: Mapping[str, object], skeleton: Skeleton, *, unit: str = "m", source: str = "bone lengths"
) -> Float[np.ndarray, " B"]:
    """Lengths in metres in the order of `Skeleton.bones`; 0 where nothing is said.

    Args:
        lengths: By bones that are named as in a file (see `read_bone_lengths`).
        unit: Of the lengths: m, cm or mm.
        source: Where they come from, for messages.

    Raises:
        InputError: A bone is none of the skeleton's or comes twice, or a length is one that no bone has.
    """
    bones = _bones_by_name(skeleton)
    values = np.zeros(len(skeleton.bones))
    for name, length in lengths.items():
        if name not in bones:
            raise InputError(
                f"{source}: {name[:40]!r} is no bone of {skeleton}; it has {', '.join(_names(skeleton))}, and both "
                "sides together without l_ and r_"
            )
        if values[bones[name]].any():
            raise InputError(f"{source}: {name!r} has been given before, as a bone of one side or of both; say it once")
        values[bones[name]] = _length_m(length, unit, f"{source}: {name!r}")
    return values


def _names(skeleton: Skeleton) -> Iterator[str]:
    """The name of every bone, in order."""
    for child, parent in skeleton.bones:
        yield f"{skeleton.joint_names[parent]}-{skeleton.joint_names[child]}"


def _bones_by_name(skeleton: Skeleton) -> dict[str, list[int]]:
    """The bones that a name means: one by its full name, those of both sides by the name without sides."""
    named: dict[str, list[int]] = {}
    for bone, name in enumerate(_names(skeleton)):
        named.setdefault(name, []).append(bone)
        plain = "-".join(joint.removeprefix("l_").removeprefix("r_") for joint in name.split("-"))
        if plain != name:
            named.setdefault(plain, []).append(bone)
    return named


def _length_m(length: object, unit: str, where: str) -> float:
    if isinstance(length, bool) or not isinstance(length, (int, float)):
        raise InputError(f"{where} has no number as its length; {_WANTED}")
    if not LEAST_M / _METRES[unit] <= length <= MOST_M / _METRES[unit]:
        raise InputError(
            f"{where} is {str(length)[:20]} {unit} long, which no bone is; wanted are lengths from {LEAST_M:g} to "
            f"{MOST_M:g} m, so check the number and the 'unit'"
        )
    return length * _METRES[unit]
