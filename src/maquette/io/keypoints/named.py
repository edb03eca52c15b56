"""People whose points bear names, as rows on a skeleton: what files of browsers and annotation tools come down to."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from maquette.body.people import PictureUnit
from maquette.io.keypoints.assembly import Detections, Settings, confidence_to_unit, known_joints, nobody
from maquette.io.keypoints.naming import skeleton_of_file
from maquette.io.keypoints.points import person_ids_of
from maquette.io.keypoints.sources import as_numbers, refusal

_MOST_NAMES = 1000
_FARTHEST_FRACTION = 1.5


class NamedPerson(NamedTuple):
    """One person in one frame."""

    frame: int
    points: Mapping[str, Sequence[object]]
    """x, y and confidence by name."""
    person_id: object = None


class Video(NamedTuple):
    """What a file says of the pictures."""

    frames: Sequence[int]
    """Numbers of all frames, with people or without."""
    image_size: tuple[int, int] | None = None


def detections_of_names(
    people: Sequence[NamedPerson], video: Video, path: Path, settings: Settings, *, tool: str
) -> Detections:
    """The people as rows; points that a person lacks are unknown, and all numbers up to 1.5 are fractions.

    Raises:
        InputError: There is nobody, points are not three numbers, or the names make no skeleton.
    """
    if not people:
        raise nobody(path)
    names = list(dict.fromkeys(name for person in people for name in person.points))
    if not names:
        raise nobody(path)
    if len(names) > _MOST_NAMES:
        raise refusal(path, f"has points of {len(names)} names")
    unknown = (np.nan, np.nan, 0.0)
    rows = as_numbers([[list(p.points.get(name, unknown)) for name in names] for p in people], path, "points")
    if rows.ndim != 3 or rows.shape[2] != 3:
        raise refusal(path, "its points are not three numbers, x, y and confidence")
    points, notes = confidence_to_unit(rows)
    skeleton, order = skeleton_of_file(names, len(names), path, settings.skeleton)
    ids = person_ids_of([person.person_id for person in people])
    return Detections(
        format=tool,
        skeleton=skeleton,
        points=points[:, order],
        frame_numbers=np.array([person.frame for person in people], np.int64),
        seen_frames=np.array(list(video.frames), np.int64),
        person_ids=ids,
        is_tracked=ids is not None,
        unit=unit_of(points),
        image_size=video.image_size,
        notes=(*notes, f"skeleton taken to be {skeleton.name}"),
    )


def unit_of(points: Float[np.ndarray, "N J 3"]) -> PictureUnit:
    """Fractions of the picture if nothing known is beyond 1.5: no person is that small in pixels."""
    known = points[known_joints(points)][:, :2]
    is_fraction = len(known) > 0 and known.min() >= -0.5 and known.max() <= _FARTHEST_FRACTION
    return "fraction" if is_fraction else "px"
