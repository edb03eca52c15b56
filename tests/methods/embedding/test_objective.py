"""The terms of the pose embedding by hand values."""

import pytest
import torch

from maquette.methods.embedding.objective import (
    cycle_error,
    is_believed,
    sample_slices,
    sliced_distance,
    verdict_error,
)


def test_cycles():
    first, again = torch.zeros(1, 2), torch.tensor([[0.5, -1.5]])
    assert cycle_error(again, first, "absolute") == 1.0 and cycle_error(again, first, "squared") == 1.25
    assert cycle_error(again, again, "absolute") == 0


def test_verdicts():
    verdicts, weights = torch.tensor([[1.0, -1.0], [0.0, 1.0]]), torch.tensor([0.25, 0.75])
    assert verdict_error(verdicts, 1.0, weights, "absolute") == pytest.approx((0.75 * 2 + 0.25) / 2)
    assert verdict_error(verdicts, 1.0, weights, "squared") == pytest.approx((0.75 * 4 + 0.25) / 2)
    assert is_believed(verdicts, weights).tolist() == [False, True]


def test_a_cloud_and_its_copy_moved_along(generator):
    cloud = torch.randn(50, 4, generator=generator)
    axes = torch.eye(4)
    shuffled = cloud[torch.randperm(50, generator=generator)]
    assert sliced_distance(cloud, shuffled, axes) == 0
    moved = cloud + torch.tensor([2.0, 0.0, 0.0, 0.0])
    assert sliced_distance(moved, shuffled, axes) == pytest.approx(0.5)


def test_slices_have_length_one_and_run_through_whole_joints(generator):
    slices = sample_slices(51, 200, block=3, share=0.2, generator=generator)
    torch.testing.assert_close(slices.norm(dim=0), torch.ones(200))
    touched = (slices != 0).unflatten(0, (17, 3))
    assert (touched.all(dim=1) == touched.any(dim=1)).all() and 2 < touched.any(dim=1).sum(dim=0).float().mean() < 6
