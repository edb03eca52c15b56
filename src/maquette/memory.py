"""Memory: large blocks that are freed are kept for the next ones, which the system would else hand out anew."""

import ctypes
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
"""Of ``mallopt`` in glibc."""
_MOST_KEPT, _STEP = 2**31 - 1, 2**28
"""Bytes."""


def keep_freed_memory() -> None:
    """Tells the C library to give no memory back to the system until the process ends.

    A step of a training asks for the same gigabytes again and again; each time the system would hand them out page by
    page, all zeros. Where the C library is not glibc, nothing happens.
    """
    tell = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if tell is not None:
        tell(_MMAP_MAX, 0)
        tell(_TRIM_THRESHOLD, _MOST_KEPT)
        tell(_TOP_PAD, _STEP)
