"""People cut out of videos once and for all: one JPEG each, with their annotations moved along."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64
from PIL import Image

from maquette.arrays import Picture, Progress, no_progress
from maquette.atomic import replacing
from maquette.data.annotated import AnnotatedPeople
from maquette.data.shards.reader import OnSkip, warn_of_skip
from maquette.data.views.augmentation import crop
from maquette.data.views.boxes import find_person_boxes
from maquette.data.views.frames import read_pictures
from maquette.data.views.warping import warp_colours
from maquette.errors import InputError, SettingError

SETTINGS_FILE = "extraction.json"
"""Says what the folder was made with; other settings need another folder."""

_VERSION = 1
_QUALITY = 92
_LEAST_SIDE_PX = 8


@dataclass(frozen=True, kw_only=True)
class CropSettings:
    """How people are cut out of frames.

    Raises:
        SettingError: A number makes no sense.
    """

    size_px: int = 384
    """Side of the square crops at most; smaller people are not enlarged."""
    margin: float = 1.75
    """How much larger than the longer side of a person's box the crop is: room for views to turn and move."""

    def __post_init__(self) -> None:
        if self.size_px < _LEAST_SIDE_PX or not 1 <= self.margin < np.inf:
            raise SettingError(
                f"crops of {self.size_px} px with a margin of {self.margin} make no sense; give at least "
                f"{_LEAST_SIDE_PX} px and a margin from 1"
            )


class _Crops(NamedTuple):
    """Where the crops of N people come from and go to."""

    new_from_old: Float64[np.ndarray, "N 3 3"]
    sides_px: Int64[np.ndarray, " N"]
    names: np.ndarray
    """(N,) text: paths in the folder."""


def extract_frames(
    people: AnnotatedPeople,
    folder: Path,
    *,
    every: int = 5,
    settings: CropSettings = CropSettings(),
    on_skip: OnSkip = warn_of_skip,
    progress: Progress = no_progress,
) -> AnnotatedPeople:
    """The same people in JPEGs of their own, for `maquette.data.views.annotated_samples.AnnotatedSamples` to read.

    Every video is decoded once, from front to back. What lies in the folder already is not made again, so a run that
    was stopped goes on where it was, and a finished one only costs a look at the files. Joints, boxes and cameras of
    the result are those of the crops; joints in space stay as they are.

    Args:
        people: Of videos or photographs.
        folder: Takes the JPEGs, a folder for each clip.
        every: Of videos every so manieth frame, the first one (0) included.
        settings: How people are cut out.
        on_skip: Is told what could not be read; those people are left out.
        progress: Told how many of the people still to be made are done.

    Raises:
        SettingError: ``every`` is below 1, or the folder was made with other settings.
        InputError: Nobody is left, or two rows are the same person in the same frame.
        OutputError: The folder cannot be written to.
    """
    if every < 1:
        raise SettingError(f"every={every}: frames are taken every 1st, 2nd, 3rd, ...; give a whole number from 1")
    _claim(folder, {"version": _VERSION, "dataset": people.dataset, **asdict(settings)})
    boxes = find_person_boxes(people)
    kept = (people.pictures != "") & (people.frames % every == 0) & (boxes[:, 2:].max(axis=1, initial=0) > 0)
    people = people.select(kept)
    crops = _plan_crops(people, boxes[kept], settings)
    _write_missing(people, crops, folder, on_skip, progress)
    is_there = np.array([(folder / str(name)).is_file() for name in crops.names], bool)
    if not is_there.any():
        raise InputError(f"'{people.root}' gives no person who could be cut out; check that its videos are there")
    return _move_labels(people, crops, folder).select(is_there)


def _claim(folder: Path, settings: dict[str, object]) -> None:
    path = folder / SETTINGS_FILE
    if path.is_file():
        try:
            found = json.loads(path.read_bytes())
        except ValueError as error:
            raise InputError(f"'{path}' is damaged ({error}); extract into another folder") from error
        if found != settings:
            raise SettingError(f"'{folder}' was made with {found}, not with {settings}; extract into another folder")
        return
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(settings), encoding="utf-8")


def _plan_crops(people: AnnotatedPeople, boxes: np.ndarray, settings: CropSettings) -> _Crops:
    longer = settings.margin * boxes[:, 2:].max(axis=1, initial=0).astype(np.float64)
    sides = np.clip(np.ceil(longer), _LEAST_SIDE_PX, settings.size_px).astype(np.int64)
    matrices = np.array([crop(box, int(side), settings.margin) for box, side in zip(boxes, sides, strict=True)])
    clips = np.where(people.sequences == "", people.pictures, people.sequences)
    spelt = {clip: _spell_plainly(str(clip)) for clip in np.unique(clips)}
    names = np.array(
        [
            f"{spelt[clip]}/{frame:06d}_{person}.jpg"
            for clip, frame, person in zip(clips, people.frames.tolist(), people.persons.tolist(), strict=True)
        ],
        str,
    )
    found, counts = np.unique(names, return_counts=True)
    if (counts > 1).any():
        raise InputError(f"'{people.root}': '{found[counts > 1][0]}' stands for more than one row; number the persons")
    return _Crops(matrices.reshape(-1, 3, 3), sides, names)


def _spell_plainly(clip: str) -> str:
    """A path that stays in its folder and that every file system takes."""
    parts = [re.sub(r"[^\w.-]+", "_", part).strip(".") for part in clip.split("/")]
    return "/".join(part for part in parts if part) or "unnamed"


def _write_missing(people: AnnotatedPeople, crops: _Crops, folder: Path, on_skip: OnSkip, progress: Progress) -> None:
    missing = np.flatnonzero([not (folder / str(name)).is_file() for name in crops.names])
    for done, (row, picture) in enumerate(_read_missing(people, missing, on_skip), start=1):
        side = int(crops.sides_px[row])
        whole = np.full(picture.shape[:2], 255, np.uint8)
        colours, _ = warp_colours(picture, whole, crops.new_from_old[row], (side, side))
        with replacing(folder / str(crops.names[row])) as temporary:
            Image.fromarray(colours).save(temporary, format="JPEG", quality=_QUALITY, subsampling=0)
        progress(done, len(missing))


def _read_missing(people: AnnotatedPeople, rows: np.ndarray, on_skip: OnSkip) -> Iterator[tuple[int, Picture]]:
    if len(rows):
        for found, picture in read_pictures(people.select(rows), on_skip=on_skip):
            for row in rows[found].tolist():
                yield row, picture


def _move_labels(people: AnnotatedPeople, crops: _Crops, folder: Path) -> AnnotatedPeople:
    """The annotations as they are in the crops."""
    matrices, known = crops.new_from_old, people.known_px[..., None]
    scales = matrices[:, 0, 0].astype(np.float32)
    joints = people.joints_px * scales[:, None, None] + matrices[:, None, :2, 2]
    changes: dict[str, np.ndarray] = {"joints_px": np.where(known, joints, 0).astype(np.float32)}
    if people.boxes_px is not None:
        corners = people.boxes_px[:, :2] * scales[:, None] + matrices[:, :2, 2]
        changes["boxes_px"] = np.concatenate([corners, people.boxes_px[:, 2:] * scales[:, None]], axis=1)
    if people.areas_px is not None:
        changes["areas_px"] = people.areas_px * scales**2
    if people.head_sizes_px is not None:
        changes["head_sizes_px"] = people.head_sizes_px * scales
    if people.camera_matrices is not None:
        changes["camera_matrices"] = matrices @ people.camera_matrices
    changes = {name: values.astype(np.float32) for name, values in changes.items()}
    sizes = np.repeat(crops.sides_px[:, None], 2, axis=1)
    return replace(people, root=folder, pictures=crops.names, image_sizes=sizes, **changes)  # type: ignore[arg-type]
