"""The index of a folder of shards: with which settings it is made, what is done, and what is damaged."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from maquette.atomic import remove_leftovers
from maquette.data.shards.files import ShardEntry, name_shard, open_whole
from maquette.errors import InputError, SettingError
from maquette.input_file import require_file
from maquette.plain_text import count_of, describe_fault

INDEX_NAME = "index.json"
"""File name of the index, beside the shards."""

_FORMAT = "maquette shards"
_FORMAT_VERSION = 1
_CHUNK = 2**20


@dataclass(frozen=True, kw_only=True)
class ShardIndex:
    """What ``index.json`` says: how a set is made, and which of its shards are done."""

    settings: Mapping[str, object]
    """Everything besides the seed that decides what is in the shards, as JSON."""
    seed: int
    generator_version: int
    """Version of the program part that makes the pictures."""
    shards: tuple[ShardEntry, ...] = ()
    """Finished shards, by name."""

    @property
    def samples(self) -> int:
        """Pictures in all finished shards."""
        return sum(entry.samples for entry in self.shards)

    @property
    def bytes(self) -> int:
        """Size of all finished shards on the disk."""
        return sum(entry.bytes for entry in self.shards)


def read_index(folder: Path) -> ShardIndex:
    """The index of a folder of shards.

    Raises:
        InputError: There is none, or it is damaged.
    """
    path = folder / INDEX_NAME
    try:
        if path.exists():
            require_file(path)
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"'{folder}' has no {INDEX_NAME}, so it is no folder of shards; choose another one") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"'{path}' cannot be read ({error}); make the shards anew") from error
    try:
        if content["format"] != _FORMAT or content["format_version"] != _FORMAT_VERSION:
            raise ValueError("another format or version")
        return ShardIndex(
            settings=dict(content["settings"]),
            seed=int(content["seed"]),
            generator_version=int(content["generator_version"]),
            shards=tuple(_parse_entry(entry) for entry in content["shards"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"'{path}' is no index of shards of version {_FORMAT_VERSION} ({describe_fault(error)}); make them anew"
        ) from error


def _parse_entry(entry: Mapping[str, object]) -> ShardEntry:
    name = str(entry["name"])
    if Path(name).name != name or not name.endswith(".tar"):
        raise ValueError(f"'{name[:80]}' is not the name of a shard")
    return ShardEntry(name, int(str(entry["samples"])), int(str(entry["bytes"])), str(entry["sha256"]))


def write_index(folder: Path, index: ShardIndex) -> None:
    """``index.json``, written whole or not at all.

    Raises:
        OutputError: The folder or the disk does not allow it.
    """
    content = {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        "generator_version": index.generator_version,
        "seed": index.seed,
        "settings": index.settings,
        "shards": [entry._asdict() for entry in index.shards],
    }
    with open_whole(folder / INDEX_NAME) as file:
        file.write(json.dumps(content, indent=1).encode() + b"\n")


class ShardWriter:
    """The one process that keeps the index of a folder while others write its shards.

    A folder that was begun with the same settings is continued; what a killed run left half-written is removed. The
    index is first written with the first shard, so that a run that never came so far leaves nothing. Only one run may
    work on a folder at a time.

    Raises:
        SettingError: The folder was begun with other settings, or the settings cannot be written as JSON.
        InputError: The folder's index is damaged.
        OutputError: The folder cannot be written to.
    """

    def __init__(self, folder: Path, settings: Mapping[str, object], *, seed: int, generator_version: int) -> None:
        fresh = ShardIndex(settings=_to_json(settings), seed=seed, generator_version=generator_version)
        self._folder = folder
        if (folder / INDEX_NAME).exists():
            self._index = read_index(folder)
            _refuse_other_settings(folder, self._index, fresh)
        else:
            self._index = fresh
        remove_leftovers(folder)

    @property
    def index(self) -> ShardIndex:
        """What is done so far."""
        return self._index

    def find_missing(self, count: int) -> list[int]:
        """Numbers of those of the first ``count`` shards that are not done, or whose file is gone or cut off."""
        done = {entry.name: entry.bytes for entry in self._index.shards}
        return [number for number in range(count) if not self._is_there(name_shard(number), done)]

    def add(self, entry: ShardEntry) -> None:
        """Notes that a shard is done (see `maquette.data.shards.files.write_shard`)."""
        others = [other for other in self._index.shards if other.name != entry.name]
        self._index = replace(self._index, shards=tuple(sorted([*others, entry])))
        write_index(self._folder, self._index)

    def _is_there(self, name: str, done: Mapping[str, int]) -> bool:
        path = self._folder / name
        return name in done and path.is_file() and path.stat().st_size == done[name]


def _to_json(settings: Mapping[str, object]) -> dict[str, object]:
    try:
        return json.loads(json.dumps(dict(settings), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise SettingError(f"the settings cannot be written into {INDEX_NAME} ({error})") from error


def _refuse_other_settings(folder: Path, begun: ShardIndex, now: ShardIndex) -> None:
    there, here = (
        {"seed": index.seed, "generator_version": index.generator_version, **index.settings} for index in (begun, now)
    )
    differing = [name for name in sorted({*there, *here}) if there.get(name) != here.get(name)]
    if differing:
        name = differing[0]
        raise SettingError(
            f"'{folder}' was begun with other settings ({name}: {there.get(name)!r} there, {here.get(name)!r} now); "
            "give the same ones or choose another folder"
        )


def verify_shards(folder: Path, *, by_size: bool = False) -> list[str]:
    """One sentence for each shard that is not as the index says; none if all are whole.

    Args:
        folder: Of the shards.
        by_size: Whether sizes are enough, which takes no time; else all is read, for its checksums.

    Raises:
        InputError: The folder has no readable index.
    """
    index = read_index(folder)
    listed = {entry.name for entry in index.shards}
    faults = [fault for entry in index.shards if (fault := _find_fault(folder / entry.name, entry, by_size))]
    strangers = sorted(path for path in folder.glob("[!.]*.tar") if path.name not in listed)
    return faults + [f"'{path}' is not in {INDEX_NAME}; remove it or continue the run" for path in strangers]


def _find_fault(path: Path, entry: ShardEntry, by_size: bool) -> str | None:
    try:
        if path.exists():
            require_file(path)
        size = path.stat().st_size
        if size != entry.bytes:
            return (
                f"'{path}' has {count_of(size, 'byte')}, but {entry.bytes:,} are wanted; remove it and continue the run"
            )
        if by_size:
            return None
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except InputError as error:
        return str(error)
    except OSError as error:
        return f"'{path}' cannot be read ({error.strerror}); continue the run to make it again"
    if digest.hexdigest() != entry.sha256:
        return f"'{path}' has another checksum than {INDEX_NAME} says; remove it and continue the run"
    return None
