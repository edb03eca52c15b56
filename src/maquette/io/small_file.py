"""Files that a person writes by hand: their bytes, if there are not too many."""

from pathlib import Path

from maquette.errors import InputError


def read_small(path: Path, *, most_kilobytes: int, what: str, advice: str) -> bytes:
    """The content of a file.

    Args:
        path: The file.
        most_kilobytes: Larger files hold something else.
        what: What the file should hold, for messages, such as "bone lengths".
        advice: What to give instead.

    Raises:
        InputError: The file is absent, too large or cannot be read.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(most_kilobytes * 1000 + 1)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; check the path") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read ({reason}); {advice}") from error
    if len(raw) > most_kilobytes * 1000:
        raise InputError(f"{path}: larger than {most_kilobytes} kB, so it holds no {what}; {advice}")
    return raw
