"""A folder of numbered pictures, read as the frames of one clip."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from maquette.arrays import Frame
from maquette.errors import InputError
from maquette.io.photograph import open_picture, picture_suffixes, picture_to_array, upright_size

DEFAULT_FPS = 30.0
"""Frames per second of a folder of pictures if nobody says otherwise."""


@dataclass
class FolderSource:
    """The pictures of a folder in natural order (``frame2`` before ``frame10``), all of one size."""

    path: Path
    image_size: tuple[int, int]
    files: tuple[Path, ...]
    fps: float | None
    notes: list[str] = field(default_factory=list)

    @property
    def frame_count(self) -> int | None:
        """Number of pictures in the folder."""
        return len(self.files)

    def frames(self) -> Iterator[Frame]:
        """The pictures in order, evenly spaced in time."""
        for index, file in enumerate(self.files):
            with open_picture(file) as image:
                picture = picture_to_array(image)
            size = (picture.shape[1], picture.shape[0])
            if size != self.image_size:
                raise _mixed_sizes(self.path, self.files[0], self.image_size, file, size)
            yield Frame(picture, index / (self.fps or DEFAULT_FPS))


def open_folder(path: Path, fps: float | None = None) -> FolderSource:
    """The pictures that lie directly in a folder; other files and hidden ones are passed over.

    Raises:
        InputError: There is no picture, one cannot be read, or they differ in size.
    """
    files = list_pictures(path)
    with open_picture(files[0]) as image:
        size = upright_size(image)
    _check_sizes(path, files, size)
    notes = [] if fps else [f"{path.name}: times assume {DEFAULT_FPS:g} frames per second; set fps if it is another"]
    return FolderSource(path, size, files, fps or DEFAULT_FPS, notes)


def list_pictures(path: Path) -> tuple[Path, ...]:
    """The files of pictures that lie directly in a folder, in natural order, hidden ones passed over.

    Raises:
        InputError: There is none, or the folder cannot be read.
    """
    suffixes = picture_suffixes()
    try:
        names = [entry for entry in path.iterdir() if entry.suffix.lower() in suffixes and entry.name[0] != "."]
    except OSError as error:
        raise InputError(f"{path}: the folder cannot be read ({error.strerror}); check its permissions") from error
    files = tuple(sorted((entry for entry in names if entry.is_file()), key=_natural_key))
    if not files:
        raise InputError(f"{path}: the folder holds no picture; give one with JPEG or PNG files, or a video")
    return files


def _check_sizes(folder: Path, files: tuple[Path, ...], size: tuple[int, int]) -> None:
    """Compare headers, which is quick; whether a picture lies on its side is seen when it is decoded."""
    for file in files:
        with open_picture(file) as image:
            if sorted(image.size) != sorted(size):
                raise _mixed_sizes(folder, files[0], size, file, image.size)


def _mixed_sizes(
    folder: Path, first: Path, size: tuple[int, int], other: Path, other_size: tuple[int, int]
) -> InputError:
    return InputError(
        f"{folder}: a folder is read as one clip, but its pictures differ in size "
        f"({first.name} is {size[0]}x{size[1]}, {other.name} is {other_size[0]}x{other_size[1]}); "
        f"scale them alike or give them one by one"
    )


def _natural_key(file: Path) -> list[tuple[int, int, str]]:
    """Sort key under which numbers within names count as numbers."""
    words = re.split(r"([0-9]+)", file.name.casefold())
    return [(1, int(word), word) if word.isdecimal() and word.isascii() else (0, 0, word) for word in words]
