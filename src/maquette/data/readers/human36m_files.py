"""Where Human3.6M's poses lie in the official archives and in the common exports, and how each file is read.

Three layouts are known; the first that is found is taken:

- official CDF files: ``S9/MyPoseFeatures/D3_Positions_mono/Directions 1.54138969.cdf`` (camera frame), with
  ``D3_Positions_mono_universal`` and ``D2_Positions`` beside it, or only ``D3_Positions/Directions 1.cdf`` (world);
- HDF5 files: ``S9/MyPoses/3D_positions/Directions 1.h5`` (world);
- VideoPose3D's ``data_3d_h36m.npz`` (world).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float

from maquette.data.readers.human36m_names import ACTIONS, CAMERAS, action_of, common_name
from maquette.data.readers.pickled_npz import read_pickled_npz
from maquette.errors import InputError, MissingExtraError
from maquette.extras import optional_import
from maquette.input_file import require_file

NPZ_NAME = "data_3d_h36m.npz"
_FEATURES = "MyPoseFeatures"
_EXPORT = "MyPoses/3D_positions"
_JOINTS = 32
_MM = 1e-3
_MOST_BYTES = 2**30


@dataclass(frozen=True)
class PosedClip:
    """One trial of one subject, and the files (or the array) that hold its joints."""

    subject: str
    name: str
    """Action and trial in the spelling of tables, such as ``Photo 1``."""
    world: Path | Float[np.ndarray, "F 32 3"] | None = None
    """World joints: a file, or the joints themselves in metres."""
    mono: dict[str, Path] = field(default_factory=dict)
    """Joints in the camera frame, by camera."""
    universal: dict[str, Path] = field(default_factory=dict)
    """The same for a person of the size all share."""
    pixels: dict[str, Path] = field(default_factory=dict)
    videos: dict[str, str] = field(default_factory=dict)
    """By camera, relative to the folder of the data set."""


def find_recordings(root: Path, subjects: Sequence[str]) -> tuple[list[PosedClip], list[str]]:
    """The recordings of some subjects, in order of subject and name, and a sentence for what cannot be read.

    Empty if the folder holds none of the layouts.
    """
    npz = root if root.is_file() else root / NPZ_NAME
    folders = [root / subject for subject in subjects]
    if root.is_dir() and any((folder / _FEATURES).is_dir() or (folder / _EXPORT).is_dir() for folder in folders):
        return [recording for folder in folders for recording in _in_folder(folder)], []
    return _in_npz(npz, subjects) if npz.is_file() else ([], [])


def _in_folder(folder: Path) -> list[PosedClip]:
    found: dict[str, dict] = {}
    kinds = {"D3_Positions_mono": "mono", "D3_Positions_mono_universal": "universal", "D2_Positions": "pixels"}
    for place, kind in kinds.items():
        for path, name, camera in _by_camera(folder / _FEATURES / place, ".cdf"):
            found.setdefault(name, {}).setdefault(kind, {})[camera] = path
    for place, suffix in ((f"{_FEATURES}/D3_Positions", ".cdf"), (_EXPORT, ".h5")):
        for path in sorted((folder / place).glob(f"*{suffix}")):
            if action_of(path.stem) in ACTIONS:
                found.setdefault(common_name(path.stem), {})["world"] = path
    for path, name, camera in _by_camera(folder / "Videos", ".mp4"):
        if name in found:
            found[name].setdefault("videos", {})[camera] = f"{folder.name}/Videos/{path.name}"
    posed = {name: files for name, files in found.items() if "mono" in files or "world" in files}
    return [PosedClip(folder.name, name, **posed[name]) for name in sorted(posed)]


def _by_camera(folder: Path, suffix: str) -> list[tuple[Path, str, str]]:
    """(file, name of the recording, camera) of files called ``Directions 1.54138969`` and the like."""
    parts = ((path, path.stem.rpartition(".")) for path in sorted(folder.glob(f"*{suffix}")))
    return [
        (path, common_name(name), camera)
        for path, (name, _, camera) in parts
        if camera in CAMERAS and action_of(name) in ACTIONS
    ]


def _in_npz(path: Path, subjects: Sequence[str]) -> tuple[list[PosedClip], list[str]]:
    positions = read_pickled_npz(path, "positions_3d").get("positions_3d")
    if not isinstance(positions, dict):
        raise InputError(f"'{path}' holds no 'positions_3d'; wanted is VideoPose3D's {NPZ_NAME}")
    recordings, skipped = [], []
    for subject in subjects:
        actions = positions.get(subject, {})
        for name, joints in sorted(actions.items()) if isinstance(actions, dict) else ():
            if action_of(str(name)) not in ACTIONS:
                continue
            if isinstance(joints, np.ndarray) and joints.shape[1:] == (_JOINTS, 3) and joints.dtype.kind == "f":
                recordings.append(PosedClip(subject, common_name(str(name)), world=joints))
            else:
                skipped.append(f"'{path}': {subject}, {name} does not hold joints of the shape (frames, 32, 3)")
    return recordings, skipped


def read_metres(path: Path) -> Float[np.ndarray, "F 32 3"]:
    """The 3D joints of a CDF or HDF5 file, in metres.

    Raises:
        InputError: The file is missing, damaged or holds something else.
        MissingExtraError: The package that reads it is not installed.
    """
    return _joints(path, 3) * _MM


def read_pixels(path: Path) -> Float[np.ndarray, "F 32 2"]:
    """The 2D joints of a CDF file, in pixels as the data set's own code counts them.

    Raises:
        InputError: The file is missing, damaged or holds something else.
        MissingExtraError: The package that reads it is not installed.
    """
    return _joints(path, 2)


def _joints(path: Path, dimensions: int) -> np.ndarray:
    columns = _JOINTS * dimensions
    try:
        if path.exists():
            require_file(path)
        if path.stat().st_size == 0:
            raise InputError(f"'{path}' is empty; download it again")
        values = _from_hdf5(path) if path.suffix == ".h5" else _from_cdf(path)
    except (InputError, MissingExtraError):
        raise
    except Exception as error:  # Damaged files raise nearly anything.
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"'{path}' cannot be read ({reason}); download it again") from error
    if values.ndim != 2 or values.shape[1] != columns or values.dtype.kind not in "fiu":
        raise InputError(f"'{path}' has the shape {values.shape}, wanted is (frames, {columns}); download it again")
    return values.astype(np.float64).reshape(-1, _JOINTS, dimensions)


def _from_hdf5(path: Path) -> np.ndarray:
    """``3D_positions``: 96 rows, a column a frame."""
    h5py = optional_import("h5py", extra="data")
    with h5py.File(path, "r") as file:
        if "3D_positions" not in file:
            raise InputError(f"'{path}' holds no '3D_positions'; wanted is the common HDF5 export of Human3.6M")
        item = file["3D_positions"]
        if item.nbytes > _MOST_BYTES:
            raise InputError(f"'{path}' claims {item.nbytes / 2**30:.0f} GiB; download it again")
        return np.asarray(item[()]).T


def _from_cdf(path: Path) -> np.ndarray:
    """The variable ``Pose``: one record of (frames, 32 joints times 2 or 3)."""
    cdflib = optional_import("cdflib", extra="data")
    poses = np.asarray(cdflib.CDF(path).varget("Pose"))
    return poses[0] if poses.ndim == 3 and len(poses) == 1 else poses
