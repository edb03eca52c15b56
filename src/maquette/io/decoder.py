"""From a video file to its frames: opening it safely, decoding past damage, time stamps, turning upright."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from maquette.arrays import Picture
from maquette.errors import InputError
from maquette.input_file import require_file
from maquette.plain_text import count_of

_CONTAINERS = (
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,h264,hevc,m4v,mxf,dv,ivf,obu,nut,rm,wtv,mjpeg,yuv4mpegpipe"
)
"""Formats that are video and nothing else; playlists and the like, which lead to other files, are not among them."""
_BARE = {"h264", "hevc", "mjpeg"}
_OPTIONS = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
_PICTURE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
_MOST_PIXELS = 2**27
"""Larger frames are refused before memory is asked for."""
_LONGEST_PIXEL = 4
"""Pixels are at most so many times as wide as high, or as high as wide."""
_KEYPOINT_SUFFIXES = {".json", ".csv", ".tsv", ".npz", ".npy", ".pkl", ".h5", ".xml", ".trc", ".c3d"}
"""Endings of files of keypoints and results, which people give in place of pictures."""
_COUNTED_FROM_ZERO = "matroska"
"""The format whose files state when they end, not how long they last."""
_SHORT_OF_END = 0.9
"""A video of which less than this share could be read is said to end early."""


@contextmanager
def open_stream(path: Path) -> Iterator[VideoStream]:
    """The stream of moving pictures in a file.

    Raises:
        InputError: The file is absent or no video, holds only sound, or is cut off before its index.
    """
    require_file(path, "check the path and its permissions")
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}); check the path and its permissions") from error
    is_mp4 = head[4:8] == b"ftyp"
    if is_mp4 and head[8:12] in _PICTURE_BRANDS:
        raise InputError(f"{path}: this HEIC or AVIF photograph cannot be read here; save it as JPEG")
    try:
        container = av.open(f"file:{path}", options=_OPTIONS, metadata_errors="replace")
    except (FFmpegError, ValueError) as error:
        reason = (
            "the video is cut off and lacks its index; copy or record it again"
            if is_mp4
            else f"is neither a picture nor a video; {_advice(path)}"
        )
        raise InputError(f"{path}: {reason}") from error
    with container:
        yield require_film(container, path)


def _advice(path: Path) -> str:
    """What to do with a file that holds no pictures, by its name."""
    if path.suffix.lower() in _KEYPOINT_SUFFIXES:
        return "lift keypoints with `maquette lift`, look at results with `maquette show`"
    return "give a photograph, a folder of pictures or a video such as MP4"


def require_film(container: InputContainer, path: Path) -> VideoStream:
    """The first stream that is a film, not the cover picture of a piece of music."""
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        raise InputError(f"{path}: the file holds no moving pictures, only sound or nothing; give a video")
    stream = streams[0]
    if stream.codec_context is None:
        raise InputError(
            f"{path}: the video is cut off, or coded in a way that is not known; copy it again or convert it to H.264"
        )
    if stream.width * stream.height > _MOST_PIXELS:
        raise InputError(f"{path}: frames of {stream.width}x{stream.height} are too large; scale the video down")
    stream.thread_type = "AUTO"
    return stream


@dataclass
class Tally:
    """What happened while a video was decoded."""

    decoded: int = 0
    damaged: int = 0
    """Packets that could not be decoded."""
    late: int = 0
    """Frames whose time stamp did not rise."""
    end_s: Fraction = Fraction(0)
    """When the last frame ends, counted from the start of the first."""

    def notes(self, name: str, stream: VideoStream) -> list[str]:
        """A sentence for each thing that was wrong with the file."""
        notes = []
        length_s = _length_s(stream)
        if length_s and self.end_s < _SHORT_OF_END * length_s and not 0 < stream.frames <= self.decoded:
            notes.append(f"{name} ends early: {float(self.end_s):.1f} of {float(length_s):.1f} s could be read")
        elif self.damaged:
            notes.append(f"{name} is damaged: {self.damaged} pieces of it were left out")
        if self.late:
            notes.append(f"{name}: left out {count_of(self.late, 'frame')} whose time stamps did not rise")
        return notes


def _length_s(stream: VideoStream) -> Fraction:
    if stream.duration and stream.time_base:
        return stream.duration * stream.time_base
    container: InputContainer = stream.container  # type: ignore[assignment]
    start = container.start_time or 0 if _COUNTED_FROM_ZERO in container.format.name else 0
    return Fraction(max(0, (container.duration or 0) - start), av.time_base)  # type: ignore[attr-defined]


def is_bare(stream: VideoStream) -> bool:
    """Whether the file is a stream without a container, which does not say when its frames are shown."""
    return stream.container.format.name in _BARE  # type: ignore[attr-defined]


def find_frame_rate(stream: VideoStream) -> Fraction | None:
    """Frames per second as the file says, or of bare streams as their coding says, if it does."""
    rates = (stream.average_rate, stream.guessed_rate)
    return next(filter(None, reversed(rates) if is_bare(stream) else rates), None)


def expected_frame_count(stream: VideoStream) -> int | None:
    """How many frames the file announces, or else its length times its rate; None if it states neither."""
    rate = find_frame_rate(stream)
    return stream.frames or (round(_length_s(stream) * rate) if rate else 0) or None


def decode_frames(stream: VideoStream, tally: Tally) -> Iterator[VideoFrame]:
    """Every frame that can be decoded, in the order of display; damage is counted and passed over."""
    for packet in _packets(stream, tally):
        try:
            frames = stream.decode(packet)
        except FFmpegError:
            tally.damaged += 1
            continue
        for frame in frames:
            tally.decoded += 1
            yield frame


def _packets(stream: VideoStream, tally: Tally) -> Iterator[Packet | None]:
    """The packets up to the end or the place where the file breaks off; the last one empties the decoder."""
    try:
        yield from stream.container.demux(stream)  # type: ignore[attr-defined]
    except FFmpegError:
        tally.damaged += 1
        yield None


class Clock:
    """The time of each frame in seconds since the first, strictly rising.

    A frame without a time stamp follows its predecessor by one frame period.
    """

    def __init__(self, tick_s: Fraction, period_s: Fraction) -> None:
        self._tick_s = tick_s
        self._period_s = period_s
        self._origin_s: Fraction | None = None
        self._time_s: Fraction | None = None

    def time_s(self, frame: VideoFrame) -> Fraction | None:
        """Time of the next frame, or None if its time stamp does not lie after its predecessor's."""
        time_s = expected_s = Fraction(0) if self._time_s is None else self._time_s + self._period_s
        if frame.pts is not None:
            if self._origin_s is None:
                self._origin_s = frame.pts * self._tick_s - expected_s
            time_s = frame.pts * self._tick_s - self._origin_s
        if self._time_s is not None and time_s <= self._time_s:
            return None
        self._time_s = time_s
        return time_s

    def length_s(self, frame: VideoFrame) -> Fraction:
        """How long a frame lasts: as the file says, else one frame period."""
        return frame.duration * self._tick_s if frame.duration > 0 else self._period_s


class Turn(NamedTuple):
    """Where a stored frame's right and down point to when the video is shown, as (x right, y down)."""

    right: tuple[int, int] = (1, 0)
    down: tuple[int, int] = (0, 1)

    @classmethod
    def of(cls, frame: VideoFrame) -> "Turn":
        """The turn that a video's display matrix asks for.

        Every frame carries the same matrix. Ask one frame only: asking keeps the frame's memory from being freed.
        """
        matrix = frame.side_data.get("DISPLAYMATRIX")  # type: ignore[call-overload]
        if matrix is None:
            return cls()
        right_x, right_y, _, down_x, down_y = np.frombuffer(matrix, np.int32)[:5].tolist()
        return cls((right_x, right_y), (down_x, down_y))

    def upright(self, frame: VideoFrame, shape: tuple[int, int]) -> Picture:
        """RGB of a frame of (width, height), which makes its pixels square, turned by quarters and mirrored."""
        width, height = shape
        image = frame.to_ndarray(format="rgb24", width=width, height=height)
        (right_x, right_y), (down_x, down_y) = self
        if abs(right_x) + abs(down_y) < abs(right_y) + abs(down_x):  # What lay to the right now lies up or down.
            image = image.transpose(1, 0, 2)
            right_x, down_y = down_x, right_y
        return np.ascontiguousarray(image[:: -1 if down_y < 0 else 1, :: -1 if right_x < 0 else 1])


def square_shape(stream: VideoStream, frame: VideoFrame) -> tuple[int, int]:
    """(width, height) of a stored frame once its pixels are square: as wide or high as need be, never less.

    Shapes of pixels that no camera has are taken for square, and so are those that come to less than two pixels.
    """
    ratio = stream.sample_aspect_ratio or Fraction(1)
    width, height = frame.width, frame.height
    if not 1 / _LONGEST_PIXEL <= ratio <= _LONGEST_PIXEL:
        return width, height
    wider, higher = round(width * max(ratio, 1)), round(height / min(ratio, 1))
    if max(wider - width, higher - height) < 2 or wider * higher > _MOST_PIXELS:
        return width, height
    return wider, higher
