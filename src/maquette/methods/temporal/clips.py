"""ClipPoses: what an estimator said of some clips beside the truth, and the NPZ file that holds it."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from maquette.archive import read_arrays
from maquette.atomic import replacing
from maquette.body.catalog import find_skeleton
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, InputError

_KIND = "maquette.clip_poses"
_MOST_M = 10.0
_KEYS = ("kind", "skeleton", "fps", "predicted", "true", "known", "subjects")


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipPoses:
    """Predicted and true poses of C clips of one person each, F frames at most, in metres.

    Poses are relative to the skeleton's root, in the camera frame (x right, y down, z forward).

    Raises:
        ConventionError: Shapes disagree, a known pose is not finite or not in metres, or the rate is no rate.
    """

    skeleton: Skeleton
    predicted: Float[np.ndarray, "C F J 3"]
    true: Float[np.ndarray, "C F J 3"]
    known: Bool[np.ndarray, "C F"]
    """Frames in which both are given; false where a clip is shorter than the longest."""
    fps: float
    subjects: tuple[str, ...] = ()
    """Who is seen in each clip, so that nobody is trained on and judged by; empty if that is not known."""

    def __post_init__(self) -> None:
        shape = (*self.known.shape, len(self.skeleton), 3)
        if self.predicted.shape != shape or self.true.shape != shape:
            raise ConventionError(
                f"predicted poses {self.predicted.shape} and true ones {self.true.shape} must have the shape {shape}"
            )
        if not (np.isfinite(self.fps) and 1 <= self.fps <= 1000):
            raise ConventionError(f"{self.fps} frames per second make no sense; give a number between 1 and 1000")
        if self.subjects and len(self.subjects) != len(self.known):
            raise ConventionError(f"{len(self.subjects)} subjects for {len(self.known)} clips; name one for each clip")
        for name, joints in (("predicted", self.predicted), ("true", self.true)):
            if not np.isfinite(joints[self.known]).all():
                raise ConventionError(f"'{name}' is not finite in a known frame; hide the frame with 'known'")
            if np.abs(joints[self.known]).max(initial=0.0) > _MOST_M:
                raise ConventionError(f"'{name}' has joints more than {_MOST_M:g} m from the root; give metres")

    @property
    def times(self) -> Float[np.ndarray, " F"]:
        """Seconds of the frames."""
        return np.arange(self.known.shape[1]) / self.fps

    def select(self, clips: np.ndarray) -> "ClipPoses":
        """Some of the clips (indices or a mask)."""
        return replace(
            self,
            predicted=self.predicted[clips],
            true=self.true[clips],
            known=self.known[clips],
            subjects=tuple(np.array(self.subjects)[clips].tolist()) if self.subjects else (),
        )

    def split_by(self, subjects: set[str]) -> tuple["ClipPoses", "ClipPoses"]:
        """The clips of everybody else, to train on, and those of ``subjects``, to judge by.

        Raises:
            ConventionError: Nobody is named.
        """
        if not self.subjects:
            raise ConventionError("the clips do not name their subjects, so nobody can be put aside; name them")
        is_theirs = np.isin(np.array(self.subjects), list(subjects))
        return self.select(~is_theirs), self.select(is_theirs)


def write_clip_poses(clips: ClipPoses, path: Path) -> None:
    """An NPZ with ``predicted`` and ``true`` (C, F, J, 3) in metres, ``known`` (C, F), ``fps``, ``skeleton``, ``kind``
    and, if they are known, ``subjects`` (C,).

    Raises:
        OutputError: The file cannot be written.
    """
    arrays: dict[str, np.ndarray] = {
        "kind": np.array(_KIND),
        "skeleton": np.array(clips.skeleton.name),
        "fps": np.array(clips.fps),
        "predicted": np.where(clips.known[..., None, None], clips.predicted, 0.0).astype(np.float32),
        "true": np.where(clips.known[..., None, None], clips.true, 0.0).astype(np.float32),
        "known": clips.known,
        "subjects": np.array(clips.subjects, dtype=str),
    }
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_clip_poses(path: Path) -> ClipPoses:
    """The clips of a file that `write_clip_poses` wrote, or of all such files in a folder.

    Raises:
        InputError: A file cannot be read or holds something else, or files of a folder do not belong together.
    """
    if not path.is_dir():
        return _read(path)
    files = sorted(path.glob("*.npz"))
    if not files:
        raise InputError(f"'{path}' holds no NPZ files; give a folder of files with predicted and true poses")
    return _join([_read(file) for file in files], path)


def _read(path: Path) -> ClipPoses:
    content = read_arrays(path, what="poses of clips", advice=f"give an NPZ of {_KIND}", keys=_KEYS)
    missing = set(_KEYS) - set(content) - {"subjects"}
    if missing or str(content["kind"]) != _KIND:
        raise InputError(f"'{path}' holds no predicted and true poses of clips; give an NPZ of {_KIND}")
    kinds = {name: content[name].dtype.kind for name in ("predicted", "true", "known", "fps")}
    dimensions = {name: content[name].ndim for name in kinds}
    if kinds | {"fps": "f"} != {"predicted": "f", "true": "f", "known": "b", "fps": "f"} or kinds["fps"] not in "fiu":
        raise InputError(
            f"'{path}': 'predicted' and 'true' must be numbers, 'known' true or false; write the file anew"
        )
    if dimensions != {"predicted": 4, "true": 4, "known": 2, "fps": 0}:
        raise InputError(f"'{path}': wanted are 'predicted' and 'true' (C,F,J,3), 'known' (C,F) and one number 'fps'")
    try:
        return ClipPoses(
            skeleton=find_skeleton(str(content["skeleton"])),
            predicted=content["predicted"].astype(np.float32),
            true=content["true"].astype(np.float32),
            known=content["known"],
            fps=float(content["fps"]),
            subjects=tuple(content.get("subjects", np.array([], str)).astype(str).ravel().tolist()),
        )
    except ConventionError as error:
        raise InputError(f"'{path}': {error}") from error


def _join(parts: list[ClipPoses], folder: Path) -> ClipPoses:
    first = parts[0]
    for part in parts:
        if (part.skeleton, part.fps, bool(part.subjects)) != (first.skeleton, first.fps, bool(first.subjects)):
            raise InputError(
                f"the files in '{folder}' differ in skeleton, rate or naming of subjects; give them singly"
            )
    frames = max(part.known.shape[1] for part in parts)

    def padded(name: str) -> np.ndarray:
        arrays = [getattr(part, name) for part in parts]
        widths = [((0, 0), (0, frames - array.shape[1]), *[(0, 0)] * (array.ndim - 2)) for array in arrays]
        return np.concatenate([np.pad(array, width) for array, width in zip(arrays, widths, strict=True)])

    return ClipPoses(
        skeleton=first.skeleton,
        predicted=padded("predicted"),
        true=padded("true"),
        known=padded("known"),
        fps=first.fps,
        subjects=tuple(subject for part in parts for subject in part.subjects),
    )
