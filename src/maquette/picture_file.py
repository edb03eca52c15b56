"""Names of pictures and videos, and the one door to Pillow: only formats that need no other program to be read."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from maquette.input_file import require_file

PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "PPM", "JPEG2000", "AVIF")
"""Known by their first bytes. EPS, which starts Ghostscript, is none of them, whatever the file is called."""


VIDEO_SUFFIXES = frozenset(
    f".{name}" for name in ("mp4", "mov", "m4v", "avi", "mkv", "webm", "mpg", "mpeg", "ts", "mts", "wmv", "flv", "3gp")
)
"""How names of videos end; what is inside decides whether they can be read."""


def open_image(source: Path | BytesIO, formats: Sequence[str] = PICTURE_FORMATS) -> Image.Image:
    """A picture of which only the header is read.

    Args:
        source: A file, or the content of one.
        formats: Those to be tried, of `PICTURE_FORMATS`; what this Pillow was built without is left out.

    Raises:
        InputError: The source is a path, but no ordinary file lies there.
        OSError: It is of another format, or cannot be read; Pillow raises others for damaged files.
        ValueError: A format is none of `PICTURE_FORMATS`.
    """
    if not set(formats) <= set(PICTURE_FORMATS):
        raise ValueError(f"only {', '.join(PICTURE_FORMATS)} are opened")
    if isinstance(source, Path):
        require_file(source)
    return Image.open(source, formats=readable_formats(formats))


def readable_formats(formats: Sequence[str] = PICTURE_FORMATS) -> tuple[str, ...]:
    """Those of the formats that this Pillow can read."""
    Image.init()
    return tuple(name for name in formats if name in Image.OPEN)
