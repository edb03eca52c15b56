"""Predictions of clips beside the truth: who belongs to whom, which frames count, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pictured_people import pictured

from maquette.body.catalog import H36M_17, MPII_16
from maquette.data.predicted import PredictedPeople
from maquette.errors import InputError
from maquette.methods.temporal.clips import read_clip_poses, write_clip_poses
from maquette.methods.temporal.harvest import harvest_clips

ROWS = (("walk", 5, 0, "Ann"), ("walk", 6, 0, "Ann"), ("walk", 8, 0, "Ann"),
        ("two", 0, 0, "Bob"), ("two", 0, 1, "Cid"), ("two", 1, 1, "Cid"))  # fmt: skip
"""Clip, frame, person and subject of each row."""


@pytest.fixture
def people():
    """Three persons in two clips, one of which begins at its fifth frame and lacks its seventh."""
    sequences, frames, persons, subjects = (np.array(column) for column in zip(*ROWS, strict=True))
    pictures = [f"{row}.jpg" for row in range(len(ROWS))]
    columns = {"sequences": sequences, "frames": frames, "persons": persons, "subjects": subjects}
    return pictured(Path("clips"), pictures, **columns)


def predictions(people, **changes):
    """Everybody a centimetre too high, in another order, relative to the pelvis."""
    order = np.arange(len(people))[::-1]
    joints = people.joints_m[order].astype(np.float64)
    joints = joints - joints[:, :1] + np.where(np.arange(17) > 0, 0.01, 0.0)[:, None] * [0, -1, 0]
    fields = {
        "skeleton": people.skeleton,
        "keys": people.keys[order],
        "joints_m": joints,
        "known_m": np.ones((len(people), 17), bool),
        "root": "pelvis",
        "persons": people.persons[order],
        "source": "mine",
    }
    return PredictedPeople(**(fields | changes))


def test_every_person_of_every_clip_is_a_row_that_starts_where_the_clip_does(people):
    clips = harvest_clips(people, predictions(people), fps=50.0)
    assert clips.skeleton == H36M_17 and clips.fps == 50.0 and clips.subjects == ("Bob", "Cid", "Ann")
    np.testing.assert_array_equal(clips.known, [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 1]])
    true = people.joints_m - people.joints_m[:, :1]
    np.testing.assert_allclose(clips.true[clips.known], true[[3, 4, 5, 0, 1, 2]], atol=1e-6)
    off = clips.predicted[clips.known] - clips.true[clips.known]
    np.testing.assert_allclose(off[:, 1:], np.broadcast_to([0, -0.01, 0], off[:, 1:].shape), atol=1e-6)
    assert not off[:, 0].any() and not clips.true[~clips.known].any() and not clips.predicted[~clips.known].any()


def test_where_the_prediction_stands_does_not_matter(people):
    relative = predictions(people)
    shift = np.arange(len(people))[:, None, None] * np.array([0.3, -1, 4])
    absolute = replace(relative, joints_m=relative.joints_m + shift, root=None)
    one, other = (harvest_clips(people, found, fps=25.0) for found in (relative, absolute))
    np.testing.assert_allclose(one.predicted, other.predicted, atol=1e-6)


@pytest.mark.parametrize("whose", ["truth", "prediction"])
def test_a_joint_that_is_unknown_hides_its_frame(people, whose):
    known = np.ones((len(people), 17), bool)
    known[-1 if whose == "truth" else 0, H36M_17.index("l_wrist")] = False  # predictions run backwards
    if whose == "truth":
        clips = harvest_clips(replace(people, known_m=known), predictions(people), fps=25.0)
    else:
        clips = harvest_clips(people, predictions(people, known_m=known), fps=25.0)
    assert clips.known.sum() == 5 and not clips.known[1, 1] and not clips.true[1, 1].any()


def test_who_is_not_predicted_is_no_row(people):
    clips = harvest_clips(people, predictions(people).select(slice(3, 6)), fps=25.0)
    np.testing.assert_array_equal(clips.known, [[True, True, False, True]])
    assert clips.subjects == ("Ann",)


def test_without_numbers_of_persons_one_person_a_picture_is_found_by_the_picture(people):
    alone = people.select(np.array([0, 1, 2]))
    alone = replace(alone, persons=np.full(3, 7))
    clips = harvest_clips(alone, predictions(alone, persons=None), fps=25.0)
    np.testing.assert_array_equal(clips.known, [[True, True, False, True]])


def test_without_numbers_of_persons_people_who_share_a_picture_are_refused(people):
    with pytest.raises(InputError, match="mine: people of 'clips' share a picture; say who is who"):
        harvest_clips(people, predictions(people, persons=None), fps=25.0)


def test_the_truth_may_stand_on_another_skeleton(people):
    few = predictions(people).mapped_to(MPII_16)
    clips = harvest_clips(people, few, fps=25.0)
    assert clips.skeleton == MPII_16 and clips.known.any()
    root = MPII_16.index(MPII_16.root)
    assert not clips.true[..., root, :].any() and not clips.predicted[..., root, :].any()


def test_subjects_are_told_only_where_all_are(people):
    subjects = people.subjects.copy()
    subjects[4:] = ""
    assert harvest_clips(replace(people, subjects=subjects), predictions(people), fps=25.0).subjects == ()


def test_what_was_harvested_comes_back_from_its_file(people, tmp_path):
    clips = harvest_clips(people, predictions(people), fps=25.0)
    write_clip_poses(clips, tmp_path / "clips.npz")
    again = read_clip_poses(tmp_path / "clips.npz")
    np.testing.assert_array_equal(again.predicted, clips.predicted)
    assert again.subjects == clips.subjects


def test_nothing_to_learn_from_is_refused(people):
    found = predictions(people)
    photographs = replace(people, sequences=np.full(len(people), ""), frames=np.zeros(len(people), np.int64))
    flat = replace(found, joints_m=None, known_m=None, joints_px=np.zeros((6, 17, 2)), known_px=found.known_m)
    cases = [
        (people, replace(found, keys=np.char.add("other/", found.keys))),
        (people, found.select(slice(0, 0))),
        (people, flat),
        (photographs, predictions(photographs)),
    ]
    for truth, said in cases:
        with pytest.raises(InputError, match="mine: no pose in a clip of 'clips' is predicted"):
            harvest_clips(truth, said, fps=25.0)
    with pytest.raises(InputError, match="mine: no pose of 'clips' is known as a whole"):
        harvest_clips(people, predictions(people, known_m=np.eye(6, 17, dtype=bool)), fps=25.0)
