"""The lifter of keypoints: where in the picture they lie does not matter, and one that is not seen says nothing."""

import pytest
import torch

from maquette.nets.keypoint_lifter import KeypointLifter

JOINTS = 5


@pytest.fixture
def lifter():
    torch.manual_seed(0)
    return KeypointLifter(JOINTS, 16).eval()


@pytest.fixture
def keypoints(generator):
    return torch.rand(4, JOINTS, 2, generator=generator) - 0.5


def test_shapes(lifter, keypoints):
    lifted = lifter(keypoints, torch.ones(4, JOINTS))
    assert lifted.depths.shape == (4, JOINTS) and lifted.shifts.shape == (4, JOINTS, 2)


def test_people_are_lifted_alike_wherever_they_stand(lifter, keypoints, generator):
    sure = torch.rand(4, JOINTS, generator=generator) + 0.1
    one, other = lifter(keypoints, sure), lifter(keypoints + torch.tensor([0.3, -0.2]), sure)
    torch.testing.assert_close(one.depths, other.depths)
    torch.testing.assert_close(one.shifts, other.shifts)


def test_nobody_sure_is_no_division_by_nothing(lifter, keypoints):
    lifted = lifter(keypoints, torch.zeros(4, JOINTS))
    assert lifted.depths.isfinite().all() and lifted.shifts.isfinite().all()


def test_it_learns_to_tell_depths_of_a_stick_of_known_length(generator):
    """Two joints a unit apart: how deep the second lies follows from how short they look, up to its sign."""
    torch.manual_seed(0)
    lifter = KeypointLifter(2, 32)
    optimiser = torch.optim.Adam(lifter.parameters(), 3e-3)
    angles = torch.linspace(0, torch.pi / 2, 64)
    points = torch.zeros(64, 2, 2)
    points[:, 1, 0] = angles.cos()
    depths = torch.stack([torch.zeros(64), angles.sin()], dim=1)
    for step in range(200):
        optimiser.param_groups[0]["lr"] = 3e-3 * (1 - step / 200)
        loss = (lifter(points, torch.ones(64, 2)).depths - depths).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    off = (lifter.eval()(points, torch.ones(64, 2)).depths - depths).abs().mean()
    assert off < 0.3 * (depths - depths.mean(dim=0)).abs().mean()
