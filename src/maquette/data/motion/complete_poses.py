"""Single poses out of motion capture on a skeleton that is wanted: joints by name, feet from toes, nothing missing."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32

from maquette.archive import read_arrays
from maquette.body.mapping import source_to_target
from maquette.body.skeleton import Skeleton
from maquette.data.motion.files import ROTATIONS_FILE
from maquette.data.motion.mocap import MotionCapture, read_mocap
from maquette.errors import ConventionError, InputError

_FEET = ("l_foot", "r_foot")
_WANTED = "wanted is an NPZ file of plain arrays"


def read_complete_poses(path: Path, skeleton: Skeleton) -> Float[np.ndarray, "N J 3"]:
    """All poses of a file or a folder in which every joint of the skeleton is known.

    Args:
        path: What `maquette.data.motion.mocap.read_mocap` reads, or a folder of NPZ files. ``toes`` (N,2,3) of an NPZ,
            left and right, are the feet of a skeleton that has feet.
        skeleton: Whose joints are wanted. Its pelvis is put exactly between the hips.

    Returns:
        World frame, metres, z up.

    Raises:
        InputError: Nothing can be read, or no pose is complete.
        ConventionError: The files lack a joint of the skeleton.
    """
    archives = sorted(file for file in path.glob("*.npz") if file.name != ROTATIONS_FILE) if path.is_dir() else []
    poses = np.concatenate([_poses_of(file, skeleton) for file in archives or [path]])
    if not len(poses):
        raise InputError(f"'{path}' holds no pose in which every joint of {skeleton} is known; give other motion")
    return poses


def read_centred_poses(path: Path, skeleton: Skeleton) -> Float32[np.ndarray, "N J 3"]:
    """The poses of `read_complete_poses` around their root, in single precision, which is coarse far from the origin.

    Raises:
        InputError: Nothing can be read, or no pose is complete.
        ConventionError: The files lack a joint of the skeleton.
    """
    poses = read_complete_poses(path, skeleton)
    return (poses - poses[:, [skeleton.index(skeleton.root)]]).astype(np.float32)


def _poses_of(path: Path, skeleton: Skeleton) -> Float[np.ndarray, "N J 3"]:
    capture = read_mocap(path)
    mapping = source_to_target(capture.skeleton, skeleton, exact_only=True)
    is_finite = np.isfinite(capture.joints)
    poses = mapping.joints(np.where(is_finite, capture.joints, 0.0))
    known = mapping.mask(np.logical_and.reduce(is_finite, axis=-1))
    if mapping.missing:
        feet = _toes_of(path, capture, mapping.missing, skeleton)
        at = skeleton.indices(*_FEET)
        poses[:, at], known[:, at] = np.where(np.isfinite(feet), feet, 0.0), np.isfinite(feet).all(axis=-1)
    if "pelvis" in skeleton:
        poses[:, skeleton.index("pelvis")] = poses[:, skeleton.indices("l_hip", "r_hip")].mean(axis=1)
    return poses[known.all(axis=1)]


def _toes_of(
    path: Path, capture: MotionCapture, missing: tuple[str, ...], skeleton: Skeleton
) -> Float[np.ndarray, "N 2 3"]:
    """Left and right toes, where feet are all that is missing."""
    lacking = f"'{path}' lacks {', '.join(missing)} of {skeleton}"
    if set(missing) != set(_FEET):
        raise ConventionError(f"{lacking}; give motion that has them, or another skeleton")
    extra = read_arrays(path, what="motion", advice=_WANTED, keys=("toes",)) if path.suffix.lower() == ".npz" else {}
    if "toes" not in extra:
        raise ConventionError(f"{lacking}; give an NPZ with 'toes', or a skeleton without feet such as mpi_15")
    toes, shape = extra["toes"], (len(capture.joints), 2, 3)
    if toes.shape != shape or toes.dtype.kind != "f":
        raise InputError(f"'{path}': 'toes' must have the shape {shape}, not {toes.shape}; mend the file")
    return toes.astype(np.float64)
