"""The shape checker of the test run: beartype, for so many checks in every test and no longer."""

from collections.abc import Callable
from functools import wraps

import jaxtyping
from beartype import beartype

MOST = 300
"""Checks of one test. Loops that go on for longer run unchecked from there on; checked at every turn, the whole run
would take twice as long."""

_left = MOST


def begin_test() -> None:
    """Check from now on, until there have been enough checks again."""
    global _left
    _left = MOST
    jaxtyping.config.update("jaxtyping_disable", False)


def check(function: Callable) -> Callable:
    """The function, with its arguments and its result checked while checks are left."""
    checked: Callable | None = None

    @wraps(function)
    def counted(*arguments, **named):
        global _left
        nonlocal checked
        _left -= 1
        if _left == 0:
            jaxtyping.config.update("jaxtyping_disable", True)
        if checked is None:  # made late: most functions are never called by most runs
            checked = beartype(function)
        return checked(*arguments, **named)

    return counted
