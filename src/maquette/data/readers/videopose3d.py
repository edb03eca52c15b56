"""VideoPose3D's 2D keypoints (``data_2d_*.npz``): detections of Human3.6M or of a user's own videos."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from maquette.body.catalog import COCO_17, H36M_17, H36M_32, MPII_16
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.layout import missing_dataset
from maquette.data.readers.clip import (
    ClipName,
    Points,
    check_every,
    clip_of,
    hide_points,
    join_all,
    no_points,
    points,
    read_each,
    select_names,
)
from maquette.data.readers.human36m_names import CAMERAS, HUMAN36M_SUBJECTS, IMAGE_SIZES, action_of, common_name
from maquette.data.readers.pickled_npz import read_pickled_npz
from maquette.errors import InputError

_WANTED = "a file data_2d_*.npz with 'positions_2d' and 'metadata'"
_MPII_PELVIS_FIRST = (
    "pelvis", "r_hip", "r_knee", "r_ankle", "l_hip", "l_knee", "l_ankle", "thorax", "upper_neck", "head_top",
    "l_shoulder", "l_elbow", "l_wrist", "r_shoulder", "r_elbow", "r_wrist",
)  # fmt: skip
_COCO_LEFT = list(range(1, 17, 2))
_H36M_LEFT = [4, 5, 6, 11, 12, 13]


def read_videopose3d(root: Path, *, subjects: Sequence[str] | None = None, every: int = 1) -> AnnotatedPeople:
    """The 2D keypoints in VideoPose3D's NPZ files; 3D is unknown throughout.

    Clips of Human3.6M are named as `read_human36m` names them, so that ``keys`` of both agree.

    Args:
        root: The file, or a folder with exactly one ``data_2d_*.npz``.
        subjects: Subjects (or, in a file of one's own videos, the videos) to take; None takes all.
        every: Takes frames 0, ``every``, 2 ``every``, ... of each clip.

    Raises:
        InputError: There is no such file, or nothing in it can be read.
        SettingError: A subject is not in the file.
    """
    check_every(every)
    path = _file(root)
    content = read_pickled_npz(path, "positions_2d", "metadata")
    positions, metadata = content.get("positions_2d"), content.get("metadata", {})
    if not isinstance(positions, dict) or not isinstance(metadata, dict):
        raise InputError(f"'{path}' holds no keypoints of VideoPose3D: wanted is {_WANTED}")
    wanted = select_names(subjects, [str(name) for name in positions], "subject")

    def clip(source: tuple[str, str, int, object]) -> AnnotatedPeople:
        return _clip(path, source, metadata, every)

    parts, skipped = read_each(_sources(positions, wanted), clip)
    return join_all(parts, skipped, f"'{path}' holds no keypoints at all; wanted is {_WANTED}")


def _file(root: Path) -> Path:
    if root.is_file():
        return root
    found = sorted(root.glob("data_2d_*.npz")) if root.is_dir() else []
    if not found:
        raise missing_dataset(root, "VideoPose3D keypoints", _WANTED)
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise InputError(f"'{root}' holds several files of keypoints ({names}); name the one to read")
    return found[0]


def _sources(positions: dict, subjects: Sequence[str]) -> Iterator[tuple[str, str, int, object]]:
    """(subject, action, camera, keypoints) of every clip."""
    for subject in subjects:
        actions = positions[subject] if isinstance(positions[subject], dict) else {}
        for action, views in actions.items():
            for camera, keypoints in enumerate(views if isinstance(views, list | tuple | np.ndarray) else [views]):
                yield subject, str(action), camera, keypoints


def _clip(path: Path, source: tuple[str, str, int, object], metadata: dict, every: int) -> AnnotatedPeople:
    subject, action, camera, keypoints = source
    place = f"'{path}': {subject}, {action}, view {camera}"
    if not (isinstance(keypoints, np.ndarray) and keypoints.ndim == 3 and keypoints.shape[2] in (2, 3)):
        raise InputError(f"{place}: keypoints must have the shape (frames, joints, 2 or 3); mend the file")
    if keypoints.dtype.kind not in "fiu":
        raise InputError(f"{place}: keypoints must be numbers; mend the file")
    taken = keypoints[::every]
    skeleton, order = _skeleton_and_order(taken.shape[1], metadata, path)
    pixels = points(taken[..., :2])
    if taken.shape[2] == 3:
        pixels = hide_points(pixels, ~(taken[..., 2] > 0))
    pixels = _on(skeleton, order, pixels)
    name, size = _name_and_size(path, subject, action, camera, metadata)
    frames = np.arange(len(taken)) * every
    return clip_of(name, skeleton, frames, pixels, no_points(len(taken), len(skeleton), 3), image_sizes=size)


def _skeleton_and_order(count: int, metadata: dict, path: Path) -> tuple[Skeleton, Sequence[str]]:
    """The skeleton of the keypoints, and the names of the file's joints in the file's order.

    Told by the number of joints and the pairs in the metadata. Stacked-hourglass detections (16 joints) list MPII's
    points pelvis first; the network that was tuned on Human3.6M finds Human3.6M's joints there instead, the nose left
    out, and only the file's name tells the two apart (``sh_pt_mpii``, ``sh_ft_h36m``).
    """
    layout = str(metadata.get("layout_name", "")).lower()
    pairs = metadata.get("keypoints_symmetry")
    left = list(pairs[0]) if isinstance(pairs, list | tuple) and pairs and isinstance(pairs[0], list | tuple) else []
    if count == 17 and (layout == "coco" or left == _COCO_LEFT):
        return COCO_17, COCO_17.joint_names
    if count == 17 and (layout == "h36m" or left == _H36M_LEFT):
        return H36M_17, H36M_17.joint_names
    if count == 16 and layout in ("", "h36m", "mpii"):
        if layout == "mpii" or "pt_mpii" in path.name:
            return MPII_16, _MPII_PELVIS_FIRST
        return H36M_17, [joint for joint in H36M_17.joint_names if joint != "nose"]
    if count == 32:
        return H36M_32, H36M_32.joint_names
    raise InputError(f"'{path}' has {count} joints of the layout '{layout}'; known are COCO, Human3.6M and MPII")


def _on(skeleton: Skeleton, order: Sequence[str], pixels: Points) -> Points:
    if tuple(order) == skeleton.joint_names:
        return pixels
    joints, known = no_points(len(pixels.joints), len(skeleton), 2)
    places = skeleton.indices(*order)
    joints[:, places], known[:, places] = pixels
    return Points(joints, known)


def _name_and_size(
    path: Path, subject: str, action: str, camera: int, metadata: dict
) -> tuple[ClipName, tuple[int, int] | None]:
    root = path.parent
    if subject in HUMAN36M_SUBJECTS and camera < len(CAMERAS):
        name, label = common_name(action), CAMERAS[camera]
        sequence = f"{subject}/{name}/{label}"
        return ClipName("videopose3d", root, sequence, subject, action_of(name), label), IMAGE_SIZES[label]
    videos = metadata.get("video_metadata")
    size = videos.get(subject) if isinstance(videos, dict) else None
    known = isinstance(size, dict) and isinstance(size.get("w"), int) and isinstance(size.get("h"), int)
    return ClipName("videopose3d", root, subject, person=camera), (size["w"], size["h"]) if known else None  # type: ignore[index]
