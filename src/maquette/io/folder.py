"""A folder of numbered pictures, read as the frames of one clip."""

import math
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
    """The pictures of a folder, all of one size, in the order of their numbers or names (``frame2``, ``frame10``)."""

    path: Path
    image_size: tuple[int, int]
    files: tuple[Path, ...]
    fps: float | None
    notes: list[str] = field(default_factory=list)
    is_strict: bool = False
    """Whether a broken picture ends the reading; else it is left out, and named in the notes."""

    @property
    def frame_count(self) -> int | None:
        """Number of pictures in the folder."""
        return len(self.files)

    @property
    def first_number(self) -> int | None:
        """The number in the first name, if names are numbered."""
        numbers = _numbers(self.files)
        return None if numbers is None else numbers[0]

    @property
    def number_step(self) -> int:
        """By how much numbers rise from a place in time to the next."""
        return _number_step(_numbers(self.files) or [0])

    @property
    def steps(self) -> list[int]:
        """The place of every picture in time, counted from the first."""
        return _steps(self.files)

    def frames(self) -> Iterator[Frame]:
        """The pictures in order, at the times of their numbers: those that are absent or broken leave a gap.

        Raises:
            InputError: No picture can be read, or they differ in size.
        """
        broken: list[str] = []
        for file, step in zip(self.files, self.steps, strict=True):
            try:
                with open_picture(file) as image:
                    picture = picture_to_array(image)
            except InputError as error:
                if self.is_strict:
                    raise
                broken.append(str(error))
                continue
            size = (picture.shape[1], picture.shape[0])
            if size != self.image_size:
                raise _mixed_sizes(self.path, self.files[0], self.image_size, file, size)
            yield Frame(picture, step / (self.fps or DEFAULT_FPS))
        if len(broken) == len(self.files):
            raise InputError(broken[0])
        note = f"broken pictures that were left out: {len(broken)}, the first is {broken[0]}" if broken else ""
        if note and note not in self.notes:
            self.notes.append(note)


def open_folder(path: Path, fps: float | None = None, *, is_strict: bool = False) -> FolderSource:
    """The pictures that lie directly in a folder; other files and hidden ones are passed over.

    Args:
        is_strict: Refuse broken pictures instead of leaving them out.

    Raises:
        InputError: There is no picture, none can be read, or they differ in size.
    """
    files = list_pictures(path)
    numbers = _numbers(files)
    if numbers is not None:
        files = tuple(file for _, file in sorted(zip(numbers, files, strict=True)))
    sizes = _sizes(files, is_strict=is_strict)
    first, size = next(iter(sizes.items()))
    for file, other in sizes.items():
        if sorted(other) != sorted(size):  # whether a picture lies on its side is seen when it is decoded
            raise _mixed_sizes(path, first, size, file, other)
    notes = [] if fps else [f"{path.name}: times assume {DEFAULT_FPS:g} frames per second; set fps if it is another"]
    return FolderSource(path, size, files, fps or DEFAULT_FPS, notes, is_strict)


def is_clip(path: Path) -> bool:
    """Whether the pictures of a folder are frames of one clip: of one size, with numbers in their names that differ.

    Raises:
        InputError: There is no picture, or none can be read.
    """
    files = list_pictures(path)
    sizes = _sizes(files, is_strict=False)
    return len(files) == 1 or (_numbers(files) is not None and len({tuple(size) for size in sizes.values()}) == 1)


def _numbers(files: tuple[Path, ...]) -> list[int] | None:
    """The numbers of frames in the names, one each; None if the names follow no such order."""
    varied = [re.split(r"([0-9]+)", file.stem) for file in files]
    if len({tuple(words[::2]) for words in varied}) != 1 or len(varied[0]) < 3:
        return None
    columns = [set(column) for column in zip(*(words[1::2] for words in varied), strict=True)]
    changing = [at for at, column in enumerate(columns) if len(column) > 1]
    if len(changing) != 1:
        return [0] if len(files) == 1 else None
    numbers = [int(words[1::2][changing[0]]) for words in varied]
    return numbers if len(set(numbers)) == len(numbers) else None


def _steps(files: tuple[Path, ...]) -> list[int]:
    """The place of every picture in time, counted in the smallest common step of their numbers."""
    numbers = _numbers(files)
    if numbers is None:
        return list(range(len(files)))
    return [(number - numbers[0]) // _number_step(numbers) for number in numbers]


def _number_step(numbers: list[int]) -> int:
    return math.gcd(*(number - numbers[0] for number in numbers)) or 1


def _sizes(files: tuple[Path, ...], *, is_strict: bool) -> dict[Path, tuple[int, int]]:
    """(width, height) of the pictures by their headers, which is quick; broken ones are passed over."""
    sizes: dict[Path, tuple[int, int]] = {}
    broken: list[InputError] = []
    for file in files:
        try:
            with open_picture(file) as image:
                sizes[file] = upright_size(image)
        except InputError as error:
            broken.append(error)
    if broken and (is_strict or not sizes):
        raise broken[0]
    return sizes


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
