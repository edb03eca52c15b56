"""Leeds Sports Poses: two thousand pictures of sportspeople, and the ten thousand of the extended training set."""

from pathlib import Path

import numpy as np

from maquette.body.catalog import LSP_14
from maquette.data.annotated import AnnotatedPeople
from maquette.data.layout import find_folder, missing_dataset
from maquette.data.readers.clip import ClipName, clip_of, hide_points, no_points, points
from maquette.data.readers.matlab import read_matlab
from maquette.errors import InputError, SettingError

_NAME = "LSP"
_WANTED = "joints.mat, with the pictures in images/"
_SPLITS = ("train", "test")
_TRAINING = 1000
"""Pictures of LSP that are for training; those that follow are for tests."""


def read_lsp(root: Path, *, split: str = "test") -> AnnotatedPeople:
    """LSP or the extended set LSPET, one person a picture; which of them it is shows in the shape of ``joints.mat``.

    LSP annotates all joints and marks hidden ones (its third number is 1 where a joint is *hidden*, whatever its
    readme calls it); LSPET annotates visible ones only (its third number is 1 where a joint is *visible*). MATLAB's
    pixels from 1 are brought to pixels from 0. Pictures need not be there.

    Args:
        root: The folder that holds ``joints.mat``, or the one that holds ``lsp_dataset`` (which comes first) or
            ``lspet_dataset``.
        split: ``train`` or ``test``. Of LSP the first thousand pictures are for training, the others for the test;
            LSPET is for training.

    Raises:
        InputError: There is no such data set or it cannot be read, or it has no pictures for that split.
        SettingError: An unknown split.
    """
    if split not in _SPLITS:
        raise SettingError(f"{_NAME} has no split '{split}'; known are {', '.join(_SPLITS)}")
    folder = find_folder(root, "joints.mat", "lsp_dataset", "lspet_dataset")
    if folder is None:
        raise missing_dataset(root, _NAME, _WANTED)
    path = folder / "joints.mat"
    joints = read_matlab(path, "joints").get("joints")
    if joints is None or joints.dtype.kind not in "fiu" or joints.ndim != 3 or set(joints.shape[:2]) != {3, 14}:
        shape = None if joints is None else joints.shape
        raise InputError(f"'{path}' holds 'joints' of the shape {shape}; wanted is (3, 14, 2000) or (14, 3, 10000)")
    is_extended = joints.shape[0] == len(LSP_14)
    numbers = (joints.transpose(2, 0, 1) if is_extended else joints.transpose(2, 1, 0)).astype(np.float64)
    is_training = np.arange(len(numbers)) < (len(numbers) if is_extended else _TRAINING)
    rows = np.flatnonzero(is_training == (split == "train"))
    if not len(rows):
        raise InputError(f"'{path}' has no pictures for the split '{split}'; LSP has both, LSPET is for training")
    return _people(root, folder, rows, numbers[rows], is_extended)


def _people(root: Path, folder: Path, rows: np.ndarray, numbers: np.ndarray, is_extended: bool) -> AnnotatedPeople:
    count = len(rows)
    is_marked = numbers[..., 2] > 0
    nowhere = (numbers[..., 0] <= 0) & (numbers[..., 1] <= 0)
    pixels = hide_points(points(numbers[..., :2] - 1), nowhere | (is_extended & ~is_marked))
    where = "" if folder == root else f"{folder.relative_to(root).as_posix()}/"
    digits = 5 if is_extended else 4
    has_png = (folder / f"images/im{1:0{digits}}.png").is_file()
    names = np.char.add(f"{where}images/im", np.char.zfill((rows + 1).astype(str), digits))
    return clip_of(
        ClipName("lspet" if is_extended else "lsp", root, ""),
        LSP_14,
        np.zeros(count),
        pixels,
        no_points(count, len(LSP_14), 3),
        pictures=np.char.add(names, ".png" if has_png else ".jpg"),
        is_visible=pixels.known if is_extended else pixels.known & ~is_marked,
    )
