"""Joint names and joint counts of other tools, read as skeletons of ours."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from maquette.body.catalog import COCO_17, COCO_WHOLEBODY_BODY_23, HALPE_26, SKELETONS
from maquette.body.joint_names import is_known_joint, joint_name, skeleton_from_names
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError
from maquette.plain_text import count_of

COUNTS: Mapping[int, Skeleton] = {
    17: COCO_17,
    23: COCO_WHOLEBODY_BODY_23,
    26: HALPE_26,
    133: COCO_WHOLEBODY_BODY_23,
    136: HALPE_26,
    308: COCO_WHOLEBODY_BODY_23,
}
"""Skeletons that a number of points stands for in most tools; of 133, 136 and 308 points only the body is read."""

_PLACES: Mapping[int, list[int]] = {308: [*range(9), 62, 41, *range(9, 21)]}
"""Where the joints lie among so many points, if not in front: Sapiens has the wrists with the hands."""


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
            f"{path}: {count_of(count, 'point')} a person could be several skeletons or none; wanted {known}, or "
            "say which skeleton it is with `skeleton`"
        )
    if count != len(skeleton) and counts.get(count) != skeleton:
        raise InputError(
            f"{path}: {count_of(count, 'point')} a person {'is' if count == 1 else 'are'} not {skeleton}; give the "
            "skeleton they were made with"
        )
    return skeleton, _PLACES.get(count, list(range(len(skeleton))))


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
        raise InputError(
            f"{path}: has {count_of(len(words), 'joint name')} but {count_of(count, 'point')} a person; wanted a "
            "name a point"
        )
    if wanted is not None and _is_in_order_of(wanted, words):
        return wanted, list(range(count))
    skeleton, order = skeleton_from_names(words, path)
    if wanted is None or wanted.joint_names == skeleton.joint_names:
        return wanted or skeleton, order
    if set(wanted.joint_names) != set(skeleton.joint_names):
        raise InputError(f"{path}: its joint names are those of {skeleton}, not of {wanted}; leave out `skeleton`")
    return wanted, [order[skeleton.index(joint)] for joint in wanted.joint_names]


def _is_in_order_of(wanted: Skeleton, words: Sequence[str]) -> bool:
    """Whether words are as many as the skeleton's joints, and none that we know stands in another's place."""
    names = [joint_name(word) for word in words]
    return len(names) == len(wanted) and all(
        name == joint or not is_known_joint(name) for name, joint in zip(names, wanted.joint_names, strict=True)
    )
