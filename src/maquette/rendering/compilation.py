"""The one way to compile a hot loop: numba's nopython mode, cached on disk, without the interpreter's lock."""

import inspect
from collections.abc import Callable
from typing import Any

from maquette.extras import optional_import


def compile_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """The machine-code twin of ``function``, compiled for each new set of argument types and cached on disk.

    Whatever wraps the function (such as the run-time shape checks of our tests) is taken off first.

    Raises:
        MissingExtraError: numba is not installed.
    """
    numba = optional_import("numba", extra="synth")
    return numba.njit(cache=True, fastmath=True, nogil=True)(inspect.unwrap(function))
