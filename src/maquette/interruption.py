"""Ctrl-C remembered: what follows from it, such as an import that fails, is told from what would have failed anyway."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_came = False
"""Whether Ctrl-C was pressed in the last block that remembers it."""


@contextmanager
def remembering_interruptions() -> Iterator[None]:
    """A block in which Ctrl-C is raised as ever, and is remembered in case that it is lost or turned into an error.

    Packages turn it into an error where it meets the start of their native parts, and Python drops it where nothing can
    be raised. Only for a main thread in which Ctrl-C is raised.
    """
    global _came
    _came = False

    def remember(number: int, frame: FrameType | None) -> None:
        global _came
        _came = True
        signal.default_int_handler(number, frame)

    tell, before = sys.unraisablehook, signal.signal(signal.SIGINT, remember)
    sys.unraisablehook = lambda dropped: None if _came else tell(dropped)
    try:
        yield
    finally:
        sys.unraisablehook = tell
        signal.signal(signal.SIGINT, before)


def stop_if_interrupted() -> None:
    """For places that go on after an error, or are passed often.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed, and what it raised did not arrive.
    """
    if _came:
        raise KeyboardInterrupt
