"""Photographs of people labelled in 2D, in COCO's format and from several folders: to learn from, and held out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from maquette.body.catalog import COCO_17
from maquette.body.joint_definitions import annotated_to_rendered
from maquette.data.annotated import AnnotatedPeople
from maquette.data.held_out import (
    are_held_out,
    find_coco_number,
    find_file,
    find_files_without_split,
    find_held_out,
    is_in_half,
)
from maquette.data.identity import DataIdentity, identify
from maquette.data.readers.clip import join_people
from maquette.data.readers.coco import read_coco
from maquette.errors import InputError


def read_photographs(folders: Sequence[Path]) -> AnnotatedPeople | None:
    """All people to learn from, as one data set whose pictures have absolute paths; None without a folder.

    Joints of COCO's skeleton are moved to where rendered bodies have them (see `maquette.body.joint_definitions`).

    Those of the split ``train``, and of files without a split, such as ``person_keypoints_more.json``, those that
    `maquette.data.held_out` leaves. A picture that one folder holds out is learnt from in none.

    Raises:
        InputError: A folder cannot be read, or everybody is held out.
    """
    if not folders:
        return None
    parts: list[AnnotatedPeople] = []
    for folder in folders:
        others = find_files_without_split(folder)
        if not others or find_file(folder, "train") is not None:
            parts.append(_with_whole_paths(read_coco(folder, split="train")))
        parts += [_read_half(path, is_held_out=False) for path in others]
    people = join_people(parts)
    kept = ~are_held_out(people.pictures, find_held_out(folders))
    if not kept.any():
        raise InputError(f"'{folders[0]}': everybody is held out, to be judged by; add photographs to learn from")
    return _with_rendered_joints(people.select(kept))


def read_held_out(folders: Sequence[Path]) -> AnnotatedPeople:
    """The people whom nothing ever learns from, with annotated joints and without crowds; paths are absolute.

    Raises:
        InputError: A folder cannot be read, or nobody is held out.
    """
    parts: list[AnnotatedPeople] = []
    for folder in folders:
        if (val := find_file(folder, "val")) is not None:
            parts.append(_with_whole_paths(read_coco(val)))
        parts += [_read_half(path, is_held_out=True) for path in find_files_without_split(folder)]
    if not parts:
        raise InputError(f"'{', '.join(map(str, folders))}': nobody is held out there; give a folder of COCO's people")
    people = join_people(_without_twins(parts))
    flawed = np.zeros(len(people), bool) if people.is_flawed is None else people.is_flawed
    return people.select(people.known_px.any(axis=1) & ~flawed)


def _read_half(file: Path, *, is_held_out: bool) -> AnnotatedPeople:
    """The held out or the other half of a file without a split, whose pictures may lie in a folder called like it."""
    folder = file.parent / file.stem.replace("person_keypoints", "images", 1)
    people = read_coco(file, pictures=folder if folder.is_dir() else None)
    return _with_whole_paths(
        people.select(np.array([is_in_half(str(name)) == is_held_out for name in people.pictures], bool))
    )


def _with_rendered_joints(people: AnnotatedPeople) -> AnnotatedPeople:
    if people.skeleton != COCO_17:
        return people
    moved = annotated_to_rendered(people.joints_px, people.known_px)
    return replace(people, joints_px=np.where(people.known_px[..., None], moved, np.float32(0)).astype(np.float32))


def _without_twins(parts: list[AnnotatedPeople]) -> list[AnnotatedPeople]:
    """The parts without pictures that an earlier one has as well."""
    kept, met = [], frozenset[int]()
    for people in parts:
        kept.append(people.select(~are_held_out(people.pictures, met)))
        met |= _numbers(people)
    return kept


def _numbers(people: AnnotatedPeople) -> frozenset[int]:
    return frozenset(n for name in people.pictures if (n := find_coco_number(str(name))) is not None)


def _with_whole_paths(people: AnnotatedPeople) -> AnnotatedPeople:
    root = people.root.resolve()
    return replace(people, pictures=np.array([str(root / name) if name else "" for name in people.pictures], str))


def identify_photographs(folders: Sequence[Path]) -> dict[str, DataIdentity]:
    """What the folders hold, by number, for the fingerprint of a training.

    Raises:
        InputError: A folder does not exist.
    """
    return {f"photographs {number}": identify(folder) for number, folder in enumerate(folders, start=1)}
