"""Writing a file whole or not at all: a failed or interrupted job never leaves half a file behind."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from maquette.errors import OutputError
from maquette.lock import let_go, remove_unheld, take

UNFINISHED = ".maquette-"
"""What the names of half-written files start with; a killed process leaves them behind."""

_LONGEST_SUFFIX = 20
_cleaned: set[Path] = set()
"""Folders whose leftovers this process has removed."""
_REASONS = {
    errno.ENOSPC: "the disk is full; free some space or choose another folder",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another folder",
    errno.EACCES: "there is no permission to write there; choose another folder",
    errno.EPERM: "there is no permission to write there; choose another folder",
    errno.EROFS: "that file system is read-only; choose another folder",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another folder",
    errno.EEXIST: "a part of the path is a file, not a folder; choose another folder",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary sibling of ``path`` to write to, which takes the place of ``path`` once the block ends well.

    The sibling is an empty file in the same folder with the same suffix; missing folders are made. If the block fails
    it is removed, and a file that was at ``path`` before stays as it was. A symbolic link is kept and its target
    replaced.

    Raises:
        OutputError: The folder, the path or the disk does not allow it.
    """
    temporary = held = None
    try:
        target = _writable_target(path)
        if target.parent not in _cleaned:
            remove_leftovers(target.parent)
        temporary, held = _fresh_sibling(target)
        yield temporary
        temporary.replace(target)
        temporary = None
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {_reason(error)}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if held is not None:
            let_go(held)


def remove_leftovers(folder: Path) -> None:
    """Removes what killed processes left half-written in a folder; what another process is writing now stays."""
    for leftover in folder.glob(f"{UNFINISHED}*"):
        remove_unheld(leftover)
    _cleaned.add(folder)


def require_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written to before any long work is done; nothing is left of the trial.

    Raises:
        OutputError: It cannot be made, or files cannot be written into it.
    """
    try:
        made = [above for above in (folder, *folder.parents) if not above.exists()]
        _require_short_names(folder)
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"{UNFINISHED}{secrets.token_hex(8)}"
        probe.touch()
        probe.unlink(missing_ok=True)
        with suppress(OSError):  # Somebody else may have begun to use it.
            for above in made:
                above.rmdir()
    except OSError as error:
        raise OutputError(f"'{folder}' cannot be written to: {_reason(error)}") from error


def require_writable_file(path: Path) -> None:
    """Refuse a file that cannot be written before any long work is done; one that is there already may be replaced.

    Raises:
        OutputError: Its place is taken by a folder or a device, or its folder cannot be written to.
    """
    try:
        folder = _ordinary_target(path).parent
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {_reason(error)}") from error
    require_writable(folder)


def _fresh_sibling(target: Path) -> tuple[Path, int | None]:
    """An empty file beside the target, and the descriptor that holds it; none where an open file cannot be renamed."""
    suffix = target.suffix if len(target.suffix) <= _LONGEST_SUFFIX else ""
    while True:
        fresh = target.parent / f"{UNFINISHED}{secrets.token_hex(8)}{suffix}"
        held = take(fresh, is_new=True)
        if held is not None:
            break
    if os.name == "nt":
        let_go(held)
        held = None
    return fresh, held


def _writable_target(path: Path) -> Path:
    target = _ordinary_target(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _ordinary_target(path: Path) -> Path:
    target = Path(os.path.realpath(path))
    _require_short_names(target)
    if target.is_dir():
        raise OutputError(f"{path}: is a folder, but a file is to be written there; choose another name")
    if target.exists() and not target.is_file():
        raise OutputError(f"{path}: is a device, not an ordinary file; choose another name")
    return target


def _require_short_names(path: Path) -> None:
    """Refuse names that the disk has no room for; where a folder is still to be made, the system says so too late."""
    if not hasattr(os, "pathconf"):  # Windows
        return
    names: list[str] = []
    for place in (path, *path.parents):
        if place.exists():
            most = os.pathconf(place, "PC_NAME_MAX")
            if most > 0 and any(len(os.fsencode(name)) > most for name in names):
                raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
            return
        names.append(place.name)


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, error.strerror or str(error))
