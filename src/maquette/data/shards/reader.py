"""Reading folders of shards: pictures with all that is true of them, or the labels alone as annotated people."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from maquette.data.annotated import AnnotatedPeople
from maquette.data.shards.encoding import LABELS_END, NEEDED_ENDS, decode_picture
from maquette.data.shards.files import SampleMembers, find_samples, find_shards, read_members
from maquette.data.shards.index import read_index
from maquette.data.shards.labels import PictureLabels, read_labels
from maquette.errors import InputError
from maquette.input_file import require_file
from maquette.plain_text import count_of, plain_line
from maquette.rendering.labelled import RENDERED_SKELETON, LabelledPicture

OnSkip = Callable[[str], None]
"""Told one sentence, with file and key, for everything that had to be left out."""


def warn_of_skip(sentence: str) -> None:
    """An `OnSkip` that issues a Python warning."""
    warnings.warn(plain_line(sentence), stacklevel=2)


class _Listener:
    """An `OnSkip` that passes sentences on and keeps the first of them."""

    def __init__(self, on_skip: OnSkip) -> None:
        self._on_skip = on_skip
        self.first = ""

    def __call__(self, sentence: str) -> None:
        self.first = self.first or sentence
        self._on_skip(sentence)


class StoredLabels(NamedTuple):
    """The labels of one picture and where the picture lies."""

    path: Path
    sample: SampleMembers
    labels: PictureLabels


def read_samples(
    source: Path, *, only: str | None = None, on_skip: OnSkip = warn_of_skip
) -> Iterator[tuple[Path, SampleMembers, dict[str, bytes]]]:
    """Every sample of a folder of shards, or of one tar, with its members as they are stored.

    Args:
        source: A folder or a tar file.
        only: The end of the name of the one member to read.
        on_skip: Is told of tars that are damaged; what comes before the damage is read.

    Raises:
        InputError: There is nothing there.
    """
    for path in find_shards(source):
        try:
            require_file(path)
            with path.open("rb") as file:
                for sample in find_samples(file):
                    wanted = tuple(member for member in sample if only in (None, member.end))
                    yield path, sample, read_members(file, wanted)
        except (InputError, OSError) as error:
            on_skip(f"'{path}': the rest was left out: {error}")


def read_shard_pictures(
    source: Path, *, has_depth: bool = True, on_skip: OnSkip = warn_of_skip
) -> Iterator[tuple[str, LabelledPicture]]:
    """The pictures of a folder of shards, or of one tar, in order, each with the key of its sample.

    Samples that are damaged are left out, and so is the rest of a tar from the byte on where it is damaged.

    Args:
        source: A folder or a tar file.
        has_depth: Whether to read depth maps, the slowest part; else they are zero.
        on_skip: Is told what is left out.

    Raises:
        InputError: There is nothing there, or nothing that can be read.
    """
    found, report = 0, _Listener(on_skip)
    for path, sample, members in read_samples(source, on_skip=report):
        try:
            picture = decode_picture(members, has_depth=has_depth)
        except InputError as error:
            report(_describe_skip(path, sample[0].key, error))
            continue
        found += 1
        yield sample[0].key, picture
    _refuse_nothing(source, found, report.first)


def read_stored_labels(source: Path, *, on_skip: OnSkip = warn_of_skip) -> Iterator[StoredLabels]:
    """The labels of a folder of shards, or of one tar, without its pictures; what cannot be read is left out.

    Raises:
        InputError: There is nothing there, or nothing that can be read.
    """
    found, report = 0, _Listener(on_skip)
    for path, sample, members in read_samples(source, only=LABELS_END, on_skip=report):
        try:
            labels = _read_whole_labels(sample, members)
        except InputError as error:
            report(_describe_skip(path, sample[0].key, error))
            continue
        found += 1
        yield StoredLabels(path, sample, labels)
    _refuse_nothing(source, found, report.first)


def read_shards(source: Path) -> AnnotatedPeople:
    """The people of a folder of shards, or of one tar, one a row; pictures are named by the keys of their samples.

    Persons are numbered as in their picture. Those of whom nothing is seen are flawed.

    Raises:
        InputError: There is nothing there, or nobody that can be read.
    """
    skipped: list[str] = []
    read = list(read_stored_labels(source, on_skip=skipped.append))
    found = [stored for stored in read if len(stored.labels.areas_px)]
    _refuse_nothing(source, len(found))
    return _join_people(source, found, _count_lost(source, len(read)) + skipped)


def _count_lost(source: Path, read: int) -> list[str]:
    """A sentence on how many samples were not read, if there is an index that tells."""
    try:
        index = read_index(source if source.is_dir() else source.parent)
    except InputError:
        return []
    listed = sum(entry.samples for entry in index.shards if source.is_dir() or entry.name == source.name)
    return [f"'{source}': {listed - read:,} of {count_of(listed, 'sample')} could not be read"] if read < listed else []


def _join_people(source: Path, found: list[StoredLabels], skipped: list[str]) -> AnnotatedPeople:
    labels = [stored.labels for stored in found]
    counts = np.array([len(one.areas_px) for one in labels])
    clips = np.repeat([one.clip for one in labels], counts)
    joints_px = np.concatenate([one.people.joints_px for one in labels])
    joints_m = np.concatenate([one.people.joints_m for one in labels])
    areas = np.concatenate([one.areas_px for one in labels])
    known = np.ones(joints_px.shape[:2], np.bool_)
    head = joints_px[:, RENDERED_SKELETON.index("head_top")] - joints_px[:, RENDERED_SKELETON.index("upper_neck")]
    names = np.array([f"clip {clip:06d}" for clip in clips])
    return AnnotatedPeople(
        dataset="synthetic",
        root=source,
        skeleton=RENDERED_SKELETON,
        pictures=np.repeat([stored.sample[0].key for stored in found], counts),
        frames=np.repeat(np.array([one.frame for one in labels], np.int64), counts),
        sequences=np.where(clips < 0, "", names),
        subjects=np.concatenate([one.people.identities for one in labels]).astype(str),
        actions=np.full(len(clips), ""),
        cameras=np.full(len(clips), ""),
        persons=np.concatenate([np.arange(count, dtype=np.int64) for count in counts]),
        joints_px=joints_px,
        known_px=known,
        is_visible=np.concatenate([one.people.is_visible for one in labels]),
        joints_m=joints_m,
        known_m=known,
        boxes_px=np.concatenate([one.people.boxes_px for one in labels]),
        areas_px=areas.astype(np.float32),
        head_sizes_px=np.linalg.norm(head, axis=-1),
        camera_matrices=np.repeat(np.stack([one.camera_matrix for one in labels]), counts, axis=0),
        image_sizes=np.repeat(np.array([one.size for one in labels], np.int64), counts, axis=0),
        is_flawed=areas == 0,
        skipped=tuple(skipped),
    )


def _read_whole_labels(sample: SampleMembers, members: dict[str, bytes]) -> PictureLabels:
    missing = set(NEEDED_ENDS).difference(member.end for member in sample)
    if missing:
        raise InputError(f"{min(missing)} is missing")
    empty = [member.end for member in sample if member.end in NEEDED_ENDS and not member.size]
    if empty:
        raise InputError(f"{empty[0]} is empty")
    return read_labels(members[LABELS_END])


def _describe_skip(path: Path, key: str, error: InputError) -> str:
    return f"'{path}': sample {key} was left out: {error}"


def _refuse_nothing(source: Path, found: int, why: str = "") -> None:
    if not found:
        raise InputError(f"'{source}' holds no sample that can be read; {why or 'make the shards anew'}")
