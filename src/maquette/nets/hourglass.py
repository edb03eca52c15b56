"""The hourglass (Newell et al., ECCV 2016): down to where a cell sees the whole person, and up again."""

from jaxtyping import Float
from torch import Tensor, nn

from maquette.nets.residual import blocks
from maquette.nets.sizes import HourglassSizes


class Hourglass(nn.Module):
    """One hourglass; each level has a way of its own past the levels below it.

    Args:
        sizes: Channels of the levels, kind and number of blocks.
        level: The level at which this one starts; the inner hourglasses are made with it.
    """

    def __init__(self, sizes: HourglassSizes, level: int = 0) -> None:
        super().__init__()
        here, below = sizes.features[level : level + 2]
        self.past = blocks(sizes.block, here, here, sizes.residuals)
        self.shrink = nn.MaxPool2d(2)
        self.down = blocks(sizes.block, here, below, sizes.residuals)
        is_narrowest = level + 2 == len(sizes.features)
        self.inner = blocks(sizes.block, below, below, sizes.residuals) if is_narrowest else Hourglass(sizes, level + 1)
        self.up = blocks(sizes.block, below, here, sizes.residuals)
        self.enlarge = nn.Upsample(scale_factor=2, mode="nearest")

    def forward(self, maps: Float[Tensor, "B F H W"]) -> tuple[Float[Tensor, "B _ _ _"], ...]:
        """What comes of every level on the way up: as large as the maps that came in first, the narrowest last."""
        inner = self.inner(self.down(self.shrink(maps)))
        levels = inner if isinstance(inner, tuple) else (inner,)
        return self.past(maps) + self.enlarge(self.up(levels[0])), *levels
