"""What some data are, as a checksum: the same data are known again wherever they lie."""

import os
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, NamedTuple

from maquette.data.shards.index import INDEX_NAME, verify_shards
from maquette.errors import InputError

MOST_READ_BYTES = 64 << 20
"""Files of a folder that are longer are not read whole."""

_END_BYTES = 1 << 20


class DataIdentity(NamedTuple):
    """Some data, by name and content."""

    name: str
    """Of the file or folder, for people."""
    sha256: str


def identify(data: Path) -> DataIdentity:
    """A file by its content, a set of shards by its index (which holds their checksums), a folder by all its files.

    In a folder, files of more than `MOST_READ_BYTES`, such as long videos, are known by their size, beginning and end.

    Raises:
        InputError: There is nothing at that place, it cannot be read, or shards are not those of which their index
            tells.
    """
    if (data / INDEX_NAME).is_file() and (faults := verify_shards(data, by_size=True)):
        raise InputError(faults[0])
    if not (data.is_file() or data.is_dir()):
        raise InputError(f"'{data}' does not exist; give motion capture, rendered people or a data set's folder")
    named = data if data.is_file() else data / INDEX_NAME
    try:
        digest = _digest_file(named) if named.is_file() else _digest_folder(data)
    except OSError as error:
        raise InputError(f"'{error.filename}' cannot be read ({error.strerror})") from error
    return DataIdentity(data.absolute().name, digest)


def identify_each(**data: Path | None) -> dict[str, Any]:
    """Several data, each as `DataIdentity`, by the names of what they are for; None for what is not given.

    Raises:
        InputError: Some are not there or cannot be read (see `identify`).
    """
    return {name: None if path is None else identify(path) for name, path in data.items()}


def _digest_folder(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return sha256(
        "".join(f"{path.relative_to(folder)} {_digest_briefly(path)}\n" for path in files).encode()
    ).hexdigest()


def _digest_briefly(path: Path) -> str:
    size = path.stat().st_size
    if size <= MOST_READ_BYTES:
        return _digest_file(path)
    with path.open("rb") as file:
        beginning = file.read(_END_BYTES)
        file.seek(-_END_BYTES, os.SEEK_END)
        return sha256(b"%d " % size + beginning + file.read()).hexdigest()


def _digest_file(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
