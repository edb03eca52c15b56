"""Offsets beside heatmaps: by hand, and read as written wherever the point lies."""

import itertools

import pytest
import torch

from maquette.fields.heatmaps import cell_offsets, cells_to_picture, gaussian_heatmaps, softmax_cells, vote_points

SIZE = (7, 9)


def test_offsets_by_hand():
    """At 4 pixels a cell, pixel (1.5, 1.5) is the first cell's middle and (7.5, 3.5) is 1.5 and 0.5 cells from it."""
    offsets = cell_offsets(torch.tensor([[1.5, 1.5], [7.5, 3.5]]), (2, 3), stride=4)
    assert offsets.shape == (2, 2, 2, 3)
    assert offsets[0].tolist() == [[[0.0, -1.0, -2.0]] * 2, [[0.0] * 3, [-1.0] * 3]]
    assert offsets[1].tolist() == [[[1.5, 0.5, -0.5]] * 2, [[0.5] * 3, [-0.5] * 3]]


@pytest.mark.parametrize("stride", [1, 4, 8])
@pytest.mark.parametrize("reach", [0, 1, 2])
def test_votes_are_exact_even_at_the_edges_and_beyond(stride, reach, generator):
    """A Gaussian's own mean is drawn inside by the edge; votes that are true are not."""
    points = cells_to_picture(10 * torch.rand(200, 2, generator=generator) - 1.5, stride)
    maps = gaussian_heatmaps(points, torch.ones(200, dtype=torch.bool), SIZE, stride=stride)
    read = vote_points(maps, cell_offsets(points, SIZE, stride=stride), stride=stride, reach=reach)
    torch.testing.assert_close(read, points, atol=1e-3, rtol=1e-4)


def test_cells_vote_by_how_likely_they_are_and_only_near_the_brightest():
    """Three quarters say two cells to the right, one quarter none: 1.5 cells; a far one that says 50 does not count."""
    maps = torch.zeros(1, *SIZE)
    maps[0, 3, 4], maps[0, 3, 5], maps[0, 0, 0] = 0.6, 0.2, 0.2
    offsets = torch.zeros(1, 2, *SIZE)
    offsets[0, 0, 3, 4], offsets[0, 0, 3, 5], offsets[0, 0, 0, 0] = 2.0, -1.0, 50.0
    cells = 0.75 * (4 + 2.0) + 0.25 * (5 - 1.0)
    expected = cells_to_picture(torch.tensor([[cells, 3.0]]), 4)
    torch.testing.assert_close(vote_points(maps, offsets, stride=4), expected)


def test_a_map_of_zeros_says_a_finite_place():
    assert vote_points(torch.zeros(2, *SIZE), torch.ones(2, 2, *SIZE), stride=4).isfinite().all()


@pytest.mark.parametrize("batch", [(), (3,), (2, 3), (0,)])
def test_batches_of_any_rank_equal_one_by_one(batch, generator):
    points = 30 * torch.rand(*batch, 5, 2, generator=generator)
    offsets = cell_offsets(points, SIZE, stride=4)
    maps = torch.rand(*batch, 5, *SIZE, generator=generator)
    assert offsets.shape == (*batch, 5, 2, *SIZE)
    off = offsets + torch.rand(offsets.shape, generator=generator)
    read = vote_points(maps, off, stride=4)
    assert read.shape == points.shape
    for place in itertools.product(*map(range, batch)):
        torch.testing.assert_close(cell_offsets(points[place], SIZE, stride=4), offsets[place])
        torch.testing.assert_close(vote_points(maps[place], off[place], stride=4), read[place])


def test_votes_can_be_trained_through(generator):
    logits = torch.randn(2, 4, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    offsets = torch.randn(2, 2, 4, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a, b: vote_points(softmax_cells(a), b, stride=4), (logits, offsets))
