"""The laws of fields: what is written from points is read back, wherever they lie, by every codec alike."""

import itertools

import pytest
import torch

from maquette.fields.belief import belief_maps, landmarks_from_belief
from maquette.fields.heatmaps import (
    cells_to_picture,
    certainty,
    gaussian_heatmaps,
    picture_to_cells,
    quarter_points,
    read_at,
    refine_points,
    soft_argmax,
    softmax_cells,
    spread_evenly,
)

ROWS, COLUMNS = 13, 17


def written(points_px, stride, *, sigma=1.0, size=(ROWS, COLUMNS)):
    mask = torch.ones(points_px.shape[:-1], dtype=torch.bool)
    return gaussian_heatmaps(points_px, mask, size, stride=stride, sigma=sigma)


def as_odds(maps):
    """Probabilities that come out of a softmax, as those of a network do."""
    return softmax_cells(spread_evenly(maps).clamp_min(1e-30).log())


READERS = {
    "belief": lambda maps, stride: cells_to_picture(landmarks_from_belief(maps), stride),
    "quarter": lambda maps, stride: quarter_points(maps, stride=stride),
    "refined": lambda maps, stride: refine_points(maps, stride=stride),
    "refined of odds": lambda maps, stride: refine_points(as_odds(maps), stride=stride),
    "expected": lambda maps, stride: soft_argmax(spread_evenly(maps), stride=stride),
    "expected of odds": lambda maps, stride: soft_argmax(as_odds(maps), stride=stride),
}
TOLERANCE_CELLS = {"belief": 0.5}
"""A quarter of a cell for all others."""
AT_EDGES_CELLS = {"belief": 0.5, "quarter": 0.5}
"""Up to the outer border of the last cells; the others are means, which half a Gaussian draws inside by 0.9 cells."""


def all_over(low, high_row, high_column):
    """Points on cells, between them and at odd keypoints; (x, y) in cells."""
    parts = torch.tensor([0.0, 0.13, 0.25, 0.37, 0.49, 0.51, 0.73, 0.99])
    y = (torch.arange(low, high_row)[:, None] + parts).flatten().clamp(max=high_row)
    x = (torch.arange(low, high_column)[:, None] + parts).flatten().clamp(max=high_column)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).reshape(-1, 2)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("stride", [1, 4, 8])
def test_written_and_read_is_the_same_place_within_a_quarter_cell(reader, stride):
    points = cells_to_picture(all_over(1, ROWS - 2, COLUMNS - 2), stride)
    off = (READERS[reader](written(points, stride), stride) - points) / stride
    assert off.abs().max() <= TOLERANCE_CELLS.get(reader, 0.25) + 1e-4


@pytest.mark.parametrize("reader", READERS)
def test_at_the_edges_too_it_is_nearly_the_same_place(reader):
    ends = torch.tensor([-0.49, -0.25, 0.0, 0.3, 0.7, 1.0])
    x = torch.cat([ends, COLUMNS - 1 - ends])
    y = torch.cat([ends, ROWS - 1 - ends])
    points = cells_to_picture(torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).reshape(-1, 2), 4)
    off = (READERS[reader](written(points, 4), 4) - points) / 4
    assert off.abs().max() <= AT_EDGES_CELLS.get(reader, 0.9) + 1e-4


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("batch", [(), (3,), (2, 3), (2, 1, 3), (0,), (2, 0)])
def test_batches_of_any_rank_equal_one_by_one(reader, batch, generator):
    points = 10 + 20 * torch.rand(*batch, 5, 2, generator=generator)
    maps = written(points, 4)
    assert maps.shape == (*batch, 5, ROWS, COLUMNS)
    read = READERS[reader](maps, 4)
    assert read.shape == points.shape
    for place in itertools.product(*map(range, batch)):
        torch.testing.assert_close(written(points[place], 4), maps[place])
        torch.testing.assert_close(READERS[reader](maps[place], 4), read[place])


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("place", list(itertools.product((0, 3, ROWS - 1), (0, 5, COLUMNS - 1))))
def test_one_lit_cell_is_the_place(reader, place):
    row, column = place
    maps = torch.zeros(1, ROWS, COLUMNS)
    maps[0, row, column] = 1.0
    read = picture_to_cells(READERS[reader](maps, 4), 4)[0]
    torch.testing.assert_close(read, torch.tensor([float(column), float(row)]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("write", [belief_maps, lambda cells, size: written(cells_to_picture(cells, 4), 4, size=size)])
def test_both_writers_are_gaussians_of_height_one(write):
    maps = write(torch.tensor([[3.0, 5.0], [3.4, 5.2]]), (ROWS, COLUMNS))
    assert maps[0, 5, 3].item() == pytest.approx(1.0)
    for offset, height in ((1, 0.60653), (2, 0.13534)):
        assert maps[0, 5, 3 + offset].item() == pytest.approx(height, rel=1e-4)
        assert maps[0, 5 - offset, 3].item() == pytest.approx(height, rel=1e-4)
    assert maps[1, 5, 3].item() == pytest.approx(torch.tensor(-(0.4**2 + 0.2**2) / 2).exp().item(), rel=1e-5)


@pytest.mark.parametrize("stride", [1, 2, 4, 7])
def test_places_in_map_and_picture_are_each_others_inverse(stride, generator):
    points = 50 * torch.randn(3, 4, 2, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(cells_to_picture(picture_to_cells(points, stride), stride), points)
    torch.testing.assert_close(picture_to_cells(cells_to_picture(points, stride), stride), points)


def test_the_first_of_four_pixels_is_three_eighths_before_the_first_cell():
    """A cell's centre is that of its 4 x 4 pixels: 1.5, where pixels count from the centre of the first."""
    assert cells_to_picture(torch.tensor([0.0, 1.0]), 4).tolist() == [1.5, 5.5]
    assert picture_to_cells(torch.tensor([0.0, 1.5]), 4).tolist() == [-0.375, 0.0]
    assert picture_to_cells(torch.tensor([-0.5, 7.5]), 4).tolist() == [-0.5, 1.5]  # the picture's edge is the map's


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), -1e30])
def test_hidden_joints_leave_no_trace_whatever_they_hold(nonsense):
    points = torch.full((2, 3, 2), 20.0)
    points[0, 1] = nonsense
    mask = torch.tensor([[True, False, True], [True, True, False]])
    maps = gaussian_heatmaps(points, mask, (ROWS, COLUMNS), stride=4)
    assert not maps[~mask].any() and torch.equal(maps[mask], maps[0, :1].expand(4, -1, -1))
    assert not spread_evenly(maps)[~mask].any()


def test_far_outside_nothing_is_lit():
    assert not written(torch.tensor([[-90.0, 20.0], [20.0, 1e6]]), 4).any()


def test_maps_of_chances_sum_to_one(generator):
    some = torch.randn(2, 5, ROWS, COLUMNS, generator=generator)
    for probabilities in (softmax_cells(20 * some), spread_evenly(some.abs()), softmax_cells(some + 1e4)):
        torch.testing.assert_close(probabilities.sum(dim=(-2, -1)), torch.ones(2, 5))
    assert not spread_evenly(torch.zeros(1, ROWS, COLUMNS)).any()


def test_the_mean_place_can_be_trained_through(generator):
    logits = torch.randn(2, 4, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda one: soft_argmax(softmax_cells(one), stride=4), (logits,))
    assert torch.autograd.gradcheck(lambda one: refine_points(softmax_cells(one), stride=4), (logits,))
    probabilities = softmax_cells(logits.detach()).requires_grad_()
    values = torch.randn(2, 4, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(read_at, (values, probabilities))


def test_descent_brings_the_mean_place_to_its_target():
    target, logits = torch.tensor([[31.0, 18.0]]), torch.zeros(1, ROWS, COLUMNS)
    for _ in range(300):
        logits.requires_grad_()
        off = soft_argmax(softmax_cells(logits), stride=4) - target
        (step,) = torch.autograd.grad(off.abs().sum(), logits)
        logits = logits.detach() - 0.05 * step
    assert off.abs().max() < 1.0


def test_a_second_spot_draws_the_mean_away_but_not_what_is_read_near_the_brightest():
    near, far = torch.tensor([[22.0, 26.0]]), torch.tensor([[58.0, 40.0]])
    both = spread_evenly(written(near, 4) + 0.9 * written(far, 4))
    assert (refine_points(both, stride=4) - near).norm() < 0.5
    assert (soft_argmax(both, stride=4) - near).norm() > 10


def test_reach_says_how_far_off_cells_count():
    maps = torch.zeros(1, ROWS, COLUMNS)
    maps[0, 6, 4], maps[0, 6, 7] = 0.6, 0.4
    for reach, column in ((2, 4.0), (3, 5.2)):
        read = picture_to_cells(refine_points(maps, stride=4, reach=reach), 4)
        torch.testing.assert_close(read, torch.tensor([[column, 6.0]]))


def slow_quarter_points(one):
    """Newell et al., cell by cell: (x, y) in cells."""
    rows, columns = one.shape
    row, column = divmod(int(one.argmax()), columns)
    x, y = float(column), float(row)
    if 0 < column < columns - 1:
        x += 0.25 * float(torch.sign(one[row, column + 1] - one[row, column - 1]))
    if 0 < row < rows - 1:
        y += 0.25 * float(torch.sign(one[row + 1, column] - one[row - 1, column]))
    return [x, y]


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 2), (3, 5), (ROWS, COLUMNS)])
def test_quarter_points_equal_their_slow_twin(size, generator):
    maps = torch.randn(40, *size, generator=generator)
    slow = torch.tensor([slow_quarter_points(one) for one in maps])
    torch.testing.assert_close(picture_to_cells(quarter_points(maps, stride=4), 4), slow)


def test_certainty_is_the_share_around_the_brightest_cell(generator):
    probabilities = softmax_cells(3 * torch.randn(2, 5, ROWS, COLUMNS, generator=generator))
    sure = certainty(probabilities)
    assert sure.shape == (2, 5) and (sure > 0).all() and (sure <= 1).all()
    for one, value in zip(probabilities.flatten(0, 1), sure.flatten(), strict=True):
        row, column = divmod(int(one.argmax()), COLUMNS)
        share = one[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].sum()
        torch.testing.assert_close(value, share)


@pytest.mark.parametrize("place", [(0, 0), (6, 8), (ROWS - 1, COLUMNS - 1), (0, 8)])
def test_a_single_cell_is_certain_and_an_even_map_is_not(place):
    lit = torch.zeros(ROWS, COLUMNS)
    lit[place] = 1.0
    assert certainty(lit).item() == pytest.approx(1.0)
    assert certainty(torch.full((ROWS, COLUMNS), 1 / (ROWS * COLUMNS))).item() < 0.05
    assert certainty(torch.zeros(0, 4, ROWS, COLUMNS)).shape == (0, 4)
