import math

import pytest
import torch

from maquette.errors import ConventionError
from maquette.losses.field import (
    SHORTEST_DIRECTION,
    direction_error,
    heatmap_cross_entropy,
    heatmap_square_error,
    part_cross_entropy,
)


def test_square_error_by_hand():
    predicted, target = torch.zeros(2, 2, 3), torch.zeros(2, 2, 3)
    predicted[0, 1, 2] = 0.6
    target[1] = 0.5
    assert heatmap_square_error(predicted, target).tolist() == pytest.approx([0.06, 0.25])


def test_cross_entropy_by_hand_whatever_the_height_of_the_target():
    logits = torch.log(torch.tensor([[[0.5, 0.25], [0.125, 0.125]]])) + 7.0
    target = torch.tensor([[[3.0, 3.0], [0.0, 0.0]]])
    wanted = [0.5 * math.log(2) + 0.5 * math.log(4)]
    assert heatmap_cross_entropy(logits, target).tolist() == pytest.approx(wanted)
    assert heatmap_cross_entropy(logits, 1e-3 * target).tolist() == pytest.approx(wanted)


def test_cross_entropy_is_least_where_the_probabilities_are_the_targets(generator):
    target = torch.rand(3, 4, 5, generator=generator, dtype=torch.float64)
    logits = target.log().requires_grad_()
    least = heatmap_cross_entropy(logits, target)
    (gradient,) = torch.autograd.grad(least.sum(), logits)
    assert gradient.abs().max() < 1e-12
    probabilities = target / target.sum(dim=(-2, -1), keepdim=True)
    torch.testing.assert_close(least.detach(), -(probabilities * probabilities.log()).sum(dim=(-2, -1)))


def test_an_empty_target_says_nothing():
    logits = torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(0)).requires_grad_()
    entropy = heatmap_cross_entropy(logits, torch.zeros(2, 3, 3))
    entropy.sum().backward()
    assert entropy.tolist() == [0.0, 0.0] and not logits.grad.any()


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64])
def test_part_entropy_by_hand(dtype):
    logits = torch.log(torch.tensor([0.5, 0.25, 0.25]))[:, None, None].expand(3, 1, 4)
    labels = torch.tensor([[0, 1, 2, 0]], dtype=dtype)
    assert part_cross_entropy(logits, labels).item() == pytest.approx(1.5 * math.log(2))
    mask = torch.tensor([[True, False, False, True]])
    assert part_cross_entropy(logits, labels, mask=mask).item() == pytest.approx(math.log(2))


def test_labels_that_do_not_go_with_the_map_are_refused(unchecked_shapes):
    with pytest.raises(ConventionError, match="one label is wanted for each pixel"):
        part_cross_entropy(torch.zeros(2, 3, 4, 5), torch.zeros(1, 4, 5, dtype=torch.int64))


@pytest.mark.parametrize("degrees", [0, 60, 90, 180, 270, -725])
@pytest.mark.parametrize("length", [0.02, 1.0, 50.0])
def test_direction_error_is_one_less_the_cosine(degrees, length):
    angle = torch.tensor(1.1, dtype=torch.float64)
    turned = angle + math.radians(degrees)
    error = direction_error(length * torch.stack([turned.cos(), turned.sin()]), angle)
    assert error.item() == pytest.approx(1 - math.cos(math.radians(degrees)), abs=1e-12)


def test_a_direction_of_no_length_learns_where_to_point():
    angle = torch.tensor([0.0, 2.0])
    direction = torch.zeros(2, 2, requires_grad=True)
    error = direction_error(direction, angle)
    error.sum().backward()
    assert error.tolist() == [1.0, 1.0]
    wanted = -torch.stack([angle.cos(), angle.sin()], dim=-1) / SHORTEST_DIRECTION
    torch.testing.assert_close(direction.grad, wanted)
