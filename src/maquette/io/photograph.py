"""Photographs and animated pictures as upright RGB frames, read by Pillow."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from maquette.arrays import Frame, Picture
from maquette.errors import InputError
from maquette.picture_file import HEIF_SUFFIXES, open_image, readable_formats

_ANIMATED_FORMATS = ("GIF", "PNG", "WEBP", "AVIF")
_ORIENTATION_TAG, _WIDTH_TAG, _HEIGHT_TAG = 0x0112, 0x0100, 0x0101
_DEFAULT_DURATION_MS = 100.0
"""How long browsers show a frame of an animation that states no duration."""


@dataclass
class PhotographSource:
    """One photograph, or the frames of an animated picture."""

    path: Path
    image_size: tuple[int, int]
    frame_count: int | None
    fps: float | None
    notes: list[str] = field(default_factory=list)
    _given_fps: float | None = None

    def frames(self) -> Iterator[Frame]:
        """The frames from the first on; a photograph is one frame at time zero."""
        elapsed_ms = 0.0
        with open_picture(self.path) as image:
            for index in range(self.frame_count or 1):
                picture, duration_ms = _read_at(image, index)
                if (picture.shape[1], picture.shape[0]) != self.image_size:
                    raise InputError(f"{self.path}: the picture's size changes within the file; save it anew")
                time_s = elapsed_ms / 1000 if self._given_fps is None else index / self._given_fps
                yield Frame(picture, time_s)
                elapsed_ms += duration_ms


def is_photograph(path: Path) -> bool:
    """Whether the file's first bytes are those of a picture format."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            open_image(path).close()
    except Image.UnidentifiedImageError:
        return False
    except Exception:
        return True  # Recognised, but too large or damaged: `open_photograph` says which.
    return True


def open_photograph(path: Path, fps: float | None = None) -> PhotographSource:
    """A photograph or an animated picture, of which only the header is read.

    Args:
        fps: Frames per second to use instead of an animation's own durations.

    Raises:
        InputError: The file is no picture, damaged, or too large to be decoded safely.
    """
    with open_picture(path) as image:
        size = upright_size(image)
        count = getattr(image, "n_frames", 1)
        if count > 1 and image.format in _ANIMATED_FORMATS:
            return PhotographSource(path, size, count, fps or 1000 / _duration_ms(image), [], fps)
        is_stack = count > 1 and image.format == "TIFF"
    notes = [f"{path.name} holds {count} pictures, of which the first is used"] if is_stack else []
    return PhotographSource(path, size, 1, None, notes)


@contextmanager
def open_picture(path: Path) -> Iterator[Image.Image]:
    """A picture opened by Pillow; whatever goes wrong while it is read becomes an `InputError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which does not concern the user.
            image = open_image(path)
        with image:
            yield image
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(f"{path}: the picture is too large to be decoded safely; scale it down") from error
    except Image.UnidentifiedImageError as error:
        raise InputError(f"{path}: is no picture that can be read; save it as JPEG or PNG") from error
    except Exception as error:  # Decoders of damaged files raise nearly anything.
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: the picture is damaged ({reason}); copy or save it again") from error


def picture_to_array(image: Image.Image) -> Picture:
    """Upright RGB of an opened picture: EXIF orientation applied, any mode, transparency over white."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        image = _deep_grey_to_grey(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.array(image.convert("RGB"))


def upright_size(image: Image.Image) -> tuple[int, int]:
    """(width, height) of an opened picture once its EXIF orientation is applied."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        is_turned = image.getexif().get(_ORIENTATION_TAG) in (5, 6, 7, 8)
    stored = getattr(image, "tag_v2", {})  # Pillow tells the size of a TIFF file as if it were turned already.
    width, height = stored.get(_WIDTH_TAG, image.width), stored.get(_HEIGHT_TAG, image.height)
    return (height, width) if is_turned else (width, height)


def picture_suffixes() -> frozenset[str]:
    """The file name endings, in lower case and with their dot, of the formats that can be read, and of HEIC."""
    readable = readable_formats()
    known = (suffix for suffix, name in Image.registered_extensions().items() if name in readable)
    return HEIF_SUFFIXES.union(known)


def _read_at(image: Image.Image, index: int) -> tuple[Picture, float]:
    if index:
        image.seek(index)
    return picture_to_array(image), _duration_ms(image)


def _duration_ms(image: Image.Image) -> float:
    duration = image.info.get("duration", 0)
    return float(duration) if duration > 0 else _DEFAULT_DURATION_MS


def _deep_grey_to_grey(image: Image.Image) -> Image.Image:
    """Eight bits from sixteen (modes I) or from floats (mode F: 0 to 1 where no value is larger, else 0 to 255)."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0.0, neginf=0.0)
    full_scale = 65535 if image.mode != "F" else 1 if values.max() <= 1 else 255
    return Image.fromarray(np.clip(np.rint(values * (255 / full_scale)), 0, 255).astype(np.uint8))
