"""What some data are, as a checksum: the same data are known again wherever they lie."""

from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple

from maquette.data.shards.index import INDEX_NAME, verify_shards
from maquette.errors import InputError


class DataIdentity(NamedTuple):
    """Some data, by name and content."""

    name: str
    """Of the file or folder, for people."""
    sha256: str


def identify(data: Path) -> DataIdentity:
    """A file by its content, a set of shards by its index (which holds their checksums), a folder by names and sizes.

    Raises:
        InputError: There is nothing at that place, or shards are not those of which their index tells.
    """
    if (data / INDEX_NAME).is_file() and (faults := verify_shards(data, by_size=True)):
        raise InputError(faults[0])
    if (named := data if data.is_file() else data / INDEX_NAME).is_file():
        with named.open("rb") as file:
            digest = file_digest(file, "sha256")
    elif data.is_dir():
        files = sorted(path for path in data.rglob("*") if path.is_file())
        digest = sha256("".join(f"{path.relative_to(data)} {path.stat().st_size}\n" for path in files).encode())
    else:
        raise InputError(f"'{data}' does not exist; give motion capture, rendered people or a data set's folder")
    return DataIdentity(data.absolute().name, digest.hexdigest())
