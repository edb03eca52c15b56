"""TP-Net's error by hand values."""

import pytest
import torch

from maquette.methods.temporal.objective import pose_error


def test_pose_error_by_hand():
    refined, truth = torch.zeros(1, 2, 3), torch.tensor([[[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]]])
    assert pose_error(refined, truth).item() == pytest.approx(13.0)
    assert pose_error(refined, truth, kind="distance").item() == pytest.approx(3.0)
    leaf = torch.zeros(1, 2, 3, requires_grad=True)
    pose_error(leaf, leaf.detach(), kind="distance").sum().backward()
    assert leaf.grad is not None and torch.equal(leaf.grad, torch.zeros(1, 2, 3))
