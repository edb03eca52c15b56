"""Marker files as poses: TRC and C3D whose markers are joints of a known skeleton."""

import re
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.catalog import SKELETONS
from maquette.body.estimate import PoseEstimate
from maquette.body.people import Poses2d, Poses3d
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError
from maquette.io.c3d import read_c3d
from maquette.io.trc import MarkerTracks, marker_name, read_trc

_Y_UP_TO_WORLD = np.eye(3)[[2, 0, 1]]
CAMERA_FROM_WORLD = np.diag([1.0, -1.0, -1.0]) @ _Y_UP_TO_WORLD.T
"""The camera that our TRC writer takes for level: x of the file right, its y against gravity."""
_CENTRES = {
    f"{side}{part}jc": f"{side}_{joint}"
    for side in "lr"
    for part, joint in zip("hkasew", ("hip", "knee", "ankle", "shoulder", "elbow", "wrist"), strict=True)
}
"""Joint centres as motion capture programs work them out, such as LHJC."""
_LIMBS = tuple(_CENTRES.values())


def _names_of_joints() -> dict[str, str]:
    """Joints by the plain names of their markers; those of Pose2Sim count before our own."""
    joints = list(dict.fromkeys(joint for skeleton in SKELETONS.values() for joint in skeleton.joint_names))
    own, theirs = ({_plain(name): joint for name, joint in zip(map(spell, joints), joints, strict=True)}
                   for spell in (str, marker_name))  # fmt: skip
    return own | theirs | _CENTRES


def _plain(marker: str) -> str:
    return re.sub(r"[^a-z0-9]", "", marker.casefold())


_JOINTS = _names_of_joints()
_SEGMENTS = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
_SHORTEST_M, _LONGEST_M = 0.05, 1.0
"""Median length of upper arms, forearms, thighs and shins: less than a newborn's, more than a giant's."""
_FEWEST_LIMBS = 8
_MOST_LISTED = 8


def read_marker_poses(path: Path) -> PoseEstimate:
    """The people of a TRC or C3D file in the world frame, on the skeleton that most of its markers belong to.

    Markers are told by Pose2Sim's names (`marker_name`), by our own, or as joint centres such as LHJC; what stands
    before a colon names the person. Of y, which TRC files have up, and z, which C3D files have, the axis along which
    people stand is taken; files that our own writer made are taken at their word.

    Raises:
        InputError: The file cannot be read, its markers are no joints, such as those on the skin, or the lengths of
            limbs are nobody's, so that the unit is wrong.
        MissingExtraError: The file is C3D, and ezc3d is not installed.
    """
    is_c3d = path.suffix.lower() == ".c3d"
    tracks = read_c3d(path) if is_c3d else read_trc(path)
    found = [_person_and_joint(name) for name in tracks.names]
    people = sorted({person for person, joint in found if joint in _LIMBS})
    joints = {joint for _, joint in found if joint}
    if len(joints & set(_LIMBS)) < _FEWEST_LIMBS:
        listed = ", ".join(tracks.names[:_MOST_LISTED]) + (", ..." if len(tracks.names) > _MOST_LISTED else "")
        raise InputError(
            f"{path}: its markers ({listed:.200}) are not joints that are known; give joint centres under names such "
            f"as RHip, RKnee, RAnkle, LShoulder, or RHJC, RKJC"
        )
    skeleton = max(SKELETONS.values(), key=lambda one: (len(joints & set(one.joint_names)), -len(one)))
    positions, mask = _sort(tracks, found, people, skeleton)
    notes = list(tracks.notes)
    up = "z" if is_c3d else "y"
    if not tracks.is_ours:
        _require_limbs(positions, mask, skeleton, tracks.unit, path)
        up, told = _up_axis(positions, mask, skeleton, up)
        notes += told
    turn = np.eye(3) if up == "z" else _Y_UP_TO_WORLD
    root = _root(positions, mask, skeleton)
    unused = [name for name, (_, joint) in zip(tracks.names, found, strict=True) if joint not in skeleton]
    said = "does not say whether they were measured" if tracks.is_scale_known else "says that its scale is unknown"
    notes.append(f"lengths are those of the file, which {said}")
    if unused:
        notes.append(f"markers that are no joints of {skeleton.name} were left out: {len(unused)}")
    return _estimate(tracks, skeleton, (positions @ turn.T, mask), root, (path.suffix.lower()[1:], tuple(notes)))


def _person_and_joint(name: str) -> tuple[str, str]:
    """Whose marker it is, and which joint; empty where it is none."""
    person, _, marker = name.rpartition(":")
    return person, _JOINTS.get(re.sub(r"^(l)eft(?=.)|^(r)ight(?=.)", r"\1\2", _plain(marker)), "")


def _sort(
    tracks: MarkerTracks, found: list[tuple[str, str]], people: list[str], skeleton: Skeleton
) -> tuple[Float[np.ndarray, "F P J 3"], Bool[np.ndarray, "F P J"]]:
    """The markers by persons and joints; of two that are one joint the first counts."""
    shape = (len(tracks.times), len(people), len(skeleton))
    positions, mask = np.zeros((*shape, 3)), np.zeros(shape, bool)
    for at, (person, joint) in reversed(list(enumerate(found))):
        if joint in skeleton and person in people:
            place = people.index(person), skeleton.index(joint)
            positions[:, *place], mask[:, *place] = tracks.positions[:, at], tracks.mask[:, at]
    return positions, mask


def _up_axis(positions: np.ndarray, mask: np.ndarray, skeleton: Skeleton, usual: str) -> tuple[str, list[str]]:
    """The axis, y or z, along which people rise from their ankles to their shoulders, and a note if it is not usual."""
    places = [[skeleton.index(f"{side}_{joint}") for side in "lr"] for joint in ("ankle", "shoulder")]
    known = mask[..., places[0] + places[1]].all(axis=-1)
    if not known.any():
        return usual, []
    low, high = (positions[..., place, :].mean(axis=-2)[known] for place in places)
    rise = dict(zip("xyz", np.median(high - low, axis=0).tolist(), strict=True))
    other = "y" if usual == "z" else "z"
    if abs(rise["x"]) > max(rise[usual], rise[other]):
        return usual, [f"people lie or stand along x; {usual} was taken for up, as is usual in such files"]
    if rise[other] > rise[usual]:
        return other, [f"people stand along {other}, which was taken for up, though such files usually have {usual} up"]
    return usual, []


def _require_limbs(positions: np.ndarray, mask: np.ndarray, skeleton: Skeleton, unit: str, path: Path) -> None:
    pairs = [[f"{side}_{joint}" for joint in pair] for pair in _SEGMENTS for side in "lr"]
    ends = [skeleton.indices(*pair) for pair in pairs if set(pair) <= set(skeleton.joint_names)]
    ends = np.array(ends, int).reshape(-1, 2)
    known = mask[..., ends].all(axis=-1)
    if not known.any():
        return
    length_m = float(np.median(np.linalg.norm(np.diff(positions[..., ends, :], axis=-2)[..., 0, :], axis=-1)[known]))
    if not _SHORTEST_M <= length_m <= _LONGEST_M:
        raise InputError(
            f"{path}: a thigh, shin or arm would be {length_m:.3g} m long, as nobody's is; its header gives '{unit}' "
            f"as the unit, so correct that or export the file anew"
        )


def _root(positions: np.ndarray, mask: np.ndarray, skeleton: Skeleton) -> str | None:
    """The joint that lies at the origin for everybody wherever they are known."""
    for at in np.flatnonzero(~np.any(positions, axis=(0, 1, 3))).tolist():
        if mask[..., at].any() and np.array_equal(mask[..., at], mask.any(axis=-1)):
            return skeleton.joint_names[at]
    return None


def _estimate(
    tracks: MarkerTracks,
    skeleton: Skeleton,
    placed: tuple[np.ndarray, np.ndarray],
    root: str | None,
    history: tuple[str, tuple[str, ...]],
) -> PoseEstimate:
    joints, mask = placed[0].astype(np.float32), placed[1]
    shared = {
        "skeleton": skeleton,
        "times": tracks.times,
        "person_ids": np.arange(mask.shape[1]),
    }
    poses = Poses3d(
        joints=joints,
        mask=mask,
        confidence=mask.astype(np.float32),
        frame="world",
        root=root,
        scale_known=tracks.is_scale_known,
        **shared,
    )
    nowhere = np.zeros_like(mask)
    keypoints = Poses2d(
        joints=np.zeros((*mask.shape, 2), np.float32), mask=nowhere, confidence=nowhere.astype(np.float32), **shared
    )
    return PoseEstimate(poses=poses, keypoints=keypoints, method="markers", detector=history[0], notes=history[1])
