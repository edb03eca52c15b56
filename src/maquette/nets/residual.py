"""Residual blocks: what is learnt is added to what came in."""

from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn


class Bottleneck(nn.Module):
    """The pre-activated 1x1, 3x3, 1x1 block of Newell et al. (ECCV 2016), as Zhou et al. (ICCV 2017) use it.

    Args:
        incoming: Channels that come in.
        outgoing: Channels that go out; if they differ, a 1x1 convolution brings what came in to them.
    """

    def __init__(self, incoming: int, outgoing: int) -> None:
        super().__init__()
        middle = outgoing // 2
        self.change = nn.Sequential(
            *_make_convolution(incoming, middle, 1),
            *_make_convolution(middle, middle, 3),
            *_make_convolution(middle, outgoing, 1),
        )
        self.way_round = nn.Identity() if incoming == outgoing else nn.Conv2d(incoming, outgoing, 1)

    def forward(self, maps: Float[Tensor, "B _ H W"]) -> Float[Tensor, "B _ H W"]:
        """The maps and what was learnt of them."""
        return self.way_round(maps) + self.change(maps)


class DenseBlock(nn.Module):
    """Two 3x3 convolutions (He et al., CVPR 2016): more arithmetic than `Bottleneck`, but of the kind CPUs are fast at.

    Args:
        incoming: Channels that come in.
        outgoing: Channels that go out; if they differ, a 1x1 convolution brings what came in to them.
    """

    def __init__(self, incoming: int, outgoing: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(incoming, outgoing, 3, padding=1, bias=False),
            nn.BatchNorm2d(outgoing),
            nn.ReLU(inplace=True),
            nn.Conv2d(outgoing, outgoing, 3, padding=1, bias=False),
            nn.BatchNorm2d(outgoing),
        )
        self.way_round = nn.Identity() if incoming == outgoing else nn.Conv2d(incoming, outgoing, 1)
        self.bend = nn.ReLU(inplace=True)

    def forward(self, maps: Float[Tensor, "B _ H W"]) -> Float[Tensor, "B _ H W"]:
        """The maps and what was learnt of them, negative values cut off."""
        return self.bend(self.way_round(maps) + self.change(maps))


BLOCKS: dict[str, type[Bottleneck] | type[DenseBlock]] = {"bottleneck": Bottleneck, "dense": DenseBlock}
"""By the names of `maquette.nets.sizes.HourglassSizes.block`."""


def blocks(kind: str, incoming: int, outgoing: int, count: int) -> nn.Sequential:
    """Some blocks in a row, the first of which changes the number of channels."""
    widths = [incoming, *[outgoing] * count]
    return nn.Sequential(*(BLOCKS[kind](a, b) for a, b in pairwise(widths)))


def _make_convolution(incoming: int, outgoing: int, side: int) -> tuple[nn.Module, ...]:
    return (
        nn.BatchNorm2d(incoming),
        nn.ReLU(inplace=True),
        nn.Conv2d(incoming, outgoing, side, padding=side // 2),
    )
