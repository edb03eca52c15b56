"""The backbone: a stem and hourglasses that turn a picture into features, which the heads of every method read."""

from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from maquette.nets.hourglass import Hourglass
from maquette.nets.residual import DenseBlock, blocks
from maquette.nets.sizes import HourglassSizes

_MEAN, _SPREAD = (118.0, 110.0, 102.0), (62.0, 61.0, 61.0)
"""Of everyday pictures, red, green and blue from 0 to 255."""


class StackSeen(NamedTuple):
    """What one stack of the backbone sees; maps have a cell for every `maquette.nets.sizes.STRIDE` pixels."""

    heatmaps: Float[Tensor, "B J H W"]
    """Where the joints are; what the numbers mean is up to the loss that they are trained by."""
    read: Float[Tensor, "B R H W"]
    """What the heatmaps are made of, for other maps."""
    merged: Float[Tensor, "B F H W"]
    """What the next stack would start from: all that is known, heatmaps included."""
    coarse: Float[Tensor, "B C h w"]
    """The narrowest place, for what concerns the whole person."""


class Normalised(nn.Module):
    """Pictures of bytes as numbers around zero."""

    mean: Tensor
    spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(_MEAN).reshape(3, 1, 1), persistent=False)
        self.register_buffer("spread", torch.tensor(_SPREAD).reshape(3, 1, 1), persistent=False)

    def forward(self, pictures: UInt8[Tensor, "B 3 H W"]) -> Float[Tensor, "B 3 H W"]:
        """The pictures, colours of about the spread one."""
        return ((pictures - self.mean) / self.spread).contiguous(memory_format=torch.channels_last)


class Backbone(nn.Module):
    """Pictures to heatmaps and features, one `StackSeen` a stack.

    Args:
        sizes: How large it is. With blocks of the kind ``bottleneck``, two residuals, 256 features and 2 stacks it is
            the network of Zhou et al. (ICCV 2017) up to its depth module.
        joints: How many heatmaps there are.
    """

    def __init__(self, sizes: HourglassSizes, joints: int) -> None:
        super().__init__()
        self.sizes = sizes
        self.normalised = Normalised()
        self.stem = nn.Sequential(*_STEMS[sizes.block](sizes.features[0]))
        self.stacks = nn.ModuleList(Stack(sizes, joints) for _ in range(sizes.stacks))

    def forward(self, pictures: UInt8[Tensor, "B 3 H W"]) -> tuple[StackSeen, ...]:
        """What every stack sees, the last one last.

        Sides of pictures are multiples of the sizes' `coarsest_stride`.
        """
        maps, seen = self.stem(self.normalised(pictures)), []
        for stack in self.stacks:
            seen.append(stack(maps))
            maps = seen[-1].merged
        return tuple(seen)


class Stack(nn.Module):
    """One hourglass, the heatmaps read from it, and the way back of both into the features."""

    def __init__(self, sizes: HourglassSizes, joints: int) -> None:
        super().__init__()
        width, head = sizes.features[0], sizes.head_features
        self.hourglass = Hourglass(sizes)
        self.reading = LevelReading(sizes)
        self.heatmaps = nn.Conv2d(head, joints, 1)
        self.return_read = nn.Conv2d(head, width, 1)
        self.return_heatmaps = nn.Conv2d(joints, width, 1)

    def forward(self, maps: Float[Tensor, "B F H W"]) -> StackSeen:
        """What is seen in the maps."""
        levels = self.hourglass(maps)
        read = self.reading(levels)
        heatmaps = self.heatmaps(read)
        merged = maps + self.return_read(read) + self.return_heatmaps(heatmaps)
        return StackSeen(heatmaps, read, merged, levels[-1])


class LevelReading(nn.Module):
    """What the heads read: the first levels of an hourglass, each through weights of its own, summed."""

    def __init__(self, sizes: HourglassSizes) -> None:
        super().__init__()
        width, head = sizes.features[0], sizes.head_features
        is_plain = sizes.block == "dense"
        self.finest = nn.Identity() if is_plain else blocks(sizes.block, width, width, sizes.residuals)
        self.ways = nn.ModuleList(nn.Conv2d(features, head, 1) for features in sizes.features[: sizes.read_levels])
        self.bend = nn.Sequential(nn.BatchNorm2d(head), nn.ReLU(inplace=True))

    def forward(self, levels: tuple[Float[Tensor, "B _ _ _"], ...]) -> Float[Tensor, "B R H W"]:
        """Maps as large as the finest level."""
        seen = [self.finest(levels[0]), *levels[1 : len(self.ways)]]
        *finer, read = (way(maps) for way, maps in zip(self.ways, seen, strict=True))
        for maps in reversed(finer):
            read = maps + nn.functional.interpolate(read, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.bend(read)


def _paper_stem(width: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(3, 64, 7, stride=2, padding=3),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        *blocks("bottleneck", 64, 128, 1),
        nn.MaxPool2d(2),
        *blocks("bottleneck", 128, 128, 1),
        *blocks("bottleneck", 128, width, 1),
    )


def _light_stem(width: int) -> tuple[nn.Module, ...]:
    half = width // 2
    return (
        nn.Conv2d(3, half, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(half),
        nn.ReLU(inplace=True),
        nn.Conv2d(half, width, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        DenseBlock(width, width),
    )


_STEMS = {"bottleneck": _paper_stem, "dense": _light_stem}
