"""Names of pictures and videos, and the one door to Pillow: only formats that need no other program to be read."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from maquette.errors import InputError, MissingExtraError
from maquette.extras import optional_import
from maquette.input_file import require_file

PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "PPM", "JPEG2000", "AVIF", "HEIF")
"""Known by their first bytes. EPS, which starts Ghostscript, is none of them, whatever the file is called."""

HEIF_SUFFIXES = frozenset({".heic", ".heif", ".hif"})
"""How names of HEIC photographs end, which are pictures even where the extra that reads them is not installed."""

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
_SHARED_BRANDS = (b"mif1", b"msf1")  # HEIC or AVIF

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
        InputError: The source is a path, but no ordinary file lies there; or it is HEIC, and the extra is missing.
        OSError: It is of another format, or cannot be read; Pillow raises others for damaged files.
        ValueError: A format is none of `PICTURE_FORMATS`.
    """
    if not set(formats) <= set(PICTURE_FORMATS):
        raise ValueError(f"only {', '.join(PICTURE_FORMATS)} are opened")
    if isinstance(source, Path):
        require_file(source)
    brand = _brand(source)
    if "HEIF" in formats and brand in _HEIF_BRANDS + _SHARED_BRANDS:
        _register_heif(source, is_needed=brand in _HEIF_BRANDS)
    return Image.open(source, formats=readable_formats(formats))


def readable_formats(formats: Sequence[str] = PICTURE_FORMATS) -> tuple[str, ...]:
    """Those of the formats that this Pillow can read."""
    Image.init()
    return tuple(name for name in formats if name in Image.OPEN)


def _brand(source: Path | BytesIO) -> bytes:
    """What a file of boxes says that it is; empty for all others."""
    if isinstance(source, BytesIO):
        head = source.getvalue()[:12]
    else:
        with source.open("rb") as file:
            head = file.read(12)
    return head[8:12] if head[4:8] == b"ftyp" else b""


def _register_heif(source: Path | BytesIO, *, is_needed: bool) -> None:
    """Let Pillow read HEIC, by a package that holds a decoder alone."""
    if "HEIF" in Image.OPEN:
        return
    try:
        optional_import("pi_heif", extra="heic").register_heif_opener()
    except MissingExtraError as error:
        if is_needed:
            name = source if isinstance(source, Path) else "the picture"
            raise InputError(
                f"{name}: HEIC photographs need an extra; install it with: pip install 'maquette[heic]', or save it as "
                "JPEG"
            ) from error
