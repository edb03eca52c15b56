"""Pictures of annotated people: photographs, frames of videos and samples of shards, each read once, in their order."""

import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from jaxtyping import Bool, Int64
from PIL import ImageOps

from maquette.arrays import Picture
from maquette.data.annotated import AnnotatedPeople
from maquette.data.shards.encoding import PICTURE_END
from maquette.data.shards.reader import OnSkip, read_samples, warn_of_skip
from maquette.errors import InputError
from maquette.input_file import require_file
from maquette.picture_file import VIDEO_SUFFIXES, open_image
from maquette.plain_text import count_of

PicturedRows = tuple[Int64[np.ndarray, " rows"], Picture]
"""Rows of `AnnotatedPeople` and the picture that these people are in."""

_VIDEO_OPTIONS = {"format_whitelist": "mov,avi,matroska,mpeg,mpegts,mpegvideo", "protocol_whitelist": "file"}
_PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "PPM")
_MOST_PIXELS = 2**27
_ORIENTATION_TAG = 0x0112
_TURNED = (5, 6, 7, 8)
_PADDING_PX = 4
"""Sides of pictures may differ so much from what the data say: coders of videos round them."""
_SHARDS = "synthetic"


def are_in_videos(pictures: np.ndarray) -> Bool[np.ndarray, " N"]:
    """Which paths of `AnnotatedPeople.pictures` are those of videos."""
    names, place = np.unique(pictures, return_inverse=True)
    return np.array([str(name).lower().endswith(tuple(VIDEO_SUFFIXES)) for name in names], bool)[place.reshape(-1)]


def read_pictures(people: AnnotatedPeople, *, on_skip: OnSkip = warn_of_skip) -> Iterator[PicturedRows]:
    """Every picture that has people in these rows, once, with the rows; videos are decoded from front to back.

    Frames of videos are counted as they are decoded and stay as they are stored. What cannot be read is left out.

    Args:
        people: Rows in any order; what `maquette.data.shards.reader.read_shards` gives is found in the shards.
        on_skip: Is told what is left out.
    """
    if people.dataset == _SHARDS:
        yield from _read_from_shards(people, on_skip)
        return
    for rows in _group_by_value(people.pictures):
        name = str(people.pictures[rows[0]])
        if not name:
            on_skip(f"'{people.root}' names no picture for {count_of(len(rows), 'person', 'people')}")
            continue
        path = people.root / name
        read = _read_from_video if are_in_videos(people.pictures[rows[:1]])[0] else _read_from_photograph
        try:
            yield from read(path, people, rows)
        except InputError as error:
            on_skip(str(error))


def read_photograph(path: Path, size: tuple[int, int] | None = None) -> Picture:
    """A picture file in RGB.

    Args:
        path: JPEG, PNG, WEBP, BMP, TIFF or PPM.
        size: (width, height) that the annotation is for. The file's mark of how it was held is honoured, unless the
            picture has this size as it is stored.

    Raises:
        InputError: It is missing, damaged, no picture, too large, or of another size.
    """
    if not path.is_file():
        raise InputError(f"'{path}' does not exist; put the data set's pictures there")
    picture = _decode(path, str(path), size)
    _require_size(picture, size, path)
    return picture


def find_picture_size(people: AnnotatedPeople, row: int) -> tuple[int, int] | None:
    """(width, height) of the picture of a row as the data say it; None if they do not."""
    if people.image_sizes is None or people.image_sizes[row].min() < 1:
        return None
    width, height = people.image_sizes[row].tolist()
    return width, height


def _decode(source: Path | io.BytesIO, name: str, size: tuple[int, int] | None) -> Picture:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which does not matter here.
            with open_image(source, _PICTURE_FORMATS) as image:
                if image.width * image.height > _MOST_PIXELS:
                    raise InputError(f"'{name}' is too large to be decoded ({image.width}x{image.height} pixels)")
                is_as_stored = image.size == size and image.getexif().get(_ORIENTATION_TAG) in _TURNED
                return np.array((image if is_as_stored else ImageOps.exif_transpose(image)).convert("RGB"))
    except InputError:
        raise
    except Exception as error:  # Damaged pictures raise nearly anything.
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
        raise InputError(f"'{name}' is no readable picture ({reason}); copy it again") from error


def _require_size(picture: Picture, size: tuple[int, int] | None, path: Path) -> None:
    height, width, _ = picture.shape
    if size is not None and max(abs(width - size[0]), abs(height - size[1])) > _PADDING_PX:
        raise InputError(
            f"'{path}' is {width}x{height}, but its annotation is for {size[0]}x{size[1]}; use the original pictures"
        )


def _read_from_photograph(
    path: Path, people: AnnotatedPeople, rows: Int64[np.ndarray, " rows"]
) -> Iterator[PicturedRows]:
    yield rows, read_photograph(path, find_picture_size(people, int(rows[0])))


def _read_from_video(path: Path, people: AnnotatedPeople, rows: Int64[np.ndarray, " rows"]) -> Iterator[PicturedRows]:
    groups = [rows[group] for group in _group_by_value(people.frames[rows])]
    wanted = {int(people.frames[group[0]]): group for group in groups}
    for index, picture in _decode_video(path, max(wanted)):
        found = wanted.get(index)
        if found is not None:
            array = picture.to_ndarray(format="rgb24")
            _require_size(array, find_picture_size(people, int(found[0])), path)
            yield found, array


def _decode_video(path: Path, last: int) -> Iterator[tuple[int, av.VideoFrame]]:
    """Frames from the first to that of index ``last``."""
    index = -1
    if path.exists():
        require_file(path)
    try:
        with av.open(f"file:{path}", options=_VIDEO_OPTIONS, metadata_errors="replace") as container:
            if not container.streams.video:
                raise InputError(f"'{path}' holds no moving pictures; copy it again")
            stream = container.streams.video[0]
            if stream.width * stream.height > _MOST_PIXELS:
                raise InputError(f"'{path}' is too large to be decoded ({stream.width}x{stream.height} pixels)")
            stream.thread_type = "AUTO"
            for index, frame in enumerate(container.decode(stream)):
                yield index, frame
                if index >= last:
                    return
    except (FFmpegError, OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"'{path}' cannot be read from frame {index + 1} on ({reason}); copy it again") from error
    raise InputError(
        f"'{path}' ends after {count_of(index + 1, 'frame')}, but frame {last} (from 0) is annotated; copy it again"
    )


def _read_from_shards(people: AnnotatedPeople, on_skip: OnSkip) -> Iterator[PicturedRows]:
    rows_of = {str(people.pictures[rows[0]]): rows for rows in _group_by_value(people.pictures)}
    for path, sample, members in read_samples(people.root, only=PICTURE_END, on_skip=on_skip):
        rows = rows_of.pop(sample[0].key, None)
        if rows is not None:
            try:
                name = f"{path}: {sample[0].key}.{PICTURE_END}"
                yield rows, _decode(io.BytesIO(members.get(PICTURE_END, b"")), name, None)
            except InputError as error:
                on_skip(str(error))
        if not rows_of:
            return
    on_skip(f"'{people.root}' lacks {len(rows_of)} of the pictures, such as '{next(iter(rows_of))}'")


def _group_by_value(values: np.ndarray) -> list[Int64[np.ndarray, " rows"]]:
    """The rows of each value, in the order of the values."""
    order = np.argsort(values, kind="stable").astype(np.int64)
    return np.split(order, np.flatnonzero(values[order][1:] != values[order][:-1]) + 1) if len(order) else []
