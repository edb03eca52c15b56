"""Means over what counts."""

import pytest
import torch

from maquette.losses.masking import weighted_mean


def test_the_mean_is_that_of_what_counts():
    errors, mask = torch.tensor([[1.0, torch.nan], [3.0, 5.0]]), torch.tensor([[True, False], [True, False]])
    assert weighted_mean(errors, mask).item() == 2.0
    assert weighted_mean(errors, torch.zeros_like(mask)).item() == 0.0
    assert weighted_mean(errors[:, 0], mask[:, 0]).item() == 2.0


def test_the_mean_may_weigh():
    assert weighted_mean(torch.tensor([1.0, 3.0]), torch.tensor([0.5, 1.5])).item() == pytest.approx(2.5)
    assert weighted_mean(torch.tensor([1.0, torch.nan]), torch.tensor([0.5, 0.0])).item() == pytest.approx(1.0)
