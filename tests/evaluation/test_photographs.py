"""The figures on photographs: hand values, joints that count, and intervals over people."""

from pathlib import Path

import numpy as np
import pytest
from made_coco import document, image, person, write

from maquette.body.catalog import COCO_17
from maquette.body.joint_definitions import rendered_to_annotated
from maquette.data.readers.coco import read_coco
from maquette.evaluation import photographs
from maquette.evaluation.clip import RowKeypoints
from maquette.evaluation.photographs import find_limbs_in_picture, measure_photographs

FOUND = np.ones((1, 17), bool)


def figures_of(*given):
    measures = measure_photographs(*given)
    return measures.figures() | measures.counts()


@pytest.fixture
def truth(tmp_path: Path):
    """Three people who face the camera, all joints known, their torsos about 122 pixels long."""
    places = np.array([[100 + (40 if name.startswith("l_") else 0), 40 + 20 * row, 2] for row, name in enumerate(
        COCO_17.joint_names)])  # fmt: skip
    joints = places.ravel().tolist()
    people = [person(row, 7, keypoints=joints, bbox=[0, 0, 400, 450]) for row in (1, 2, 3)]
    return read_coco(write(tmp_path / "own.json", document([image(7)], people)))


def test_the_truth_itself_is_wholly_right(truth):
    figures = figures_of(truth, truth.joints_px.astype(float), FOUND.repeat(3, 0))
    assert (figures["people"], figures["joints"], figures["separated_pairs"]) == (3, 36, 18)
    assert figures["torso_pck"] == figures["own_side"] == figures["pairs_right"] == 1.0
    assert figures["mirrored"] == figures["not_found"] == 0.0


def test_a_mirrored_person_is_one_of_three(truth):
    found = truth.joints_px.astype(float)
    found[1] = found[1, COCO_17.mirror]
    figures = figures_of(truth, found, FOUND.repeat(3, 0))
    assert figures["mirrored"] == figures["people_with_sides"] / 9 == pytest.approx(1 / 3)
    assert figures["torso_pck"] == pytest.approx(2 / 3) and figures["torso_pck_ignoring_sides"] == 1.0
    assert figures["own_side"] == pytest.approx(2 / 3)


def test_a_fifth_of_the_torso_is_too_far(truth):
    torso = np.linalg.norm(np.subtract(*truth.joints_px[0, COCO_17.indices("l_shoulder", "r_hip")].astype(float)))
    wrist, found = COCO_17.index("l_wrist"), truth.joints_px.astype(float)
    found[0, wrist, 1] += 0.199 * torso
    found[1, wrist, 1] += 0.201 * torso
    measures = measure_photographs(truth, found, FOUND.repeat(3, 0))
    assert measures.torso_pck[:, wrist].tolist() == [1.0, 0.0, 1.0]


def test_what_is_not_found_is_wrong_but_has_no_side(truth):
    is_found = FOUND.repeat(3, 0)
    is_found[0] = False
    figures = figures_of(truth, truth.joints_px.astype(float), is_found)
    assert figures["torso_pck"] == pytest.approx(2 / 3) and figures["not_found"] == pytest.approx(1 / 3)
    assert figures["own_side"] == 1.0 and figures["people_with_sides"] == 2


def test_only_limbs_in_the_picture_of_people_with_a_torso_count(truth):
    truth.joints_px[0, COCO_17.index("l_ankle")] = (640, 100)
    assert find_limbs_in_picture(truth).sum(axis=1).tolist() == [11, 12, 12]
    truth.known_px[1, COCO_17.indices("l_hip", "r_hip")] = False
    measures = measure_photographs(truth, truth.joints_px.astype(float), FOUND.repeat(3, 0))
    assert measures.counts()["people"] == 2 and measures.counts()["joints"] == 23
    truth.is_visible[2] = False
    assert (
        measure_photographs(truth, truth.joints_px.astype(float), FOUND.repeat(3, 0))
        .torso_pck_of_visible[2]
        .isnan()
        .all()
    )


def test_intervals_are_of_people_and_not_of_joints(truth):
    """Of three people one is wholly wrong: none, one, two or three of a sample are, whatever the number of joints."""
    found = truth.joints_px.astype(float)
    found[1] += 300
    measures = measure_photographs(truth, found, FOUND.repeat(3, 0))
    low, high = measures.intervals()["torso_pck"]
    assert (low, high) == (pytest.approx(0.0, abs=0.34), pytest.approx(1.0))
    assert low < 0.5 and measures.intervals() == measures.intervals(seed=0)
    assert measures.intervals()["not_found"] == (0.0, 0.0)


def test_of_nobody_nothing_can_be_said(truth):
    nobody = measure_photographs(truth.select(slice(0, 0)), np.zeros((0, 17, 2)), np.zeros((0, 17), bool))
    assert nobody.counts()["people"] == 0
    assert np.isnan(nobody.figures()["torso_pck"]) and all(np.isnan(nobody.intervals()["mirrored"]))


@pytest.mark.parametrize("is_rendered", [False, True])
def test_joints_of_rendered_bodies_are_judged_where_annotators_put_theirs(truth, monkeypatch, is_rendered):
    found = RowKeypoints(COCO_17, truth.joints_px.astype(float), np.ones((3, 17)))
    monkeypatch.setattr(photographs, "find_in_crops", lambda people, network: (found, ()))
    judged = []
    monkeypatch.setattr(
        photographs,
        "measure_photographs",
        lambda people, joints, is_found: judged.append(joints) or measure_photographs(people, joints, is_found),
    )
    photographs.judge_network(truth, Blind(), is_rendered=is_rendered)
    moved = rendered_to_annotated(found.joints_px, np.ones((3, 17), bool))
    assert np.abs(moved - found.joints_px).max() > 1
    np.testing.assert_array_equal(judged[0], moved if is_rendered else found.joints_px)


class Blind:
    """A network that is never asked."""

    name, skeleton, size_px = "blind", COCO_17, 8

    def find_keypoints(self, crops):
        raise AssertionError
