"""MPI-INF-3DHP: eight actors before fourteen cameras (training), six sequences in- and outdoors (test)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from maquette.body.catalog import MPI_INF_3DHP_17, MPI_INF_3DHP_28
from maquette.data.annotated import AnnotatedPeople
from maquette.data.layout import find_folder, keep_if_present, missing_dataset
from maquette.data.readers.clip import (
    ClipName,
    Points,
    check_every,
    clip_of,
    fit_camera_matrix,
    join_all,
    join_people,
    points,
    read_each,
    select_names,
)
from maquette.data.readers.matlab import numbers_of, read_matlab
from maquette.errors import InputError, SettingError
from maquette.plain_text import count_of

_SUBJECTS = tuple(f"S{number}" for number in range(1, 9))
_SEQUENCES = tuple(f"TS{number}" for number in range(1, 7))
"""Test sequences: green screen (1, 2), studio (3, 4), outdoors (5, 6)."""
ALL_CAMERAS = tuple(str(number) for number in range(14))
CHEST_CAMERAS = ("0", "1", "2", "4", "5", "6", "7", "8")
"""The eight cameras that are commonly trained on (the data set's set "vnect")."""
ACTIVITIES = ("", "Standing/Walking", "Exercise", "Sitting", "Crouch/Reach", "On the Floor", "Sports", "Miscellaneous")
"""By the number in the test annotations, in the order of the paper's tables; 0 is none."""
_NAME = "MPI-INF-3DHP"
_MM = 1e-3
_TRAINING_SIZE = (2048, 2048)
_TEST_SIZES = {"TS5": (1920, 1080), "TS6": (1920, 1080)}
_WANTED = {"train": "S1/Seq1/annot.mat and so on", "test": "TS1/annot_data.mat and so on"}
_INSIDE = ("mpi_inf_3dhp_test_set", "mpi_inf_3dhp_test_set/mpi_inf_3dhp_test_set", "test")


def read_mpi_inf_3dhp(
    root: Path,
    *,
    split: str = "test",
    subjects: Sequence[str] | None = None,
    cameras: Sequence[str] | None = CHEST_CAMERAS,
    every: int = 1,
) -> AnnotatedPeople:
    """MPI-INF-3DHP; 28 joints for training, 17 for the test, with both the true and the universal 3D.

    Of the test only the frames marked valid are taken, 2929 in all. The camera matrix of training clips comes from
    ``camera.calibration``; where that is missing, and for the test, it is fitted to the annotations themselves.

    Args:
        root: The folder that holds ``S1``, ``S2``, ... or ``mpi_inf_3dhp_test_set``, or the latter itself.
        split: ``train`` or ``test``.
        subjects: Subjects (``S1``) or test sequences (``TS1``) to take; None takes all.
        cameras: Training cameras ``0`` to ``13`` (None takes all); the test has one.
        every: Takes frames 0, ``every``, 2 ``every``, ... of each clip (of the test: of its valid frames).

    Raises:
        InputError: There is no such data set, or nothing in it can be read.
        SettingError: An unknown split, subject or camera.
    """
    check_every(every)
    if split not in _WANTED:
        raise SettingError(f"{_NAME} has no split '{split}'; known are train, test")
    if split == "test":
        return _read_test(root, select_names(subjects, _SEQUENCES, f"test sequence of {_NAME}"), every)
    people = select_names(subjects, _SUBJECTS, f"subject of {_NAME}")
    views = select_names(cameras, ALL_CAMERAS, f"camera of {_NAME}")
    files = [path for name in people for path in sorted(root.glob(f"{name}/Seq*/annot.mat"))]
    if not files:
        raise missing_dataset(root, _NAME, f"{_WANTED['train']}, of {', '.join(people)}")
    parts, skipped = read_each(files, lambda path: _training_sequence(root, path, views, every))
    skipped += [f"'{root}' has no {name}" for name in people if not (root / name).is_dir()]
    return join_all(parts, skipped, f"'{root}' has no frame of {', '.join(people)}")


def _training_sequence(root: Path, path: Path, cameras: Sequence[str], every: int) -> AnnotatedPeople:
    content = read_matlab(path, "annot2", "annot3", "univ_annot3", "cameras")
    cells = {name: content.get(name) for name in ("annot2", "annot3", "univ_annot3")}
    if not all(isinstance(cell, np.ndarray) and cell.dtype == object for cell in cells.values()):
        raise InputError(f"'{path}' lacks one of annot2, annot3, univ_annot3; wanted is an annot.mat of {_NAME}")
    numbers = [f"{number:.0f}" for number in numbers_of(path, content, "cameras", np.arange(14))]
    matrices = _calibration(path.with_name("camera.calibration"))
    parts = []
    for camera in cameras:
        if camera in numbers:
            views = [cell.ravel()[numbers.index(camera) :][:1] for cell in cells.values()]  # type: ignore[union-attr]
            parts.append(_training_clip(root, path, camera, views, every, matrices.get(camera)))
    if not parts:
        raise InputError(f"'{path}' has none of the cameras {', '.join(cameras)}; it has {', '.join(numbers)}")
    return join_people(parts)


def _training_clip(
    root: Path,
    path: Path,
    camera: str,
    views: list[np.ndarray],
    every: int,
    matrix: Float32[np.ndarray, "3 3"] | None,
) -> AnnotatedPeople:
    arrays = [np.asarray(view[0]) for view in views if len(view)]
    count = len(arrays[0]) if arrays and arrays[0].ndim == 2 else 0
    shapes, are_numbers = [array.shape for array in arrays], all(array.dtype.kind in "fiu" for array in arrays)
    if shapes != [(count, 56), (count, 84), (count, 84)] or not are_numbers:
        raise InputError(f"'{path}': camera {camera} has {shapes}, wanted are numbers, frames by 56, 84 and 84")
    frames = np.arange(0, count, every)
    flat, deep, universal = (array[frames] for array in arrays)
    pixels = points(flat.reshape(-1, 28, 2))
    metres, scaled = (points(array.reshape(-1, 28, 3), scale=_MM) for array in (deep, universal))
    subject, sequence = path.parts[-3], path.parts[-2]
    name = ClipName("mpi-inf-3dhp", root, f"{subject}/{sequence}/{camera}", subject, "", camera)
    return clip_of(
        name,
        MPI_INF_3DHP_28,
        frames,
        pixels,
        metres,
        pictures=_training_pictures(root, f"{subject}/{sequence}", camera, frames),
        universal_m=scaled.joints,
        camera_matrices=fit_camera_matrix(pixels, metres) if matrix is None else matrix,
        image_sizes=_TRAINING_SIZE,
    )


def _training_pictures(root: Path, sequence: str, camera: str, frames: np.ndarray) -> str | np.ndarray:
    """The video, or the pictures unpacked from it, which count from 1."""
    video = keep_if_present(root, f"{sequence}/imageSequence/video_{camera}.avi")
    folder = f"{sequence}/imageFrames/video_{camera}"
    if video or not (root / folder).is_dir():
        return video
    return _number(f"{folder}/frame_", frames + 1)


def _number(start: str, numbers: np.ndarray) -> np.ndarray:
    return np.char.add(np.char.add(start, np.char.zfill(numbers.astype(str), 6)), ".jpg")


def _calibration(path: Path) -> dict[str, Float32[np.ndarray, "3 3"]]:
    """The intrinsic matrix of each camera in a ``camera.calibration``; empty if there is none."""
    if not path.is_file():
        return {}
    matrices, camera = {}, ""
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            word, *values = line.split() or [""]
            if word == "name":
                camera = values[0]
            elif word == "intrinsic":
                matrix = np.array(values, np.float64).reshape(4, 4)[:3, :3]
                if not np.isfinite(matrix).all() or matrix[0, 0] <= 0:
                    raise ValueError(f"camera {camera} has an impossible matrix")
                matrices[camera] = matrix.astype(np.float32)
    except (OSError, ValueError, IndexError) as error:
        raise InputError(f"'{path}' is no camera calibration of {_NAME} ({error}); download it again") from error
    return matrices


def _read_test(root: Path, sequences: Sequence[str], every: int) -> AnnotatedPeople:
    folder = find_folder(root, "TS*/annot_data.mat", *_INSIDE)
    files = [folder / name / "annot_data.mat" for name in sequences] if folder else []
    if not any(path.is_file() for path in files):
        raise missing_dataset(root, _NAME, f"{_WANTED['test']}, of {', '.join(sequences)}")
    parts, skipped = read_each(files, lambda path: _test_sequence(root, path, every))
    return join_all(parts, skipped, f"'{root}' has no valid frame of {', '.join(sequences)}")


def _test_sequence(root: Path, path: Path, every: int) -> AnnotatedPeople:
    activities = ("activity_annotation", "activity_annnotation")
    content = read_matlab(path, "annot2", "annot3", "univ_annot3", "valid_frame", *activities)
    is_valid = numbers_of(path, content, "valid_frame", np.zeros(0)) > 0
    frames = np.flatnonzero(is_valid)[::every]
    pixels, metres, universal = (
        _test_joints(path, content.get(name), name, len(is_valid), frames)
        for name in ("annot2", "annot3", "univ_annot3")
    )
    named = next((name for name in activities if name in content), activities[0])
    action = numbers_of(path, content, named, np.zeros(len(is_valid)))
    if len(action) != len(is_valid):
        raise InputError(
            f"'{path}' has {count_of(len(is_valid), 'frame')} but "
            f"{count_of(len(action), 'activity', 'activities')}; download it again"
        )
    numbers = np.clip(np.nan_to_num(action[frames]), -1, len(ACTIVITIES)).astype(int)
    sequence = path.parent.name
    folder = path.parent.relative_to(root).as_posix() + "/imageSequence"
    return clip_of(
        ClipName("mpi-inf-3dhp", root, sequence, sequence),
        MPI_INF_3DHP_17,
        frames,
        pixels,
        metres,
        pictures=_number(f"{folder}/img_", frames + 1) if (root / folder).is_dir() else "",
        actions=np.array(ACTIVITIES)[np.where((numbers < 0) | (numbers >= len(ACTIVITIES)), 0, numbers)],
        universal_m=universal.joints,
        camera_matrices=fit_camera_matrix(pixels, metres),
        image_sizes=_TEST_SIZES.get(sequence, (2048, 2048)),
    )


def _test_joints(path: Path, array: np.ndarray | None, name: str, count: int, frames: np.ndarray) -> Points:
    """The valid frames of a variable of (2 or 3, 17, 1, frames)."""
    dimensions = 2 if name == "annot2" else 3
    if array is None or array.shape != (dimensions, 17, 1, count) or array.dtype.kind not in "fiu":
        shape = None if array is None else array.shape
        raise InputError(f"'{path}': '{name}' has the shape {shape}, wanted is {(dimensions, 17, 1, count)}")
    return points(array[:, :, 0].transpose(2, 1, 0)[frames], scale=1.0 if dimensions == 2 else _MM)
