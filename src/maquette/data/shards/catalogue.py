"""A catalogue of shards in memory: where every sample lies, and who is in it, for reading in any order."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64

from maquette.data.shards.encoding import MEMBER_ENDS, decode_picture
from maquette.data.shards.files import Member, read_members
from maquette.data.shards.reader import OnSkip, StoredLabels, read_stored_labels
from maquette.errors import InputError
from maquette.input_file import require_file
from maquette.rendering.labelled import LabelledPicture


@dataclass(frozen=True, kw_only=True, eq=False)
class ShardCatalogue:
    """Where S samples with R persons lie in their tars. Small: the tars themselves stay on disk.

    Files are opened for every sample that is read, so a catalogue can be shared by processes; the operating system
    keeps in memory what fits.
    """

    paths: tuple[Path, ...]
    """The tar files."""
    keys: np.ndarray
    """(S,) text: the key of each sample."""
    files: Int64[np.ndarray, " S"]
    """For each sample the index of its tar."""
    members: Int64[np.ndarray, "S members 2"]
    """For each sample where its `MEMBER_ENDS` lie in the tar: first byte and number of bytes, which is -1 where one is
    missing."""
    samples: Int64[np.ndarray, " R"]
    """For each person the index of the sample."""
    persons: Int64[np.ndarray, " R"]
    """Which of its people it is, from 0."""
    identities: Int64[np.ndarray, " R"]
    clips: Int64[np.ndarray, " R"]
    frames: Int64[np.ndarray, " R"]
    boxes_px: Float32[np.ndarray, "R 4"]
    """(x, y, width, height) of what is seen of the person."""

    def read(self, sample: int, *, has_depth: bool = False) -> LabelledPicture:
        """One sample.

        Raises:
            InputError: It is damaged or gone.
        """
        path = self.paths[self.files[sample]]
        places = self.members[sample].tolist()
        wanted = {end: place for end, place in zip(MEMBER_ENDS, places, strict=True) if place[1] >= 0}
        try:
            require_file(path)
            with path.open("rb") as file:
                found = tuple(Member("", end, start, size) for end, (start, size) in wanted.items())
                return decode_picture(read_members(file, found), has_depth=has_depth)
        except (InputError, OSError) as error:
            raise InputError(f"'{path}': sample {self.keys[sample]} was left out: {error}") from error


def read_catalogue(source: Path, *, on_skip: OnSkip) -> ShardCatalogue:
    """The catalogue of a folder of shards, or of one tar; labels are read once, pictures are not.

    Raises:
        InputError: There is nothing there, or nothing that can be read.
    """
    paths: dict[Path, int] = {}
    keys: list[str] = []
    files: list[int] = []
    members: list[list[tuple[int, int]]] = []
    people: list[tuple[int, int, int, int, int]] = []
    boxes: list[np.ndarray] = []
    for stored in read_stored_labels(source, on_skip=on_skip):
        people += _list_rows(len(files), stored)
        keys.append(stored.sample[0].key)
        files.append(paths.setdefault(stored.path, len(paths)))
        places = {member.end: (member.start, member.size) for member in stored.sample}
        members.append([places.get(end, (-1, -1)) for end in MEMBER_ENDS])
        boxes.append(stored.labels.people.boxes_px)
    samples, persons, identities, clips, frames = np.array(people, np.int64).reshape(-1, 5).T
    return ShardCatalogue(
        paths=tuple(paths),
        keys=np.array(keys),
        files=np.array(files, np.int64),
        members=np.array(members, np.int64),
        samples=samples,
        persons=persons,
        identities=identities,
        clips=clips,
        frames=frames,
        boxes_px=np.concatenate(boxes),
    )


def _list_rows(place: int, stored: StoredLabels) -> list[tuple[int, int, int, int, int]]:
    labels = stored.labels
    return [
        (place, person, identity, labels.clip, labels.frame)
        for person, identity in enumerate(labels.people.identities.tolist())
    ]
