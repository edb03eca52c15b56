"""How large a network is, as plain numbers; imports no torch, so that presets stay light."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from maquette.errors import SettingError

BlockKind = Literal["bottleneck", "dense"]
"""``bottleneck``: 1x1, 3x3, 1x1 convolutions (Newell et al.); ``dense``: two 3x3, which CPUs do faster."""


@dataclass(frozen=True, kw_only=True)
class HourglassSizes:
    """The sizes of a backbone of hourglasses.

    Raises:
        SettingError: There are fewer than two levels or than two channels, another number is not positive, or there is
            no such kind of block, or fewer levels than are read.
    """

    features: tuple[int, ...]
    """Channels of every level, the finest first; each level has half the rows and columns of the one before."""
    block: BlockKind
    """What the hourglasses are built of."""
    residuals: int = 1
    """Blocks at every place of the hourglass where the paper has its two."""
    stacks: int = 1
    """Hourglasses one after the other."""
    head_features: int = 128
    """Channels that the heads read."""
    read_levels: int = 1
    """Levels of the hourglass, from the finest on, that those channels are made of. The paper's are made of the finest
    alone; a coarser one sees more of the person, and so knows left from right better."""

    def __post_init__(self) -> None:
        if len(self.features) < 2 or min(self.features) < 2 or min(self.residuals, self.stacks, self.head_features) < 1:
            raise SettingError(
                f"a backbone of {self} makes no sense; give at least two levels of two channels, and positive numbers"
            )
        if not 1 <= self.read_levels <= len(self.features):
            raise SettingError(f"a backbone of {len(self.features)} levels cannot read {self.read_levels}; give fewer")
        if self.block not in get_args(BlockKind):
            raise SettingError(f"there is no block '{self.block}'; known are {', '.join(get_args(BlockKind))}")

    @property
    def coarsest_stride(self) -> int:
        """Pixels between cells of the coarsest level; sides of pictures must be multiples of it."""
        return STRIDE * 2 ** (len(self.features) - 1)

    @property
    def coarse_features(self) -> int:
        """Channels of the narrowest place."""
        return self.features[-1]


class InvertedResidual(NamedTuple):
    """The sizes of one inverted residual (Sandler et al., CVPR 2018)."""

    features: int
    """Channels that go out."""
    stride: int = 1
    """Cells that come in for one that goes out, in rows and in columns: 1 or 2."""
    expansion: int = 6
    """Channels in the middle for each one that comes in; at 1 the widening convolution is left out."""
    kernel: int = 3
    """Side of the depthwise convolution."""


class KeypointPyramid(NamedTuple):
    """The sizes of MoveNet's own feature pyramid and heads, for a backbone that starts from it."""

    reads: tuple[int, int, int] = (9, 5, 2)
    """Blocks that are read beside the last convolution, the coarsest first."""
    lateral: tuple[int, int, int, int] = (64, 64, 32, 24)
    """Channels of every level as it is read, the coarsest first."""
    smooth: tuple[int, int, int] = (32, 24, 24)
    """Channels after each doubling."""
    hidden: int = 96
    """Channels in the middle of the heads."""


@dataclass(frozen=True, kw_only=True)
class MobileSizes:
    """The sizes of a backbone of inverted residuals.

    Raises:
        SettingError: It does not come down to a 32nd of the picture, or a number is not positive.
    """

    stem: int
    """Channels at half the picture's size."""
    blocks: tuple[InvertedResidual, ...]
    """From the finest on."""
    last: int = 1280
    """Channels of the last convolution, a 32nd of the picture's size."""
    pyramid: KeypointPyramid | None = None
    """Heads that a pre-trained network brings for its own joints, which stay beside ours; None where it brings none."""
    top_features: int = 64
    """Channels of our own top, which reads all levels."""
    head_features: int = 80
    """Channels that our heads read."""

    def __post_init__(self) -> None:
        strides = [block.stride for block in self.blocks]
        if set(strides) - {1, 2} or strides.count(2) != 4:
            raise SettingError(f"blocks of the strides {strides} do not halve a picture four times after the stem")
        widths = [number for block in self.blocks for number in block]
        if min(self.stem, self.last, self.top_features, self.head_features, *widths) < 1:
            raise SettingError(f"a backbone of {self} makes no sense; give positive numbers")

    @property
    def levels(self) -> tuple[int, ...]:
        """The last block of every level, at a quarter, an 8th, a 16th and a 32nd of the picture's size."""
        halving = [number for number, block in enumerate(self.blocks) if block.stride == 2]
        return (*(number - 1 for number in halving[1:]), len(self.blocks) - 1)

    @property
    def coarsest_stride(self) -> int:
        """Pixels between cells of the coarsest level; sides of pictures must be multiples of it."""
        return 8 * STRIDE

    @property
    def coarse_features(self) -> int:
        """Channels of the narrowest place."""
        return self.last


BackboneSizes = HourglassSizes | MobileSizes
"""Of what reads pictures, of one kind or the other."""

STRIDE = 4
"""Pixels of the picture between cells of the finest level."""
