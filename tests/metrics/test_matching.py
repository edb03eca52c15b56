import numpy as np
import pytest
import torch

from maquette.metrics.matching import MATCH_JOINTS, MUPOTS_TREE, InPictures, match_people, with_bones_of


def at(*corners: tuple[float, float], pictures: str = "", hidden: int = 0) -> InPictures:
    """Persons whose 13 joints all lie at one place; the first ``hidden`` joints are unknown."""
    points = np.repeat(np.array(corners, float).reshape(-1, 1, 2), len(MATCH_JOINTS), axis=1)
    known = np.ones(points.shape[:2], bool)
    known[:, :hidden] = False
    return InPictures(points, known, np.array(list(pictures or "a" * len(corners))))


def test_the_joints_are_2_to_14_of_mupots():
    assert [MUPOTS_TREE.index(joint) + 1 for joint in MATCH_JOINTS] == list(range(2, 15))


def test_everybody_is_found_in_any_order():
    assert match_people(at((500, 10), (10, 10)), at((12, 12), (490, 5))).tolist() == [1, 0]


@pytest.mark.parametrize(("x", "y", "row"), [(39.9, 39.9, 0), (40.0, 0.0, -1), (0.0, -40.0, -1), (-39.9, 0.0, 0)])
def test_the_threshold_is_40_px_in_x_and_in_y(x, y, row):
    assert match_people(at((x, y)), at((0, 0))).tolist() == [row]


def test_two_predictions_for_one_person_match_once_and_the_nearer_in_joints_wins():
    predicted = at((0, 0), (1, 1))
    predicted.points_px[0, :3] += 1000.0  # three joints far off
    assert match_people(predicted, at((0, 0))).tolist() == [1]


def test_nobody_is_chosen_twice():
    assert match_people(at((0, 0)), at((0, 0), (1, 1))).tolist() == [0, -1]


def test_the_first_true_person_chooses_first():
    assert match_people(at((20, 0)), at((50, 0), (20, 0))).tolist() == [0, -1]


def test_people_of_other_pictures_are_not_offered():
    predicted = at((0, 0), (0, 0), (500, 0), pictures="bac")
    assert match_people(predicted, at((0, 0), (0, 0), (0, 0), pictures="abc")).tolist() == [1, 0, -1]


def test_one_known_near_joint_is_enough_and_none_is_not():
    assert match_people(at((0, 0)), at((0, 0), hidden=12)).tolist() == [0]
    assert match_people(at((0, 0)), at((0, 0), hidden=13)).tolist() == [-1]


def test_pictures_without_predictions_and_nobody_at_all():
    nobody = InPictures(np.zeros((0, 13, 2)), np.zeros((0, 13), bool), np.zeros(0, "<U1"))
    assert match_people(nobody, at((0, 0))).tolist() == [-1]
    assert match_people(at((0, 0)), nobody).tolist() == []


def twin(predicted: InPictures, truth: InPictures) -> list[int]:
    answer, used = [], set()
    for person in range(len(truth.pictures)):
        best, most = -1, 0
        for row in range(len(predicted.pictures)):
            if row in used or predicted.pictures[row] != truth.pictures[person]:
                continue
            apart = np.abs(predicted.points_px[row] - truth.points_px[person])
            near = sum(
                bool((apart[j] < 40).all() and predicted.known[row, j] and truth.known[person, j]) for j in range(13)
            )
            if near > most:
                best, most = row, near
        answer.append(best)
        used.add(best)
    return answer


def test_equals_the_slow_twin():
    generator = np.random.default_rng(0)
    predicted, truth = (
        InPictures(
            generator.uniform(0, 120, (60, 13, 2)),
            generator.random((60, 13)) > 0.2,
            generator.choice(list("abcdefgh"), 60),
        )
        for _ in range(2)
    )  # fmt: skip
    assert match_people(predicted, truth).tolist() == twin(predicted, truth)


def test_bones_get_the_true_lengths_and_keep_their_directions(generator):
    truth, predicted = torch.randn(2, 5, 17, 3, generator=generator, dtype=torch.float64)
    equal = with_bones_of(truth, predicted)
    pelvis = MUPOTS_TREE.index("pelvis")
    torch.testing.assert_close(equal[:, pelvis], predicted[:, pelvis])
    for child, parent in MUPOTS_TREE.bones:
        ours, theirs, given = (pose[:, child] - pose[:, parent] for pose in (equal, truth, predicted))
        torch.testing.assert_close(ours.norm(dim=-1), theirs.norm(dim=-1))
        torch.testing.assert_close(ours / ours.norm(dim=-1, keepdim=True), given / given.norm(dim=-1, keepdim=True))


def test_a_prediction_of_another_size_becomes_the_truth(generator):
    truth = torch.randn(3, 17, 3, generator=generator, dtype=torch.float64)
    pelvis = MUPOTS_TREE.index("pelvis")
    truth = truth - truth[:, [pelvis]]
    torch.testing.assert_close(with_bones_of(truth, 2.5 * truth), truth)


def test_bones_with_an_unknown_true_end_keep_their_length(generator):
    truth, predicted = torch.randn(2, 17, 3, generator=generator, dtype=torch.float64)
    mask = torch.ones(17, dtype=torch.bool)
    wrist, elbow = MUPOTS_TREE.index("l_wrist"), MUPOTS_TREE.index("l_elbow")
    mask[wrist] = False
    equal = with_bones_of(truth, predicted, mask=mask)
    torch.testing.assert_close((equal[wrist] - equal[elbow]).norm(), (predicted[wrist] - predicted[elbow]).norm())


def test_the_crown_hangs_from_the_neck():
    assert MUPOTS_TREE.joint_names[MUPOTS_TREE.parents[MUPOTS_TREE.index("head_top")]] == "thorax"
