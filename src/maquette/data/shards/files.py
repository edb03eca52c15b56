"""Shards as tar files: whole ones written, samples found and read, damage named."""

import hashlib
import os
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from maquette.atomic import replacing
from maquette.data.layout import looks_like
from maquette.data.shards.encoding import NEEDED_ENDS, encode_picture
from maquette.errors import InputError
from maquette.rendering.labelled import LabelledPicture

_LARGEST_MEMBER = 2**28
_NAME = re.compile(r"^((?:.*/)?[^./]+)\.([^/]+)$")
BLOCK = tarfile.BLOCKSIZE
"""Bytes that everything in a tar is rounded up to."""


class ShardEntry(NamedTuple):
    """What the index says about one shard."""

    name: str
    samples: int
    bytes: int
    sha256: str


class Member(NamedTuple):
    """One file inside a tar."""

    key: str
    """Which sample it belongs to: its name up to the first dot."""
    end: str
    """The rest of its name, such as ``picture.jpg``."""
    start: int
    """Where its content begins, in bytes from the start of the tar; its header lies in the block before."""
    size: int
    """Bytes."""


SampleMembers = tuple[Member, ...]
"""Members that follow each other and share a key."""


def name_shard(number: int) -> str:
    """The file name of shard ``number``, counted from 0."""
    return f"people-{number:06d}.tar"


def name_sample(number: int, place: int) -> str:
    """The key of the picture at ``place`` in shard ``number``; no other sample of the set has it."""
    return f"{number:06d}_{place:06d}"


def write_shard(folder: Path, number: int, pictures: Iterable[LabelledPicture]) -> ShardEntry:
    """Shard ``number`` of ``folder``, written whole or not at all, and what the index is to say about it.

    The same pictures give the same bytes: nothing in the file depends on the clock or on who writes it.

    Raises:
        OutputError: The folder or the disk does not allow it.
    """
    path = folder / name_shard(number)
    digest, size, samples = hashlib.sha256(), 0, 0
    with open_whole(path) as file:
        for place, picture in enumerate(pictures):
            samples += 1
            for end, content in encode_picture(picture).items():
                block = _pack(f"{name_sample(number, place)}.{end}", content)
                size += _write(file, block, digest.update)
        size += _write(file, bytes(2 * BLOCK), digest.update)
    return ShardEntry(path.name, samples, size, digest.hexdigest())


def _write(file: BufferedIOBase, block: bytes, also: Callable[[bytes], object]) -> int:
    file.write(block)
    also(block)
    return len(block)


def _pack(name: str, content: bytes) -> bytes:
    header = tarfile.TarInfo(name)
    header.size, header.mode = len(content), 0o644
    return header.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % BLOCK)


@contextmanager
def open_whole(path: Path) -> Iterator[BufferedIOBase]:
    """A new file that takes the place of ``path`` once the block ends well; else nothing is left of it.

    Raises:
        OutputError: The folder or the disk does not allow it.
    """
    with replacing(path) as temporary, temporary.open("wb") as file:
        yield file


def find_shards(source: Path) -> list[Path]:
    """The tar files of a folder in the order of their names, or the one that ``source`` is.

    Raises:
        InputError: There is nothing there, or no tar in the folder.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise InputError(f"'{source}' does not exist; give a folder of shards or one of its tar files")
    found = sorted(path for path in source.glob("*.tar") if path.is_file())
    if not found:
        raise InputError(f"'{source}' holds no shards; wanted are files such as {name_shard(0)}{looks_like(source)}")
    return found


def find_samples(file: BufferedIOBase) -> Iterator[SampleMembers]:
    """The samples of a tar in order; only headers are read. What comes before any damage is still found.

    Raises:
        InputError: From here on the tar is damaged or ends too early.
    """
    damage: list[InputError] = []
    for _, members in groupby(_list_members(file, damage), key=lambda member: member.key):
        sample = tuple(members)
        if not damage or {member.end for member in sample}.issuperset(NEEDED_ENDS):
            yield sample
    if damage:
        raise damage[0]


def read_members(file: BufferedIOBase, sample: SampleMembers) -> dict[str, bytes]:
    """The members of a sample by the end of their names.

    Raises:
        InputError: The tar ends before a member does.
    """
    found = {}
    for member in sample:
        file.seek(member.start)
        found[member.end] = file.read(member.size)
        if len(found[member.end]) < member.size:
            raise InputError(f"{member.end} is cut off")
    return found


def _list_members(file: BufferedIOBase, damage: list[InputError]) -> Iterator[Member]:
    """Members whose names say which sample they belong to; where the tar is damaged, they end and it is noted."""
    length, place = file.seek(0, os.SEEK_END), 0
    while True:
        file.seek(place)
        try:
            header = tarfile.TarInfo.frombuf(file.read(BLOCK), "utf-8", "surrogateescape")
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            return
        except tarfile.HeaderError as error:
            damage.append(InputError(f"the tar is damaged or cut off at byte {place} ({error})"))
            return
        start = place + BLOCK
        if not 0 <= header.size <= min(_LARGEST_MEMBER, length - start):
            damage.append(InputError(f"the tar is cut off within '{_show_name(header.name)}', or its size is forged"))
            return
        name = _NAME.match(header.name)
        if header.isreg() and name:
            yield Member(name[1], name[2], start, header.size)
        place = start + header.size + -header.size % BLOCK


def _show_name(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode()[:80]
