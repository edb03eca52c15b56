"""MuPoTS-3D: twenty sequences of two or three persons in- and outdoors, a test set without training data."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from maquette.body.catalog import MUPOTS_17
from maquette.data.annotated import AnnotatedPeople
from maquette.data.layout import find_folder, missing_dataset, read_picture_size
from maquette.data.readers.clip import (
    ClipName,
    check_every,
    clip_of,
    fit_camera_matrix,
    join_all,
    points,
    read_each,
    select_names,
)
from maquette.data.readers.matlab import matlab_field, read_matlab
from maquette.errors import InputError

_SEQUENCES = tuple(f"TS{number}" for number in range(1, 21))
_NAME = "MuPoTS-3D"
_WANTED = "TS1/annot.mat to TS20/annot.mat (the folder MultiPersonTestSet)"
_MM = 1e-3
_SHAPES = {"annot2": (2, 17), "annot3": (3, 17), "univ_annot3": (3, 17)}


def read_mupots(root: Path, *, sequences: Sequence[str] | None = None, every: int = 1) -> AnnotatedPeople:
    """MuPoTS-3D: every valid annotation of a person in a frame a row, with both the true and the universal 3D.

    A person keeps its number over a sequence. Joints marked in ``occlusion.mat`` are known but not visible; without
    that file all are visible. The camera matrix is fitted to the annotations of its sequence, which do not give it.

    Args:
        root: The folder ``MultiPersonTestSet``, or the one that holds it.
        sequences: Sequences such as ``TS1``; None takes all twenty.
        every: Takes frames 0, ``every``, 2 ``every``, ... of each sequence.

    Raises:
        InputError: There is no such data set, or nothing in it can be read.
        SettingError: An unknown sequence.
    """
    check_every(every)
    names = select_names(sequences, _SEQUENCES, f"sequence of {_NAME}")
    folder = find_folder(root, "TS*/annot.mat", "MultiPersonTestSet", "data/MultiPersonTestSet")
    files = [folder / name / "annot.mat" for name in names] if folder else []
    if not any(path.is_file() for path in files):
        raise missing_dataset(root, _NAME, _WANTED if names == _SEQUENCES else f"{_WANTED}, of {', '.join(names)}")
    parts, skipped = read_each(files, lambda path: _sequence(root, path, every))
    return join_all(parts, skipped, f"'{root}' has no valid annotation of {', '.join(names)}")


def _sequence(root: Path, path: Path, every: int) -> AnnotatedPeople:
    cells = read_matlab(path, "annotations").get("annotations")
    if cells is None or cells.dtype != object or cells.ndim != 2 or cells.size == 0:
        raise InputError(f"'{path}' holds no 'annotations' of frames by persons; wanted is an annot.mat of {_NAME}")
    is_valid = np.array([[_flag(cell) for cell in row] for row in cells[::every]], bool)
    rows, persons = np.nonzero(is_valid)
    if not len(rows):
        raise InputError(f"'{path}' has no valid annotation in the frames that were asked for")
    chosen_cells = cells[::every][rows, persons]
    arrays = {name: _stack(path, chosen_cells, name) for name in _SHAPES}
    pixels = points(arrays["annot2"])
    metres, universal = (points(arrays[name], scale=_MM) for name in ("annot3", "univ_annot3"))
    frames = rows * every
    folder = path.parent.relative_to(root).as_posix()
    has_pictures = next(path.parent.glob("img_*.jpg"), None) is not None
    pictures = np.char.add(np.char.add(f"{folder}/img_", np.char.zfill(frames.astype(str), 6)), ".jpg")
    sequence = path.parent.name
    whole = clip_of(
        ClipName("mupots-3d", root, sequence),
        MUPOTS_17,
        frames,
        pixels,
        metres,
        pictures=pictures if has_pictures else "",
        is_visible=pixels.known & ~_occlusion(path.with_name("occlusion.mat"), cells.shape)[frames, persons],
        universal_m=universal.joints,
        camera_matrices=fit_camera_matrix(pixels, metres),
        image_sizes=read_picture_size(root / str(pictures[0])),
    )
    by_person = np.argsort(persons, kind="stable")  # So that each person's frames follow each other.
    return replace(whole, persons=persons.astype(np.int64)).select(by_person)


def _flag(cell: object) -> bool:
    value = matlab_field(cell, "isValidFrame")
    return value is not None and value.size == 1 and bool(np.nan_to_num(value.flat[0]))


def _stack(path: Path, cells: np.ndarray, name: str) -> np.ndarray:
    """One field of many structs, as (rows, joints, dimensions)."""
    shape = _SHAPES[name]
    values = [matlab_field(cell, name) for cell in cells]
    if any(value is None or value.shape != shape or value.dtype.kind not in "fiu" for value in values):
        raise InputError(f"'{path}': a valid annotation lacks '{name}' of the shape {shape}; download it again")
    return np.stack(values).swapaxes(1, 2)  # type: ignore[arg-type]


def _occlusion(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Whether each joint of each frame and person is hidden; none where there is no such file."""
    hidden = np.zeros((*shape, 17), bool)
    if not path.is_file():
        return hidden
    cells = read_matlab(path, "occlusion_labels").get("occlusion_labels")
    if cells is None or cells.shape != shape or cells.dtype != object:
        raise InputError(f"'{path}' does not fit the annotations beside it (wanted are {shape[0]} by {shape[1]} cells)")
    for place, cell in np.ndenumerate(cells):
        labels = np.asarray(cell)
        if labels.size == 17 and labels.dtype.kind in "biuf":
            hidden[place] = labels.ravel() > 0
    return hidden
