"""3DPW: people outdoors with body-worn sensors, filmed by a moving phone; read without unpickling."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int64

from maquette.body.catalog import COCO_18, SMPL_24
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.layout import find_folder, missing_dataset, read_picture_size
from maquette.data.readers.clip import (
    ClipName,
    Points,
    check_every,
    clip_of,
    hide_points,
    join_all,
    join_people,
    points,
    read_each,
    select_names,
)
from maquette.data.readers.pickled import read_pickle
from maquette.errors import InputError, SettingError

_SPLITS = ("train", "validation", "test")
_NAME = "3DPW"
_WANTED = "sequenceFiles/test/*.pkl"


def read_three_dpw(
    root: Path,
    *,
    split: str = "test",
    sequences: Sequence[str] | None = None,
    every: int = 1,
    skeleton: Skeleton = SMPL_24,
) -> AnnotatedPeople:
    """3DPW: every person in every frame a row, world joints brought into each frame's camera.

    The joints are the 24 of SMPL's tree, which the files hold. Published tables score 14 joints that a regressor
    finds on SMPL's *surface*; that needs the body model, which may not be used freely. ``LSP_14`` gives what comes
    nearest without it: twelve limb joints and the neck, by name, the crown unknown. SMPL's hips lie closer together
    than the published ones: figures on them do not compare with those tables.

    2D is the projection of the 3D joints; with ``COCO_18`` it is the data set's own ``poses2d`` (checked detections).
    Frames whose camera was not aligned to the picture are flagged in ``is_flawed`` and their 3D is unknown.

    Args:
        root: The folder that holds ``sequenceFiles``.
        split: ``train``, ``validation`` or ``test``.
        sequences: Names such as ``downtown_arguing_00``; None takes all of the split.
        every: Takes frames 0, ``every``, 2 ``every``, ... of each sequence.
        skeleton: What to put them on by joint name, without approximate rules.

    Raises:
        InputError: There is no such data set, or nothing in it can be read.
        SettingError: An unknown split or sequence.
    """
    check_every(every)
    if split not in _SPLITS:
        raise SettingError(f"{_NAME} has no split '{split}'; known are {', '.join(_SPLITS)}")
    folder = find_folder(root, f"sequenceFiles/{split}/*.pkl", "3DPW", "3dpw")
    if folder is None:
        raise missing_dataset(root, _NAME, _WANTED.replace("test", split))
    files = _files(folder, split, sequences)
    parts, skipped = read_each(files, lambda path: _read(folder, path, every, skeleton))
    return join_all(parts, skipped, f"'{folder}' has no frame of the {split} sequences that were asked for")


def _files(folder: Path, split: str, sequences: Sequence[str] | None) -> list[Path]:
    files = {path.stem: path for path in sorted((folder / "sequenceFiles" / split).glob("*.pkl"))}
    return [files[name] for name in select_names(sequences, list(files), f"{split} sequence of {_NAME}")]


@dataclass(frozen=True)
class _Sequence:
    """One file: its numbers, and the moving camera that filmed it."""

    root: Path
    path: Path
    content: dict
    frames: Int64[np.ndarray, " F"]
    camera_from_world: Float[np.ndarray, "F 4 4"]
    matrix: Float[np.ndarray, "3 3"]
    count: int
    """Frames of the whole sequence."""

    def person(self, person: int, skeleton: Skeleton) -> AnnotatedPeople:
        """The rows of one person."""
        world = self._column("jointPositions", person, (self.count, 72)).reshape(-1, 24, 3)
        is_aligned = self._column("campose_valid", person, (self.count,)) > 0
        with np.errstate(all="ignore"):  # What is not finite becomes unknown.
            turned = np.einsum("fab,fjb->fja", self.camera_from_world[:, :3, :3], world)
            metres = points(turned + self.camera_from_world[:, None, :3, 3])
        metres = hide_points(metres, ~is_aligned[:, None])
        part = self._clip(person, SMPL_24, self._projected(metres), metres, is_aligned)
        part = part.mapped_to(skeleton, exact_only=True)
        if skeleton != COCO_18:
            return part
        seen = self._column("poses2d", person, (self.count, 3, 18)).swapaxes(1, 2)
        pixels = hide_points(points(seen[..., :2]), ~(seen[..., 2] > 0))
        return replace(part, joints_px=pixels.joints, known_px=pixels.known, is_visible=pixels.known)

    def _column(self, name: str, person: int, shape: tuple[int, ...]) -> np.ndarray:
        """The chosen frames of one person's array."""
        values = self.content.get(name)
        value = values[person] if isinstance(values, list) and person < len(values) else None
        return _numbers(self.path, value, f"{name} of person {person}", shape)[self.frames]

    def _projected(self, metres: Points) -> Points:
        """Where the joints are seen; those behind the camera are unknown."""
        in_front = metres.known & (metres.joints[..., 2] > 0)
        depth = np.where(in_front, metres.joints[..., 2], 1.0)[..., None]
        seen = (metres.joints[..., :2] / depth) @ self.matrix[:2, :2].T + self.matrix[:2, 2]
        return hide_points(points(seen), ~in_front)

    def _clip(
        self, person: int, skeleton: Skeleton, pixels: Points, metres: Points, is_aligned: np.ndarray
    ) -> AnnotatedPeople:
        name, folder = self.path.stem, f"imageFiles/{self.path.stem}"
        files = np.char.add(np.char.add(f"{folder}/image_", np.char.zfill(self.frames.astype(str), 5)), ".jpg")
        return clip_of(
            ClipName("3dpw", self.root, name, person=person),
            skeleton,
            self.frames,
            pixels,
            metres,
            pictures=files if (self.root / folder).is_dir() else "",
            camera_matrices=self.matrix,
            image_sizes=read_picture_size(self.root / str(files[0])) if len(files) else None,
            is_flawed=~is_aligned,
        )


def _read(root: Path, path: Path, every: int, skeleton: Skeleton) -> AnnotatedPeople:
    content = read_pickle(path)
    if not isinstance(content, dict) or not isinstance(content.get("jointPositions"), list):
        raise InputError(f"'{path}' holds no 'jointPositions'; wanted is a sequence file of {_NAME}")
    poses = _numbers(path, content.get("cam_poses"), "cam_poses", (None, 4, 4))
    matrix = _numbers(path, content.get("cam_intrinsics"), "cam_intrinsics", (3, 3))
    if not (np.isfinite(matrix).all() and matrix[0, 0] > 0 and matrix[1, 1] > 0):
        raise InputError(f"'{path}' has an impossible 'cam_intrinsics'; download it again")
    frames = np.arange(0, len(poses), every)
    sequence = _Sequence(root, path, content, frames, poses[frames], matrix, len(poses))
    parts = [sequence.person(person, skeleton) for person in range(len(content["jointPositions"]))]
    if not parts:
        raise InputError(f"'{path}' holds no person; download it again")
    return join_people(parts)


def _numbers(path: Path, value: object, name: str, shape: tuple[int | None, ...]) -> np.ndarray:
    """An array of the file as float64, once its kind and shape are what they must be (None stands for any length)."""
    shapes_fit = isinstance(value, np.ndarray) and value.ndim == len(shape) and all(map(_fits, shape, value.shape))
    if isinstance(value, np.ndarray) and shapes_fit and value.dtype.kind in "biuf":
        return value.astype(np.float64)
    wanted = " by ".join("any number" if length is None else str(length) for length in shape)
    found = f"the shape {value.shape}" if isinstance(value, np.ndarray) else "no array"
    raise InputError(f"'{path}': '{name}' must be an array of numbers, {wanted}; it has {found}")


def _fits(wanted: int | None, length: int) -> bool:
    return wanted is None or wanted == length
