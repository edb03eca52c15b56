import math

import pytest
import torch

from maquette.errors import ConventionError
from maquette.metrics.region import box_iou, keypoint_box, mean_iou, overlap


def test_iou_of_known_boxes():
    ours = torch.tensor([[0.0, 0.0, 2.0, 2.0]] * 5 + [[0.0, 0.0, 0.0, 0.0]])
    theirs = torch.tensor(
        [[0.0, 0.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0], [5.0, 5.0, 1.0, 1.0], [0.5, 0.5, 1.0, 1.0], [2.0, 0.0, 2.0, 2.0],
         [0.0, 0.0, 0.0, 0.0]]
    )  # fmt: skip
    wanted = torch.tensor([1.0, 1 / 7, 0.0, 1 / 4, 0.0, math.nan])
    torch.testing.assert_close(box_iou(ours, theirs), wanted, equal_nan=True)
    torch.testing.assert_close(box_iou(theirs, ours), wanted, equal_nan=True)


def test_boxes_that_are_no_pairs_are_refused(unchecked_shapes):
    with pytest.raises(ConventionError, match="no pairs"):
        box_iou(torch.zeros(2, 4), torch.zeros(3, 4))


def test_the_box_of_keypoints_holds_the_known_ones():
    points = torch.tensor([[[1.0, 5.0], [4.0, 2.0], [100.0, math.nan]]] * 2)
    mask = torch.tensor([[True, True, False], [False, False, False]])
    box = keypoint_box(points, mask)
    assert box[0].tolist() == [1.0, 2.0, 3.0, 3.0]
    assert box[1].isnan().all()


class TestLabels:
    TRUTH = torch.tensor([[[0, 0, 1], [2, 2, 1]]], dtype=torch.uint8)
    FOUND = torch.tensor([[[0, 1, 1], [2, 0, 1]]], dtype=torch.uint8)

    def test_overlap_by_hand(self):
        counted = overlap(self.FOUND, self.TRUTH, labels=4)
        assert counted.shared.tolist() == [[1, 2, 1, 0]]
        assert counted.either.tolist() == [[3, 3, 2, 0]]

    def test_parts_are_averaged_without_the_background_and_without_what_nobody_has(self):
        counted = overlap(self.FOUND, self.TRUTH, labels=4)
        torch.testing.assert_close(mean_iou(counted), torch.tensor([(2 / 3 + 1 / 2) / 2], dtype=torch.float64))
        with_background = mean_iou(counted, with_background=True)
        torch.testing.assert_close(with_background, torch.tensor([(1 / 3 + 2 / 3 + 1 / 2) / 3], dtype=torch.float64))

    def test_a_mask_leaves_pixels_out(self):
        counted = overlap(self.FOUND, self.TRUTH, labels=3, mask=self.FOUND == self.TRUTH)
        assert mean_iou(counted).tolist() == [1.0]

    def test_perfect_maps_score_one(self):
        assert mean_iou(overlap(self.TRUTH, self.TRUTH, labels=3), with_background=True).tolist() == [1.0]

    def test_batch_is_one_by_one_and_pooling_adds(self, generator):
        found, truth = torch.randint(0, 5, (2, 3, 8, 9), generator=generator).to(torch.uint8)
        together = overlap(found, truth, labels=5)
        for index in range(3):
            alone = overlap(found[index], truth[index], labels=5)
            torch.testing.assert_close(together.shared[index], alone.shared)
            torch.testing.assert_close(together.either[index], alone.either)
        whole = overlap(found.reshape(1, 24, 9), truth.reshape(1, 24, 9), labels=5)
        torch.testing.assert_close(together.pooled().iou(), whole.iou()[0])

    def test_unknown_labels_are_refused(self):
        with pytest.raises(ConventionError, match="label 2"):
            overlap(self.FOUND, self.TRUTH, labels=2)
