"""A sheet of people: everybody twice, bare and drawn in, warm on their left."""

import numpy as np
import pytest

from maquette.body.catalog import COCO_17
from maquette.errors import SettingError
from maquette.show.people_sheet import SheetPerson, draw_people_sheet


def person(joint):
    joints = np.full((17, 2), 5.0)
    joints[COCO_17.index(joint)] = (40.0, 20.0)
    return SheetPerson(np.full((60, 60, 3), 128, np.uint8), joints, np.arange(17) == COCO_17.index(joint))


def test_left_is_warm_and_right_is_cool_beside_the_bare_picture():
    sheet = draw_people_sheet([person("l_wrist"), person("r_wrist"), person("l_knee")], COCO_17, columns=2)
    assert sheet.shape == (122, 242, 3)
    warm, cool = sheet[20, 60 + 40].astype(int), sheet[20, 122 + 60 + 40].astype(int)
    assert warm[0] > warm[2] + 50 and cool[2] > cool[0] + 50
    assert (sheet[:60, :60] == 128).all() and (sheet[62:, 122:] == 255).all()
    assert (sheet[5, 60 + 5] == 128).all()


def test_a_sheet_of_nobody_is_refused():
    for people, columns in (([], 5), ([person("nose")], 0)):
        with pytest.raises(SettingError):
            draw_people_sheet(people, COCO_17, columns=columns)
