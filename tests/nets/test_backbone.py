"""The backbone: the published structure, sizes, what is merged after every stack, and gradients everywhere."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from maquette.methods.backbone import config as backbone
from maquette.methods.structure_motion import config as structure_motion
from maquette.nets.backbone import Backbone, LevelReading, Normalised
from maquette.nets.hourglass import Hourglass
from maquette.nets.residual import Bottleneck
from maquette.nets.sizes import HourglassSizes

PAPER = structure_motion.PAPER.sizes
RETURNS = ("return_read", "return_heatmaps")


def small(block="dense", **more):
    return HourglassSizes(features=(4, 6, 8), block=block, head_features=5, **more)


def pictures(generator, count=2, rows=32, columns=32):
    return torch.randint(0, 256, (count, 3, rows, columns), generator=generator, dtype=torch.uint8)


@pytest.fixture(scope="module")
def paper():
    """The published network, without numbers in it."""
    with torch.device("meta"):
        return Backbone(PAPER, 16)


def test_both_papers_presets_are_one_network():
    assert backbone.PAPER.sizes == PAPER and backbone.PAPER.size_px == structure_motion.PAPER.size_px == 256


def test_the_published_structure(paper):
    assert len(paper.stacks) == 2
    stem = [type(layer) for layer in paper.stem]
    residual = [nn.Sequential] if isinstance(paper.stem[3], nn.Sequential) else [Bottleneck]
    assert stem == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU, *residual, nn.MaxPool2d, *residual, *residual]
    first = paper.stem[0]
    assert (first.kernel_size, first.stride, first.out_channels) == ((7, 7), (2, 2), 64) and first.bias is not None
    widths = [block.change[-1].out_channels for block in paper.stem.modules() if isinstance(block, Bottleneck)]
    assert widths == [128, 128, 256]


def test_the_published_hourglass(paper):
    """Depth 4, two residuals everywhere: 3 keypoints of 4 levels, the narrowest place, and before the heatmaps."""
    for stack in paper.stacks:
        depth, glass = 0, stack.hourglass
        while isinstance(glass, Hourglass):
            depth, glass = depth + 1, glass.inner
        assert depth == 4
        residuals = [block for block in stack.modules() if isinstance(block, Bottleneck)]
        assert len(residuals) == 2 * (3 * 4 + 1) + 2
        assert {(block.change[0].num_features, block.change[-1].out_channels) for block in residuals} == {(256, 256)}
        assert [type(layer) for layer in stack.reading.finest] == [Bottleneck, Bottleneck]
        assert [way.kernel_size for way in stack.reading.ways] == [(1, 1)]
        assert [type(layer) for layer in stack.reading.bend] == [nn.BatchNorm2d, nn.ReLU]


def test_the_published_number_of_weights(paper):
    """Counted by hand: stem, 28 residuals a stack, ``ll``, ``out``, and their ways back, after the last stack too."""
    residual = 214_528
    counted = sum(weight.numel() for weight in paper.stem.parameters())
    widths = [(64, 128), (128, 128), (128, 256)]
    by_hand = (3 * 64 * 49 + 64) + 2 * 64
    for a, b in widths:
        half = b // 2
        by_hand += 2 * a + 4 * half + (a * half + half) + (9 * half * half + half) + (half * b + b)
        by_hand += (a * b + b) if a != b else 0
    assert counted == by_hand
    stack = 28 * residual + (256 * 256 + 256) + 2 * 256 + (256 * 16 + 16) + (256 * 256 + 256) + (16 * 256 + 256)
    assert sum(weight.numel() for weight in paper.parameters()) == by_hand + 2 * stack


def test_pictures_of_256_px_give_maps_of_64_cells(generator):
    narrow = replace(PAPER, features=(4,) * len(PAPER.features), head_features=4)
    seen = Backbone(narrow, 16)(pictures(generator, 1, 256, 256))
    assert len(seen) == 2
    for one in seen:
        assert one.heatmaps.shape == (1, 16, 64, 64) and one.read.shape == one.merged.shape == (1, 4, 64, 64)
        assert one.coarse.shape == (1, 4, 4, 4)


@pytest.mark.parametrize("block", ["dense", "bottleneck"])
@pytest.mark.parametrize("stacks", [1, 2])
def test_what_goes_on_is_what_came_in_with_features_and_heatmaps_returned(block, stacks, generator):
    model = Backbone(small(block, stacks=stacks), 7).eval()
    shown = pictures(generator)
    seen, maps = model(shown), model.stem(model.normalised(shown))
    assert len(seen) == stacks
    for stack, one in zip(model.stacks, seen, strict=True):
        merged = maps + stack.return_read(one.read) + stack.return_heatmaps(one.heatmaps)
        torch.testing.assert_close(one.merged, merged, rtol=1e-4, atol=1e-5)
        maps = one.merged


def test_coarser_levels_are_read_where_they_lie(generator):
    """What one cell of the narrowest level says reaches the cells of the picture that it covers and those beside."""
    torch.manual_seed(1)
    reading = LevelReading(small(read_levels=3)).eval()
    levels = [torch.zeros(1, width, 16 // 2**at, 16 // 2**at) for at, width in enumerate((4, 6, 8))]
    quiet = reading(tuple(levels))
    levels[2][0, :, 3, 0] = torch.rand(8, generator=generator) + 1.0
    changed = (reading(tuple(levels)) - quiet).abs().amax(dim=(0, 1))
    rows, columns = changed.nonzero().unbind(dim=1)
    assert changed[12:, :4].all() and rows.min() >= 9 and columns.max() <= 6


@pytest.mark.parametrize("block", ["dense", "bottleneck"])
@pytest.mark.parametrize(("rows", "columns"), [(16, 16), (48, 32), (64, 16)])
def test_sides_may_be_any_multiples_of_the_coarsest_stride(block, rows, columns, generator):
    seen = Backbone(small(block), 3)(pictures(generator, rows=rows, columns=columns))[-1]
    assert seen.heatmaps.shape == (2, 3, rows // 4, columns // 4)
    assert seen.coarse.shape == (2, 8, rows // 16, columns // 16)


@pytest.mark.parametrize("block", ["dense", "bottleneck"])
@pytest.mark.parametrize("read_levels", [1, 2, 3])
def test_gradient_reaches_every_weight(block, read_levels, generator):
    model = Backbone(small(block, stacks=2, read_levels=read_levels), 3)
    last = model(pictures(generator, count=4))[-1]
    sum(part.square().mean() for part in last).backward()
    assert {name for name, weight in model.named_parameters() if weight.grad is None} == set()
    idle = [name for name, weight in model.named_parameters() if not weight.grad.any() and weight.ndim > 1]
    assert idle == []


def test_only_the_way_back_of_the_last_stack_is_not_needed_for_heatmaps(generator):
    model = Backbone(small(stacks=2), 3)
    model(pictures(generator))[-1].heatmaps.square().mean().backward()
    unused = {name for name, weight in model.named_parameters() if weight.grad is None}
    assert unused == {f"stacks.1.{part}.{kind}" for part in RETURNS for kind in ("weight", "bias")}


@pytest.mark.parametrize("block", ["dense", "bottleneck"])
def test_a_batch_is_one_by_one(block, generator):
    model, shown = Backbone(small(block), 3).eval(), pictures(generator, count=3)
    together, alone = model(shown)[-1], model(shown[1:2])[-1]
    for all_of_them, one in zip(together, alone, strict=True):
        torch.testing.assert_close(all_of_them[1:2], one, rtol=1e-4, atol=1e-5)


def test_pictures_are_brought_to_about_the_spread_one():
    grey = torch.full((1, 3, 2, 2), 110, dtype=torch.uint8)
    normal = Normalised()(grey)
    assert normal.dtype == torch.float32 and normal[0, 1].abs().max() == 0
    assert normal.abs().max() < 0.2 and Normalised()(torch.zeros_like(grey)).min() > -2
    assert list(Normalised().state_dict()) == []
