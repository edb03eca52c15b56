"""A contact sheet of people with their skeletons drawn in, each beside the bare picture."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from PIL import Image

from maquette.arrays import Picture
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError
from maquette.show.palette import person_family
from maquette.show.sketch import paint, skeleton_strokes

_GAP_PX = 2


class SheetPerson(NamedTuple):
    """One person in a square picture."""

    picture: Picture
    joints: Float[np.ndarray, "J 2"]
    """Pixels of the picture."""
    known: Bool[np.ndarray, " J"]


def draw_people_sheet(people: Sequence[SheetPerson], skeleton: Skeleton, *, columns: int = 5) -> Picture:
    """Rows of ``columns`` people, warm colours on their left and cool ones on their right.

    Args:
        people: In pictures of one size.
        skeleton: Of the joints.
        columns: People in a row.

    Raises:
        SettingError: There are no people or no columns.
    """
    if not people or columns < 1:
        raise SettingError("a sheet of people needs at least one person and one column")
    height, width = people[0].picture.shape[:2]
    rows = -(-len(people) // columns)
    step = (height + _GAP_PX, 2 * width + _GAP_PX)
    sheet = np.full((rows * step[0] - _GAP_PX, columns * step[1] - _GAP_PX, 3), 255, np.uint8)
    for place, person in enumerate(people):
        top, left = place // columns * step[0], place % columns * step[1]
        sheet[top : top + height, left : left + width] = person.picture
        sheet[top : top + height, left + width : left + 2 * width] = _draw(person, skeleton)
    return sheet


def _draw(person: SheetPerson, skeleton: Skeleton) -> Picture:
    image = Image.fromarray(person.picture)
    points, opacity = person.joints.astype(np.float64), person.known.astype(np.float64)
    width = max(person.picture.shape[0] / 100, 1.0)
    paint(image, skeleton_strokes(skeleton, points, opacity, person_family(0), width))
    return np.asarray(image)
