from dataclasses import replace

import numpy as np
import pytest
from evaluation_people import NUMBERS, people

from maquette.body.catalog import COCO_17, H36M_17, LSP_14, MPI_15, MPII_16, MUPOTS_17, SMPL_24
from maquette.data.annotated import AnnotatedPeople
from maquette.data.predicted import PredictedPeople
from maquette.errors import InputError
from maquette.evaluation.choice import select_people
from maquette.evaluation.judgement import judge
from maquette.metrics.protocols import Protocol, find_protocol
from maquette.metrics.score import ScoreTable


def perfect(truth: AnnotatedPeople, **changes) -> PredictedPeople:
    """Predictions that are the truth."""
    joints_m = truth.joints_m if truth.universal_m is None else truth.universal_m
    settings = {
        "skeleton": truth.skeleton,
        "keys": truth.keys,
        "joints_m": joints_m.astype(np.float64),
        "known_m": truth.known_m.copy(),
        "joints_px": truth.joints_px.astype(np.float64),
        "known_px": truth.known_px.copy(),
        "persons": truth.persons,
        "source": "mine.npz",
    }
    return PredictedPeople(**(settings | changes))


def figures(table: ScoreTable) -> dict[str, float]:
    return dict(zip(table.columns, table.average.values, strict=True))


def pck(table: ScoreTable) -> float:
    return figures(table)["3DPCK@150mm (%)"]


P1 = find_protocol("h36m-martinez-1")
HUMAN = [("S9/Walking 1/54138969", frame, 0) for frame in range(3)] + [("S11/Sitting/60457274", 0, 0)]


class TestChoice:
    def test_subjects_and_every_so_manieth_frame(self):
        rows = [("S9/Walking 1/54138969", frame, 0) for frame in range(130)] + [("S1/Eating/54138969", 0, 0)]
        counts = {
            name: len(select_people(people([*rows, ("S11/Posing/1", 64, 0)]), find_protocol(name)).people)
            for name in ("h36m-martinez-1", "h36m-tome-1", "h36m-moon-2", "h36m-moon-1")
        }
        assert counts == {"h36m-martinez-1": 131, "h36m-tome-1": 26, "h36m-moon-2": 4, "h36m-moon-1": 1}

    def test_the_frontal_camera_and_first_trials(self):
        clips = ["S9/Greeting 1/60457274", "S9/Greeting/60457274", "S9/Greeting 1/58860488", "S11/Greeting 2/60457274",
                 "S11/Greeting/60457274", "S9/SittingDown/60457274", "S9/SittingDown 1/60457274"]  # fmt: skip
        choice = select_people(people([(clip, 0, 0) for clip in clips]), find_protocol("h36m-tome-3"))
        assert sorted(choice.people.sequences) == [
            "S11/Greeting 2/60457274", "S9/Greeting 1/60457274", "S9/SittingDown/60457274"
        ]  # fmt: skip

    def test_flawed_people_are_left_out_where_the_protocol_says_so_and_counted(self):
        truth = people(
            [("TS1", 0, 0), ("TS1", 1, 0)], MUPOTS_17, "mpi-inf-3dhp", is_flawed=np.array([True, False]),
            universal_m=np.zeros((2, 17, 3), np.float32),
        )  # fmt: skip
        choice = select_people(truth, find_protocol("mpi-inf-3dhp"))
        assert len(choice.people) == 1 and "samples left out, which the data mark as flawed: 1" in choice.notes
        kept = people(HUMAN, is_flawed=np.ones(4, bool))
        assert len(select_people(kept, P1).people) == 4

    def test_what_the_reader_skipped_is_told(self):
        choice = select_people(people(HUMAN, skipped=("'a.cdf' is empty",)), P1)
        assert choice.notes == ("left out while reading: 'a.cdf' is empty",)

    def test_people_without_a_known_root_are_left_out_and_counted(self):
        known = np.ones((4, 17), bool)
        known[0, H36M_17.index("pelvis")] = False
        choice = select_people(people(HUMAN, known_m=known), P1)
        assert len(choice.people) == 3 and "samples left out, of which no joint that counts is known: 1" in choice.notes

    @pytest.mark.parametrize(
        ("rows", "dataset", "name", "sentence"),
        [
            ([("S1/Walking/1", 0, 0)], "human3.6m", "h36m-tome-1", "judges the subjects S9, S11; 'data' holds S1"),
            ([("S9/Walking/1", 0, 0)], "human3.6m", "h36m-tome-3", "judges the cameras 60457274; 'data' holds 1"),
            ([("S9/Walking/1", 1, 0)], "human3.6m", "h36m-tome-1", "holds nobody whom the protocol"),
            ([("S9/Walking/1", 0, 0)], "mpii", "h36m-tome-1", "judges people of human3.6m, 'data' holds mpii"),
        ],
    )
    def test_data_that_hold_nobody_to_judge_are_refused(self, rows, dataset, name, sentence):
        with pytest.raises(InputError, match=sentence):
            select_people(people(rows, dataset=dataset), find_protocol(name))


class TestNamedPairs:
    def test_perfect_predictions_in_any_order_score_zero(self):
        truth = people(HUMAN)
        table = judge(truth, perfect(truth).select(np.array([2, 0, 3, 1])), P1)
        assert table.average.values == pytest.approx((0.0,), abs=1e-4)
        assert [row.group for row in table.rows] == ["Sitting", "Walking"] and table.notes == ()

    def test_one_joint_off_by_d(self):
        truth = people(HUMAN)
        predicted = perfect(truth)
        predicted.joints_m[:, H36M_17.index("nose"), 2] += 0.085
        assert judge(truth, predicted, P1).average.values == pytest.approx((5.0,), abs=1e-3)

    def test_missing_predictions_are_counted_and_refused_unless_allowed(self):
        truth = people(HUMAN)
        some = perfect(truth).select(slice(1, None))
        with pytest.raises(InputError, match=r"mine\.npz: people judged without a prediction: 1 of 4;"):
            judge(truth, some, P1)
        table = judge(truth, some, P1, allow_missing=True)
        assert table.average.samples == 3
        assert "people judged without a prediction: 1 of 4; they do not count" in table.notes

    def test_predictions_that_hide_a_joint_are_as_good_as_missing(self):
        truth = people(HUMAN)
        predicted = perfect(truth)
        predicted.known_m[0, 5] = False
        with pytest.raises(
            InputError, match="without a prediction: 0 of 4, and with one that lacks joints that count: 1;"
        ):
            judge(truth, predicted, P1)
        assert judge(truth, predicted, P1, allow_missing=True).average.samples == 3

    def test_predictions_for_others_are_ignored_and_counted(self):
        truth = people([*HUMAN, ("S1/Eating/1", 0, 0)])
        table = judge(truth, perfect(truth), P1)
        assert table.average.samples == 4
        assert "predictions ignored, which belong to samples that are not judged: 1" in table.notes

    def test_keys_of_something_else_are_refused_with_examples_of_both(self):
        truth = people(HUMAN)
        wrong = perfect(truth, keys=np.array(["S9_Walking_0.jpg", "b", "c", "d"]))
        with pytest.raises(InputError, match=r"none of its 4 predictions .*'S9_Walking_0.jpg', wanted .*/000000'"):
            judge(truth, wrong, P1)
        with pytest.raises(InputError, match="no row at all"):
            judge(truth, perfect(truth).select(slice(0, 0)), P1)

    def test_two_predictions_for_one_person_are_refused(self):
        truth = people(HUMAN)
        with pytest.raises(InputError, match="more than one prediction for 'S9/Walking 1/54138969/000000'"):
            judge(truth, perfect(truth).select(np.array([0, 1, 2, 3, 0])), P1)

    def test_people_who_share_a_picture_are_told_apart_by_number(self):
        truth = people([("downtown", 0, 0), ("downtown", 0, 1)], SMPL_24, "3dpw")
        protocol = find_protocol("3dpw")
        table = judge(truth, perfect(truth).select(np.array([1, 0])), protocol)
        assert table.average.values == pytest.approx((0.0, 0.0), abs=1e-3)
        with pytest.raises(InputError, match="add their numbers as 'persons'"):
            judge(truth, perfect(truth, persons=None), protocol)
        with pytest.raises(InputError, match="more than one prediction"):
            judge(truth, perfect(truth, persons=np.zeros(2, np.int64)), protocol)

    def test_3dpw_says_which_joints_its_data_lack(self):
        truth = people([("downtown", 0, 0)], SMPL_24, "3dpw")
        table = judge(truth, perfect(truth), find_protocol("3dpw"))
        assert any("joints that the data do not have, left out: head_top" in note for note in table.notes)

    def test_predictions_on_a_skeleton_that_lacks_a_joint_are_refused(self):
        truth = people(HUMAN)
        predicted = perfect(people(HUMAN, LSP_14), keys=truth.keys)
        with pytest.raises(InputError, match="counts nose, which predictions on lsp_14"):
            judge(truth, predicted, P1)

    def test_predictions_in_the_picture_alone_cannot_be_judged_in_space(self):
        truth = people(HUMAN)
        with pytest.raises(InputError, match="add 'joints_3d'"):
            judge(truth, perfect(truth, joints_m=None, known_m=None), P1)

    def test_photographs_are_keyed_by_their_path(self):
        truth = people(
            [("", 0, 0), ("", 1, 0)], MPII_16, "mpii", head_sizes_px=np.full(2, 30.0, np.float32),
            pictures=np.array(["images/1.jpg", "images/2.jpg"]),
        )  # fmt: skip
        table = judge(truth, perfect(truth), find_protocol("mpii-pckh"))
        assert set(table.average.values) == {100.0} and table.rows == ()


class TestInThePicture:
    def test_only_shared_joints_are_judged_by_the_teachers_protocol(self):
        truth = people([("", 0, 0)], MPI_15, "coco")
        student = perfect(truth)
        student.joints_px[:, MPI_15.index("head_top")] += 500.0
        student.known_px[:, MPI_15.index("head_top")] = False
        table = judge(truth, student, find_protocol("teacher-2d"))
        assert figures(table) == pytest.approx({"PCK@25px (%)": 100.0, "2D-MPJPE (px)": 0.0, "box IoU (%)": 100.0})

    def test_average_precision_of_perfect_keypoints_is_one(self):
        pytest.importorskip("pycocotools", reason="pycocotools is not installed (extra 'data')")
        truth = people(
            [("", 0, 0), ("", 0, 1), ("", 1, 0)], COCO_17, "coco",
            boxes_px=np.tile(np.array([0, 0, 1000, 1000], np.float32), (3, 1)),
        )  # fmt: skip
        protocol = find_protocol("coco-keypoints")
        table = judge(truth, perfect(truth, scores=np.ones(3)), protocol)
        assert figures(table)["AP (%)"] == pytest.approx(100.0) and table.average.samples == 3
        with pytest.raises(InputError, match="'scores'"):
            judge(truth, perfect(truth), protocol)


def mupots() -> AnnotatedPeople:
    """Two sequences of two people who stand far apart in the picture."""
    rows = [("TS1", 0, 0), ("TS1", 0, 1), ("TS1", 1, 0), ("TS1", 1, 1), ("TS2", 0, 0), ("TS2", 0, 1)]
    truth = people(rows, MUPOTS_17, "mupots-3d")
    offset = np.array([[0.0, 0.0], [3000.0, 0.0]], np.float32)[truth.persons][:, None]
    universal = NUMBERS.normal(0, 0.4, truth.joints_m.shape).astype(np.float32)
    return replace(truth, joints_px=truth.joints_px + offset, universal_m=universal)


ALL, MATCHED = find_protocol("mupots-all"), find_protocol("mupots-matched")


class TestMatchedPairs:
    def test_everybody_found_is_all_right_whatever_the_order_or_the_size(self):
        truth = mupots()
        found = perfect(truth, persons=None).select(np.array([5, 3, 0, 1, 2, 4]))
        larger = replace(found, joints_m=1.4 * found.joints_m)
        for protocol in (ALL, MATCHED):
            assert pck(judge(truth, larger, protocol)) == 100.0

    def test_a_person_missed_is_all_wrong_in_all_and_skipped_in_matched(self):
        truth = mupots()
        found = perfect(truth).select(slice(1, None))  # the first of TS1's four is missed
        everybody, matched = judge(truth, found, ALL), judge(truth, found, MATCHED)
        at = everybody.columns.index("3DPCK@150mm (%)")
        assert [row.values[at] for row in everybody.rows] == [75.0, 100.0]
        assert everybody.average.values[at] == 87.5  # the mean of the sequences, not 5 of 6
        assert pck(matched) == 100.0 and [row.samples for row in matched.rows] == [3, 2]
        assert "people judged without a prediction: 1 of 6; they count as wrong" in everybody.notes
        assert "people judged without a prediction: 1 of 6; they do not count" in matched.notes

    def test_two_predictions_for_one_person_are_one_too_many_and_no_other_is_found_by_it(self):
        truth = mupots()
        doubled = perfect(truth).select(np.array([1, 1, 2, 3, 4, 5]))  # the second of TS1 twice, the first never
        assert pck(judge(truth, doubled, ALL)) == 87.5

    def test_a_prediction_41_px_off_is_no_match(self):
        truth = mupots()
        shifted = perfect(truth)
        shifted.joints_px[0] += [41.0, 0.0]
        assert pck(judge(truth, shifted, ALL)) == 87.5
        shifted.joints_px[0] -= [2.0, 0.0]
        assert pck(judge(truth, shifted, ALL)) == 100.0

    def test_nobody_matched_at_all(self):
        truth = mupots()
        lost = perfect(truth)
        lost.joints_px[:] += 9000.0
        assert pck(judge(truth, lost, ALL)) == 0.0
        with pytest.raises(InputError, match="not one of the 6 people"):
            judge(truth, lost, MATCHED)

    def test_matching_needs_points_in_the_picture(self):
        truth = mupots()
        with pytest.raises(InputError, match="add their points as 'joints_2d'"):
            judge(truth, perfect(truth, joints_px=None, known_px=None), ALL)

    def test_places_need_predictions_that_have_a_place(self):
        truth = mupots()
        absolute = find_protocol("mupots-absolute")
        in_room = perfect(truth, joints_m=truth.joints_m.astype(np.float64))
        assert pck(judge(truth, in_room, absolute)) == 100.0
        behind = replace(in_room, joints_m=in_room.joints_m + np.array([0.0, 0.0, 0.16]))
        assert pck(judge(truth, behind, absolute)) == 0.0
        with pytest.raises(InputError, match="relative to the pelvis"):
            judge(truth, replace(in_room, root="pelvis"), absolute)

    def test_data_without_universal_people_are_refused(self):
        truth = replace(mupots(), universal_m=None)
        with pytest.raises(InputError, match="no people of universal size"):
            judge(truth, perfect(truth), ALL)


def test_protocols_of_any_data_set_take_any():
    truth = people([("", 0, 0)], MPI_15, "lsp")
    protocol: Protocol = find_protocol("teacher-2d")
    assert judge(truth, perfect(truth), protocol).average.samples == 1


def test_joints_that_the_data_only_have_near_by_are_not_taken_for_truth():
    truth = people([("", 0, 0)], COCO_17, "coco")
    student = perfect(people([("", 0, 0)], MPI_15), keys=truth.keys)
    table = judge(truth, student, find_protocol("teacher-2d"))
    assert any("joints that the data do not have, left out: head_top" in note for note in table.notes)


def test_predictions_in_pictures_without_people_count_as_false():
    pytest.importorskip("pycocotools", reason="pycocotools is not installed (extra 'data')")
    box = np.array([[0, 0, 1000, 1000]], np.float32)
    truth = people([("", 0, 0)], COCO_17, "coco", boxes_px=box)
    both = perfect(truth, scores=np.ones(1)).select(np.array([0, 0]))
    elsewhere = replace(both, keys=np.array([both.keys[0], "empty.jpg"]), scores=np.array([0.5, 0.9]))
    table = judge(truth, elsewhere, find_protocol("coco-keypoints"))
    assert figures(table)["AP (%)"] == pytest.approx(50.0)
    assert "predictions in pictures without annotated people, which count as false: 1" in table.notes
