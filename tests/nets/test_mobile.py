"""The backbone of inverted residuals: padded as TensorFlow does it, skips where sizes agree, maps at every level."""

import numpy as np
import pytest
import torch

from maquette.errors import SettingError
from maquette.methods.backbone.config import EFFICIENTNET_LITE0, MOVENET_THUNDER
from maquette.nets.mobile import (
    CENTRED_JOINTS,
    CentredPyramid,
    InvertedResidualBlock,
    InvertedResiduals,
    MobileTop,
    SameConvolution,
    enlarge,
)
from maquette.nets.sizes import InvertedResidual, KeypointPyramid, MobileSizes

BLOCKS = (
    InvertedResidual(4, expansion=1),
    InvertedResidual(6, 2, kernel=5),
    InvertedResidual(6, kernel=5),
    InvertedResidual(8, 2, expansion=2),
    InvertedResidual(10, 2, expansion=2),
    InvertedResidual(12, 2, expansion=2),
    InvertedResidual(14, expansion=2),
)
PYRAMID = KeypointPyramid(reads=(4, 3, 2), lateral=(8, 8, 6, 5), smooth=(6, 5, 7), hidden=9)
SMALL = MobileSizes(stem=4, blocks=BLOCKS, last=20, pyramid=PYRAMID, top_features=8, head_features=11)


@pytest.fixture(autouse=True)
def _same_weights():
    torch.manual_seed(0)


def colours(generator, side, count=2):
    return 2 * torch.rand(count, 3, side, side, generator=generator) - 1


def convolve_same(maps, weight, bias, stride):
    """TensorFlow's SAME from its definition, cell by cell: (C, H, W) maps, one filter for every channel."""
    side, reach = maps.shape[-1], weight.shape[-1]
    cells = -(-side // stride)
    missing = max((cells - 1) * stride + reach - side, 0)
    before = missing // 2
    out = np.zeros((len(maps), cells, cells))
    for channel in range(len(maps)):
        for row in range(cells):
            for column in range(cells):
                total = bias[channel]
                for r in range(reach):
                    for c in range(reach):
                        y, x = row * stride + r - before, column * stride + c - before
                        if 0 <= y < side and 0 <= x < side:
                            total += weight[channel, r, c] * maps[channel, y, x]
                out[channel, row, column] = total
    return out


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (5, 1), (3, 2), (5, 2)])
@pytest.mark.parametrize("side", [2, 6, 8])
def test_borders_are_padded_as_tensorflow_does_it(side, kernel, stride, generator):
    layer = SameConvolution(3, 3, (kernel, stride), groups=3)
    maps = torch.randn(1, 3, side, side, generator=generator)
    weight, bias = (part.detach().double().numpy() for part in (layer.weight[:, 0], layer.bias))
    wanted = convolve_same(maps[0].double().numpy(), weight, bias, stride)
    np.testing.assert_allclose(layer(maps)[0].detach().numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_where_cells_are_left_out_the_far_side_gets_the_odd_row():
    """A filter of ones over ones counts the cells that it sees: 3 x 3 at stride 2 sees 9, but not in the last row."""
    layer = SameConvolution(1, 1, (3, 2), bias=False)
    torch.nn.init.ones_(layer.weight)
    assert layer(torch.ones(1, 1, 4, 4)).tolist() == [[[[9.0, 6.0], [6.0, 4.0]]]]
    wide = SameConvolution(1, 1, (5, 2), bias=False)
    torch.nn.init.ones_(wide.weight)
    assert wide(torch.ones(1, 1, 4, 4)).tolist() == [[[[16.0, 12.0], [12.0, 9.0]]]]


@pytest.mark.parametrize(
    ("incoming", "sizes", "adds"),
    [
        (6, InvertedResidual(6), True),
        (6, InvertedResidual(6, expansion=1), True),
        (6, InvertedResidual(6, kernel=5), True),
        (6, InvertedResidual(6, 2), False),
        (6, InvertedResidual(8), False),
        (8, InvertedResidual(6), False),
    ],
)
def test_what_came_in_is_added_only_where_sizes_agree(incoming, sizes, adds, generator):
    block = InvertedResidualBlock(incoming, sizes)
    assert (block.expand is None) == (sizes.expansion == 1)
    torch.nn.init.zeros_(block.project.weight)
    torch.nn.init.constant_(block.project.bias, 0.25)
    maps = torch.randn(2, incoming, 4, 4, generator=generator)
    out = block(maps)
    if adds:
        torch.testing.assert_close(out, maps + 0.25)
    else:
        assert out.shape == (2, sizes.features, 4 // sizes.stride, 4 // sizes.stride) and bool((out == 0.25).all())


def test_a_block_by_hand():
    """2x and -2x, between 0 and 6, three times as much, between 0 and 6 again; then their sum and their difference."""
    block = InvertedResidualBlock(1, InvertedResidual(2, expansion=2, kernel=1))
    with torch.no_grad():
        block.expand.weight[:] = torch.tensor([2.0, -2.0])[:, None, None, None]
        block.depthwise.weight[:] = 3.0
        block.project.weight[:] = torch.tensor([[1.0, 1.0], [1.0, -1.0]])[:, :, None, None]
        for layer in (block.expand, block.depthwise, block.project):
            layer.bias.zero_()
    out = block(torch.tensor([[[[0.5, -0.5], [5.0, 0.0]]]]))
    assert out.tolist() == [[[[3.0, 3.0], [6.0, 0.0]], [[3.0, -3.0], [6.0, 0.0]]]]


@pytest.mark.parametrize("known", [0, 1, 4, 7])
def test_maps_that_are_known_are_taken_as_they_are(known, generator):
    features, pictures = InvertedResiduals(SMALL), colours(generator, 64)
    maps = features(pictures)
    assert all(map(torch.equal, features(pictures, maps[:known]), maps))
    halved = features(pictures, tuple(one / 2 for one in maps[:known]))
    assert torch.equal(halved[-1], maps[-1]) == (known == 0)


@pytest.mark.parametrize("side", range(64, 257, 32))
def test_every_level_is_half_of_the_one_before(side, generator):
    maps = InvertedResiduals(SMALL)(colours(generator, side, count=1))
    assert [tuple(one.shape[1:]) for one in maps] == [
        (4, side // 2, side // 2), (6, side // 4, side // 4), (6, side // 4, side // 4), (8, side // 8, side // 8),
        (10, side // 16, side // 16), (12, side // 32, side // 32), (14, side // 32, side // 32),
        (20, side // 32, side // 32),
    ]  # fmt: skip
    assert SMALL.levels == (2, 3, 4, 6) and side % SMALL.coarsest_stride == 0
    read = CentredPyramid(SMALL, PYRAMID)(maps)
    cells = (side // 4, side // 4)
    channels = (CENTRED_JOINTS, 1, 2 * CENTRED_JOINTS, 2 * CENTRED_JOINTS, PYRAMID.smooth[-1])
    assert [tuple(one.shape) for one in read] == [(1, count, *cells) for count in channels]
    assert MobileTop(SMALL, 7)(maps, (read.read,)).shape == (1, 11, *cells)
    assert MobileTop(SMALL, 0)(maps, ()).shape == (1, 11, *cells)


def test_a_batch_is_its_pictures_one_by_one(generator):
    features, pyramid, top = InvertedResiduals(SMALL), CentredPyramid(SMALL, PYRAMID), MobileTop(SMALL, 7).eval()
    shown = colours(generator, 64, count=3)

    def look(some):
        maps = features(some)
        read = pyramid(maps)
        return *maps, *read, top(maps, (read.read,))

    for whole, one in zip(look(shown), look(shown[1:2]), strict=True):
        torch.testing.assert_close(whole[1:2], one, rtol=1e-4, atol=1e-5)


def test_all_that_is_learnt_is_reached_by_gradients(generator):
    features, pyramid, top = InvertedResiduals(SMALL), CentredPyramid(SMALL, PYRAMID), MobileTop(SMALL, 7)
    maps = features(colours(generator, 64))
    read = pyramid(maps)
    (top(maps, (read.read,)).square().sum() + sum(one.square().sum() for one in read[:4])).backward()
    for part in (features, pyramid, top):
        for name, weight in part.named_parameters():
            assert weight.grad is not None and weight.grad.any(), name


@pytest.mark.parametrize("level", range(4))
def test_our_top_reads_every_level(level, generator):
    maps = [one.detach().requires_grad_() for one in InvertedResiduals(SMALL)(colours(generator, 64))]
    MobileTop(SMALL, 0)(tuple(maps), ()).sum().backward()
    reads = [*SMALL.levels[:-1], len(maps) - 1]
    assert [number for number, one in enumerate(maps) if one.grad is not None] == reads
    assert maps[reads[level]].grad.any()


def test_maps_are_doubled_between_the_middles_of_cells():
    assert enlarge(torch.tensor([[[[0.0, 4.0]]]])).tolist() == [[[[0.0, 1.0, 3.0, 4.0]] * 2]]


@pytest.mark.parametrize(("sizes", "levels"), [(MOVENET_THUNDER, (2, 5, 12, 16)), (EFFICIENTNET_LITE0, (2, 4, 10, 15))])
def test_the_published_networks_end_their_levels_where_blocks_begin_to_halve(sizes, levels):
    assert sizes.levels == levels


def test_the_published_number_of_weights():
    """EfficientNet-Lite0 has 4,652,008, of which 1,281,000 classify; a folded normalisation spares one a channel."""
    with torch.device("meta"):
        features = InvertedResiduals(EFFICIENTNET_LITE0)
    channels = sum(layer.out_channels for layer in features.modules() if isinstance(layer, torch.nn.Conv2d))
    assert sum(weight.numel() for weight in features.parameters()) + channels == 4_652_008 - 1_281_000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"blocks": ()}, "do not halve a picture four times"),
        ({"blocks": BLOCKS[:-3]}, "do not halve a picture four times"),
        ({"blocks": (*BLOCKS, InvertedResidual(4, 2))}, "do not halve a picture four times"),
        ({"blocks": (*BLOCKS, InvertedResidual(4, 3))}, "do not halve a picture four times"),
        ({"blocks": (*BLOCKS, InvertedResidual(4, 0))}, "do not halve a picture four times"),
        ({"blocks": (*BLOCKS, InvertedResidual(0))}, "give positive numbers"),
        ({"blocks": (*BLOCKS, InvertedResidual(4, expansion=0))}, "give positive numbers"),
        ({"blocks": (*BLOCKS, InvertedResidual(4, kernel=-1))}, "give positive numbers"),
        ({"stem": 0}, "give positive numbers"),
        ({"last": -1}, "give positive numbers"),
        ({"top_features": 0}, "give positive numbers"),
        ({"head_features": 0}, "give positive numbers"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(change, words):
    with pytest.raises(SettingError, match=words):
        MobileSizes(**({"stem": 4, "blocks": BLOCKS} | change))
