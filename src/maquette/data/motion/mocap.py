"""Motion capture as named joints in a world with z up, out of NPZ, BVH and AMC files, and folders of them."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int

from maquette.archive import read_arrays
from maquette.body.anatomy import LEGAL_BENDS
from maquette.body.catalog import H36M_17, find_skeleton
from maquette.body.skeleton import Skeleton
from maquette.data.layout import looks_like
from maquette.data.motion.asf_amc import read_amc
from maquette.data.motion.body_parameters import BODY_PARAMETERS, body_parameters_error, is_body_parameters
from maquette.data.motion.bvh import read_bvh
from maquette.data.motion.recording import RigRecording
from maquette.data.motion.rig import joints_of
from maquette.errors import ConventionError, InputError
from maquette.geometry.canonical import require_right_handed
from maquette.plain_text import count_of

_WANTED = "an NPZ with 'joints' (N,17,3) in metres, z up, in the order of h36m_17, and 'lengths' of its clips"
_KEYS = ("joints", "lengths", "fps", "skeleton", "names")
_FPS = 30.0
"""Rate that recordings of several rates are brought to."""
_SAME_RATE = 1e-3
"""Rates that differ by a smaller share are one."""
_READERS = {".bvh": read_bvh, ".amc": read_amc}


@dataclass(frozen=True)
class MotionCapture:
    """Clips of one or more persons, one after the other."""

    skeleton: Skeleton
    joints: Float[np.ndarray, "N J 3"]
    """World frame, metres, z up; unknown joints are NaN."""
    lengths: Int[np.ndarray, " C"]
    """Frames of every clip."""
    fps: float
    names: tuple[str, ...] = ()
    """Of the clips; empty if the file does not name them."""
    skipped: tuple[str, ...] = ()
    """One sentence for every file that could not be read."""


def read_mocap(path: Path) -> MotionCapture:
    """The motion capture in a file or folder.

    An NPZ holds ``joints`` and optionally ``lengths``, ``fps``, ``skeleton`` and ``names``. BVH and AMC files, with the
    AMC's skeleton in an ASF file beside it, may be of any rig that `maquette.data.motion.rig` knows; a folder is
    searched for them, and what cannot be read there is skipped. They come as the joints of h36m_17 at 30 frames per
    second.

    Raises:
        InputError: The file cannot be read or holds something else, or nothing in the folder can be read.
        ConventionError: The people's elbows and knees bend the wrong way, so that the frame is left-handed.
    """
    if path.is_dir():
        capture = _read_folder(path)
    elif path.suffix.lower() in _READERS:
        capture = _join([path], [_read_clip(path)], [])
    else:
        capture = _read_npz(path)
    _refuse_left_handed(capture, path)
    return capture


def _refuse_left_handed(capture: MotionCapture, path: Path) -> None:
    needed = {joint for chain, _ in LEGAL_BENDS for joint in chain}
    if not all(any(name in capture.skeleton for name in joint.split("|")) for joint in needed):
        return
    try:
        require_right_handed(torch.from_numpy(capture.joints), capture.skeleton)
    except ConventionError as error:
        raise ConventionError(f"'{path}': {error}") from error


def _read_folder(folder: Path) -> MotionCapture:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _READERS)
    if not paths:
        raise InputError(
            f"'{folder}' holds no motion capture; wanted are BVH or AMC files, or give an NPZ file{looks_like(folder)}"
        )
    read, clips, skipped = [], [], []
    for path in paths:
        try:
            clips.append(_read_clip(path))
            read.append(path)
        except InputError as error:
            skipped.append(str(error))
    if not clips:
        raise InputError(f"{skipped[0]} (and nothing else in '{folder}' can be read)")
    return _join(read, clips, skipped)


def _read_clip(path: Path) -> Float[np.ndarray, "N 17 3"]:
    recording: RigRecording = _READERS[path.suffix.lower()](path)
    found = joints_of(recording, path)
    return _at_rate(found.joints, found.fps, _FPS)


def _join(paths: list[Path], clips: list[np.ndarray], skipped: list[str]) -> MotionCapture:
    lengths = np.array([len(clip) for clip in clips], np.int64)
    names = tuple(path.stem for path in paths)
    return MotionCapture(H36M_17, np.concatenate(clips), lengths, _FPS, names, tuple(skipped))


def _at_rate(joints: Float[np.ndarray, "N J 3"], fps: float, wanted: float) -> Float[np.ndarray, "M J 3"]:
    """The joints at another rate, those between two frames on the straight line between them.

    Files round the time of a frame, so rates that nearly agree are one. The end is rounded to the nearest sample; where
    that lies behind the last frame, the line through the last two goes on to it.
    """
    if abs(fps / wanted - 1) <= _SAME_RATE:
        return joints
    times = np.arange(math.ceil((len(joints) - 1) / fps * wanted - 0.5) + 1) * fps / wanted
    before = np.minimum(times.astype(np.int64), max(len(joints) - 2, 0))
    after = np.minimum(before + 1, len(joints) - 1)
    share = (times - before)[:, None, None]
    return (1 - share) * joints[before] + share * joints[after]


def _read_npz(path: Path) -> MotionCapture:
    names = (*_KEYS, *BODY_PARAMETERS)
    content = read_arrays(path, what="motion capture", advice=f"wanted is {_WANTED}", keys=names)
    joints = content.get("joints")
    if joints is None and is_body_parameters(content):
        raise body_parameters_error(path)
    skeleton = find_skeleton(str(content["skeleton"])) if "skeleton" in content else H36M_17
    if joints is None or joints.ndim != 3 or joints.shape[1:] != (len(skeleton), 3) or joints.dtype.kind != "f":
        raise InputError(f"'{path}' holds no motion capture; wanted is {_WANTED}")
    lengths = content.get("lengths", np.array([len(joints)]))
    is_whole = lengths.ndim == 1 and lengths.dtype.kind in "iu" and np.all(lengths >= 0)
    if not is_whole or lengths.sum() != len(joints):
        raise InputError(f"'{path}': the clip lengths do not add up to {count_of(len(joints), 'frame')}; mend the file")
    fps = content.get("fps", np.array(30.0))
    if fps.shape != () or fps.dtype.kind not in "fiu" or not (np.isfinite(fps) and fps > 0):
        raise InputError(f"'{path}': its 'fps' must be one positive number of frames per second; mend the file")
    names = tuple(content.get("names", np.array([], str)).astype(str).ravel().tolist())
    if names and len(names) != len(lengths):
        raise InputError(
            f"'{path}' has {count_of(len(names), 'name')} for {count_of(len(lengths), 'clip')}; mend the file"
        )
    return MotionCapture(skeleton, joints.astype(np.float64), lengths.astype(np.int64), float(fps), names)
