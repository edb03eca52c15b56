"""Joint names and joint counts of other tools, read as skeletons of ours."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from maquette.body.catalog import COCO_17, COCO_WHOLEBODY_BODY_23, HALPE_26, SKELETONS
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, InputError

COUNTS: Mapping[int, Skeleton] = {
    17: COCO_17,
    23: COCO_WHOLEBODY_BODY_23,
    26: HALPE_26,
    133: COCO_WHOLEBODY_BODY_23,
    136: HALPE_26,
}
"""Skeletons that a number of points stands for in most tools; of 133 and 136 points only the body is read."""

_VOCABULARY = frozenset(re.sub("^[lr]_", "", name) for s in SKELETONS.values() for name in s.joint_names)
_ALIASES = {
    "neck": "thorax",
    "chest": "thorax",
    "mid_shoulder": "thorax",
    "hip": "pelvis",
    "hips": "pelvis",
    "mid_hip": "pelvis",
    "midhip": "pelvis",
    "root": "pelvis",
    "belly": "spine",
    "torso": "spine",
    "upperneck": "upper_neck",
    "head_bottom": "upper_neck",
    "headtop": "head_top",
    "top_head": "head_top",
    "bigtoe": "big_toe",
    "smalltoe": "small_toe",
    "little_toe": "small_toe",
    "foot_index": "foot",
    "clavicle": "collar",
}
_READINGS: tuple[dict[str, str], ...] = (
    {},
    {"neck": "upper_neck"},
    {"head": "head_top"},
    {"neck": "upper_neck", "head": "head_top"},
    {"head": "head_top", "neck_base": "nose", "foot": "ankle"},
)
"""What ambiguous words may mean; the last reading is that of MMPose's Human3.6M."""

_NEARER = {
    "spine": "pelvis", "thorax": "spine pelvis", "upper_neck": "thorax", "nose": "upper_neck thorax",
    "head": "upper_neck thorax", "head_top": "head upper_neck nose thorax", "eye": "nose", "ear": "eye nose",
    "mouth": "nose", "collar": "thorax", "shoulder": "collar thorax upper_neck", "elbow": "shoulder",
    "wrist": "elbow shoulder", "hand": "wrist", "thumb": "wrist", "index": "wrist", "pinky": "wrist",
    "hip": "pelvis", "knee": "hip", "ankle": "knee hip", "heel": "ankle", "foot": "ankle", "big_toe": "foot ankle",
    "small_toe": "foot ankle",
}  # fmt: skip
"""For each joint the ones it may hang from, best first; every step leads nearer to the pelvis."""


def joint_name(word: str) -> str:
    """A joint's name in our vocabulary: ``LShoulder`` and ``left_shoulder`` are ``l_shoulder``, ``neck`` is ``thorax``.

    Words that mean nothing to us come back in lower case with underscores.
    """
    return _joint_name(word, {})


def skeleton_from_names(words: Sequence[str], path: Path) -> tuple[Skeleton, list[int]]:
    """The skeleton that joint names stand for, and where each of its joints lies among them.

    A catalogued skeleton if the names are the same ones in any order, else one named 'custom' with a simple tree.

    Raises:
        InputError: No name is known, names repeat, or a left joint lacks its right twin.
    """
    readings = [[_joint_name(word, reading) for word in words] for reading in _READINGS]
    for names in readings:
        for skeleton in SKELETONS.values():
            if len(names) == len(skeleton) and set(names) == set(skeleton.joint_names):
                return skeleton, [names.index(joint) for joint in skeleton.joint_names]
    names = next((names for names in readings if len(set(names)) == len(names)), readings[0])
    shown = ", ".join(words[:8]) + (", ..." if len(words) > 8 else "")
    if not any(_base(name) in _VOCABULARY for name in names):
        raise InputError(f"{path}: no joint name is known among {shown}; wanted names such as nose, l_shoulder, r_knee")
    try:
        return Skeleton("custom", tuple(names), _tree(names)), list(range(len(names)))
    except ConventionError as error:
        raise InputError(f"{path}: its joint names ({shown}) make no skeleton: {error}") from error


def skeleton_from_count(
    count: int, path: Path, wanted: Skeleton | None, counts: Mapping[int, Skeleton] = COUNTS
) -> tuple[Skeleton, list[int]]:
    """The skeleton that a number of points stands for (``wanted`` if given), and which points are its joints.

    Raises:
        InputError: The number means none, or not the wanted one.
    """
    skeleton = counts.get(count) if wanted is None else wanted
    if skeleton is None:
        known = ", ".join(f"{number} ({skeleton.name})" for number, skeleton in sorted(counts.items()))
        raise InputError(
            f"{path}: {count} points a person could be several skeletons or none; wanted {known}, or say which "
            "skeleton it is with `skeleton`"
        )
    if count != len(skeleton) and counts.get(count) != skeleton:
        raise InputError(f"{path}: {count} points a person are not {skeleton}; give the skeleton they were made with")
    return skeleton, list(range(len(skeleton)))


def skeleton_of_file(
    words: Sequence[str] | None, count: int, path: Path, wanted: Skeleton | None
) -> tuple[Skeleton, list[int]]:
    """The skeleton of a file by its joint names if it has any, else by its number of points.

    Raises:
        InputError: Names and points differ in number, or the file is not on the wanted skeleton.
    """
    if words is None or count > max(len(skeleton) for skeleton in SKELETONS.values()):
        return skeleton_from_count(count, path, wanted)
    if len(words) != count:
        raise InputError(f"{path}: has {len(words)} joint names but {count} points a person; wanted a name a point")
    skeleton, order = skeleton_from_names(words, path)
    if wanted is None or wanted.joint_names == skeleton.joint_names:
        return wanted or skeleton, order
    if set(wanted.joint_names) != set(skeleton.joint_names):
        raise InputError(f"{path}: its joint names are those of {skeleton}, not of {wanted}; leave out `skeleton`")
    return wanted, [order[skeleton.index(joint)] for joint in wanted.joint_names]


@lru_cache(maxsize=4096)
def _words(word: str) -> tuple[str, ...]:
    spaced = re.sub(r"^([LR])(?=[A-Z][a-z])", r"\1_", word.strip())
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=\d)", "_", spaced)
    return tuple(part for part in re.split(r"[^a-z0-9]+", spaced.lower()) if part)


def _joint_name(word: str, reading: Mapping[str, str]) -> str:
    words = _words(word)
    side = next((part[0] for part in words if part in ("left", "right", "l", "r")), "")
    base = "_".join(part for part in words if part not in ("left", "right", "l", "r"))
    if not side and base not in _VOCABULARY and base not in _ALIASES:
        joined = re.fullmatch(r"(left|right|l|r)_?(\w+)", base)
        if joined and (joined[2] in _VOCABULARY or joined[2] in _ALIASES):
            side, base = joined[1][0], joined[2]
    if side and base == "hip":
        return f"{side}_hip"
    base = reading.get(base) or _ALIASES.get(base, base)
    return f"{side}_{base}" if side else base


def _base(joint: str) -> str:
    return re.sub("^[lr]_", "", joint)


def _tree(names: list[str]) -> tuple[int, ...]:
    """Parents by `_NEARER`; joints without one hang from the root, which is the pelvis or what comes nearest."""
    root = next((joint for joint in ("pelvis", "thorax", "upper_neck", "nose") if joint in names), names[0])
    parents = []
    for name in names:
        side = name[:2] if name.startswith(("l_", "r_")) else ""
        nearer = [joint for base in _NEARER.get(_base(name), "").split() for joint in (side + base, base)]
        parent = next((joint for joint in nearer if joint in names), root)
        parents.append(-1 if name == root else names.index(parent))
    return tuple(parents)
