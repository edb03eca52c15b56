"""Which of COCO's photographs are held out: never learnt from, so that methods can be judged by them for ever.

The rule is fixed. Of a folder of COCO's people are held out

- all pictures of the split ``val``,
- of files of neither split, such as ``person_keypoints_more.json``, the half whose checksum is odd (see `is_in_half`),
- and of everything else the pictures that bear the number of one of those, whatever they are called otherwise.
"""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from zlib import crc32

import numpy as np
from jaxtyping import Bool

from maquette.data.readers.coco import read_coco

_NUMBER = re.compile(r"(?<![0-9])0{6}([0-9]{6})(?![0-9])")
"""Of a picture of COCO, in its name: twelve digits, of which the first six are zeros."""
_NAME = re.compile(r"person_keypoints_(?!train|val)\w+\.json")


def find_coco_number(name: str) -> int | None:
    """The number that COCO gave a picture, told by its name, such as ``coco_000000000790.jpg``; None for others."""
    found = _NUMBER.findall(PurePosixPath(name).stem)
    return int(found[-1]) if found else None


def is_in_half(name: str) -> bool:
    """Whether a picture of a file without a split is held out: half of them are.

    By the CRC-32 of its number in decimal digits (of its name without folder and ending, if it has none), which is odd
    for those held out; so neither order nor company counts.
    """
    number = find_coco_number(name)
    return crc32((PurePosixPath(name).stem if number is None else str(number)).encode()) % 2 == 1


def find_files_without_split(folder: Path) -> list[Path]:
    """The files of people in a folder that belong to neither split."""
    return sorted(path for path in folder.glob("person_keypoints_*.json") if _NAME.fullmatch(path.name))


def find_file(folder: Path, split: str) -> Path | None:
    """The file of a split (``train`` or ``val``) of COCO's people, if the folder has it."""
    places = (folder / "annotations", folder)
    return max((path for place in places for path in place.glob(f"person_keypoints_{split}*.json")), default=None)


def find_held_out(folders: Iterable[Path]) -> frozenset[int]:
    """The numbers of all pictures of COCO that are held out in these folders.

    Raises:
        InputError: A file cannot be read.
    """
    names: set[str] = set()
    for folder in folders:
        if (val := find_file(folder, "val")) is not None:
            names.update(read_coco(val).pictures.tolist())
        for path in find_files_without_split(folder):
            names.update(filter(is_in_half, read_coco(path).pictures.tolist()))
    return frozenset(number for name in names if (number := find_coco_number(name)) is not None)


def are_held_out(names: np.ndarray, numbers: frozenset[int]) -> Bool[np.ndarray, " N"]:
    """Whether pictures of these names bear a number that is held out.

    Args:
        names: (N,) text.
        numbers: As `find_held_out` gives them.
    """
    return np.array([find_coco_number(str(name)) in numbers for name in names], bool)
