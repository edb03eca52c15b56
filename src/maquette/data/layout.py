"""How the folders of data sets look from outside, so that a wrong one is named instead of merely refused."""

from pathlib import Path

from maquette.errors import InputError
from maquette.picture_file import open_image

SIGNS: dict[str, tuple[str, ...]] = {
    "Human3.6M": ("S*/MyPoseFeatures", "S*/MyPoses", "data_3d_h36m.npz"),
    "MPI-INF-3DHP": ("S*/Seq*/annot.mat", "TS*/annot_data.mat", "mpi_inf_3dhp_test_set"),
    "MuPoTS-3D": ("TS*/annot.mat", "MultiPersonTestSet"),
    "MuCo-3DHP": ("MuCo-3DHP.json",),
    "3DPW": ("sequenceFiles",),
    "VideoPose3D keypoints": ("data_2d_*.npz",),
    "MPII": ("mpii_human_pose*.mat", "annotations/mpii_human_pose*.mat"),
    "COCO keypoints": ("annotations/person_keypoints_*.json", "person_keypoints_*.json"),
    "LSP": ("joints.mat",),
    "rendered people in shards": ("people-*.tar", "single-*/people-*.tar"),
    "motion capture in BVH files": ("*.bvh", "*/*.bvh"),
    "motion capture in ASF and AMC files": ("*.asf", "*/*.asf", "subjects/*/*.asf"),
}
"""For each data set the paths that tell it, relative to its folder."""


def recognise_dataset(root: Path) -> str | None:
    """Name of the data set that the folder looks like, or None."""
    if not root.is_dir():
        return None
    for name, patterns in SIGNS.items():
        if any(next(root.glob(pattern), None) is not None for pattern in patterns):
            return name
    return None


def missing_dataset(root: Path, dataset: str, wanted: str) -> InputError:
    """The error for a folder that holds no such data set: what was wanted, and what the folder looks like."""
    if not root.exists():
        return InputError(f"'{root}' does not exist; wanted is the folder of {dataset}: {wanted}")
    return InputError(f"'{root}' holds no {dataset}: wanted is {wanted}{looks_like(root, dataset)}")


def looks_like(root: Path, dataset: str = "") -> str:
    """The end of a sentence that names the data set which the folder looks like; empty if none but ``dataset``."""
    other = recognise_dataset(root)
    return f"; this looks like {other}" if other not in (None, dataset) else ""


def find_folder(root: Path, pattern: str, *inside: str) -> Path | None:
    """``root``, or the first of the folders inside it, that has a path like ``pattern``."""
    for folder in (root, *(root / name for name in inside)):
        if folder.is_dir() and next(folder.glob(pattern), None) is not None:
            return folder
    return None


def keep_if_present(root: Path, picture: str) -> str:
    """The picture's path if it lies under ``root``, else nothing."""
    return picture if (root / picture).is_file() else ""


def read_picture_size(path: Path) -> tuple[int, int] | None:
    """(width, height) from the picture's header, or None where no readable picture lies."""
    try:
        with open_image(path) as picture:
            return picture.size
    except Exception:  # Pictures are optional here; a broken one is named by whoever opens it to look at it.
        return None
