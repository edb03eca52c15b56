"""Files of strangers, looked at before they are opened: a pipe or a device would be waited for without end."""

import os
import stat
from pathlib import Path

from maquette.errors import InputError


def require_file(path: Path, advice: str = "check the path") -> None:
    """Refuse what is no ordinary file; links are followed.

    Args:
        path: Where a file is wanted.
        advice: What to give instead, for messages.

    Raises:
        InputError: Nothing is there, it is a folder, a pipe, a device or a socket, or may not be looked at.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; {advice}") from error
    except (OSError, ValueError) as error:  # a name that is too long, or holds a zero
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{str(path)[:200]}: cannot be opened ({reason}); {advice}") from error
    if stat.S_ISDIR(mode):
        raise InputError(f"{path}: is a folder, but a file is wanted; {advice}")
    if not stat.S_ISREG(mode):
        raise InputError(f"{path}: is a pipe or a device, not an ordinary file; copy what comes out of it into a file")


def read_file(path: Path, most_bytes: int, advice: str = "check the path") -> bytes:
    """The content of an ordinary file.

    Args:
        path: The file.
        most_bytes: Larger files are refused unread.
        advice: What to give instead, for messages.

    Raises:
        InputError: It is none, is larger, or cannot be read.
    """
    require_file(path, advice)
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            content = file.read(min(size, most_bytes) + 1)  # asking for more would take that much memory
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); {advice}") from error
    if len(content) > most_bytes:
        raise InputError(
            f"{path}: is larger than {most_bytes / 2**20:.0f} MiB, too much for what it should be; {advice}"
        )
    return content
