"""Tables with several people, with times, and with confidences in per cent."""

import numpy as np
import pytest
from keypoint_files import SIZE, fraction, long_names, person
from named_files import write_table

from maquette.body.catalog import BLAZEPOSE_33, COCO_17
from maquette.errors import InputError
from maquette.io.keypoints import read_keypoints

NAMES = long_names(COCO_17)
HEADS = [f"{name}_{axis}" for name in NAMES for axis in ("x", "y", "conf")]
TIMES = (0.0, 0.04, 0.12, 0.2)


def at(frame, who):
    return person(COCO_17, 150.0 + 3 * frame + 200 * who, confidence=0.8)


def wide(persons=("anna", "bert"), scale=1.0, first=("frame", "person", "time_s")):
    rows = []
    for frame, time_s in enumerate(TIMES):
        for who, name in enumerate(persons):
            said = {"frame": frame + 5, "person": name, "time_s": time_s, "timestamp": 1000 * time_s}
            rows.append([*(said[word] for word in first), *(at(frame, who) * [1, 1, scale]).ravel()])
    return [[*first, *HEADS], *rows]


def long():
    head = ["frame", "track_id", "timestamp_ms", "joint", "x", "y", "confidence"]
    return [
        head,
        *[
            [frame, who + 7, 1000 * time_s, name, *point]
            for frame, time_s in enumerate(TIMES)
            for who in range(2)
            for name, point in zip(NAMES, at(frame, who), strict=True)
        ],
    ]


def assert_two_people(found, ids):
    poses = found.poses
    assert found.is_tracked and poses.skeleton == COCO_17 and poses.person_ids.tolist() == ids
    np.testing.assert_allclose(poses.times, TIMES, atol=1e-9)
    for frame in range(len(TIMES)):
        for who in range(2):
            np.testing.assert_allclose(poses.joints[frame, who], at(frame, who)[:, :2], atol=0.01)
    np.testing.assert_allclose(poses.confidence, 0.8, atol=1e-6)


def test_a_column_tells_people_apart_and_another_says_when(tmp_path):
    assert_two_people(read_keypoints(write_table(tmp_path / "a.csv", wide())), [0, 1])
    assert_two_people(read_keypoints(write_table(tmp_path / "b.csv", wide(persons=(3, 4)))), [3, 4])
    assert_two_people(read_keypoints(write_table(tmp_path / "c.csv", long())), [7, 8])


def test_times_alone_say_which_rows_are_of_one_frame(tmp_path):
    found = read_keypoints(write_table(tmp_path / "a.csv", wide(first=("timestamp", "person"))))
    assert_two_people(found, [0, 1])


def test_the_users_frame_rate_wins_and_dates_are_times(tmp_path):
    poses = read_keypoints(write_table(tmp_path / "a.csv", wide()), fps=10.0).poses
    np.testing.assert_allclose(poses.times, [0, 0.1, 0.2, 0.3])
    rows = wide(("anna",))
    for number, row in enumerate(rows[1:]):
        row[2] = f"2026-11-30 10:00:0{number}"
    poses = read_keypoints(write_table(tmp_path / "b.csv", rows)).poses
    np.testing.assert_allclose(poses.times, np.arange(4))


def test_somebody_who_is_away_leaves_a_gap(tmp_path):
    rows = wide()
    del rows[4]
    poses = read_keypoints(write_table(tmp_path / "a.csv", rows)).poses
    assert poses.present.tolist() == [[True, True], [True, False], [True, True], [True, True]]


def test_people_of_landmarks_are_told_apart_as_well(tmp_path):
    heads = [f"{a}{n}" for n in range(33) for a in ("x", "y")]
    rows = [
        [frame, who, *fraction(person(BLAZEPOSE_33, 150.0 + 200 * who))[:, :2].ravel()]
        for frame in range(3)
        for who in range(2)
    ]
    found = read_keypoints(write_table(tmp_path / "a.csv", [["frame", "person_id", *heads], *rows]), image_size=SIZE)
    assert found.is_tracked and found.poses.joints.shape == (3, 2, 33, 2) and found.format == "mediapipe"


def test_one_person_twice_in_a_frame_is_refused(tmp_path):
    rows = wide()
    with pytest.raises(InputError, match="same frame; wanted is one person, or a column 'person'"):
        read_keypoints(write_table(tmp_path / "a.csv", [*rows, rows[-1]]))


def test_confidences_in_per_cent_are_divided_and_the_notes_say_so(tmp_path):
    found = read_keypoints(write_table(tmp_path / "a.csv", wide(scale=100.0)))
    np.testing.assert_allclose(found.poses.confidence, 0.8, atol=1e-5)
    assert any("per cent" in note for note in found.notes)
    found = read_keypoints(write_table(tmp_path / "b.csv", wide(scale=10.0)))  # a network's scores
    assert found.poses.confidence.max() == 1.0 and not any("per cent" in note for note in found.notes)
