"""The contact sheet: where pictures stand, and what is drawn on their twins."""

from dataclasses import replace

import numpy as np
import pytest
from painted_people import painted_picture

from maquette.body.catalog import H36M_17
from maquette.body.mapping import source_to_target
from maquette.body.parts import PARTS_15
from maquette.errors import SettingError
from maquette.rendering.labelled import RENDERED_SKELETON
from maquette.show.contact_sheet import contact_sheet, draw_labels

SIZE, GAP = 64, 2
PICTURE = painted_picture(1, size=192, seed=4)
JOINTS = np.rint(source_to_target(RENDERED_SKELETON, H36M_17).joints(PICTURE.people.joints_px)[0]).astype(int)


def shown(**changes):
    """The twin of the picture with other labels of its person, as numbers."""
    return draw_labels(replace(PICTURE, people=replace(PICTURE.people, **changes))).astype(int)


def bare(item):
    """Its twin without skeletons."""
    nobody = painted_picture(0, size=len(item.picture)).people
    return draw_labels(replace(item, people=nobody)).astype(int)


@pytest.mark.parametrize(
    ("count", "columns", "rows", "across"), [(1, 4, 1, 4), (4, 4, 1, 4), (5, 4, 2, 4), (3, 1, 3, 1), (7, 3, 3, 3)]
)
def test_rows_and_columns(count, columns, rows, across):
    pictures = [painted_picture(1, size=SIZE, seed=seed) for seed in range(count)]
    sheet = contact_sheet(pictures, columns=columns)
    assert sheet.dtype == np.uint8
    assert sheet.shape == (rows * (SIZE + GAP) - GAP, across * (2 * SIZE + GAP) - GAP, 3)


def test_every_picture_stands_in_reading_order_with_its_twin_at_its_right():
    pictures = [painted_picture(1, size=SIZE, seed=seed) for seed in range(5)]
    sheet = contact_sheet(pictures, columns=2)
    for place, item in enumerate(pictures):
        top, left = place // 2 * (SIZE + GAP), place % 2 * (2 * SIZE + GAP)
        cell = sheet[top : top + SIZE, left : left + 2 * SIZE]
        np.testing.assert_array_equal(cell[:, :SIZE], item.picture)
        np.testing.assert_array_equal(cell[:, SIZE:], draw_labels(item))


def test_gaps_and_empty_places_are_white():
    sheet = contact_sheet([painted_picture(1, size=SIZE, seed=seed) for seed in range(3)], columns=2)
    assert (sheet[SIZE : SIZE + GAP] == 255).all() and (sheet[:, 2 * SIZE : 2 * SIZE + GAP] == 255).all()
    assert (sheet[SIZE + GAP :, 2 * SIZE + GAP :] == 255).all()


def test_pictures_of_several_sizes_stand_in_cells_of_the_largest():
    sheet = contact_sheet([painted_picture(1, size=40), painted_picture(1, size=SIZE)], columns=2)
    assert sheet.shape == (SIZE, 2 * (2 * SIZE + GAP) - GAP, 3) and (sheet[40:, :SIZE] == 255).all()


def test_no_pictures_make_no_sheet():
    with pytest.raises(SettingError, match="at least one picture"):
        contact_sheet([])


@pytest.mark.parametrize("columns", [0, -1])
def test_no_columns_make_no_sheet(columns):
    with pytest.raises(SettingError, match="columns"):
        contact_sheet([PICTURE], columns=columns)


def test_where_nobody_is_the_picture_is_dimmed():
    twin, is_wall = bare(PICTURE), PICTURE.parts == 0
    assert is_wall.any()
    np.testing.assert_allclose(twin[is_wall], PICTURE.picture[is_wall] * 0.35, atol=1)


@pytest.mark.parametrize("part", [part for part in PARTS_15 if part.startswith(("l_", "r_"))])
def test_parts_of_the_left_are_warm_and_of_the_right_cool(part):
    item = replace(PICTURE, picture=np.full_like(PICTURE.picture, 128))
    here = item.parts == 1 + PARTS_15.index(part)
    assert here.any()
    red, _, blue = bare(item)[here].mean(axis=0)
    assert (red - blue) * (1 if part.startswith("l_") else -1) > 10


def test_parts_have_colours_of_their_own():
    item = replace(PICTURE, picture=np.full_like(PICTURE.picture, 128))
    colours = {tuple(bare(item)[item.parts == 1 + part].mean(axis=0)) for part in range(15)}
    assert len(colours) == 15


def test_hidden_joints_are_fainter_than_visible_ones_and_still_there():
    everywhere = np.ones_like(PICTURE.people.is_visible)
    without, visible, hidden = bare(PICTURE), shown(is_visible=everywhere), shown(is_visible=~everywhere)
    x, y = JOINTS[list(H36M_17.indices("l_wrist", "r_wrist", "l_ankle", "r_ankle"))].T
    strong, faint = (np.abs(drawn - without)[y, x].sum(axis=-1) for drawn in (visible, hidden))
    assert (faint > 0).all() and (strong > faint).all()


def test_every_person_has_a_skeleton_of_another_colour():
    item = painted_picture(2, size=192, seed=1)
    grey = replace(item, picture=np.full_like(item.picture, 128), parts=np.zeros_like(item.parts))
    drawn = draw_labels(replace(grey, people=replace(item.people, is_visible=np.ones_like(item.people.is_visible))))
    knees = np.rint(
        source_to_target(RENDERED_SKELETON, H36M_17).joints(item.people.joints_px)[:, H36M_17.index("l_knee")]
    )
    first, second = (drawn[int(y), int(x)].tolist() for x, y in knees)
    assert first != second and first != bare(grey)[0, 0].tolist() != second


def test_a_picture_without_people_has_a_twin():
    empty = painted_picture(0, size=SIZE)
    np.testing.assert_allclose(draw_labels(empty), empty.picture * 0.35, atol=1)
