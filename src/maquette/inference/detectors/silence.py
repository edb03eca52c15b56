"""Keeps native libraries from writing their own log lines into the user's terminal."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


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
    with open(os.devnull, "w") as nowhere, warnings.catch_warnings():  # noqa: PTH123 (a device, not a path)
        warnings.simplefilter("ignore")
        if kept is not None:
            os.dup2(nowhere.fileno(), _STDERR)
        try:
            yield
        finally:
            if kept is not None:
                os.dup2(kept, _STDERR)
                os.close(kept)
