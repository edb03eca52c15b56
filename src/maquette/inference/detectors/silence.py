"""Keeps native libraries from writing their own log lines into the user's terminal."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


@contextmanager
def without_warnings() -> Iterator[None]:
    """A block in which warnings of libraries to programmers, such as of what will go, are not shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def silence() -> Iterator[None]:
    """A block in which whatever native code writes to the process's standard error is thrown away, and warnings too.

    Exceptions pass through. Meant for the moments in which models are loaded and first used, not for whole runs.
    """
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        kept = os.dup(_STDERR)
    except OSError:
        kept = None
    with open(os.devnull, "w") as nowhere, without_warnings():  # noqa: PTH123 (a device, not a path)
        if kept is not None:
            os.dup2(nowhere.fileno(), _STDERR)
        try:
            yield
        finally:
            if kept is not None:
                os.dup2(kept, _STDERR)
                os.close(kept)
