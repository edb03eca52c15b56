"""Tables of landmarks: every way that people write MediaPipe's, and what makes no sense."""

import random

import numpy as np
import pytest
from keypoint_files import SIZE, long_names, person
from landmark_tables import AXES, FRAME, LANDMARK_TABLES, UPPER, clip_columns, landmark_rows, wide
from named_files import write_table

from maquette.body.catalog import BLAZEPOSE_33, COCO_17
from maquette.errors import InputError, MaquetteError
from maquette.io.keypoints import read_keypoints


def refuse(path, words, **options):
    with pytest.raises(InputError, match=words) as caught:
        read_keypoints(path, **options)
    assert "\n" not in str(caught.value) and path.name in str(caught.value)


@pytest.mark.parametrize("name", LANDMARK_TABLES)
def test_tables_of_landmarks_as_people_write_them(name, tmp_path):
    path = write_table(tmp_path / "a.csv", LANDMARK_TABLES[name])
    found = read_keypoints(path, image_size=SIZE)
    assert found.format == "mediapipe" and found.is_tracked and found.poses.skeleton == BLAZEPOSE_33
    expected = np.stack([person(BLAZEPOSE_33, 100.0 + 3 * i) for i in range(5)])
    np.testing.assert_allclose(found.poses.joints[:, 0], expected[..., :2], atol=0.01)
    np.testing.assert_allclose(found.poses.confidence, 0.8, atol=1e-5)
    refuse(path, "image_size")
    path.write_text(path.read_text().replace(",", ";"))
    assert read_keypoints(path, image_size=SIZE).poses.joints.shape == (5, 1, 33, 2)


def test_other_tables_go_by_their_names(tmp_path):
    heads = [f"{name}_{axis}" for name in long_names(COCO_17) for axis in ("x", "y", "conf")]
    clip = np.stack([person(COCO_17, 100.0 + 3 * i) for i in range(4)])
    found = read_keypoints(write_table(tmp_path / "a.csv", wide(heads, clip, [FRAME])))
    assert found.format == "table" and found.poses.skeleton == COCO_17
    np.testing.assert_allclose(found.poses.joints[:, 0], clip[..., :2], atol=0.01)


def test_empty_cells_are_unknown(tmp_path):
    rows = wide([f"{n}_{a}" for n in UPPER for a in AXES], landmark_rows())
    rows[2][4:8] = ["", "", "", ""]
    poses = read_keypoints(write_table(tmp_path / "a.csv", rows), image_size=SIZE).poses
    assert np.argwhere(~poses.mask).tolist() == [[1, 0, 1]]


def test_tables_of_landmarks_that_make_no_sense_are_refused(tmp_path):
    names, long = LANDMARK_TABLES["names"], LANDMARK_TABLES["a row a landmark"]
    refuse(write_table(tmp_path / "head.csv", names[:1]), "found 0 people", image_size=SIZE)
    refuse(write_table(tmp_path / "cut.csv", [*names[:-1], names[-1][:50]]), "50 columns, its head 133")
    refuse(write_table(tmp_path / "words.csv", [names[0], ["one", *names[1][1:]]]), "not all numbers")
    refuse(write_table(tmp_path / "half.csv", [names[0], [0.5, *names[1][1:]]]), "whole ones")
    refuse(write_table(tmp_path / "twice.csv", [*names, names[-1]]), "same frame")
    refuse(write_table(tmp_path / "again.csv", [*long, *long[1:]]), "twice in one frame")
    refuse(write_table(tmp_path / "wide.csv", [names[0], ["9" * 200_000, *names[1][1:]]]), "no readable table")
    endless = [["9" * 5000 if word == long[1][1] else word for word in row] for row in long]
    refuse(write_table(tmp_path / "endless.csv", endless), "endless")
    refuse(write_table(tmp_path / "32.csv", [row[:-4] for row in LANDMARK_TABLES["numbered axes"]]), "32 points")
    world = np.stack([np.column_stack([person(BLAZEPOSE_33, 0, 0)[:, :2] / 200, np.full((33, 2), 0.5)])] * 3)
    refuse(write_table(tmp_path / "w.csv", wide(names[0][1:], world)), "world landmarks", image_size=SIZE)
    huge = np.full((3, 33, 4), 1e300)
    refuse(write_table(tmp_path / "h.csv", wide(names[0][1:], huge)), "found 0 people", image_size=SIZE)


def test_damaged_tables_are_read_or_refused(tmp_path):
    generator = random.Random(0)
    for name in ("names", "a row a number"):
        path = write_table(tmp_path / "a.csv", LANDMARK_TABLES[name])
        whole = path.read_text()
        for _ in range(120):
            words = whole.split(",")
            for _ in range(generator.choice([1, 3])):
                odd = ["", "x", "nan", "1e999", "-1", "\n", "\x00", '"', "99999999999999999999", "frame"]
                words[generator.randrange(len(words))] = generator.choice(odd)
            path.write_text(",".join(words)[: generator.choice([None, generator.randrange(len(whole))])])
            try:
                read_keypoints(path, image_size=SIZE)
            except MaquetteError as error:
                assert "\n" not in str(error)


def with_columns(rows, heads, values):
    return [rows[0] + heads, *[row + values for row in rows[1:]]]


@pytest.mark.parametrize("head", ["nose_x", "nose_x.1", "NOSE_X", "nose-x", "nose_score", "frame", "frame.2"])
def test_a_column_that_comes_twice_is_refused(tmp_path, head):
    refuse(write_table(tmp_path / "a.csv", with_columns(clip_columns(), [head], [7])), "the column '.*' twice")


def test_two_people_side_by_side_in_columns_of_the_same_names_are_refused(tmp_path):
    rows = clip_columns()
    for count in ("", ".1"):
        second = [[f"{word}{count}" for word in rows[0][1:]], *[row[1:] for row in rows[1:]]]
        both = [row + more for row, more in zip(rows, second, strict=True)]
        refuse(write_table(tmp_path / "a.csv", both), "column 'nose_x' twice.*column 'person'")
    long = LANDMARK_TABLES["a row a landmark"]
    refuse(write_table(tmp_path / "l.csv", with_columns(long, ["x"], [0.5])), "column 'x' twice", image_size=SIZE)


@pytest.mark.parametrize("heads", [["note", "note"], ["", ""], ["x", "x"], ["nose_visibility"]])
def test_columns_that_are_not_read_may_come_twice(tmp_path, heads):
    path = write_table(tmp_path / "a.csv", with_columns(clip_columns(), heads, [1] * len(heads)))
    assert read_keypoints(path).poses.mask.all()


def test_a_body_part_twice_for_one_individual_is_refused(tmp_path):
    heads = [["scorer"], ["bodyparts"], ["coords"]]
    for name in (*COCO_17.joint_names, "nose"):
        for head, words in zip(heads, (["me"] * 3, [name] * 3, ["x", "y", "likelihood"]), strict=True):
            head.extend(words)
    rows = [*heads, *[[i, *[50.0 + 7 * i] * 54] for i in range(3)]]
    refuse(write_table(tmp_path / "a.csv", rows), "x of the body part 'nose' twice")
