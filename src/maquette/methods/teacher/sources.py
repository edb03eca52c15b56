"""Pictures to be labelled: photographs, folders of them, videos and animated pictures, of which every n-th frame."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from maquette.arrays import Picture
from maquette.data.held_out import find_coco_number
from maquette.errors import InputError, SettingError
from maquette.io.photograph import picture_suffixes
from maquette.io.pictures import PictureSource, open_pictures
from maquette.picture_file import VIDEO_SUFFIXES


class NamedPicture(NamedTuple):
    """A picture and what it is called."""

    name: str
    """Letters, digits, ``_`` and ``-`` only; of a frame with its number."""
    picture: Picture


class GatheredSources(NamedTuple):
    """What is there to be labelled."""

    files: tuple[Path, ...]
    """Photographs, videos and animated pictures."""
    of_coco: tuple[Path, ...]
    """Pictures of COCO that were left out: they have labels, or must not be learnt from."""


def gather_sources(paths: Sequence[Path]) -> GatheredSources:
    """All photographs and videos among the paths and in the folders among them, in order and once each.

    Pictures of COCO, told by their names whatever the folder, are left out: some of them are held out for ever
    (see `maquette.data.held_out`), and the others have labels of their own.

    Raises:
        InputError: There is nothing at a path, or nothing to be labelled in all of them.
    """
    files: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise InputError(f"'{path}' does not exist; give photographs, videos or folders of them")
        files |= dict.fromkeys(_list_folder(path) if path.is_dir() else [path])
    of_coco = tuple(path for path in files if find_coco_number(path.name) is not None)
    kept = tuple(path for path in files if path not in of_coco)
    if not kept:
        left_out = f" but {len(of_coco)} of COCO, which are left out" if of_coco else ""
        raise InputError(f"'{paths[0]}' holds no photographs or videos{left_out}; give some to be labelled")
    return GatheredSources(kept, of_coco)


def read_sources(files: Sequence[Path], every: int, on_skip: Callable[[str], None]) -> Iterator[NamedPicture]:
    """Every photograph, and every n-th frame of videos and animated pictures from the first on.

    Args:
        files: As `gather_sources` gives them.
        every: Of the frames.
        on_skip: Is told what cannot be read.

    Raises:
        SettingError: ``every`` is no number from 1.
    """
    if every < 1:
        raise SettingError(f"`every` is {every}; give 1 for all frames, 2 for every other one, and so on")
    for path in files:
        try:
            source = open_pictures(path)
            for number, frame in islice(enumerate(source.frames()), 0, None, every):
                yield NamedPicture(_name(path, number, source), frame.image)
        except InputError as error:
            on_skip(str(error))


def count_pictures(files: Sequence[Path], every: int) -> int:
    """How many pictures `read_sources` will give, roughly, for a progress bar."""
    count = 0
    for path in files:
        try:
            count += -(-(open_pictures(path).frame_count or 1) // max(every, 1))
        except InputError:
            continue
    return count


def _list_folder(folder: Path) -> list[Path]:
    """Photographs and videos in a folder and those in it, hidden ones left out, in the order of their paths."""
    wanted = picture_suffixes() | VIDEO_SUFFIXES
    return sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in wanted and path.name[0] != "." and path.is_file()
    )


def _name(path: Path, number: int, source: PictureSource) -> str:
    words = [path.parent.name, path.stem] + ([f"{number:05d}"] if (source.frame_count or 2) > 1 else [])
    return re.sub(r"[^A-Za-z0-9_-]+", "_", "_".join(word for word in words if word))[-80:]
