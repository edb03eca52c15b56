import pytest
import torch

from maquette.losses.position import depth_distance, depth_error, location_error, position_error


@pytest.mark.parametrize(("loss", "axes"), [(location_error, 2), (position_error, 3)])
def test_the_mean_square_distance_by_hand(loss, axes):
    truth = torch.zeros(4, axes)
    predicted = torch.zeros(4, axes)
    predicted[0, :2] = torch.tensor([3.0, 4.0])
    assert loss(predicted, truth).item() == pytest.approx(25 / 4)
    mask = torch.tensor([True, True, False, False])
    assert loss(predicted, truth, mask=mask).item() == pytest.approx(25 / 2)


def test_the_depth_error_by_hand():
    predicted, truth = torch.tensor([[0.1, -0.2], [0.3, 9.0]]), torch.zeros(2, 2)
    mask = torch.tensor([[True, True], [True, False]])
    assert depth_error(predicted, truth, mask=mask).tolist() == pytest.approx([0.025, 0.09])
    assert depth_distance(predicted, truth, mask=mask).tolist() == pytest.approx([0.15, 0.3])


def test_all_hidden_is_no_error():
    nothing = torch.zeros(3, 5, dtype=torch.bool)
    assert depth_error(torch.ones(3, 5), torch.zeros(3, 5), mask=nothing).tolist() == [0.0] * 3
