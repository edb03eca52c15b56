"""Hourglasses and their sizes: levels, both ends, and what a cell of the narrowest place sees."""

import pytest
import torch
from torch import nn

from maquette.errors import SettingError
from maquette.methods.backbone.config import HOURGLASS, PAPER
from maquette.nets.hourglass import Hourglass
from maquette.nets.residual import BLOCKS
from maquette.nets.sizes import STRIDE, HourglassSizes

KINDS = tuple(BLOCKS)


def sizes(*features, block="dense", **more):
    return HourglassSizes(features=features, block=block, **more)


@pytest.mark.parametrize("block", KINDS)
@pytest.mark.parametrize("features", [(4, 6), (4, 6, 8), (8, 4, 6, 2)])
@pytest.mark.parametrize("residuals", [1, 2])
def test_every_level_comes_up(block, features, residuals, generator):
    glass = Hourglass(sizes(*features, block=block, residuals=residuals))
    rows, columns = 2 ** len(features), 3 * 2 ** (len(features) - 1)
    levels = glass(torch.randn(2, features[0], rows, columns, generator=generator))
    assert [level.shape for level in levels] == [
        (2, width, rows // 2**at, columns // 2**at) for at, width in enumerate(features)
    ]


@pytest.mark.parametrize("block", KINDS)
def test_every_level_has_its_own_way_past_and_as_many_blocks_as_asked_for(block):
    glass, count = Hourglass(sizes(4, 6, 8, 10, block=block, residuals=2)), 0
    while isinstance(glass, Hourglass):
        assert all(len(row) == 2 for row in (glass.past, glass.down, glass.up))
        glass, count = glass.inner, count + 1
    assert count == 3 and isinstance(glass, nn.Sequential) and len(glass) == 2


@pytest.mark.parametrize("block", KINDS)
def test_without_what_is_below_the_way_past_remains(block, generator):
    """With nothing coming up from below, the fine end is what the way past makes of the maps."""
    glass = Hourglass(sizes(4, 6, block=block)).eval()
    glass.up = nn.Sequential(nn.Conv2d(6, 4, 1, bias=False))
    nn.init.zeros_(glass.up[0].weight)
    maps = torch.randn(1, 4, 4, 4, generator=generator)
    torch.testing.assert_close(glass(maps)[0], glass.past(maps))


@pytest.mark.parametrize(
    ("block", "levels", "residuals", "cells"),
    [
        (one.sizes.block, len(one.sizes.features), one.sizes.residuals, one.size_px // STRIDE)
        for one in (PAPER, HOURGLASS)
    ],
)
@pytest.mark.parametrize("corner", [0, -1])
def test_a_cell_of_the_narrowest_place_sees_the_whole_picture(block, levels, residuals, cells, corner):
    """As many levels, blocks and cells as the presets have. With weights above zero, what reaches a cell moves it."""
    glass = Hourglass(sizes(*[2] * levels, block=block, residuals=residuals)).double().eval()
    with torch.no_grad():
        for weight in glass.parameters():
            weight.copy_(weight.abs() + 0.1)
    for part in [part for part in glass.modules() if isinstance(part, Hourglass)]:
        part.shrink = nn.AvgPool2d(2)
    maps = torch.ones(1, 2, cells, cells, dtype=torch.float64, requires_grad=True)
    (seen,) = torch.autograd.grad(glass(maps)[-1][0, 0, corner, corner], maps)
    assert (seen > 0).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"features": (4,)}, "two levels"),
        ({"features": ()}, "two levels"),
        ({"features": (4, 0)}, "two levels"),
        ({"features": (4, 1)}, "two channels"),
        ({"features": (-4, 4)}, "two levels"),
        ({"residuals": 0}, "positive"),
        ({"stacks": 0}, "positive"),
        ({"head_features": -1}, "positive"),
        ({"read_levels": 0}, "cannot read 0"),
        ({"read_levels": 4}, "cannot read 4"),
        ({"block": "round"}, "no block 'round'; known are bottleneck, dense"),
    ],
)
def test_sizes_without_sense_are_refused(changes, words, unchecked_shapes):
    with pytest.raises(SettingError, match=words):
        HourglassSizes(**{"features": (4, 6), "block": "dense", **changes})


def test_the_stride_of_the_narrowest_place():
    assert STRIDE == 4
    assert sizes(4, 6).coarsest_stride == 8 and sizes(4, 6, 8, 10, 12).coarsest_stride == 64
