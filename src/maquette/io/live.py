"""Live pictures: a camera of this computer or a stream of the network, of which only the newest frame is ever kept.

Nothing is opened unless the user names it: ``camera:0``, or an address that begins with rtsp, rtsps, http or https.
"""

import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from maquette.arrays import Picture
from maquette.errors import InputError
from maquette.io.decoder import Clock, Turn, require_film, square_shape

_CAMERA = re.compile(r"camera:(\d{1,3})")
_ADDRESS = re.compile(r"(rtsps?|https?)://[^\s]+", re.IGNORECASE)
_FORMATS = "rtsp,sdp,rtp,mpjpeg,mjpeg,mov,matroska,mpegts,mpeg,flv,avi,ogg,h264,hevc,nut"
"""What streams come in; playlists, which lead to other addresses, are not among them."""
_STREAM_OPTIONS = {
    "format_whitelist": _FORMATS, "protocol_whitelist": "http,https,rtsp,rtsps,rtp,srtp,udp,tcp,tls,crypto",
    "rtsp_transport": "tcp",
}  # fmt: skip
_OPENING_S, _READING_S = 10.0, 10.0
_LIKELY_FPS = 30
_LONGEST_WAIT_S = 1.0
"""A frame whose time stamp lies further ahead is shown at once: the clock of the source has leapt."""
_POLL_S = 0.1


class LiveFrame(NamedTuple):
    """The newest picture."""

    image: Picture
    time_s: float
    """Seconds since the first frame, by the source's clock."""
    arrived_s: float
    """When it came, by `time.perf_counter`."""


def is_live(text: str) -> bool:
    """Whether an input names a camera or a stream, not a file."""
    return bool(text.startswith("camera:") or _ADDRESS.match(text))


def live_name(address: str) -> str:
    """What results are called that are made from it; names and passwords in an address are left out."""
    if address.startswith("camera:"):
        return address.replace(":", "_")
    parts = urlsplit(address)
    return re.sub(r"[^\w.-]+", "_", f"{parts.hostname or ''}{parts.path}").strip("_.")[:80] or "stream"


@dataclass
class LiveSource:
    """A camera or stream that is read in a thread of its own.

    Raises:
        InputError: There is no such camera, the address does not answer, or what answers is no film.
    """

    address: str
    dropped: int = 0
    """Frames that came while an earlier one was still at work, and were passed over."""
    fault: str | None = None
    """Why the source ended, if it broke off."""
    _newest: LiveFrame | None = None
    _is_over: bool = False
    _came: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self._container = _open(self.address)
        try:
            self._stream = require_film(self._container, Path(live_name(self.address)))
            self._stream.thread_type = "SLICE"  # threads that take a frame each would hold some back
        except InputError:
            self._container.close()
            raise
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name="live pictures", daemon=True)

    def frames(self, until: threading.Event) -> Iterator[LiveFrame]:
        """The newest frame each time one is asked for, until the source ends or the event is set."""
        self._thread.start()
        while not until.is_set():
            with self._came:
                if self._newest is None and not self._is_over:
                    self._came.wait(_POLL_S)
                frame, self._newest = self._newest, None
            if frame is not None:
                yield frame
            elif self._is_over:
                return

    def close(self) -> None:
        """Lets go of the camera or stream."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_READING_S + 1)
        else:
            self._container.close()

    def _read(self) -> None:
        """Decodes without end; a frame that nobody has taken yet makes way for the next."""
        try:
            with closing(self._container):
                for frame in _decode(self._stream, self._stop):
                    with self._came:
                        self.dropped += self._newest is not None
                        self._newest = frame
                        self._came.notify()
        except (FFmpegError, ValueError) as error:
            self.fault = getattr(error, "strerror", None) or str(error)
        with self._came:
            self._is_over = True
            self._came.notify()


def _decode(stream: VideoStream, stop: threading.Event) -> Iterator[LiveFrame]:
    """Frames at the time that their stamps say, as a recording is played; those of a camera are never ahead."""
    clock = Clock(stream.time_base or Fraction(1, _LIKELY_FPS), period_s=1 / Fraction(_LIKELY_FPS))
    turn, size = None, (0, 0)
    began = time.perf_counter()
    for raw in stream.container.decode(stream):  # type: ignore[attr-defined]
        if stop.is_set():
            return
        if turn is None:
            turn, began, size = Turn.of(raw), time.perf_counter(), (raw.width, raw.height)
        stamp = clock.time_s(raw)
        if stamp is None or (raw.width, raw.height) != size:
            continue
        ahead_s = began + float(stamp) - time.perf_counter()
        if 0 < ahead_s <= _LONGEST_WAIT_S:
            stop.wait(ahead_s)
        elif abs(ahead_s) > _LONGEST_WAIT_S:
            began -= ahead_s
        image = turn.upright(raw, square_shape(stream, raw))
        yield LiveFrame(image, float(stamp), time.perf_counter())


def _open(address: str) -> InputContainer:
    number = _CAMERA.fullmatch(address)
    if number is not None:
        return _open_camera(int(number[1]))
    if not _ADDRESS.fullmatch(address):
        raise InputError(
            f"'{address[:80]}': is no camera and no address; write camera:0, or rtsp:// or http:// and the rest"
        )
    try:
        return av.open(address, options=_STREAM_OPTIONS, timeout=(_OPENING_S, _READING_S), metadata_errors="replace")
    except (FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{live_name(address)}: no film comes from there ({reason}); check the address, and that it can be reached"
        ) from error


def _open_camera(number: int) -> InputContainer:
    """The camera of that number, by the interface that this system has."""
    if sys.platform == "darwin":
        place, kind, options = str(number), "avfoundation", {"framerate": "30"}
    elif sys.platform == "linux":
        place, kind, options = f"/dev/video{number}", "v4l2", {}
    else:
        raise InputError(f"camera:{number}: cameras can be read on Linux and macOS only; give the address of a stream")
    try:
        return av.open(place, format=kind, options=options)
    except (FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"camera:{number}: cannot be opened ({reason}); connect a camera, or give the number of another one"
        ) from error
