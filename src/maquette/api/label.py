"""Pictures without labels become photographs to learn from: a teacher finds the people and says where joints are."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from maquette.api.stage import StageProgress, no_stages
from maquette.arrays import Picture
from maquette.atomic import replacing
from maquette.body.catalog import COCO_17
from maquette.data.identity import identify
from maquette.data.photograph_folder import PhotographFolder
from maquette.errors import InputError
from maquette.inference.crop import MARGIN, cut_out_square
from maquette.lock import alone_in
from maquette.methods.teacher.labels import LabelledPeople, Sureness, label_people
from maquette.methods.teacher.network import open_centred_network
from maquette.methods.teacher.sources import count_pictures, gather_sources, read_sources
from maquette.plain_text import count_of
from maquette.show.people_sheet import SheetPerson, draw_people_sheet

PREVIEW_NAME = "preview.jpg"
_PREVIEWED, _CELL_PX = 60, 192


class Labelled(NamedTuple):
    """What came of labelling."""

    read: int
    """Pictures that were looked at."""
    pictures: int
    """Pictures with people whose labels are sure."""
    people: int
    skipped: tuple[str, ...]
    """One sentence for everything that was left out."""


def label(
    sources: Sequence[Path],
    out: Path,
    *,
    weights: Path,
    every: int = 1,
    sureness: Sureness | None = None,
    progress: StageProgress = no_stages,
) -> Labelled:
    """Writes a folder in COCO's format, of the people in pictures whom a teacher is sure of.

    Args:
        sources: Photographs, videos, animated pictures, and folders of them.
        out: The new folder; ``preview.jpg`` in it shows some of the people.
        weights: Of MoveNet Thunder.
        every: Of videos and animated pictures, every n-th frame is read.
        sureness: What is sure enough.
        progress: Told the pictures.

    Raises:
        InputError: The weights or all of the sources cannot be read, or nobody is sure.
        OutputError: The folder holds labels already, or cannot be written to.
        SettingError: A number makes no sense, or another run is at work in the folder.
    """
    chosen = sureness or Sureness()
    network, gathered = open_centred_network(weights), gather_sources(sources)
    about: dict[str, object] = {
        "description": "people labelled by a teacher",
        "teacher": identify(weights)._asdict(),
        "sureness": vars(chosen),
        "every": every,
    }
    with alone_in(out):
        folder, preview = PhotographFolder(out, about), _Preview(_PREVIEWED)
        skipped = [f"'{path}' is a picture of COCO; left out" for path in gathered.of_coco]
        read, total = 0, count_pictures(gathered.files, every)
        for name, picture in read_sources(gathered.files, every, skipped.append):
            people = label_people(picture, network, chosen)
            if len(people.joints):
                folder.add(name, picture, people.joints, people.is_sure, people.boxes)
                preview.add(picture, people)
            read += 1
            progress("labelling", read, max(total, read))
        if not folder.person_count:
            raise InputError(
                skipped[-1] if not read and skipped else f"nobody is sure in {count_of(read, 'picture')}; give others"
            )
        preview.write(out / PREVIEW_NAME)
        folder.finish()
        return Labelled(read, folder.picture_count, folder.person_count, tuple(skipped))


class _Preview:
    """Some of the people, spread evenly over all: of twice as many as there is room for, every other one is dropped.

    Args:
        room: How many are shown at most.
    """

    def __init__(self, room: int) -> None:
        self._room, self._step, self._met = room, 1, 0
        self._kept: list[SheetPerson] = []

    def add(self, picture: Picture, people: LabelledPeople) -> None:
        """The people of one picture."""
        sides = MARGIN * people.boxes[:, 2:].max(axis=1, keepdims=True)
        squares = np.concatenate([people.boxes[:, :2] + (people.boxes[:, 2:] - sides) / 2, sides], axis=1)
        for square, joints, known in zip(squares, people.joints, people.is_sure, strict=True):
            if self._met % self._step == 0:
                points = (joints - square[:2]) * (_CELL_PX / square[2]) - 0.5
                self._kept.append(SheetPerson(cut_out_square(picture, square, _CELL_PX), points, known))
            self._met += 1
            if len(self._kept) == 2 * self._room:
                self._kept, self._step = self._kept[::2], 2 * self._step

    def write(self, path: Path) -> None:
        """Writes the sheet.

        Raises:
            OutputError: It cannot be written.
        """
        shown = np.linspace(0, len(self._kept) - 1, min(self._room, len(self._kept))).round().astype(int)
        sheet = draw_people_sheet([self._kept[place] for place in shown], COCO_17)
        with replacing(path) as temporary:
            Image.fromarray(sheet).save(temporary, format="JPEG", quality=90)
