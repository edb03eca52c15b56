"""Locks between processes: a file is held by one process at a time, and one that is killed lets go of all its files."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from maquette.errors import OutputError, SettingError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

LOCK_NAME = ".maquette.lock"
"""Of the file that is held in a folder at work; one that a killed process left behind is in nobody's way."""

_held: set[Path] = set()
"""Folders that this process holds."""
_taken: set[int] = set()
"""Descriptors of the files that this process holds."""


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Holds a folder, which is made if need be, while the block lasts; blocks of one process may nest.

    A folder that was made for it and is still empty at the end is removed. Where the system or its disk knows no locks,
    nothing is held.

    Raises:
        SettingError: Another process is at work in the folder.
        OutputError: The folder cannot be made or written to.
    """
    place = Path(os.path.realpath(folder))
    if place in _held:
        yield
        return
    try:
        made = [above for above in (place, *place.parents) if not above.exists()]
        place.mkdir(parents=True, exist_ok=True)
        held = take(place / LOCK_NAME)
    except OSError as error:
        raise OutputError(f"'{folder}' cannot be made ({error.strerror}); give another folder") from error
    if held is None:
        raise SettingError(f"another run is at work in '{folder}'; wait until it ends, or give another folder")
    _held.add(place)
    try:
        yield
    finally:
        _held.discard(place)
        (place / LOCK_NAME).unlink(missing_ok=True)
        let_go(held)
        with suppress(OSError):  # Something lies there now.
            for above in made:
                above.rmdir()


def take(path: Path, *, is_new: bool = False) -> int | None:
    """The descriptor of a file that is made if need be and held until `let_go`; None if another process holds it.

    Processes that are forked from this one hold nothing: workers that outlive a killed parent would hold its files.

    Args:
        path: The file.
        is_new: Whether it must not be there yet.

    Raises:
        OSError: The file cannot be made, or is there although it must not.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | (os.O_EXCL if is_new else 0), 0o666)
    if _hold(descriptor) and _is_still_there(descriptor, path):
        _taken.add(descriptor)
        return descriptor
    os.close(descriptor)
    return None


def let_go(descriptor: int) -> None:
    """Holds a file no more that was taken."""
    if descriptor in _taken:
        _taken.discard(descriptor)
        os.close(descriptor)


def remove_unheld(path: Path) -> None:
    """Removes a file, unless a process holds it, or the system knows no locks and so cannot tell."""
    if fcntl is None:
        return
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            if _hold(descriptor):
                path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)


def _let_go_of_all() -> None:
    for descriptor in tuple(_taken):
        let_go(descriptor)


if hasattr(os, "register_at_fork"):  # absent on Windows
    os.register_at_fork(after_in_child=_let_go_of_all)


def _hold(descriptor: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a disk without locks
        return True
    return True


def _is_still_there(descriptor: int, path: Path) -> bool:
    """Whether nobody removed the file before it was held."""
    if fcntl is None:
        return True
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False
