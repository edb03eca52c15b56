"""Labels of a teacher: everybody once, sure joints alone, and nobody of whom too little is sure."""

import numpy as np
import pytest
from lit_teacher import LitTeacher, disc_picture, joints_of

from maquette.body.catalog import COCO_17
from maquette.errors import SettingError
from maquette.methods.teacher.labels import Sureness, find_hidden_faces, label_people, select_sure
from maquette.methods.teacher.reading import Readings

DISCS = [(60.0, 90.0, 14.0), (200.0, 100.0, 20.0)]
PICTURE = disc_picture((300, 220), DISCS)


def test_everybody_is_labelled_once_and_where_they_are():
    people = label_people(PICTURE, LitTeacher(), Sureness())
    assert people.is_sure.all() and len(people.joints) == 2
    for disc in DISCS:
        assert np.abs(people.joints - joints_of(disc)).max(axis=(1, 2)).min() < 1.5
    middles = people.boxes[:, :2] + people.boxes[:, 2:] / 2
    for disc in DISCS:
        assert np.linalg.norm(middles - disc[:2], axis=1).min() < disc[2]


def test_joints_that_are_not_sure_are_no_labels():
    for teacher in (LitTeacher(unsure=("l_knee", "r_knee")), LitTeacher(shaky=("l_knee", "r_knee"))):
        people = label_people(PICTURE, teacher, Sureness())
        assert len(people.joints) == 2
        assert np.flatnonzero(~people.is_sure.all(axis=0)).tolist() == sorted(COCO_17.indices("l_knee", "r_knee"))
        assert not people.joints[~people.is_sure].any()


def test_people_of_whom_little_is_sure_or_to_be_seen_are_left_out():
    legs = tuple(f"{side}_{joint}" for side in "lr" for joint in ("hip", "knee", "ankle"))
    assert not len(label_people(PICTURE, LitTeacher(unsure=legs), Sureness()).joints)
    assert len(label_people(PICTURE, LitTeacher(unsure=legs), Sureness(fewest_limbs=6)).joints) == 2
    assert len(label_people(PICTURE, LitTeacher(), Sureness(least_side_px=130.0)).joints) == 1
    assert not len(label_people(np.zeros_like(PICTURE), LitTeacher(), Sureness()).joints)


def test_joints_beyond_the_picture_are_no_labels():
    people = label_people(disc_picture((300, 220), [(12.0, 100.0, 14.0)]), LitTeacher(), Sureness())
    beyond = joints_of((12.0, 100.0, 14.0))[:, 0] < -1.5
    assert beyond.any() and not people.is_sure[0, beyond].any() and people.is_sure[0, ~beyond].sum() > 10


def test_faces_that_look_away_are_no_labels():
    joints = np.array([joints_of((100.0, 100.0, 20.0))] * 2)
    joints[1, :, 0] = 200 - joints[1, :, 0]
    read = Readings(joints, np.full((2, 17), 0.9), np.zeros((2, 17)), np.full(2, 50.0))
    hidden = find_hidden_faces(read)
    assert not hidden[0].any()
    assert np.flatnonzero(hidden[1]).tolist() == sorted(COCO_17.indices("nose", "l_eye", "r_eye"))
    assert not select_sure(read, (200, 200), Sureness()).is_sure.all()


def test_bounds_are_kept_exactly():
    size = (400, 400)
    joints = joints_of((200.0, 200.0, 40.0))[None]
    sure = np.full((1, 17), 0.4)
    read = Readings(joints, sure, np.full((1, 17), 0.12), np.array([100.0]))
    assert select_sure(read, size, Sureness()).is_sure.all()
    assert not len(select_sure(read._replace(confidence=sure - 0.01), size, Sureness()).joints)
    assert not len(select_sure(read._replace(spread=np.full((1, 17), 0.13)), size, Sureness()).joints)


@pytest.mark.parametrize(
    "wrong",
    [{"least_confidence": 1.1}, {"least_confidence": float("nan")}, {"most_spread": 0.0}, {"fewest_limbs": 0},
     {"fewest_limbs": 13}, {"least_side_px": -1.0}],
)  # fmt: skip
def test_numbers_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SettingError):
        Sureness(**wrong)
