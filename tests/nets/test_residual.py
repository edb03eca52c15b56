"""Residual blocks: shapes, the way round, and the published number of weights."""

import pytest
import torch
from torch import nn

from maquette.nets.residual import BLOCKS, Bottleneck, DenseBlock, blocks

KINDS = tuple(BLOCKS)


def weights_of(module):
    return sum(weight.numel() for weight in module.parameters())


def without_change(block):
    """The block with the last thing it does to what came in set to zero."""
    last = block.change[-1]
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return block


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("incoming", "outgoing"), [(4, 4), (4, 10), (10, 4), (1, 2)])
@pytest.mark.parametrize("size", [(1, 1), (5, 3), (8, 8)])
def test_rows_and_columns_stay_and_channels_change(kind, incoming, outgoing, size, generator):
    maps = torch.randn(2, incoming, *size, generator=generator)
    assert BLOCKS[kind](incoming, outgoing)(maps).shape == (2, outgoing, *size)


def test_without_a_change_what_came_in_comes_out(generator):
    maps = torch.randn(2, 6, 5, 4, generator=generator)
    assert torch.equal(without_change(Bottleneck(6, 6))(maps), maps)
    assert torch.equal(without_change(DenseBlock(6, 6))(maps), maps.relu())


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_change_of_channels_costs_a_convolution_on_the_way_round(kind):
    assert isinstance(BLOCKS[kind](6, 6).way_round, nn.Identity)
    way_round = BLOCKS[kind](6, 8).way_round
    assert isinstance(way_round, nn.Conv2d) and way_round.kernel_size == (1, 1) and way_round.bias is not None


@pytest.mark.parametrize("kind", KINDS)
def test_what_came_in_is_not_overwritten(kind, generator):
    maps = torch.randn(2, 6, 5, 4, generator=generator)
    before = maps.clone()
    BLOCKS[kind](6, 6)(maps)
    assert torch.equal(maps, before)


def test_a_published_residual_has_the_published_number_of_weights():
    """Specification: BN-ReLU-conv 1x1 (half), BN-ReLU-conv 3x3 (half), BN-ReLU-conv 1x1, all with bias."""
    normalising = 2 * 256 + 2 * 128 + 2 * 128
    convolving = (256 * 128 + 128) + (128 * 128 * 9 + 128) + (128 * 256 + 256)
    assert weights_of(Bottleneck(256, 256)) == normalising + convolving == 214_528
    assert weights_of(Bottleneck(64, 128)) == 2 * 64 + 4 * 64 + (64 * 64 + 64) + (64 * 64 * 9 + 64) + (
        64 * 128 + 128
    ) + (64 * 128 + 128)
    order = [type(layer) for layer in Bottleneck(4, 4).change]
    assert order == [nn.BatchNorm2d, nn.ReLU, nn.Conv2d] * 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_of_blocks_in_a_row_the_first_changes_channels(kind, count):
    row = blocks(kind, 4, 6, count)
    assert len(row) == count
    assert [isinstance(block.way_round, nn.Conv2d) for block in row] == [True] + [False] * (count - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_derivative_is_right(kind, generator):
    block = BLOCKS[kind](2, 4).double().eval()
    maps = torch.randn(1, 2, 3, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(block, (maps,))
