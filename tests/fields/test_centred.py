"""Keypoints counted from a person's middle: hand values, whose joints are read, and places to a fraction of a cell."""

import pytest
import torch

from maquette.fields.centred import NEARNESS_CELLS, guess_joints, near_guess, read_centred
from maquette.fields.heatmaps import cell_offsets, gaussian_heatmaps

SIZE = (9, 13)
"""(rows, columns): the middle is the cell in row 4, column 6."""
MIDDLE = (4, 6)


def lit(heights, size=SIZE):
    """(1, 1, H, W) zeros with some cells at some heights, by (row, column)."""
    maps = torch.zeros(1, 1, *size)
    for (row, column), height in heights.items():
        maps[0, 0, row, column] = height
    return maps


def everywhere(*numbers):
    """(1, N, H, W) maps that say the same in every cell."""
    return torch.tensor(numbers)[None, :, None, None].expand(-1, -1, *SIZE).contiguous()


def test_the_guess_is_the_middles_cell_and_the_steps_that_stand_there():
    regress = torch.zeros(1, 4, *SIZE)
    regress[0, :, 2, 5] = torch.tensor([1.5, -3.0, 0.25, 4.0])  # (y, x) of one joint, (y, x) of the other
    regress[0, :, 3, 5] = 99.0
    guess = guess_joints(lit({(2, 5): 0.9}), regress)
    assert guess.tolist() == [[[5 - 3.0, 2 + 1.5], [5 + 4.0, 2 + 0.25]]]


@pytest.mark.parametrize(
    ("heights", "taken"),
    [
        ({MIDDLE: 0.5, (4, 12): 0.5}, MIDDLE),
        ({MIDDLE: 0.2, (4, 11): 0.7}, MIDDLE),  # 0.2 / 1.8 = 0.111 and 0.7 / 6.8 = 0.103
        ({MIDDLE: 0.2, (4, 11): 0.8}, (4, 11)),  # 0.8 / 6.8 = 0.118
        ({(0, 0): 0.3, (7, 2): 0.3}, (7, 2)),  # distances 7.2 and 5
        ({(1, 9): 0.6, (8, 6): 0.6}, (8, 6)),  # 4.2 and 4
    ],
)
def test_who_stands_off_the_middle_is_not_taken_unless_far_likelier(heights, taken):
    rows, columns = torch.meshgrid(*(torch.arange(float(n)) for n in SIZE), indexing="ij")
    where = torch.stack([rows, columns])[None]  # a step as long as the cell's place, so that the guess tells the cell
    assert guess_joints(lit(heights), where).tolist() == [[[2.0 * taken[1], 2.0 * taken[0]]]]


def test_near_the_guess_maps_stay_and_fall_with_distance():
    near = near_guess(torch.ones(1, 1, *SIZE), torch.tensor([[[6.0, 4.0]]]))[0, 0]
    assert near[4, 6] == 1.0
    assert near[4, 9].item() == pytest.approx(NEARNESS_CELLS / (3 + NEARNESS_CELLS))
    assert near[0, 3].item() == pytest.approx(NEARNESS_CELLS / (5 + NEARNESS_CELLS))
    at_fifth = near_guess(torch.ones(1, 1, *SIZE), torch.tensor([[[6.0 + NEARNESS_CELLS, 4.0]]]))[0, 0]
    assert at_fifth[4, 6].item() == pytest.approx(0.5)


def test_places_count_from_the_first_cells_corner_as_pairs_of_y_and_x():
    """Row 2, column 3 begins 8 and 12 pixels from the picture's edge, which lies half a pixel before its first."""
    read = read_centred(lit({(2, 3): 0.8}), torch.tensor([[[3.0, 2.0]]]), everywhere(0.25, 0.5), stride=4)
    assert read.keypoints_px.tolist() == [[[12 + 2 - 0.5, 8 + 1 - 0.5]]]
    assert read.confidence.tolist() == [[pytest.approx(0.8)]]


def test_the_joint_of_the_guessed_person_is_read_and_its_own_height_told():
    maps = lit({(4, 6): 0.5, (4, 10): 0.9})
    none = everywhere(0.0, 0.0)
    near = read_centred(maps, torch.tensor([[[6.0, 4.0]]]), none, stride=4)  # 0.9 x 1.8 / 5.8 = 0.28
    assert near.keypoints_px.tolist() == [[[23.5, 15.5]]] and near.confidence.item() == pytest.approx(0.5)
    between = read_centred(maps, torch.tensor([[[8.0, 4.0]]]), none, stride=4)
    assert between.keypoints_px.tolist() == [[[39.5, 15.5]]] and between.confidence.item() == pytest.approx(0.9)


@pytest.mark.parametrize("stride", [1, 4, 8])
def test_what_is_written_is_read_where_it_was(stride, generator):
    """Offsets make it exact; without them, a cell's middle is at most half a cell away."""
    shares = torch.rand(40, 1, 2, generator=generator)
    points = shares * stride * torch.tensor([SIZE[1], SIZE[0]]) - 0.5
    known = torch.ones(40, 1, dtype=torch.bool)
    maps = gaussian_heatmaps(points, known, SIZE, stride=stride)
    guess = (points + 0.5) / stride + torch.tensor([0.2, -0.3])
    from_corner = (cell_offsets(points, SIZE, stride=stride) + 0.5).flip(2).flatten(1, 2)
    exact = read_centred(maps, guess, from_corner, stride=stride).keypoints_px
    torch.testing.assert_close(exact, points, atol=1e-4, rtol=0)
    rough = read_centred(maps, guess, torch.full((40, 2, *SIZE), 0.5), stride=stride).keypoints_px
    assert (rough - points).abs().max() <= stride + 1e-4
    rounded = read_centred(maps, guess, (4 * from_corner).round() / 4, stride=stride).keypoints_px
    assert (rounded - points).abs().max() <= stride / 8 + 1e-4


def test_a_batch_is_its_pictures_one_by_one(generator):
    def rand(*shape):
        return torch.rand(3, *shape, generator=generator)

    centre, regress, heatmaps, offset = rand(1, *SIZE), 5 * rand(10, *SIZE), rand(5, *SIZE), rand(10, *SIZE)
    guess = guess_joints(centre, regress)
    assert guess.shape == (3, 5, 2)
    read = read_centred(heatmaps, guess, offset, stride=4)
    for row in range(3):
        one = slice(row, row + 1)
        torch.testing.assert_close(guess_joints(centre[one], regress[one]), guess[one])
        torch.testing.assert_close(near_guess(heatmaps[one], guess[one]), near_guess(heatmaps, guess)[one])
        alone = read_centred(heatmaps[one], guess[one], offset[one], stride=4)
        torch.testing.assert_close(alone.keypoints_px, read.keypoints_px[one])
        torch.testing.assert_close(alone.confidence, read.confidence[one])


def test_a_mirrored_picture_has_mirrored_joints(generator):
    """Odd numbers of columns: the middle is a cell. A mirrored offset counts from the cell's other edge."""
    heatmaps, offset = torch.rand(1, 3, *SIZE, generator=generator), torch.rand(1, 6, *SIZE, generator=generator)
    centre, steps = lit({(4, 8): 0.9}), 2 * torch.randn(1, 6, *SIZE, generator=generator)
    read = read_centred(heatmaps, guess_joints(centre, steps), offset, stride=4).keypoints_px
    other, turned = offset.flip(-1), steps.flip(-1)
    other[:, 1::2], turned[:, 1::2] = 1 - other[:, 1::2], -turned[:, 1::2]
    again = read_centred(heatmaps.flip(-1), guess_joints(centre.flip(-1), turned), other, stride=4).keypoints_px
    mirrored = torch.stack([4 * SIZE[1] - 1 - again[..., 0], again[..., 1]], dim=-1)
    torch.testing.assert_close(mirrored, read)
