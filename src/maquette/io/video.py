"""Videos as upright RGB frames with the file's own time stamps, and frames as a video (PyAV, which brings FFmpeg)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from jaxtyping import UInt8

from maquette.arrays import Frame, Picture
from maquette.atomic import replacing
from maquette.errors import InputError, OutputError
from maquette.io.decoder import (
    Clock,
    Tally,
    Turn,
    decode_frames,
    expected_frame_count,
    find_frame_rate,
    is_bare,
    open_stream,
    square_shape,
)

_LIKELY_FPS = Fraction(30)
_TICK_S = Fraction(1, 60000)
"""Grid of written time stamps: 24, 25, 29.97, 30, 50, 59.94 and 60 frames per second fall on it exactly."""
_ENCODERS = {
    "libvpx-vp9": {"crf": "30", "b": "0", "deadline": "realtime", "cpu-used": "8", "row-mt": "1"},
    "libx264": {"crf": "20", "preset": "veryfast"},
    "mpeg4": {"qscale": "3"},
}
"""Encoders by preference, with their settings for good quality at moderate size: what browsers play and is free of the
GPL (VP9, BSD licence) comes first, then H.264 (x264, GPL), then what every FFmpeg has."""


@dataclass
class VideoSource:
    """A video file; frames are decoded one after the other and turned upright."""

    path: Path
    image_size: tuple[int, int]
    frame_count: int | None
    fps: float | None
    notes: list[str] = field(default_factory=list)
    _given_fps: float | None = None
    _turn: Turn = field(default_factory=Turn)
    _stored: tuple[int, int] = (0, 0)
    _square: tuple[int, int] = (0, 0)
    """(width, height) of a frame before it is turned: as it is stored, and once its pixels are square."""

    def frames(self) -> Iterator[Frame]:
        """The frames from the first on, with times that start at zero and rise.

        Raises:
            InputError: No frame can be decoded, or their size changes.
        """
        tally = Tally()
        with open_stream(self.path) as stream:
            clock = Clock(stream.time_base or 1 / _LIKELY_FPS, period_s=1 / Fraction(self.fps or _LIKELY_FPS))
            yield from self._timed(decode_frames(stream, tally), clock, tally)
            if tally.decoded == 0:
                raise _no_frame(self.path)
            self.notes += [note for note in tally.notes(self.path.name, stream) if note not in self.notes]

    def _timed(self, raw_frames: Iterator[VideoFrame], clock: Clock, tally: Tally) -> Iterator[Frame]:
        for index, raw in enumerate(raw_frames):
            time_s = clock.time_s(raw)
            if time_s is None and self._given_fps is None:
                tally.late += 1
                continue
            if time_s is not None:
                tally.end_s = time_s + clock.length_s(raw)
            yield Frame(self._picture(raw), index / self._given_fps if self._given_fps else float(time_s or 0))

    def _picture(self, raw: VideoFrame) -> Picture:
        size = (raw.width, raw.height)
        if size != self._stored:
            was = f"{self._stored[0]}x{self._stored[1]}"
            raise InputError(
                f"{self.path}: the frames change size from {was} to {size[0]}x{size[1]}; cut the video at that place"
            )
        return self._turn.upright(raw, self._square)


def open_video(path: Path, fps: float | None = None) -> VideoSource:
    """A video, of which the first frame is decoded to learn its upright size.

    Args:
        fps: Frames per second to use instead of the file's time stamps.

    Raises:
        InputError: The file is no video, holds only sound, is cut off before its index, or no frame can be decoded.
    """
    with open_stream(path) as stream:
        first = next(decode_frames(stream, Tally()), None)
        if first is None:
            raise _no_frame(path)
        turn = Turn.of(first)
        stored, square = (first.width, first.height), square_shape(stream, first)
        height, width = turn.upright(first, square).shape[:2]
        rate = find_frame_rate(stream)
        count = expected_frame_count(stream)
        is_timeless = is_bare(stream)
    known_fps = fps or (float(rate) if rate else None)
    notes = [] if stored == square else [f"{path.name}: its pixels are not square; stretched to {width}x{height}"]
    if fps is None and is_timeless:
        taken = known_fps or float(_LIKELY_FPS)
        notes.append(f"{path.name}: its frames bear no times; {taken:g} fps were taken, give `fps` if it is another")
    return VideoSource(path, (width, height), count, known_fps, notes, fps, turn, stored, square)


def _no_frame(path: Path) -> InputError:
    return InputError(f"{path}: the video holds no frame that can be decoded; copy or record it again")


def write_video(path: Path, frames: Iterable[Frame], *, image_size: tuple[int, int]) -> None:
    """Frames as an MP4 video (see `choose_encoder`) that shows each at its own time.

    Frames are taken one by one. Odd widths and heights grow by one pixel, for the format wants even ones. The file
    appears under its name only when it is whole.

    Args:
        image_size: (width, height) of every frame in pixels.

    Raises:
        OutputError: The file cannot be written, there is no frame, or one has another size.
    """
    with replacing(path) as temporary:
        try:
            with av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"}) as container:
                _encode(container, frames, image_size)
        except FFmpegError as error:
            raise OutputError(f"{path}: the video cannot be encoded ({error.strerror}); try another folder") from error


def choose_encoder() -> str:
    """The encoder that videos are written with, by FFmpeg's name: VP9 or, in FFmpegs without it, H.264 or MPEG-4."""
    return next(name for name in _ENCODERS if name in av.codecs_available)


def _encode(container: OutputContainer, frames: Iterable[Frame], image_size: tuple[int, int]) -> None:
    stream = _new_stream(container, image_size)
    stamp = -1
    for image, time_s in frames:
        if image.shape[:2] != image_size[::-1]:
            raise OutputError(
                f"a frame of {image.shape[1]}x{image.shape[0]} cannot be written to a video of "
                f"{image_size[0]}x{image_size[1]}; all frames of a video have one size"
            )
        frame = VideoFrame.from_ndarray(_make_even(image), format="rgb24")
        last, stamp = stamp, max(round(time_s / _TICK_S), stamp + 1)
        frame.pts, frame.time_base = stamp, _TICK_S
        frame.duration = stamp - last  # Counts for the last frame only, which lasts as long as the one before it.
        container.mux(stream.encode(frame))
    if stamp < 0:
        raise OutputError("there is no frame to make a video of; check the input")
    container.mux(stream.encode(None))


def _new_stream(container: OutputContainer, image_size: tuple[int, int]) -> VideoStream:
    encoder = choose_encoder()
    stream: VideoStream = container.add_stream(encoder, rate=30, options=_ENCODERS[encoder])  # type: ignore[assignment]
    stream.codec_context.time_base = _TICK_S
    stream.codec_context.flags |= Flags.frame_duration
    stream.width, stream.height = (side + side % 2 for side in image_size)
    stream.pix_fmt = "yuv420p"
    return stream


def _make_even(image: Picture) -> UInt8[np.ndarray, "evenH evenW 3"]:
    height, width = image.shape[:2]
    return np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge") if (height | width) % 2 else image
