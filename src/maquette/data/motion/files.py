"""Motion capture files as clips of bodies: NPZ files with joints, and rotations beside them where there are any."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from maquette.archive import read_arrays
from maquette.body.skeleton import Skeleton
from maquette.data.motion.mocap import MotionCapture, read_mocap
from maquette.errors import ConventionError, InputError
from maquette.rendering.posing.pose import BodyPose, concatenate_poses
from maquette.rendering.posing.retarget import leg_lengths, pose_from_joints
from maquette.rendering.posing.rotations import SourceRig, rotations_of, segment_turns, turns_at_rest
from maquette.rendering.posing.trunk import SegmentTurns

ROTATIONS_FILE = "rotations.npz"
"""Name of the file with joint rotations that may lie beside those with joints."""
_RIGS_WITHOUT_NEUTRAL_POSE = ("neo",)
_WANTED = "wanted is an NPZ file of plain arrays"
_RIGS_WITH_HANDS = ("m2m",)
_LEAN_RAD = np.radians(8.0)
"""Shoulder joints of optical motion capture lie behind the hip joints of a person who stands upright."""


@dataclass(frozen=True, eq=False)
class RigMotion:
    """Rotations of a clip as its rig recorded them."""

    rig: SourceRig
    quaternions: Float[np.ndarray, "F B 4"]
    """(w, x, y, z) against the parent bone, not quite normalised."""
    at_rest: SegmentTurns
    """How a body stands in the rig's neutral pose, one rotation a segment."""
    has_hands: bool

    def turns(self, frames: Int[np.ndarray, " N"]) -> SegmentTurns:
        """World rotations of a body's segments in some of the frames."""
        local = rotations_of(self.quaternions[frames].astype(np.float64))
        return segment_turns(self.rig, local, self.at_rest, with_hands=self.has_hands)


@dataclass(frozen=True, eq=False)
class CapturedClip:
    """A clip of motion capture, put on a body only when its poses are asked for."""

    name: str
    subject: str
    action: str
    fps: float
    skeleton: Skeleton
    joints: Float[np.ndarray, "F J 3"]
    """World, z up, metres."""
    toes: Float[np.ndarray, "F 2 3"] | None = None
    rotations: RigMotion | None = None

    @property
    def frame_count(self) -> int:
        """Number of frames."""
        return len(self.joints)

    @cached_property
    def leg_length(self) -> float:
        """Thigh and shin of the person, metres."""
        return float(np.median(leg_lengths(self.joints, self.skeleton)))

    def poses(self, frames: Int[np.ndarray, " N"]) -> BodyPose:
        """The bodies of some of the frames."""
        return gather_poses([self], [frames])


def gather_poses(clips: Sequence[CapturedClip], frames: Sequence[Int[np.ndarray, " _"]]) -> BodyPose:
    """The bodies of some frames of several clips at once, which is much quicker than one clip after the other.

    Returns:
        One row for each frame, clips that know alike much together.
    """
    groups: dict[tuple, list[tuple[CapturedClip, np.ndarray, SegmentTurns]]] = {}
    for clip, rows in zip(clips, frames, strict=True):
        turns = clip.rotations.turns(rows) if clip.rotations else {}
        groups.setdefault((clip.skeleton.name, clip.toes is None, tuple(turns)), []).append((clip, rows, turns))
    return concatenate_poses([_together(group) for group in groups.values()])


def _together(group: list[tuple[CapturedClip, np.ndarray, SegmentTurns]]) -> BodyPose:
    joints = np.concatenate([clip.joints[rows] for clip, rows, _ in group]).astype(np.float64)
    toes = [clip.toes[rows] for clip, rows, _ in group if clip.toes is not None]
    known = {name: np.concatenate([turns[name] for _, _, turns in group]) for name in group[0][2]}
    return pose_from_joints(
        joints,
        group[0][0].skeleton,
        toes=np.concatenate(toes).astype(np.float64) if toes else None,
        known=known,
        lean_rad=_LEAN_RAD,
        leg_length=np.concatenate([np.full(len(rows), clip.leg_length) for clip, rows, _ in group]),
    )


def read_clips(path: Path) -> list[CapturedClip]:
    """The clips of one file that `maquette.data.motion.mocap.read_mocap` reads, or of a folder of such files.

    Beyond what that reads an NPZ file may hold ``subjects`` and ``actions`` (one text a clip) and ``toes`` (N,2,3), and
    rotations of the same clips may lie beside it in `ROTATIONS_FILE`. Frames with unknown joints are left out: the
    longest run without any stays.

    Raises:
        InputError: Nothing is there, or a file cannot be read or holds something else.
    """
    archives = sorted(path.glob("*.npz")) if path.is_dir() else [path] if path.suffix.lower() == ".npz" else []
    archives = [file for file in archives if file.name != ROTATIONS_FILE]
    beside = (path if path.is_dir() else path.parent) / ROTATIONS_FILE
    rotations = _read_rotations(beside) if archives and beside.is_file() else {}
    clips = [clip for file in archives or [path] for clip in _clips_of(file, rotations)]
    if not clips:
        raise InputError(f"'{path}' holds no clip of two or more frames in which all joints are known; give another")
    return clips


def _clips_of(path: Path, rotations: dict[str, RigMotion]) -> list[CapturedClip]:
    capture = read_mocap(path)
    is_archive = path.suffix.lower() == ".npz"
    extra = read_arrays(path, what="motion", advice=_WANTED, keys=("subjects", "actions", "toes")) if is_archive else {}
    names, subjects, actions = _texts(path, capture, extra)
    toes, joints = extra.get("toes"), capture.joints.astype(np.float32)
    if toes is not None and (toes.shape != (len(joints), 2, 3) or toes.dtype.kind != "f"):
        raise InputError(f"'{path}': 'toes' must have the shape {(len(joints), 2, 3)}, not {toes.shape}; mend the file")
    clips, ends = [], np.cumsum(capture.lengths)
    for at, (start, end) in enumerate(zip(ends - capture.lengths, ends, strict=True)):
        run = _longest_known(joints[start:end])
        if run.stop - run.start >= 2:
            turned = _cut(rotations.get(names[at]), run, int(end - start), path)
            own_toes = None if toes is None else toes[start:end][run].astype(np.float32)
            about = (names[at], subjects[at], actions[at], capture.fps, capture.skeleton)
            clips.append(CapturedClip(*about, joints[start:end][run], own_toes, turned))
    return clips


def _texts(path: Path, capture: MotionCapture, extra: dict[str, np.ndarray]) -> list[list[str]]:
    """Name, subject and action of every clip; where the file is silent, its own name stands for names and subjects."""
    count = len(capture.lengths)
    names = list(capture.names) or [path.stem if count == 1 else f"{path.stem} {at}" for at in range(count)]
    found = [names]
    for key in ("subjects", "actions"):
        values = extra.get(key, np.full(count, path.stem if key == "subjects" else ""))
        if values.shape != (count,) or values.dtype.kind != "U":
            raise InputError(f"'{path}': '{key}' must be one text for each clip ({count}); mend the file")
        found.append(values.tolist())
    return found


def _longest_known(joints: Float[np.ndarray, "F J 3"]) -> slice:
    """The longest run of frames whose joints are all known."""
    edges = np.flatnonzero(np.diff(np.isfinite(joints).all(axis=(1, 2)).astype(np.int8), prepend=0, append=0))
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts)) if len(starts) else -1
    return slice(int(starts[longest]), int(ends[longest])) if longest >= 0 else slice(0, 0)


def _cut(motion: RigMotion | None, run: slice, frames: int, path: Path) -> RigMotion | None:
    if motion is None:
        return None
    if len(motion.quaternions) != frames:
        raise InputError(
            f"'{path}' and '{ROTATIONS_FILE}' beside it differ in the length of a clip ({frames} and "
            f"{len(motion.quaternions)} frames); they must belong together"
        )
    return replace(motion, quaternions=motion.quaternions[run])


def _read_rotations(path: Path) -> dict[str, RigMotion]:
    """The rotations of every clip by its name; rigs without a neutral pose are left out."""
    content = read_arrays(path, what="motion", advice=_WANTED)
    found: dict[str, RigMotion] = {}
    for family in content.get("families", np.array([], str)).tolist():
        if family not in _RIGS_WITHOUT_NEUTRAL_POSE:
            found |= _read_family(path, content, str(family))
    return found


def _read_family(path: Path, content: dict[str, np.ndarray], family: str) -> dict[str, RigMotion]:
    try:
        names, parents = content[f"{family}/names"].tolist(), content[f"{family}/parents"].astype(np.int64)
        quaternions, lengths = content[f"{family}/quats"], content[f"{family}/lengths"].astype(np.int64)
        offsets, clips = content[f"{family}/offsets"].astype(np.float64), content[f"{family}/clips"].tolist()
        rest = content[f"{family}/rest_quats"].astype(np.float64)
        bones = len(names)
        shapes = (parents.shape, offsets.shape, quaternions.shape, rest.shape)
        wanted = ((bones,), (len(clips), bones, 3), (int(lengths.sum()), bones, 4), (bones, 4))
        is_ordered = bool(np.all(parents < np.arange(bones)) and np.all(parents >= -1) and len(lengths) == len(clips))
        if shapes != wanted or not is_ordered or not (np.isfinite(offsets).all() and np.isfinite(quaternions).all()):
            raise ValueError(f"arrays have the shapes {shapes}, {wanted} are wanted")
        source = SourceRig(tuple(map(str, names)), parents, rotations_of(rest))
        at_rest = turns_at_rest(source, offsets)
    except (KeyError, ValueError, TypeError, ConventionError) as error:
        raise InputError(f"'{path}': the rotations of the rig '{family}' cannot be used ({error})") from error
    starts, has_hands = np.cumsum(lengths) - lengths, family.startswith(_RIGS_WITH_HANDS)
    return {
        str(clip): RigMotion(
            source, quaternions[start : start + length], {name: turn[at] for name, turn in at_rest.items()}, has_hands
        )
        for at, (clip, start, length) in enumerate(zip(clips, starts, lengths, strict=True))
    }
