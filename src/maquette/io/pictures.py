"""The entry point for pictures: a photograph, a folder of pictures or a video, each a stream of upright RGB frames."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from maquette.arrays import Frame
from maquette.errors import InputError, SettingError
from maquette.input_file import require_file
from maquette.io.folder import open_folder
from maquette.io.photograph import is_photograph, open_photograph
from maquette.io.video import open_video


@runtime_checkable
class PictureSource(Protocol):
    """Something that gives frames one after the other, without ever holding all of them."""

    @property
    def path(self) -> Path:
        """Where the frames come from."""
        ...

    @property
    def image_size(self) -> tuple[int, int]:
        """(width, height) of every frame in pixels, upright."""
        ...

    @property
    def frame_count(self) -> int | None:
        """How many frames are expected, for a progress bar; an estimate, None if nothing is known."""
        ...

    @property
    def fps(self) -> float | None:
        """Frames per second as given or as the file states; None for a photograph."""
        ...

    @property
    def notes(self) -> list[str]:
        """What a careful reader should know; complete when `frames` has run to its end."""
        ...

    def frames(self) -> Iterator[Frame]:
        """The frames from the first on; every call starts anew.

        Raises:
            InputError: No frame can be decoded, or the size of the frames changes.
        """
        ...


def open_pictures(path: Path, fps: float | None = None, *, is_strict: bool = False) -> PictureSource:
    """The frames of a photograph, an animated picture, a folder of pictures or a video, told apart by their content.

    A bare motion JPEG (.mjpeg, .mjpg) begins like a photograph and is known by its ending.
    Photographs are turned as their EXIF tag asks and laid on white where they are transparent; videos are turned as
    their display matrix asks, and those whose pixels are not square are stretched until they are.

    Args:
        fps: Frames per second to use instead of the file's own time stamps; a folder without it is read as 30.
        is_strict: Refuse a folder with a broken picture instead of leaving that out.

    Raises:
        InputError: There is nothing at ``path``, or it is no picture, folder of pictures or video.
        SettingError: ``fps`` is not a positive number.
    """
    if fps is not None and not (fps > 0 and math.isfinite(fps) and math.isfinite(1 / fps)):
        raise SettingError(f"fps is {fps}; a positive number of frames per second is wanted, such as 30")
    try:
        kind = _kind(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}); check the path and its permissions") from error
    if kind == "folder":
        return open_folder(path, fps, is_strict=is_strict)
    return _OPENERS[kind](path, fps)


_OPENERS = {"photograph": open_photograph, "video": open_video}
_MOTION_JPEG = {".mjpeg", ".mjpg"}
"""Endings of videos that begin like a photograph, and are JPEGs one after the other."""


def _kind(path: Path) -> str:
    if path.is_dir():
        return "folder"
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder; check the path")
    require_file(path)
    with path.open("rb") as file:
        if not file.read(1):
            raise InputError(f"{path}: the file is empty; copy or record it again")
    is_film = path.suffix.lower() in _MOTION_JPEG
    return "photograph" if is_photograph(path) and not is_film else "video"
