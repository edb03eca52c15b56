"""How large a network is, as plain numbers; imports no torch, so that presets stay light."""

from dataclasses import dataclass
from typing import Literal, get_args

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


STRIDE = 4
"""Pixels of the picture between cells of the finest level."""
