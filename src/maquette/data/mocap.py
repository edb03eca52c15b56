"""Motion capture as named joints in a world with z up, out of NPZ files."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from maquette.body.catalog import H36M_17, find_skeleton
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError

_WANTED = "an NPZ with 'joints' (N,17,3) in metres, z up, in the order of h36m_17, and 'lengths' of its clips"
_MOST_BYTES = 2**33


@dataclass(frozen=True)
class MotionCapture:
    """Clips of one or more persons, one after the other."""

    skeleton: Skeleton
    joints: Float[np.ndarray, "N J 3"]
    """World frame, metres, z up; unknown joints are NaN."""
    lengths: Int[np.ndarray, " C"]
    """Frames of every clip."""
    fps: float


def read_mocap(path: Path) -> MotionCapture:
    """The motion capture in an NPZ file: ``joints``, and optionally ``lengths``, ``fps``, ``skeleton``.

    Raises:
        InputError: The file cannot be read or holds something else.
    """
    content = _content(path)
    joints = content.get("joints")
    skeleton = find_skeleton(str(content["skeleton"])) if "skeleton" in content else H36M_17
    if joints is None or joints.ndim != 3 or joints.shape[1:] != (len(skeleton), 3) or joints.dtype.kind != "f":
        raise InputError(f"'{path}' holds no motion capture; wanted is {_WANTED}")
    lengths = content.get("lengths", np.array([len(joints)]))
    is_whole = lengths.ndim == 1 and lengths.dtype.kind in "iu" and np.all(lengths >= 0)
    if not is_whole or lengths.sum() != len(joints):
        raise InputError(f"'{path}': the clip lengths do not add up to the {len(joints)} frames; mend the file")
    fps = content.get("fps", np.array(30.0))
    if fps.shape != () or fps.dtype.kind not in "fiu" or not (np.isfinite(fps) and fps > 0):
        raise InputError(f"'{path}': its 'fps' must be one positive number of frames per second; mend the file")
    return MotionCapture(skeleton, joints.astype(np.float64), lengths.astype(np.int64), float(fps))


def _content(path: Path) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _MOST_BYTES:
            raise InputError(f"'{path}' would unpack to {size / 2**30:.0f} GiB, which is too much; split the file")
        with np.load(path, allow_pickle=False) as file:
            return {key: np.asarray(file[key]) for key in ("joints", "lengths", "fps", "skeleton") if key in file}
    except InputError:
        raise
    except Exception as error:  # Archives that are damaged or forged raise nearly anything.
        raise InputError(f"'{path}' cannot be read as motion capture ({error}); wanted is {_WANTED}") from error
