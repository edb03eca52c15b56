import pytest
import torch

from maquette.body.catalog import COCO_17, H36M_17, MPII_16
from maquette.errors import ConventionError
from maquette.metrics.correct import near
from maquette.metrics.sides import (
    SEPARATED_SHARE,
    are_mirrored,
    side_accuracy,
    sides_right,
    torso_length,
    unsided_distances,
)

SKELETONS = [COCO_17, H36M_17, MPII_16]


def pose(skeleton, *, across=10.0):
    """Left joints ``across`` to the right of the midline, right ones to the left; each joint at a height of its own."""
    joints = torch.zeros(len(skeleton), 2, dtype=torch.float64)
    for index, name in enumerate(skeleton.joint_names):
        joints[index, 0] = {"l_": across, "r_": -across}.get(name[:2], 0.0)
        joints[index, 1] = 40.0 * sorted({n.removeprefix("l_").removeprefix("r_") for n in skeleton.joint_names}).index(
            name.removeprefix("l_").removeprefix("r_")
        )
    return joints


@pytest.mark.parametrize("skeleton", SKELETONS, ids=lambda skeleton: skeleton.name)
class TestLaws:
    def test_the_truth_is_right_and_its_mirror_image_wrong(self, skeleton):
        truth, torso = pose(skeleton), torch.tensor(50.0, dtype=torch.float64)
        assert side_accuracy(truth, truth, skeleton, torso) == 1.0
        swapped = truth[torch.from_numpy(skeleton.mirror)]
        assert side_accuracy(swapped, truth, skeleton, torso) == 0.0
        assert sides_right(truth, truth, skeleton, torso).shape == (len(skeleton.pairs), 2)
        assert unsided_distances(swapped, truth, skeleton).max() == 0.0

    def test_both_limbs_on_one_of_them_is_half_right(self, skeleton):
        truth, torso = pose(skeleton), torch.tensor(50.0, dtype=torch.float64)
        left, right = torch.tensor(skeleton.pairs).T
        doubled = truth.clone()
        doubled[right] = truth[left]
        assert side_accuracy(doubled, truth, skeleton, torso) == 0.5

    def test_a_batch_is_one_by_one(self, skeleton, generator):
        truth = torch.rand(3, 4, len(skeleton), 2, generator=generator)
        predicted = truth + 0.3 * torch.randn(truth.shape, generator=generator)
        mask = torch.rand(truth.shape[:-1], generator=generator) < 0.9
        torsos = torso_length(truth, skeleton, mask=mask)
        batch = side_accuracy(predicted, truth, skeleton, torsos, mask=mask)
        for row in range(3):
            for column in range(4):
                at = row, column
                one = side_accuracy(predicted[at], truth[at], skeleton, torsos[at], mask=mask[at])
                torch.testing.assert_close(one, batch[at], equal_nan=True)

    def test_the_slow_twin_agrees(self, skeleton, generator):
        truth = 100 * torch.rand(len(skeleton), 2, generator=generator)
        predicted = truth + 40 * torch.randn(truth.shape, generator=generator)
        torso = torch.tensor(120.0)
        counted = []
        for left, right in skeleton.pairs:
            if (truth[left] - truth[right]).norm() > SEPARATED_SHARE * torso:
                for own, twin in ((left, right), (right, left)):
                    nearer = (predicted[own] - truth[own]).norm() < (predicted[own] - truth[twin]).norm()
                    counted.append(float(nearer))
        found = side_accuracy(predicted, truth, skeleton, torso)
        assert found.item() == pytest.approx(sum(counted) / len(counted))


def test_pairs_that_are_close_together_do_not_count():
    truth = pose(COCO_17, across=4.9)
    assert side_accuracy(truth, truth, COCO_17, torch.tensor(50.0, dtype=torch.float64)).isnan()
    truth = pose(COCO_17, across=5.1)
    assert side_accuracy(truth, truth, COCO_17, torch.tensor(50.0, dtype=torch.float64)) == 1.0


def test_what_is_hidden_does_not_count():
    truth, torso = pose(COCO_17), torch.tensor(50.0, dtype=torch.float64)
    predicted, mask = truth.clone(), torch.ones(17, dtype=torch.bool)
    left, right = COCO_17.indices("l_wrist", "r_wrist")
    predicted[left] = truth[right]
    pair = COCO_17.pairs.index((left, right))
    assert sides_right(predicted, truth, COCO_17, torso)[pair].tolist() == [0.0, 1.0]
    mask[right] = False
    predicted[right] = torch.nan
    assert sides_right(predicted, truth, COCO_17, torso, mask=mask)[pair].isnan().all()
    assert side_accuracy(predicted, truth, COCO_17, torso, mask=mask) == 1.0


def test_a_hidden_twin_is_no_place_to_be_near_to():
    truth = pose(COCO_17)
    left, right = COCO_17.indices("l_wrist", "r_wrist")
    predicted, mask = truth.clone(), torch.ones(17, dtype=torch.bool)
    predicted[left] = truth[right]
    assert unsided_distances(predicted, truth, COCO_17, mask=mask)[left] == 0.0
    mask[right] = False
    distances = unsided_distances(predicted, truth, COCO_17, mask=mask)
    assert distances[left] == 20.0 and distances[right].isnan()


def test_ignoring_sides_finds_what_was_swapped():
    truth = pose(COCO_17)
    swapped = truth[torch.from_numpy(COCO_17.mirror)]
    assert near(unsided_distances(swapped, truth, COCO_17), 1.0).mean() == 1.0


def test_a_torso_is_left_shoulder_to_right_hip_or_the_other_diagonal():
    joints = torch.zeros(17, 2, dtype=torch.float64)
    joints[COCO_17.index("l_shoulder")] = torch.tensor([3.0, 4.0])
    joints[COCO_17.index("r_shoulder")] = torch.tensor([6.0, 8.0])
    assert torso_length(joints, COCO_17) == 5.0
    mask = torch.ones(17, dtype=torch.bool)
    mask[COCO_17.index("l_hip")] = False
    assert torso_length(joints, COCO_17, mask=mask) == 5.0
    mask[COCO_17.indices("l_hip", "r_hip")] = torch.tensor([True, False])
    assert torso_length(joints, COCO_17, mask=mask) == 10.0
    mask[COCO_17.index("l_hip")] = False
    assert torso_length(joints, COCO_17, mask=mask).isnan()
    nobody = side_accuracy(joints, joints, COCO_17, torso_length(joints, COCO_17, mask=mask), mask=mask)
    assert nobody.isnan()


def test_shapes_that_disagree_are_refused(unchecked_shapes):
    with pytest.raises(ConventionError):
        side_accuracy(torch.zeros(2, 17, 2), torch.zeros(3, 17, 2), COCO_17, torch.zeros(3))


class TestMirrored:
    """Two pairs at least must be exchanged, and two thirds of those that are exchanged or right."""

    @pytest.mark.parametrize(
        ("pairs", "expected"),
        [
            ("xx", 1.0), ("xxo", 1.0), ("xxoo", 0.0), ("xo", 0.0), ("xxxxoo", 1.0), ("xxxooo", 0.0), ("oooooo", 0.0),
            ("hhh", 0.0), ("xxh", 1.0), ("xxhhho", 1.0), ("xxhhoo", 0.0), ("xhhh", 0.0),
            ("x", torch.nan), ("", torch.nan), ("x--", torch.nan), ("xx----", 1.0),
        ],
    )  # fmt: skip
    def test_by_hand(self, pairs, expected):
        """Each letter is a pair: exchanged, on its own side (o), half so (h), or not separated (-)."""
        rows = {"x": (0.0, 0.0), "o": (1.0, 1.0), "h": (1.0, 0.0), "-": (torch.nan, torch.nan)}
        sides = torch.tensor([rows[letter] for letter in pairs]).reshape(-1, 2)
        torch.testing.assert_close(are_mirrored(sides), torch.tensor(expected), equal_nan=True)

    def test_of_poses(self):
        truth, torso = pose(COCO_17), torch.tensor(50.0, dtype=torch.float64)
        swapped = truth[torch.from_numpy(COCO_17.mirror)]
        both = sides_right(torch.stack([truth, swapped]), torch.stack([truth, truth]), COCO_17, torso.expand(2))
        assert are_mirrored(both).tolist() == [0.0, 1.0]
