"""MPII Human Pose: people of many activities in frames of videos, from the released MATLAB file or JSON exports."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from maquette.body.catalog import MPII_16
from maquette.data.annotated import AnnotatedPeople
from maquette.data.layout import missing_dataset
from maquette.data.readers.clip import ClipName, Points, clip_of, hide_points, no_points, points
from maquette.data.readers.mpii_files import Annotations, export_pictures, read_export, read_released
from maquette.errors import InputError, SettingError

_NAME = "MPII"
_WANTED = "mpii_human_pose_v1_u12_1.mat, annot/train.json and annot/valid.json, or mpii_annotations.json"
_FOLDERS = ("", "annotations/", "annot/", "mpii_human_pose_v1_u12_2/")
_EXPORTS = {"train": "train.json", "val": "valid.json", "test": "test.json"}
_SHARED_EXPORT = "mpii_annotations.json"
"""Holds training and validation people, told apart by ``isValidation``."""
_HEAD_SHARE = 0.6
"""Of the diagonal of the head's box: the head size of PCKh (Andriluka et al., CVPR 2014)."""
_SCALE_PX = 200.0
"""Height of a person of scale 1."""
_LARGEST_PX = 1e6


def read_mpii(root: Path, *, split: str = "val", only_separated: bool = False) -> AnnotatedPeople:
    """MPII in its released MATLAB file or the common JSON exports: every annotated person a row.

    The MATLAB file knows training and test pictures, and the joints of the former only. The usual validation people
    (Tompson et al., CVPR 2015) are those of an export's ``valid.json``; where that lies beside the MATLAB file, its
    pictures are left out of the training ones. Head sizes come from the MATLAB file, or from the ``gt_valid.mat``
    beside an export; people without are flagged in ``is_flawed``. Boxes are squares of 200 pixels times the person's
    scale about its position. Pixels of all these files count from 1 and are brought to pixels from 0. Pictures need
    not be there.

    Args:
        root: The folder that holds ``annotations`` or ``annot`` and ``images``.
        split: ``train``, ``val`` or ``test``. Of the test, people come without joints.
        only_separated: Takes only the people that the MATLAB file marks as standing apart from others.

    Raises:
        InputError: There is no such data set or file of that split, or nothing in it can be read.
        SettingError: An unknown split, or people standing apart are asked of an export, which does not mark them.
    """
    if split not in _EXPORTS:
        raise SettingError(f"{_NAME} has no split '{split}'; known are {', '.join(_EXPORTS)}")
    released = _first(root, "mpii_human_pose*.mat")
    if released is not None and split != "val":
        held_back = _read_held_back(root) if split == "train" else frozenset()
        return _people(root, read_released(released, split == "train", held_back, only_separated))
    if only_separated:
        raise SettingError("only the MATLAB file's splits 'train' and 'test' tell who stands apart; leave that out")
    exported = _first(root, _EXPORTS[split]) or (_first(root, _SHARED_EXPORT) if split != "test" else None)
    if exported is None:
        raise missing_dataset(
            root, f"{_NAME} of the split '{split}'", f"annot/{_EXPORTS[split]}" if released else _WANTED
        )
    return _people(root, read_export(exported, split))


def _first(root: Path, pattern: str) -> Path | None:
    return next((path for folder in _FOLDERS for path in sorted(root.glob(folder + pattern))), None)


def _read_held_back(root: Path) -> frozenset[str]:
    """Names of the validation pictures, if an export tells them."""
    path = _first(root, _EXPORTS["val"]) or _first(root, _SHARED_EXPORT)
    return frozenset() if path is None else export_pictures(path, "val")


def _people(root: Path, found: Annotations) -> AnnotatedPeople:
    count = len(found.pictures)
    if not count:
        raise InputError(found.skipped[0] if found.skipped else f"'{root}' has no people of {_NAME} in that split")
    nowhere = (found.joints[..., 0] <= 0) & (found.joints[..., 1] <= 0)
    pixels = hide_points(points(found.joints - 1), nowhere)
    heads = None if found.heads is None else _head_sizes(found.heads)
    people = clip_of(
        ClipName("mpii", root, ""),
        MPII_16,
        np.zeros(count),
        pixels,
        no_points(count, len(MPII_16), 3),
        pictures=np.char.add("images/", found.pictures),
        actions=found.actions,
        is_visible=pixels.known & found.is_visible,
        boxes_px=_boxes(found, pixels),
        head_sizes_px=heads,
        is_flawed=None if heads is None else heads == 0,
    )
    return replace(people, persons=found.persons, skipped=found.skipped)


def _head_sizes(heads: Float64[np.ndarray, "N 2 2"]) -> np.ndarray:
    """From the two corners of each head's box; 0 where it is unknown."""
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = _HEAD_SHARE * np.linalg.norm(heads[:, 1] - heads[:, 0], axis=-1)
    return np.where(sizes < _LARGEST_PX, sizes, 0.0).astype(np.float32)


def _boxes(found: Annotations, pixels: Points) -> np.ndarray:
    """Squares about the people's positions; where those are unknown, what their joints fill."""
    side = _SCALE_PX * found.scales[:, None]
    square = np.concatenate([found.centres - 1 - side / 2, side, side], axis=1)
    low = np.where(pixels.known[..., None], pixels.joints, np.inf).min(axis=1)
    high = np.where(pixels.known[..., None], pixels.joints, -np.inf).max(axis=1)
    filled = np.where(np.isfinite(low) & np.isfinite(high), np.stack([low, high - low]), 0.0)
    is_placed = (found.centres > 0).any(axis=1) & (found.scales > 0) & (np.abs(square) < _LARGEST_PX).all(axis=1)
    return np.where(is_placed[:, None], square, np.concatenate([*filled], axis=1)).astype(np.float32)
