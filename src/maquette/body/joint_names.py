"""Joint names of other tools, read as our vocabulary and as skeletons."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from maquette.body.catalog import SKELETONS
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, InputError

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
    {"chest": "spine"},
    {"head": "head_top", "chest": "spine"},
    {"neck": "upper_neck"},
    {"head": "head_top"},
    {"neck": "upper_neck", "head": "head_top"},
    {"head": "head_top", "neck_base": "nose", "foot": "ankle"},
)
"""What ambiguous words may mean; a chest beside a neck is the middle of the trunk, as in OpenPose's MPI models, and the
last reading is that of MMPose's Human3.6M."""

_OF_ANIMALS = {
    "paw", "paws", "tail", "tailbase", "hoof", "hooves", "snout", "withers", "muzzle", "beak", "wing", "wings", "fin",
    "foreleg", "hindleg", "udder",
}  # fmt: skip

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


def read_joint_names(words: Sequence[str]) -> list[list[str]]:
    """All words in our vocabulary, once for each thing that ambiguous words among them may mean; likeliest first."""
    return [[_joint_name(word, reading) for word in words] for reading in _READINGS]


def is_known_joint(name: str) -> bool:
    """Whether a name, on whatever side, is one of our vocabulary."""
    return _base(name) in _VOCABULARY


def same_skeleton(readings: Sequence[Sequence[str]]) -> tuple[Skeleton, list[int]] | None:
    """The catalogued skeleton with exactly the names of one reading, in any order, and where its joints lie in it."""
    for names in readings:
        for skeleton in SKELETONS.values():
            if len(names) == len(skeleton) and set(names) == set(skeleton.joint_names):
                return skeleton, [names.index(joint) for joint in skeleton.joint_names]
    return None


def skeleton_from_names(words: Sequence[str], path: Path) -> tuple[Skeleton, list[int]]:
    """The skeleton that joint names stand for, and where each of its joints lies among them.

    A catalogued skeleton if the names are the same ones in any order, else one named 'custom' with a simple tree.

    Raises:
        InputError: No name is known, names repeat, or a left joint lacks its right twin.
    """
    readings = read_joint_names(words)
    if found := same_skeleton(readings):
        return found
    names = next((names for names in readings if len(set(names)) == len(names)), readings[0])
    shown = ", ".join(word[:40] for word in words[:8]) + (", ..." if len(words) > 8 else "")
    if animal := next((word for word in words if _OF_ANIMALS & set(_words(word))), None):
        raise InputError(f"{path}: its joint '{animal[:40]}' is an animal's; wanted are keypoints of people")
    if not any(map(is_known_joint, names)):
        raise InputError(
            f"{path}: no joint name is known among {shown}; wanted names such as nose, l_shoulder, r_knee, or say "
            "which skeleton it is with `skeleton`"
        )
    try:
        return Skeleton("custom", tuple(names), _tree(names)), list(range(len(names)))
    except ConventionError as error:
        raise InputError(f"{path}: its joint names ({shown}) make no skeleton: {error}") from error


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
