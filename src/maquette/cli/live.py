"""``maquette predict camera:0``, or the address of a stream: live until it ends or Ctrl-C, then written as ever."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from maquette.api.finder import DetectorChoice
from maquette.api.known_camera import KnownOfCamera
from maquette.api.lifting import Lifter, LiftingSettings
from maquette.api.live import LiveEstimate, predict_live
from maquette.api.method import resolve_method
from maquette.api.stage import no_stages
from maquette.cli.console import progress, say
from maquette.cli.options import Predict
from maquette.cli.outputs import require_free_paths, write_outputs
from maquette.errors import SettingError
from maquette.inference.looking import look_closer
from maquette.io.live import is_live, live_name
from maquette.lock import alone_in

_OF_FILES = ("fps", "image_size", "independent_frames", "clip", "strict")
"""Options that say something about files."""


def choose_live(options: Predict) -> str | None:
    """The camera or stream among the inputs, if there is one.

    Raises:
        SettingError: There is more beside it, or an option that is for files.
    """
    live = [one for one in options.inputs if is_live(one)]
    if not live:
        return None
    if len(options.inputs) > 1:
        raise SettingError(f"{live_name(live[0])} is live, so it is the only input of a run; leave out the others")
    useless = [name for name in _OF_FILES if getattr(options, name)]
    if useless:
        raise SettingError(f"`{useless[0]}` is not used: it is for files, and the input is live; leave it out")
    if "+" in options.method:
        raise SettingError(f"`method` {options.method} refines clips through time; live, use a method without '+'")
    return live[0]


def run_live(address: str, options: Predict, formats: tuple[str, ...]) -> None:
    """Watch, write what was seen, and say how fast it was."""
    name = live_name(address)
    require_free_paths(options.out, formats, name, ())
    with alone_in(options.out):
        found = _watch(address, options)
        write_outputs(found.estimate, name, options.out, formats)
    latency = found.latency
    say(
        f"latency from a frame's arrival to its pose: median {1000 * latency.median_s:.0f} ms, 95th percentile "
        f"{1000 * latency.high_s:.0f} ms; {found.dropped} of {found.looked_at + found.dropped} frames dropped"
    )


def _watch(address: str, options: Predict) -> LiveEstimate:
    """What was seen until the end or Ctrl-C."""
    name = live_name(address)
    choice = DetectorChoice(
        True, options.detector, options.detector_model, options.max_persons, is_video=True, is_live=True
    )
    lifter = _open_lifter(options)
    with _stopping_gently() as until, progress(f"watching {name}; Ctrl-C ends it") as report:
        found = predict_live(address, lifter, choice, until=until, progress=report)
    if until.is_set():
        say(f"{name}: stopped; what was seen is kept")
    return found


def _open_lifter(options: Predict) -> Lifter:
    known = KnownOfCamera(options.world_up, options.camera_pitch, options.camera_roll, options.focal)
    settings = LiftingSettings(
        options.height, options.bone_lengths, options.camera, options.camera_name, None, True, known
    )
    method = look_closer(resolve_method(options.method, options.weights), flip=options.flip, looks=options.looks)
    return Lifter.of(settings, method, None, no_stages)


@contextmanager
def _stopping_gently() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; a second one ends the program."""
    until = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        until.set()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield until
    finally:
        signal.signal(signal.SIGINT, before)
