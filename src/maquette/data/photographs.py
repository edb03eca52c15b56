"""Photographs of people labelled in 2D, in COCO's format and from several folders, to learn from."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from maquette.data.annotated import AnnotatedPeople
from maquette.data.identity import DataIdentity, identify
from maquette.data.readers.clip import join_people
from maquette.data.readers.coco import read_coco


def read_photographs(folders: Sequence[Path]) -> AnnotatedPeople | None:
    """The training people of all folders, as one data set whose pictures have absolute paths; None without a folder.

    Raises:
        InputError: A folder cannot be read.
    """
    parts = [_with_whole_paths(read_coco(folder, split="train")) for folder in folders]
    return join_people(parts) if parts else None


def _with_whole_paths(people: AnnotatedPeople) -> AnnotatedPeople:
    root = people.root.resolve()
    return replace(people, pictures=np.array([str(root / name) if name else "" for name in people.pictures], str))


def identify_photographs(folders: Sequence[Path]) -> dict[str, DataIdentity]:
    """What the folders hold, by number, for the fingerprint of a training.

    Raises:
        InputError: A folder does not exist.
    """
    return {f"photographs {number}": identify(folder) for number, folder in enumerate(folders, start=1)}
